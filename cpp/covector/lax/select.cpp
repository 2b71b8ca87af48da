// Choices between elements: select_n and clamp.

#include "covector/lax/elementwise.h"

namespace covector {

using namespace rules;

namespace {

// An operand that had rank 0 before its axis was mapped, repeated to `shape`.
Value spread(const Value& x, const Shape& shape) {
  if (x.rank() != 1 || shape.size() == 1) return x;
  int64_t front = 0;
  return broadcast_in_dim(x, shape, std::span(&front, 1));
}

// select_n -------------------------------------------------------------------------

std::string shapes_of(AvalSpan avals) {
  std::string s;
  for (const Aval& a : avals) s += (s.empty() ? "" : ", ") + str(a.shape());
  return s;
}

Avals select_aval(const Op&, AvalSpan in) {
  const Aval& which = in[0];
  require<TypeError>(in.size() > 1, "select must have at least one case");
  AvalSpan cases = in.subspan(1);
  bool weak = true;
  for (const Aval& a : cases) {
    if (a.shape() != cases[0].shape())
      fail<TypeError>("select cases must have the same shapes, got [", shapes_of(cases), "].");
    require<TypeError>(a.dtype() == cases[0].dtype(),
                       "lax.select requires arguments to have the same dtypes, got ",
                       cases[0].dtype()->name, ", ", a.dtype()->name, ".");
    weak &= a.weak_type();
  }
  require<TypeError>(which.rank() == 0 || which.shape() == cases[0].shape(),
                     "select `which` must be scalar or have the same shape as cases, got `which` "
                     "shape ",
                     which.shape(), " but case shape ", cases[0].shape(), ".");
  require<TypeError>(is_int_or_bool(which.dtype()),
                     "select `which` must be boolean or integer type, got ", which.dtype()->name,
                     ".");
  require<TypeError>(!is_bool(which.dtype()) || cases.size() <= 2,
                     "select with boolean `which` cannot have > 2 cases.");
  return {cases[0].with_weak_type(weak)};
}

JvpOut select_jvp(const Op& op, Args x, Args t) {
  Values chosen{x[0]};
  bool any = false;
  for (size_t i = 1; i < x.size(); ++i) any |= static_cast<bool>(t[i]);
  if (!any) return {op.bind(x), {Value()}};
  for (size_t i = 1; i < x.size(); ++i) chosen.push_back(instantiate(t[i], x[i].aval()));
  return {op.bind(x), op.bind(chosen)};
}

// Each case gets the cotangent where it was chosen, and 0 elsewhere.
Values select_transpose(const Op&, Args ct, TransposeArgs in) {
  if (in.size() == 2) return {Value(), ct[0]};
  const Value& which = in[0].value;
  Value zero = full(ct[0].aval(), 0);
  Values r(in.size());
  for (size_t i = 1; i < in.size(); ++i) {
    if (!in[i].linear) continue;
    if (is_bool(which.dtype()))
      r[i] = i == 2 ? select(which, ct[0], zero) : select(which, zero, ct[0]);
    else
      r[i] = select(eq(which, like(which, static_cast<double>(i - 1))), ct[0], zero);
  }
  return r;
}

BatchOut select_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  int64_t rank = in[1].rank() - (axes[1] != kUnmapped);  // of a case
  bool scalar = in[0].rank() == 0;                       // one choice for all
  bool lined_up = axes[1] != kUnmapped;
  for (size_t i = 0; i < in.size(); ++i) lined_up &= axes[i] == axes[1] || (i == 0 && scalar);
  lined_up &= scalar || in[0].rank() == rank + 1;
  if (lined_up) return {op.bind(in), {axes[1]}};
  Values v{scalar ? in[0] : batch_to_front(in[0], axis.size, axes[0])};
  for (size_t i = 1; i < in.size(); ++i) v.push_back(batch_to_front(in[i], axis.size, axes[i]));
  if (!scalar) v[0] = spread(v[0], v[1].shape());
  return {op.bind(v), {0}};
}

// A binary tree of comparisons: cases[from, to) of which `which` picks one.
hlo::Operand pick(hlo::Builder& b, const hlo::Operand& which, hlo::Operands cases, int64_t from) {
  if (cases.size() == 1) return cases[0];
  size_t half = cases.size() / 2;
  int64_t middle = from + static_cast<int64_t>(half);
  hlo::Operand low = b.compare(which, b.splat(which.aval, middle), "LT");
  return b.select(low, pick(b, which, cases.first(half), from),
                  pick(b, which, cases.subspan(half), middle));
}

const Primitive select_n_p{{
    .name = "select_n",
    .abstract_eval = select_aval,
    .jvp = select_jvp,
    .transpose = select_transpose,
    .batch = select_batch,
    .lower = [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan) -> hlo::Results {
      if (in.size() == 2) return {in[1]};
      if (is_bool(in[0].aval.dtype())) return {b.select(in[0], in[2], in[1])};
      return {pick(b, in[0], in.subspan(1), 0)};
    },
    .function = {.signature = "which, *cases",
                 .doc = R"(Picks each element from one of several arrays.

Args:
  which: a boolean (then there are at most two cases) or an integer array: which
    case to pick, counted from 0. Has the shape of the cases, or is a scalar.
    Values out of range give an unspecified case.
  *cases: arrays of one dtype and shape.

Returns:
  An array of the cases' type. All cases are computed.

Raises:
  TypeError: dtypes or shapes do not fit.)",
                 .call = [](const CallArgs& a) -> Values {
                   Values cases = a.values(1);
                   return {select_n(a.value(0), cases)};
                 }},
}};

