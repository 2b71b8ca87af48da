// Reduction of axes by a jaxpr.

#include "covector/control/control.h"
#include "covector/control/reduce_body.h"
#include "covector/lax/rules.h"
#include "covector/transforms/transforms.h"

namespace covector {

using namespace rules;

Values combine_arrays(const ClosedJaxpr& body, Args xs) {
  Shape shape = xs[0].shape();
  int64_t size = xs[0].aval().size();
  Values flat;
  for (const Value& x : xs) flat.push_back(reshape(x, std::span(&size, 1)));
  BatchOut r = batch([&](Args a) { return eval_jaxpr(body, a); }, AxisData{size}, flat,
                     MappedAxes(xs.size(), 0));
  for (size_t i = 0; i < r.values.size(); ++i)
    r.values[i] = reshape(batch_to_front(r.values[i], size, r.axes[i]), shape);
  return std::move(r.values);
}

namespace {

struct ReduceParams {
  Axes dimensions;
  ClosedJaxpr jaxpr;
  void fields(FieldVisitor& f) const {
    f("dimensions", &dimensions);
    f("jaxpr", &jaxpr);
  }
  bool operator==(const ReduceParams&) const = default;
};

Avals reduce_aval(const Op& op, AvalSpan in) {
  auto& [dimensions, jaxpr] = op.get<ReduceParams>();
  size_t n = in.size() / 2;
  require<TypeError>(n > 0 && in.size() == 2 * n && jaxpr.jaxpr->invars.size() == 2 * n &&
                         jaxpr.jaxpr->outs.size() == n,
                     "reduce: takes an initial value for each operand, and a computation of twice "
                     "as many scalars, got ",
                     in.size(), " operands");
  Avals out;
  for (size_t i = 0; i < n; ++i) {
    const Aval &x = in[i], &init = in[n + i];
    require<ValueError>(init.rank() == 0, "reduce found non-scalar initial value: ", init.shape());
    require<TypeError>(x.dtype() == init.dtype(),
                       "reduce operand dtypes should match corresponding initial value dtypes, got "
                       "operands=",
                       x, " and initial_values=", init);
    require<TypeError>(x.shape() == in[0].shape(), "reduce: operands must have equal shapes, got ",
                       in[0].shape(), " and ", x.shape());
    require_axes(op, dimensions, x.rank());
    const Aval& combined = jaxpr.jaxpr->aval(jaxpr.jaxpr->outs[i]);
    require<TypeError>(combined.dtype() == x.dtype() && combined.rank() == 0,
                       "reduce: the computation must give scalars of the operands' dtypes, got ",
                       combined, " for ", x);
    Shape shape;
    for (int64_t d : other_axes(x.rank(), dimensions)) shape.push_back(x.dim(d));
    out.push_back(Aval(x.dtype(), shape, x.weak_type() && init.weak_type()));
  }
  return out;
}

// jvp -------------------------------------------------------------------------------
// Halves are combined until one is left, by operations that have derivatives.

Value rows(const Value& x, int64_t from, int64_t to) {
  Axes start(static_cast<size_t>(x.rank()), 0), limit = x.shape();
  start[0] = from;
  limit[0] = to;
  return slice(x, start, limit);
}

Values reduce_rows(const ClosedJaxpr& body, Values xs, Args inits) {
  for (int64_t n; (n = xs[0].shape()[0]) > 1;) {
    int64_t half = (n + 1) / 2;
    Values both;
    for (const Value& x : xs) both.push_back(rows(x, 0, half));
    for (size_t i = 0; i < xs.size(); ++i) {
      Value rest = rows(xs[i], half, n);
      std::vector<PadDim> dims(static_cast<size_t>(rest.rank()));
      dims[0].high = 2 * half - n;
      both.push_back(dims[0].high ? pad(rest, inits[i], dims) : rest);
    }
    xs = combine_arrays(body, both);
  }
  int64_t first = 0;
  for (Value& x : xs) x = squeeze(x, std::span(&first, 1));
  return xs;
}

// Reduced axes in front, made one.
Value as_rows(const Value& x, const Axes& axes) {
  Axes perm = axes, kept = other_axes(x.rank(), axes);
  perm.append(kept);
  Shape shape{1};
  for (int64_t a : axes) shape[0] *= x.aval().dim(a);
  for (int64_t a : kept) shape.push_back(x.aval().dim(a));
  return reshape(transpose(x, perm), shape);
}

JvpOut reduce_jvp(const Op& op, Args primals, Args tangents) {
  auto& [dimensions, body] = op.get<ReduceParams>();
  size_t n = primals.size() / 2;
  for (const Value& t : tangents.subspan(n))
    require<NotImplemented>(!t,
                            "Gradient of general lax.reduce with non-zero tangents for initial "
                            "values to reduction not implemented");
  if (primals[0].aval().size() == 0) return {op.bind(primals), Values(n)};
  Args inits = primals.subspan(n);
  auto f = [&](Args xs) {
    Values r;
    for (const Value& x : xs) r.push_back(as_rows(x, dimensions));
    return reduce_rows(body, std::move(r), inits);
  };
  return jvp(f, primals.first(n), tangents.first(n));
}

// The other rules ---------------------------------------------------------------------

BatchOut reduce_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  ReduceParams p = op.get<ReduceParams>();
  size_t n = in.size() / 2;
  Values v;
  for (size_t i = 0; i < in.size(); ++i) {
    require<NotImplemented>(
        i < n || axes[i] == kUnmapped,
        "batching rule for 'reduce' with mapped initial values not implemented");
    v.push_back(i < n ? batch_to_front(in[i], axis.size, axes[i]) : in[i]);
  }
  p.dimensions = shifted(p.dimensions);
  return {op.prim->with(std::move(p)).bind(v), MappedAxes(n, 0)};
}

hlo::Results reduce_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<ReduceParams>();
  require<NotImplemented>(p.jaxpr.jaxpr->effects.empty(), "Cannot lower effectful `reduce`.");
  Avals scalars;
  for (int twice = 0; twice < 2; ++twice)
    for (size_t i = 0; i < out.size(); ++i) scalars.push_back(Aval(out[i].dtype(), {}));
  hlo::Region body{scalars,
                   [&](hlo::Builder& r, hlo::Operands a) { return r.inline_jaxpr(p.jaxpr, a); }};
  return b.region_op("reduce", in, out, std::span(&body, 1),
                     hlo::array_attr("dimensions", p.dimensions));
}

