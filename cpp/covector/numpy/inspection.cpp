// Elementwise functions of NumPy that look into numbers: parts of complex ones,
// signs, exponents and neighbours of floats; and logic.

#include <limits>

#include "covector/numpy/functions.h"

namespace covector::numpy {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Value all_of(const Value& x, bool value) { return full(Aval(kBool, x.shape()), value); }

// Finiteness --------------------------------------------------------------------------------

Value magnitude_is_inf(const Value& x) {
  return eq(covector::abs(x), strong_constant_like(x, kInf));
}
Value is_inf(const Value& x) {
  if (!is_complex(x)) return magnitude_is_inf(x);
  return covector::bitwise_or(magnitude_is_inf(covector::real(x)),
                              magnitude_is_inf(covector::imag(x)));
}
Value parts_finite(const Value& x) {
  return covector::bitwise_and(is_finite(covector::real(x)), is_finite(covector::imag(x)));
}
Value equals_infinity(const Value& x, double infinity) {
  require<ValueError>(!is_complex(x), "isposinf/isneginf are not well defined for complex types");
  return is_floating(x.dtype()) ? eq(x, strong_constant_like(x, infinity)) : all_of(x, false);
}
constexpr UnaryRule kIsinf{"isinf", is_inf, Promotion::kCommon, true};
constexpr UnaryRule kComplexIsfinite{"isfinite", parts_finite, Promotion::kCommon, true};

// Bits of floats ------------------------------------------------------------------------------

struct FloatBits {
  DType integer;
  int mantissa, bias;
};

FloatBits bits_of(std::string_view function, DType d) {
  if (d == kFloat64) return {kInt64, 52, 1023};
  if (d == kFloat32) return {kInt32, 23, 127};
  if (d == kBfloat16) return {kInt16, 7, 127};
  if (d == kFloat16) return {kInt16, 10, 15};
  fail<NotImplemented>("jax.numpy.", function, " only supports 16, 32, and 64-bit types, got ",
                       d->name);
}

Value float_signbit(const Value& x) {
  FloatBits b = bits_of("signbit", x.dtype());
  return lt(bitcast_convert_type(x, b.integer), scalar_of(b.integer, int64_t{0}));
}
constexpr UnaryRule kSignbit{"signbit", float_signbit, Promotion::kCommon, true};

Value copysign_inexact(const Value& x, const Value& y) {
  require_real("copysign", x);
  Value magnitude = covector::abs(x);
  return choose(float_signbit(y), neg(magnitude), magnitude);
}
constexpr BinaryRule kCopysign{"copysign", copysign_inexact, Promotion::kInexact, true};
constexpr BinaryRule kNextafter{"nextafter", covector::nextafter, Promotion::kInexact};

Value smallest_subnormal(DType d) {
  return bitcast_convert_type(scalar_of(bits_of("spacing", d).integer, int64_t{1}), d);
}

// The distance to the next number away from zero.
Value spacing_inexact(const Value& x) {
  require<ValueError>(!is_complex(x), "jnp.spacing is not defined for complex inputs.");
  Value inf = broadcast_to(scalar_of(x.dtype(), kInf), x.shape());
  if (x.dtype() == kFloat16) return sub(covector::nextafter(x, inf), x);
  Value gap = sub(covector::nextafter(x, copysign_inexact(inf, x)), x);
  Value least = broadcast_to(smallest_subnormal(x.dtype()), x.shape());
  return choose(eq(gap, zero_like(gap)), copysign_inexact(least, x), gap);
}
constexpr UnaryRule kSpacing{"spacing", spacing_inexact, Promotion::kInexact, true};

// 2^n for integers n of normal numbers.
Value power_of_two(const FloatBits& b, const Value& n, DType d) {
  Value exponent = covector::add(n, constant_like(n, b.bias));
  return bitcast_convert_type(shift_left(exponent, constant_like(exponent, b.mantissa)), d);
}

// x 2^n in four factors, each of which is a normal number.
Value ldexp_promoted(const Value& x, const Value& n0) {
  FloatBits b = bits_of("ldexp", x.dtype());
  double reach = 4.0 * (b.bias - 1);
  Value n = convert_element_type(n0, kInt32);
  n = clamp(constant_like(n, -reach), n, constant_like(n, reach));
  Value quarter = div(n, constant_like(n, 4));  // rounded towards zero: all of one sign
  Value rest = sub(n, mul(quarter, constant_like(n, 3)));
  auto factor = [&](const Value& k) {
    return power_of_two(b, convert_element_type(k, b.integer), x.dtype());
  };
  Value q = factor(quarter);
  Value scaled = mul(mul(mul(mul(x, factor(rest)), q), q), q);
  Value keeps = covector::bitwise_or(is_inf(x), eq(x, zero_like(x)));
  return choose(keeps, x, scaled);
}

Value ldexp_any(const Value& x, const Value& n) {
  Value operands[] = {as_type(x, {to_inexact(x.dtype()), false}), n};
  Values v = promote_shapes(operands, "ldexp");
  return ldexp_promoted(v[0], v[1]);
}
constexpr BinaryRule kLdexp{"ldexp", ldexp_any, Promotion::kNone, true};

// Logic -----------------------------------------------------------------------------------------

Value as_bool(const Value& x) { return is_bool(x.dtype()) ? x : ne(x, zero_like(x)); }
Value both(const Value& x, const Value& y) { return covector::bitwise_and(as_bool(x), as_bool(y)); }
Value either(const Value& x, const Value& y) {
  return covector::bitwise_or(as_bool(x), as_bool(y));
}
Value one_of(const Value& x, const Value& y) {
  return covector::bitwise_xor(as_bool(x), as_bool(y));
}
Value neither(const Value& x) { return bitwise_not(as_bool(x)); }
constexpr BinaryRule kLogicalAnd{"logical_and", both, Promotion::kCommon, true};
constexpr BinaryRule kLogicalOr{"logical_or", either, Promotion::kCommon, true};
constexpr BinaryRule kLogicalXor{"logical_xor", one_of, Promotion::kCommon, true};
constexpr UnaryRule kLogicalNot{"logical_not", neither, Promotion::kCommon, true};

Value ones_in(const Value& x) {
  return convert_element_type(population_count(is_signed_int(x.dtype()) ? covector::abs(x) : x),
                              kUint8);
}
constexpr UnaryRule kBitwiseCount{"bitwise_count", ones_in, Promotion::kNumeric, true};

}  // namespace