// clamp ----------------------------------------------------------------------------

void require_bound(const Aval& bound, const Aval& x, std::string_view name) {
  require<TypeError>(bound.rank() == 0 || bound.shape() == x.shape(), "clamp requires ", name,
                     ".shape == operand.shape or ", name, ".shape == (), got ", name,
                     ".shape=", bound.shape(), ", operand.shape=", x.shape(), ".");
}

Avals clamp_aval(const Op& op, AvalSpan in) {
  require_bound(in[0], in[1], "min");
  require_bound(in[2], in[1], "max");
  return elementwise_eval(kAny)(op, in);
}

Value where(const Value& mask, const Value& g) {
  Value on = broadcast_to_shape(g, mask.shape());
  return select(mask, on, full(on.aval(), 0));
}

const std::vector<Partial> kClampPartials{
    [](const Value& g, const Value&, Args in) {
      return where(bitwise_and(gt(in[0], in[1]), lt(in[0], in[2])), g);
    },
    [](const Value& g, const Value&, Args in) {
      return where(bitwise_and(gt(in[1], in[0]), lt(in[1], in[2])), g);
    },
    [](const Value& g, const Value&, Args in) { return where(lt(in[2], in[1]), g); },
};

BatchOut clamp_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  bool lined_up = axes[1] != kUnmapped;
  for (size_t i : {0, 2})
    lined_up &= in[i].rank() == 0 || (axes[i] == axes[1] && in[i].rank() == in[1].rank());
  if (lined_up) return {op.bind(in), {axes[1]}};
  Values v;
  for (size_t i = 0; i < 3; ++i)
    v.push_back(i != 1 && in[i].rank() == 0 ? in[i] : batch_to_front(in[i], axis.size, axes[i]));
  for (size_t i : {0, 2}) v[i] = spread(v[i], v[1].shape());
  return {op.bind(v), {0}};
}

const Primitive clamp_p{{
    .name = "clamp",
    .abstract_eval = clamp_aval,
    .jvp = partials(kClampPartials),
    .batch = clamp_batch,
    .lower = hlo_op("clamp"),
    .function = {.signature = "min, x, max",
                 .doc = R"(Each element, or the bound that it exceeds.

Args:
  min, max: the bounds: of the dtype of `x`, and of its shape or scalars.
  x: an array of dtype integer, floating, complexfloating, bool.

Returns:
  An array of the type of `x`: `min` where `x < min`, else `max` where
  `x > max`, else `x`.

Raises:
  TypeError: dtypes or shapes do not fit.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {clamp(a.value(0), a.value(1), a.value(2))};
                 }},
}};

}  // namespace

Value select_n(const Value& which, Args cases) {
  require<ValueError>(!cases.empty(), "select_n() must have at least one case");
  Values in{which};
  in.append(cases);
  return select_n_p.op().bind1(Args(in));
}

Value select(const Value& pred, const Value& on_true, const Value& on_false) {
  return select_n_p.op().bind1({pred, on_false, on_true});
}

Value clamp(const Value& lo, const Value& x, const Value& hi) {
  return clamp_p.op().bind1({lo, x, hi});
}

}  // namespace covector
