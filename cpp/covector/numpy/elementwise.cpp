#include "covector/numpy/elementwise.h"

#include "covector/core/stage.h"
#include "covector/lax/rules.h"

namespace covector::numpy {

Value as_type(const Value& x, LatticeType t) {
  if (x.dtype() == t.dtype && x.aval().weak_type() == t.weak) return x;
  const Array* a = x.array();
  if (a && a->scalar() && !covector::is_complex(x.dtype()) && !is_extended(t.dtype)) {
    if (is_floating(x.dtype())) return scalar_of(t.dtype, to_double(*a), t.weak);
    return scalar_of(t.dtype, to_int64(*a), t.weak);
  }
  return convert_element_type(x, t.dtype, t.weak);
}

LatticeType promoted(LatticeType t, Promotion p) {
  if (p == Promotion::kInexact) t.dtype = to_inexact(t.dtype);
  if (p == Promotion::kNumeric && is_bool(t.dtype)) t.dtype = canonical(kInt64);
  return t;
}

namespace {

LatticeType type_of(const Value& x) { return {x.dtype(), x.aval().weak_type()}; }

}  // namespace

Value as_numeric(const Value& x) { return as_type(x, promoted(type_of(x), Promotion::kNumeric)); }

Value as_inexact(const Value& x) { return as_type(x, promoted(type_of(x), Promotion::kInexact)); }

Value constant_like(const Value& x, double c) {
  return scalar_of(x.dtype(), c, x.aval().weak_type() && x.rank() == 0);
}

Value strong_constant_like(const Value& x, double c) { return scalar_of(x.dtype(), c); }

Value choose(const Value& pred, const Value& x, const Value& y) {
  Value all[] = {pred, x, y};
  Values ranks = equal_ranks(all);
  Shape shapes[] = {ranks[0].shape(), ranks[1].shape(), ranks[2].shape()};
  Shape out = broadcast_shapes(shapes);
  Value p = pred.rank() == 0 ? pred : broadcast_to(ranks[0], out);
  return select(p, broadcast_to(ranks[1], out), broadcast_to(ranks[2], out));
}

bool is_complex(const Value& x) { return covector::is_complex(x.dtype()); }

void require_real(std::string_view function, const Value& x) {
  require<TypeError>(!is_complex(x), function, " does not support complex-valued inputs");
}

namespace {

// As one operation ---------------------------------------------------------------------------

// Function, with promotion, as an operation. Never part of a jaxpr that users
// see: it stands for more than one primitive when nothing is being traced.
template <class Rule>
struct RuleParams {
  const Rule* rule = nullptr;
  void fields(FieldVisitor& f) const { f("function", rule->name); }
  bool operator==(const RuleParams&) const = default;
};

Values run_unary(const Op& op, Args in) {
  return {apply(*op.get<RuleParams<UnaryRule>>().rule, in[0])};
}

Values run_binary(const Op& op, Args in) {
  return {apply(*op.get<RuleParams<BinaryRule>>().rule, in[0], in[1])};
}

PrimitiveDef composition(std::string_view name, Values (*run)(const Op&, Args)) {
  return {.name = name,
          .abstract_eval = [run](const Op& op, AvalSpan in) -> Avals {
            return stage([&](Args a) { return run(op, a); }, in).out_avals();
          },
          .lower = rules::lower_via(run)};
}

const Primitive unary_function_p{composition("unary_function", run_unary)};
const Primitive binary_function_p{composition("binary_function", run_binary)};

bool on_host(const Value& x) {
  const Array* a = x.array();
  return a && a->scalar() && !is_complex(x);
}

// Whether nothing needs to be computed to bring the operand to this type and rank.
bool fits(const Value& x, DType d, int64_t rank) {
  return (x.dtype() == d || on_host(x)) && (x.rank() == rank || x.rank() == 0);
}

// A scalar of the host in type d; other operands have it.
Value with_dtype(const Value& x, LatticeType t) { return x.dtype() == t.dtype ? x : as_type(x, t); }

}  // namespace

Value apply(const UnaryRule& r, const Value& x) {
  LatticeType t = promoted(type_of(x), r.promotion);
  bool simple = !r.composite && fits(x, t.dtype, x.rank());
  if (simple || !is_eager() || is_extended(x.dtype())) return r.f(as_type(x, t));
  return unary_function_p.with(RuleParams<UnaryRule>{&r}).bind1({x});
}

Value apply(const BinaryRule& r, const Value& x, const Value& y) {
  if (r.promotion == Promotion::kNone) {
    if (!is_eager()) return r.f(x, y);
    return binary_function_p.with(RuleParams<BinaryRule>{&r}).bind1({x, y});
  }
  Value in[] = {x, y};
  LatticeType t = promoted(result_type(in), r.promotion);
  if (is_eager() && !is_extended(t.dtype)) {
    int64_t rank = std::max(x.rank(), y.rank());
    bool simple = !r.composite && fits(x, t.dtype, rank) && fits(y, t.dtype, rank);
    if (simple) return r.f(with_dtype(x, t), with_dtype(y, t));
    return binary_function_p.with(RuleParams<BinaryRule>{&r}).bind1({x, y});
  }
  Value converted[] = {as_type(x, t), as_type(y, t)};
  Values v = promote_shapes(converted, r.name);
  return r.f(v[0], v[1]);
}

}  // namespace covector::numpy