Value conjugate(const Value& x) { return is_complex(x) ? covector::conj(x) : x; }
Value real(const Value& x) { return is_complex(x) ? covector::real(x) : x; }
Value imag(const Value& x) { return is_complex(x) ? covector::imag(x) : zeros(x.aval()); }
Value isreal(const Value& x) {
  Value i = numpy::imag(x);
  return eq(i, zero_like(i));
}
Value iscomplex(const Value& x) {
  Value i = numpy::imag(x);
  return ne(i, zero_like(i));
}

Value isfinite(const Value& x) {
  if (is_complex(x)) return apply(kComplexIsfinite, x);
  return is_floating(x.dtype()) ? is_finite(x) : all_of(x, true);
}
Value isinf(const Value& x) { return is_inexact(x.dtype()) ? apply(kIsinf, x) : all_of(x, false); }
Value isposinf(const Value& x) { return equals_infinity(x, kInf); }
Value isneginf(const Value& x) { return equals_infinity(x, -kInf); }
Value isnan(const Value& x) { return ne(x, x); }

Value signbit(const Value& x) {
  if (is_bool(x.dtype())) return all_of(x, false);
  if (is_integer(x.dtype())) return lt(x, strong_constant_like(x, 0));
  require<ValueError>(!is_complex(x), "jax.numpy.signbit is not well defined for ",
                      x.dtype()->name);
  return apply(kSignbit, x);
}
Value spacing(const Value& x) { return apply(kSpacing, x); }
Value copysign(const Value& x, const Value& y) { return apply(kCopysign, x, y); }
Value nextafter(const Value& x, const Value& y) { return apply(kNextafter, x, y); }

Value ldexp(const Value& x, const Value& n) {
  require<ValueError>(!is_complex(x) && !is_inexact(n.dtype()),
                      "ldexp not supported for input types (", x.dtype()->name, ", ",
                      n.dtype()->name, ")");
  return apply(kLdexp, x, n);
}

Value logical_not(const Value& x) { return apply(kLogicalNot, x); }
Value logical_and(const Value& x, const Value& y) { return apply(kLogicalAnd, x, y); }
Value logical_or(const Value& x, const Value& y) { return apply(kLogicalOr, x, y); }
Value logical_xor(const Value& x, const Value& y) { return apply(kLogicalXor, x, y); }
Value bitwise_count(const Value& x) { return apply(kBitwiseCount, x); }

}  // namespace covector::numpy
