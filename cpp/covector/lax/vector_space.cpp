#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

Value filled(DType d, const Shape& shape, double x, bool weak_type) {
  Value s = scalar_of(d, x, weak_type);
  return shape.empty() ? s : broadcast_in_dim(s, shape, {});
}

// Mapped operands come to stand on one axis; an operand that is not mapped is
// repeated along it.
BatchOut add_any_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  if (axes[0] == axes[1]) return {op.bind(in), {axes[0]}};
  return {op.bind(all_to_front(axis, in, axes)), {0}};
}

// The sum of two cotangents. Unlike `add` it takes any type that tangents have
// and never broadcasts.
const Primitive add_any_p{{
    .name = "add_any",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      require<TypeError>(in[0].same_type(in[1]), op.name(),
                         ": operands must have equal types, got ", in[0], " and ", in[1]);
      return {in[0]};
    },
    .jvp = [](const Op& op, Args primals, Args tangents) -> JvpOut {
      return {op.bind(primals), {add_any(tangents[0], tangents[1])}};
    },
    .transpose = [](const Op&, Args ct, TransposeArgs in) -> Values {
      return {in[0].linear ? ct[0] : Value(), in[1].linear ? ct[0] : Value()};
    },
    .batch = add_any_batch,
    .lower = [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      return {b.elementwise("add", in, out[0])};
    },
    .function = {.signature = "x, y",
                 .doc = R"(The sum of two cotangents.

Args:
  x: an array of a type that tangents have.
  y: another of the same type.

Returns:
  Their sum.

Raises:
  TypeError: the types differ.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {add_any(a.value(0), a.value(1))};
                 }},
}};

}  // namespace

Value zeros(const Aval& a) { return filled(a.dtype(), a.shape(), 0, a.weak_type()); }

Value ones(const Aval& a) { return filled(a.dtype(), a.shape(), 1, a.weak_type()); }

Value full(const Aval& a, double x) { return filled(a.dtype(), a.shape(), x, a.weak_type()); }

Value full_like(const Value& v, double x) { return filled(v.dtype(), v.shape(), x, false); }

Value instantiate(const Value& t, const Aval& primal) {
  return t ? t : zeros(tangent_aval(primal));
}

Value add_any(const Value& x, const Value& y) {
  if (!x) return y;
  if (!y || x.dtype() == kFloat0) return x;
  return add_any_p.op().bind1({x, y});
}

Value move_axis(const Value& x, int from, int to) {
  if (from == to) return x;
  Axes perm = iota_axes(x.rank());
  perm.erase(perm.begin() + from);
  perm.insert(perm.begin() + to, from);
  return transpose(x, perm);
}

Value batch_to_front(const Value& x, int64_t size, int axis) {
  if (axis != kUnmapped) return move_axis(x, axis, 0);
  return broadcast(x, std::span(&size, 1));
}

Value unbroadcast(const Value& ct, const Aval& a) {
  if (!ct || ct.shape() == a.shape()) return ct;
  if (a.rank() == 0) return reduce_sum(ct, iota_axes(ct.rank()));
  Axes copied;
  for (int64_t i = 0; i < a.rank(); ++i)
    if (a.dim(i) != ct.shape()[static_cast<size_t>(i)]) copied.push_back(i);
  return reshape(reduce_sum(ct, copied), a.shape());
}

}  // namespace covector
