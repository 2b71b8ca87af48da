// sort and top_k.

#include "covector/lax/order.h"
#include "covector/lax/rules.h"
#include "covector/lax/sort_lower.h"

namespace covector {

using namespace rules;

Value rules::take_along(const Value& x, const Value& indices, int64_t axis) {
  Axes others = other_axes(x.rank(), std::span(&axis, 1));
  int64_t last = indices.rank();
  IndexOptions o;
  o.mode = IndexMode::kPromiseInBounds;
  return gather(x, expand_dims(indices, std::span(&last, 1)), {{}, {axis}, {axis}, others, others},
                Shape(x.shape().size(), 1), o);
}

namespace {

// sort -----------------------------------------------------------------------------

Avals sort_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<SortParams>();
  require<TypeError>(!in.empty(), "Sort requires at least one operand");
  for (const Aval& a : in)
    require<TypeError>(a.shape() == in[0].shape(),
                       "Arguments to sort must have equal shapes, got: ", in[0].shape(), " ",
                       a.shape());
  require<ValueError>(p.dimension >= 0 && p.dimension < in[0].rank(), "axis ", p.dimension,
                      " is out of bounds for array of dimension ", in[0].rank());
  require<ValueError>(p.num_keys >= 1 && p.num_keys <= static_cast<int64_t>(in.size()),
                      "num_keys=", p.num_keys, " must be between 1 and len(operand)=", in.size());
  for (int64_t i = 0; i < p.num_keys; ++i)
    require_dtype(op, in[static_cast<size_t>(i)], is_number_or_bool, "number, bool");
  return Avals(in.begin(), in.end());
}

// Sorts positions along, and moves the tangents likewise.
JvpOut sort_jvp(const Op& op, Args in, Args tangents) {
  auto& p = op.get<SortParams>();
  int64_t n = in[0].aval().dim(p.dimension);
  Values operands(in.begin(), in.end());
  operands.push_back(iota(n > INT32_MAX ? kUint64 : kUint32, in[0].shape(), p.dimension));
  Values out = op.bind(operands), t;
  Value moved = out.back();
  out.pop_back();
  for (const Value& g : tangents) t.push_back(g ? take_along(g, moved, p.dimension) : g);
  return {std::move(out), std::move(t)};
}

BatchOut sort_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  SortParams p = op.get<SortParams>();
  // Where all are mapped alike nothing needs to move.
  bool alike = std::ranges::all_of(axes, [&](int a) { return a == axes[0]; });
  int at = alike ? axes[0] : 0;
  p.dimension += p.dimension >= at;
  Values v = alike ? Values(in.begin(), in.end()) : all_to_front(axis, in, axes);
  return {op.prim->with(p).bind(v), MappedAxes(in.size(), at)};
}

const Primitive sort_p{{
    .name = "sort",
    .multiple_results = true,
    .abstract_eval = sort_aval,
    .jvp = sort_jvp,
    .batch = sort_batch,
    .lower = sort_lower,
    .function = {.signature = "operands, dimension=-1, is_stable=True, num_keys=1",
                 .doc = R"(Sorts arrays together along an axis.

The first `num_keys` operands decide the order, the first one before the
second and so on; all are permuted alike. Among floats, 0.0 and -0.0 are equal
and NaN comes last; complex numbers are ordered by real, then imaginary part.

Args:
  operands: a sequence of arrays of one shape.
  dimension: the axis; negative ones count from the end.
  is_stable: whether equal keys keep their order.
  num_keys: how many operands are keys.

Returns:
  The sorted operands.

Raises:
  TypeError: shapes differ.
  ValueError: the axis or the number of keys is out of bounds.)",
                 .call = [](const CallArgs& a) -> Values {
                   Values xs = a.values(0);
                   require<TypeError>(!xs.empty(), "Sort requires at least one operand");
                   int64_t axis = a.integer_or(1, -1), rank = xs[0].rank();
                   require<ValueError>(axis >= -rank && axis < rank, "axis ", axis,
                                       " is out of bounds for array of dimension ", rank);
                   return sort(xs, axis < 0 ? axis + rank : axis, a.is_none(2) || a.boolean(2),
                               a.integer_or(3, 1));
                 },
                 .name = "sort_operands"},
}};

// top_k ----------------------------------------------------------------------------

