#include "covector/lax/monoid.h"

#include <algorithm>
#include <cmath>

#include "covector/lax/lax.h"

namespace covector::rules {

namespace {

hlo::Operand complex_extreme(hlo::Builder& b, bool max, const hlo::Operand& x,
                             const hlo::Operand& y) {
  std::string_view wins = max ? "GT" : "LT";
  Aval part = x.aval.with_dtype(real_dtype(x.aval.dtype()));
  hlo::Operand x_re = b.op("real", {x}, part), y_re = b.op("real", {y}, part);
  hlo::Operand x_im = b.op("imag", {x}, part), y_im = b.op("imag", {y}, part);
  hlo::Operand x_first = b.select(b.compare(x_re, y_re, "EQ"), b.compare(x_im, y_im, wins),
                                  b.compare(x_re, y_re, wins));
  return b.select(x_first, x, y);
}

std::string_view operation(Monoid m) {
  switch (m) {
    case Monoid::kSum:
      return "add";
    case Monoid::kProduct:
      return "multiply";
    case Monoid::kMax:
      return "maximum";
    case Monoid::kMin:
      return "minimum";
    case Monoid::kAnd:
      return "and";
    case Monoid::kOr:
      return "or";
    case Monoid::kXor:
      return "xor";
  }
  return {};
}

}  // namespace

hlo::Operand combine(hlo::Builder& b, Monoid m, const hlo::Operand& x, const hlo::Operand& y) {
  bool extreme = m == Monoid::kMax || m == Monoid::kMin;
  if (extreme && is_complex(x.aval.dtype())) return complex_extreme(b, m == Monoid::kMax, x, y);
  return b.elementwise(operation(m), {x, y}, x.aval);
}

namespace {

// Float types without infinities end at their largest finite values.
double largest(DType d) {
  switch (d.id()) {
    case DTypeId::kFloat8E4m3fn:
      return 448;
    case DTypeId::kFloat8E4m3fnuz:
      return 240;
    case DTypeId::kFloat8E4m3b11fnuz:
      return 30;
    case DTypeId::kFloat8E5m2fnuz:
      return 57344;
    case DTypeId::kFloat8E8m0fnu:
      return 0x1p127;
    case DTypeId::kFloat4E2m1fn:
      return 6;
    default:
      return INFINITY;
  }
}

int64_t integer_limit(DType d, bool greatest) {
  if (is_unsigned_int(d)) return !greatest ? 0 : d->bits == 64 ? -1 : (int64_t{1} << d->bits) - 1;
  int64_t least = d->bits == 64 ? INT64_MIN : -(int64_t{1} << (d->bits - 1));
  return greatest ? -(least + 1) : least;
}

Value extreme_identity(DType d, bool greatest) {
  if (is_bool(d)) return scalar_of(d, int64_t{greatest});
  if (is_integer(d)) return scalar_of(d, integer_limit(d, greatest));
  if (d == kFloat8E8m0fnu && !greatest) return scalar_of(d, 0x1p-127);
  double x = largest(d);
  return scalar_of(d, greatest ? x : -x);
}

}  // namespace

// Keys --------------------------------------------------------------------------------

namespace {

DType key_dtype(DType d) {
  return d->bits == 64 ? kInt64 : d->bits == 32 ? kInt32 : d->bits == 16 ? kInt16 : kInt8;
}

// Floats are sign and magnitude: the bits of negative ones run the other way.
// The map is its own inverse.
hlo::Operand flip_negative(hlo::Builder& b, const hlo::Operand& bits) {
  const Aval& a = bits.aval;
  hlo::Operand sign =
      b.elementwise("shift_right_arithmetic", {bits, b.splat(a, int64_t{a.dtype()->bits - 1})}, a);
  hlo::Operand magnitude = b.broadcast_to(b.constant(identity(Monoid::kMin, a.dtype())), a.shape());
  return b.elementwise("xor", {bits, b.elementwise("and", {sign, magnitude}, a)}, a);
}

hlo::Operand reduce_from(hlo::Builder& b, Monoid m, const hlo::Operand& x, const Value& start,
                         std::span<const int64_t> axes) {
  Shape shape;
  for (int64_t i = 0; i < x.aval.rank(); ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) shape.push_back(x.aval.dim(i));
  Aval element(x.aval.dtype(), {}), out(x.aval.dtype(), shape);
  hlo::Region body{{element, element}, [m](hlo::Builder& r, hlo::Operands a) -> hlo::Results {
                     return {combine(r, m, a[0], a[1])};
                   }};
  hlo::Operand operands[2] = {x, b.constant(start)};
  return b.region_op("reduce", operands, std::span(&out, 1), std::span(&body, 1),
                     hlo::array_attr("dimensions", axes))[0];
}

}  // namespace

bool needs_keys(const hlo::Builder& b, Monoid m, DType d) {
  bool extreme = m == Monoid::kMax || m == Monoid::kMin;
  return extreme && b.for_cpu() && is_floating(d) && d->bits >= 8 && d != kFloat8E8m0fnu;
}

hlo::Operand to_keys(hlo::Builder& b, Monoid m, const hlo::Operand& x) {
  Aval a(key_dtype(x.aval.dtype()), x.aval.shape());
  Monoid other = m == Monoid::kMax ? Monoid::kMin : Monoid::kMax;
  hlo::Operand nan = b.broadcast_to(b.constant(identity(other, a.dtype())), a.shape());
  hlo::Operand keys = flip_negative(b, b.op("bitcast_convert", {x}, a));
  return b.select(b.compare(x, x, "NE"), nan, keys);
}

hlo::Operand from_keys(hlo::Builder& b, const hlo::Operand& keys, DType d) {
  return b.op("bitcast_convert", {flip_negative(b, keys)}, Aval(d, keys.aval.shape()));
}

Value key_identity(Monoid m, DType d) {
  Value x = identity(m, d);
  int64_t bits = to_int64(Array(Aval(key_dtype(d), {}), *x.array()->scalar()));
  if (bits < 0) bits ^= to_int64(*identity(Monoid::kMin, key_dtype(d)).array());
  return scalar_of(key_dtype(d), bits);
}

hlo::Operand reduce_axes(hlo::Builder& b, Monoid m, const hlo::Operand& x,
                         std::span<const int64_t> axes) {
  if (axes.empty()) return x;
  DType d = x.aval.dtype();
  if (!needs_keys(b, m, d)) return reduce_from(b, m, x, identity(m, d), axes);
  return from_keys(b, reduce_from(b, m, to_keys(b, m, x), key_identity(m, d), axes), d);
}

Value identity(Monoid m, DType d) {
  if (m == Monoid::kMax || m == Monoid::kMin) return extreme_identity(d, m == Monoid::kMin);
  if (m == Monoid::kAnd) return scalar_of(d, int64_t{-1});
  return scalar_of(d, int64_t{m == Monoid::kProduct});
}

}  // namespace covector::rules
