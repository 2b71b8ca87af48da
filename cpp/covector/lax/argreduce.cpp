// The index of an extreme along one axis. The first of several equal ones, and
// the first NaN if there is any.

#include "covector/lax/elementwise.h"
#include "covector/lax/monoid.h"

namespace covector {

using namespace rules;

namespace {

struct ArgParams {
  Axes axes;  // one
  DType index_dtype;
  void fields(FieldVisitor& f) const {
    f("axes", &axes);
    f("index_dtype", index_dtype);
  }
  bool operator==(const ArgParams&) const = default;
};

Avals arg_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<ArgParams>();
  const Aval& x = in[0];
  require<ValueError>(p.axes.size() == 1, op.name(), ": takes one axis, got ", p.axes);
  int64_t axis = p.axes[0];
  require<ValueError>(axis >= 0 && axis < x.rank(), "Invalid axis ", axis, " for operand shape ",
                      x.shape());
  require<ValueError>(x.dim(axis) > 0, "argmin and argmax require non-empty reduced dimension. ",
                      "operand.shape=", x.shape(), " axis=", axis);
  require<TypeError>(is_integer(p.index_dtype), "index_dtype must be an integer type, but got ",
                     p.index_dtype->name);
  require_dtype(op, x, kOrdered.has, kOrdered.names);
  return {Aval(p.index_dtype, x.without_axis(axis).shape())};
}

BatchOut arg_batch(const Op& op, const AxisData&, Args in, const MappedAxes& mapped) {
  ArgParams p = op.get<ArgParams>();
  int64_t axis = p.axes[0] + (p.axes[0] >= mapped[0]);
  p.axes[0] = axis;
  return {op.prim->with(std::move(p)).bind(in), {mapped[0] - (axis < mapped[0])}};
}

hlo::Operand indices_of(hlo::Builder& b, const Aval& x, const ArgParams& p) {
  return b.op("iota", {}, Aval(p.index_dtype, x.shape()),
              hlo::int_attr("iota_dimension", p.axes[0]));
}

// One pass over pairs of value and index. The operand that comes later in the
// array may stand on either side.
hlo::Operand by_pairs(hlo::Builder& b, Monoid m, const hlo::Operand& x, const ArgParams& p,
                      const Aval& out) {
  Aval value(x.aval.dtype(), {}), index(p.index_dtype, {});
  std::string_view wins = m == Monoid::kMax ? "GT" : "LT";
  hlo::Region body{
      {value, index, value, index}, [wins](hlo::Builder& r, hlo::Operands a) -> hlo::Results {
        Aval flag(kBool, {});
        hlo::Operand nan = r.compare(a[0], a[0], "NE");
        hlo::Operand better = r.elementwise("or", {r.compare(a[0], a[2], wins), nan}, flag);
        hlo::Operand first =
            r.elementwise("and", {r.compare(a[0], a[2], "EQ"), r.compare(a[1], a[3], "LT")}, flag);
        hlo::Operand take = r.elementwise("or", {better, first}, flag);
        return {r.select(better, a[0], a[2]), r.select(take, a[1], a[3])};
      }};
  hlo::Operand in[4] = {x, indices_of(b, x.aval, p), b.constant(identity(m, x.aval.dtype())),
                        b.splat(index, int64_t{0})};
  Avals outs{out.with_dtype(x.aval.dtype()), out};
  return b.region_op("reduce", in, outs, std::span(&body, 1),
                     hlo::array_attr("dimensions", p.axes))[1];
}

// The extreme first, then the least index where it (or NaN) stands: two passes,
// each of which compilers vectorize.
hlo::Operand by_value(hlo::Builder& b, Monoid m, const hlo::Operand& x, const ArgParams& p) {
  const Shape& shape = x.aval.shape();
  hlo::Operand extreme =
      b.broadcast_in_dim(reduce_axes(b, m, x, p.axes), shape, other_axes(x.aval.rank(), p.axes));
  hlo::Operand hit = b.compare(x, extreme, "EQ");
  if (is_floating(x.aval.dtype()))
    hit = b.elementwise("or", {hit, b.compare(x, x, "NE")}, hit.aval);
  hlo::Operand none = b.broadcast_to(b.constant(identity(Monoid::kMin, p.index_dtype)), shape);
  return reduce_axes(b, Monoid::kMin, b.select(hit, indices_of(b, x.aval, p), none), p.axes);
}

// One pass is faster to compile, and to run along few elements. Along many two
// are up to ten times as fast on the CPU, where only they are vectorized.
bool in_one_pass(const hlo::Builder& b, const Aval& x, int64_t axis) {
  return !b.for_cpu() || x.dim(axis) <= 16 || x.size() <= 4096;
}

LowerRule arg_lower(Monoid m) {
  return [m](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
    auto& p = op.get<ArgParams>();
    bool one = in_one_pass(b, in[0].aval, p.axes[0]);
    return {one ? by_pairs(b, m, in[0], p, out[0]) : by_value(b, m, in[0], p)};
  };
}

PrimitiveDef arg_reduction(std::string_view name, std::string_view which, Monoid m,
                           Value (*f)(const Value&, int64_t, DType)) {
  std::string doc = str("The index of the ", which, R"( element along an axis.

The first of several equal ones, and the first NaN if there is any.

Args:
  operand: an array of dtype integer, floating, bool.
  axis: the axis to search, from 0 to the rank; must not be empty.
  index_dtype: the integer dtype of the result.

Returns:
  An array of dtype `index_dtype`, without this axis.

Raises:
  ValueError: the axis is out of bounds or empty.
  TypeError: the dtypes are not such.)");
  return {.name = name,
          .abstract_eval = arg_aval,
          .jvp = zero_jvp,
          .batch = arg_batch,
          .lower = arg_lower(m),
          .function = {.signature = "operand, axis, index_dtype",
                       .doc = kept(std::move(doc)),
                       .call = [f](const CallArgs& a) -> Values {
                         return {f(a.value(0), a.integer(1), canonical(a.dtype(2)))};
                       }}};
}

const Primitive argmax_p{arg_reduction("argmax", "greatest", Monoid::kMax, argmax)};
const Primitive argmin_p{arg_reduction("argmin", "least", Monoid::kMin, argmin)};

}  // namespace

Value argmax(const Value& x, int64_t axis, DType index_dtype) {
  return argmax_p.with(ArgParams{{axis}, index_dtype}).bind1({x});
}

Value argmin(const Value& x, int64_t axis, DType index_dtype) {
  return argmin_p.with(ArgParams{{axis}, index_dtype}).bind1({x});
}

}  // namespace covector