struct TopKParams {
  int64_t k = 0, axis = 0;
  void fields(FieldVisitor& f) const { f("axis", axis), f("k", k); }
  bool operator==(const TopKParams&) const = default;
};

Avals top_k_aval(const Op& op, AvalSpan in) {
  auto [k, axis] = op.get<TopKParams>();
  const Aval& x = in[0];
  require<ValueError>(!is_complex(x.dtype()), "top_k is not compatible with complex inputs.");
  require_dtype(op, x, is_real_or_bool, "integer, floating, bool");
  require<ValueError>(k >= 0, "k argument to top_k must be nonnegative, got ", k);
  require<TypeError>(x.rank() > 0, "top_k operand must have >= 1 dimension, got ", x.shape());
  require<ValueError>(axis >= 0 && axis < x.rank(), "axis argument out of range: axis=", axis,
                      " for operand.shape=", x.shape());
  int64_t n = x.dim(axis);
  require<ValueError>(k <= n,
                      "k argument to top_k must be no larger than size along axis; got k=", k,
                      " with shape=", x.shape(), " and axis=", axis);
  require<ValueError>(n <= int64_t{INT32_MAX} + 1, "top_k returns int32 indices, which will ",
                      "overflow for array dimensions larger than the maximum int32 (", INT32_MAX,
                      "). Got ", x.shape());
  Aval values = x.without_axis(axis).with_axis(axis, k);
  return {values, values.with_dtype(kInt32)};
}

JvpOut top_k_jvp(const Op& op, Args in, Args tangents) {
  Values out = op.bind(in);
  Value t;
  if (tangents[0]) t = take_along(tangents[0], out[1], op.get<TopKParams>().axis);
  return {std::move(out), {std::move(t), Value()}};
}

// The compiler's operation works along the last axis.
hlo::Results top_k_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto [k, axis] = op.get<TopKParams>();
  Axes perm = iota_axes(in[0].aval.rank());
  std::swap(perm[static_cast<size_t>(axis)], perm.back());
  bool last = perm[static_cast<size_t>(axis)] == axis;
  hlo::Operand x = last ? in[0] : b.transpose(in[0], perm);
  Avals types;
  for (const Aval& a : out)
    types.push_back(last ? a
                         : x.aval.without_axis(x.aval.rank() - 1)
                               .with_axis(x.aval.rank() - 1, k)
                               .with_dtype(a.dtype()));
  hlo::Results r = b.op_n("chlo.top_k", std::span(&x, 1), types, hlo::int_attr("k", k));
  if (!last)
    for (hlo::Operand& o : r) o = b.transpose(o, perm);
  return r;
}

const Primitive top_k_p{{
    .name = "top_k",
    .multiple_results = true,
    .abstract_eval = top_k_aval,
    .jvp = top_k_jvp,
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      TopKParams p = op.get<TopKParams>();
      p.axis += p.axis >= axes[0];
      return {op.prim->with(p).bind(in), {axes[0], axes[0]}};
    },
    .lower = top_k_lower,
    .function = {.signature = "operand, k, *, axis=-1",
                 .doc = R"(The k greatest elements along an axis, and where they are.

Args:
  operand: an array of real numbers or booleans.
  k: how many.
  axis: the axis; negative ones count from the end.

Returns:
  A list of two arrays: the elements in descending order, and their int32
  positions. NaN counts as the greatest.

Raises:
  ValueError: `k` or the axis is out of bounds, or the operand complex.
  TypeError: the operand has no axis.)",
                 .call = [](const CallArgs& a) -> Values {
                   Value x = a.value(0);
                   int64_t axis = a.integer_or(2, -1), rank = x.rank();
                   require<ValueError>(axis >= -rank && axis < rank, "axis ", axis,
                                       " is out of bounds for array of dimension ", rank);
                   return rules::top_k(x, a.integer(1), axis < 0 ? axis + rank : axis);
                 }},
}};

}  // namespace

Values sort(Args operands, int64_t axis, bool is_stable, int64_t num_keys) {
  return sort_p.with(SortParams{axis, is_stable, num_keys}).bind(operands);
}

Values rules::top_k(const Value& x, int64_t k, int64_t axis) {
  return top_k_p.with(TopKParams{k, axis}).bind({x});
}

Values top_k(const Value& x, int64_t k) { return rules::top_k(x, k, x.rank() - 1); }

}  // namespace covector