const Primitive reduce_p{{
    .name = "reduce",
    .multiple_results = true,
    .abstract_eval = reduce_aval,
    .jvp = reduce_jvp,
    .batch = reduce_batch,
    .lower = reduce_lower,
}};

// Bodies that are one operation ---------------------------------------------------------

using Reduction = Value (*)(const Value&, std::span<const int64_t>);
struct Known {
  std::string_view name;
  Monoid monoid;
  Reduction f;
};
constexpr Known kKnown[] = {
    {"add", Monoid::kSum, reduce_sum}, {"mul", Monoid::kProduct, reduce_prod},
    {"max", Monoid::kMax, reduce_max}, {"min", Monoid::kMin, reduce_min},
    {"and", Monoid::kAnd, reduce_and}, {"or", Monoid::kOr, reduce_or},
    {"xor", Monoid::kXor, reduce_xor},
};

bool same_scalar(const Value& x, const Value& y) {
  const Array *a = x.array(), *b = y.array();
  if (!a || !b || is_complex(x.dtype())) return false;
  if (is_inexact(x.dtype())) return to_double(*a) == to_double(*b);
  return to_int64(*a) == to_int64(*b);
}

// Null if the body is none of these.
const Known* known_body(const ClosedJaxpr& body, const Value& init) {
  const Jaxpr& j = *body.jaxpr;
  if (j.eqns.size() != 1 || j.invars.size() != 2 || init.rank() != 0) return nullptr;
  const Eqn& e = j.eqns[0];
  auto is_var = [](const Atom& a, VarId v) { return !a.literal && a.var == v; };
  if (e.in.size() != 2 || j.outs.size() != 1 || !is_var(j.outs[0], e.out[0])) return nullptr;
  bool in_order = is_var(e.in[0], j.invars[0]) && is_var(e.in[1], j.invars[1]);
  bool swapped = is_var(e.in[0], j.invars[1]) && is_var(e.in[1], j.invars[0]);
  if (!in_order && !swapped) return nullptr;
  for (const Known& k : kKnown)
    if (k.name == e.op.name() && same_scalar(init, identity(k.monoid, init.dtype()))) return &k;
  return nullptr;
}

}  // namespace

std::optional<Monoid> known_monoid(const ClosedJaxpr& body, const Value& init) {
  const Known* k = known_body(body, init);
  return k ? std::optional(k->monoid) : std::nullopt;
}

Values reduce(Args operands, Args inits, const ClosedJaxpr& body, std::span<const int64_t> axes) {
  bool one = operands.size() == 1 && inits.size() == 1;
  if (one && inits[0].array() && inits[0].rank() == 0 && !is_extended(operands[0].dtype()))
    if (const Known* k = known_body(body, convert_element_type(inits[0], operands[0].dtype()))) {
      bool weak = operands[0].aval().weak_type() && inits[0].aval().weak_type();
      Value r = k->f(operands[0], axes);
      return {convert_element_type(r, r.dtype(), weak)};
    }
  Values in(operands.begin(), operands.end());
  in.append(inits);
  return reduce_p.with(ReduceParams{Axes(axes.begin(), axes.end()), body}).bind(in);
}

}  // namespace covector
