// Elementwise functions of NumPy made of primitives.

#include <cmath>
#include <limits>
#include <numbers>

#include "covector/numpy/functions.h"

namespace covector::numpy {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

bool is_discrete(const Value& x) { return is_bool(x.dtype()) || is_integer(x.dtype()); }

// Rounding ------------------------------------------------------------------------------------

Value truncated(const Value& x) {
  return choose(lt(x, zero_like(x)), covector::ceil(x), covector::floor(x));
}
Value rounded_parts(const Value& x) {
  auto round = [](const Value& v) { return covector::round(v, Rounding::kToNearestEven); };
  return complex(round(covector::real(x)), round(covector::imag(x)));
}
Value rounded_to_even(const Value& x) { return covector::round(x, Rounding::kToNearestEven); }
constexpr UnaryRule kTrunc{"trunc", truncated, Promotion::kCommon, true};
constexpr UnaryRule kRint{"rint", rounded_to_even};
constexpr UnaryRule kComplexRint{"rint", rounded_parts, Promotion::kCommon, true};

// Logarithms and angles ------------------------------------------------------------------------

// The result of complex functions has real part >= 0.
Value arccosh_inexact(const Value& x) {
  Value y = acosh(x);
  if (!is_complex(y)) return y;
  Value re = covector::real(y);
  return choose(lt(re, zero_like(re)), neg(y), y);
}

// Each part of log(x) times a factor, which as a known number is strongly typed.
Value scaled_log(const Value& x, double factor) {
  auto scaled = [&](const Value& v) { return mul(v, scalar_of(v.dtype(), factor)); };
  Value y = covector::log(x);
  return is_complex(y) ? complex(scaled(covector::real(y)), scaled(covector::imag(y))) : scaled(y);
}
Value divided_log(const Value& x, double divisor) {
  auto divided = [&](const Value& v) { return div(v, scalar_of(v.dtype(), divisor)); };
  Value y = covector::log(x);
  return is_complex(y) ? complex(divided(covector::real(y)), divided(covector::imag(y)))
                       : divided(y);
}
Value log2_inexact(const Value& x) { return divided_log(x, std::numbers::ln2); }
Value log10_inexact(const Value& x) { return scaled_log(x, std::numbers::log10e); }
Value to_radians(const Value& x) { return mul(x, constant_like(x, std::numbers::pi / 180)); }
Value to_degrees(const Value& x) { return mul(x, constant_like(x, 180 / std::numbers::pi)); }
Value inverse(const Value& x) { return integer_pow(x, -1); }
constexpr UnaryRule kArccosh{"arccosh", arccosh_inexact, Promotion::kInexact, true};
constexpr UnaryRule kLog2{"log2", log2_inexact, Promotion::kInexact, true};
constexpr UnaryRule kLog10{"log10", log10_inexact, Promotion::kInexact, true};
constexpr UnaryRule kRadians{"deg2rad", to_radians, Promotion::kInexact};
constexpr UnaryRule kDegrees{"rad2deg", to_degrees, Promotion::kInexact};
constexpr UnaryRule kReciprocal{"reciprocal", inverse, Promotion::kInexact};
constexpr UnaryRule kFabs{"fabs", covector::abs, Promotion::kInexact};
constexpr UnaryRule kSquare{"square", covector::square, Promotion::kNumeric};

// sinc
// -----------------------------------------------------------------------------------------------

// The k-th derivative of sin(t)/t at t = 0, as a function of t so that it can be
// differentiated again, however often.
Value sinc_derivative_at_zero(int k, const Value& t) {
  auto f = make_ref<CustomJvp>();
  f->name = "_sinc_maclaurin";
  f->fun = [k](Args in) -> Values {
    Value zero = mul(in[0], zero_like(in[0]));
    if (k % 2) return {zero};
    double c = (k / 2 % 2 ? -1.0 : 1.0) / (k + 1);
    return {covector::add(zero, constant_like(in[0], c))};
  };
  f->jvp = [k](Args in, Args tangents) -> JvpOut {
    Value slope = sinc_derivative_at_zero(k + 1, in[0]);
    return {{sinc_derivative_at_zero(k, in[0])}, {mul(slope, tangents[0])}};
  };
  return current_trace().process_custom_jvp(f, std::span(&t, 1))[0];
}

Value sinc_inexact(const Value& x) {
  Value at_zero = eq(x, zero_like(x));
  Value t = mul(constant_like(x, std::numbers::pi), x);
  Value safe = choose(at_zero, constant_like(t, 1), t);
  return choose(at_zero, sinc_derivative_at_zero(0, t), div(covector::sin(safe), safe));
}
constexpr UnaryRule kSinc{"sinc", sinc_inexact, Promotion::kInexact, true};

// Two operands
// ----------------------------------------------------------------------------------------

// The other operand where one is NaN.
Value fmax_promoted(const Value& x, const Value& y) {
  return choose(covector::bitwise_or(greater(x, y), ne(y, y)), x, y);
}
Value fmin_promoted(const Value& x, const Value& y) {
  return choose(covector::bitwise_or(less(x, y), ne(y, y)), x, y);
}

// The remainder with the sign of the dividend; of integers by zero it is zero.
Value fmod_promoted(const Value& x, const Value& divisor) {
  Value y = divisor;
  if (is_integer(y.dtype())) y = choose(eq(y, zero_like(y)), constant_like(y, 1), y);
  return rem(x, y);
}

// Scaled by the greater operand, so that squares do not overflow.
Value hypot_inexact(const Value& x, const Value& y) {
  require<ValueError>(!is_complex(x), "jnp.hypot is not well defined for complex-valued inputs. ",
                      "Please convert to real values first, such as by using abs(x)");
  Value a = covector::abs(x), b = covector::abs(y), inf = constant_like(x, kInf);
  Value infinite = covector::bitwise_or(eq(a, inf), eq(b, inf));
  Value great = max(a, b), small = min(a, b), none = eq(great, zero_like(great));
  Value ratio = div(small, choose(none, constant_like(great, 1), great));
  Value scale = covector::sqrt(covector::add(constant_like(x, 1), covector::square(ratio)));
  return choose(infinite, inf, choose(none, great, mul(great, scale)));
}

Value heaviside_inexact(const Value& x, const Value& at_zero) {
  Value zero = zero_like(x), one = constant_like(x, 1);
  Value above = choose(gt(x, zero), one, choose(ne(x, x), x, at_zero));
  return choose(lt(x, zero), zero, above);
}

constexpr BinaryRule kMaximum{"maximum", max};
constexpr BinaryRule kMinimum{"minimum", min};
constexpr BinaryRule kFmax{"fmax", fmax_promoted, Promotion::kCommon, true};
constexpr BinaryRule kFmin{"fmin", fmin_promoted, Promotion::kCommon, true};
constexpr BinaryRule kFmod{"fmod", fmod_promoted, Promotion::kNumeric, true};
constexpr BinaryRule kFloatPower{"float_power", pow, Promotion::kInexact};
constexpr BinaryRule kArctan2{"arctan2", atan2, Promotion::kInexact};
constexpr BinaryRule kHypot{"hypot", hypot_inexact, Promotion::kInexact, true};
constexpr BinaryRule kHeaviside{"heaviside", heaviside_inexact, Promotion::kInexact, true};

}  // namespace

Value fabs(const Value& x) {
  require<TypeError>(!is_complex(x), "ufunc 'fabs' does not support complex dtypes");
  return apply(kFabs, x);
}
Value sign(const Value& x) { return covector::sign(x); }
Value floor(const Value& x) { return is_discrete(x) ? x : covector::floor(x); }
Value ceil(const Value& x) { return is_discrete(x) ? x : covector::ceil(x); }
Value trunc(const Value& x) { return is_discrete(x) ? x : apply(kTrunc, x); }
Value rint(const Value& x) {
  if (is_discrete(x)) return convert_element_type(x, canonical(kFloat64));
  return apply(is_complex(x) ? kComplexRint : kRint, x);
}
Value arccosh(const Value& x) { return apply(kArccosh, x); }
Value log2(const Value& x) { return apply(kLog2, x); }
Value log10(const Value& x) { return apply(kLog10, x); }
Value square(const Value& x) { return apply(kSquare, x); }
Value reciprocal(const Value& x) { return apply(kReciprocal, x); }
Value deg2rad(const Value& x) { return apply(kRadians, x); }
Value rad2deg(const Value& x) { return apply(kDegrees, x); }
Value sinc(const Value& x) { return apply(kSinc, x); }
Value maximum(const Value& x, const Value& y) { return apply(kMaximum, x, y); }
Value minimum(const Value& x, const Value& y) { return apply(kMinimum, x, y); }
Value fmax(const Value& x, const Value& y) { return apply(kFmax, x, y); }
Value fmin(const Value& x, const Value& y) { return apply(kFmin, x, y); }
Value fmod(const Value& x, const Value& y) { return apply(kFmod, x, y); }
Value float_power(const Value& x, const Value& y) { return apply(kFloatPower, x, y); }
Value arctan2(const Value& x, const Value& y) { return apply(kArctan2, x, y); }
Value hypot(const Value& x, const Value& y) { return apply(kHypot, x, y); }
Value heaviside(const Value& x, const Value& y) { return apply(kHeaviside, x, y); }

}  // namespace covector::numpy
