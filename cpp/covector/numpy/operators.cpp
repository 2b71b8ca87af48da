// What Python's operators do to arrays.

#include "covector/numpy/elementwise.h"

namespace covector::numpy {
namespace {

// Sums and products ---------------------------------------------------------------------------

Value add_or(const Value& x, const Value& y) {
  return is_bool(x.dtype()) ? covector::bitwise_or(x, y) : covector::add(x, y);
}
Value multiply_and(const Value& x, const Value& y) {
  return is_bool(x.dtype()) ? covector::bitwise_and(x, y) : mul(x, y);
}
constexpr BinaryRule kAdd{"add", add_or};
constexpr BinaryRule kSubtract{"subtract", sub};
constexpr BinaryRule kMultiply{"multiply", multiply_and};
constexpr BinaryRule kTrueDivide{"true_divide", div, Promotion::kInexact};

// Division with rounding down ---------------------------------------------------------------------

Value differ(const Value& x, const Value& y) { return ne(sign(x), sign(y)); }

// As weak as it was.
Value one_less(const Value& x) { return sub(x, scalar_of(x.dtype(), 1.0, x.aval().weak_type())); }

std::pair<Value, Value> float_divmod(const Value& x, const Value& y) {
  Value mod = rem(x, y);
  Value exact = choose(eq(y, zero_like(y)), x, sub(x, mod));
  Value quotient = div(exact, y);
  Value wrong = covector::bitwise_and(ne(mod, zero_like(mod)), differ(y, mod));
  mod = choose(wrong, covector::add(mod, y), mod);
  quotient = choose(wrong, one_less(quotient), quotient);
  return {round(quotient), mod};
}

Value floor_divide_promoted(const Value& x, const Value& y) {
  require_real("floor_divide", x);
  if (is_floating(x.dtype())) return float_divmod(x, y).first;
  Value q = div(x, y);
  if (is_unsigned_int(x.dtype())) return q;
  Value wrong = covector::bitwise_and(differ(x, y), ne(rem(x, y), zero_like(x)));
  return choose(wrong, one_less(q), q);
}
constexpr BinaryRule kFloorDivide{"floor_divide", floor_divide_promoted, Promotion::kNumeric, true};

// The remainder with the sign of the divisor; of integers by zero it is zero.
Value remainder_promoted(const Value& x, const Value& divisor) {
  require_real("remainder", x);
  Value y = divisor, zero = zero_like(x);
  if (is_integer(y.dtype())) y = choose(eq(y, zero), constant_like(y, 1), y);
  Value mod = rem(x, y);
  Value wrong = covector::bitwise_and(ne(lt(mod, zero), lt(y, zero)), ne(mod, zero));
  return choose(wrong, covector::add(mod, y), mod);
}
constexpr BinaryRule kRemainder{"remainder", remainder_promoted, Promotion::kNumeric, true};

// Powers
// --------------------------------------------------------------------------------------------

// An exponent that is an integer known now, e.g. the 2 of x**2.
std::optional<int64_t> known_exponent(const Value& y) {
  const Array* a = y.known();
  if (!a || !is_integer(y.dtype()) || y.rank() != 0) return {};
  return to_int64(*a);
}

// Square and multiply. Six bits of the exponent are enough: beyond them every
// base but 0, 1 and -1 overflows.
Value integer_power(Value x, Value y) {
  Value zero = strong_constant_like(y, 0), one = strong_constant_like(y, 1);
  Value vanishes = covector::bitwise_and(eq(x, zero), ne(y, zero));
  Value acc = choose(vanishes, zero, one);
  for (int bit = 0; bit < 6; ++bit) {
    Value odd = ne(covector::bitwise_and(y, one), zero);
    acc = choose(odd, mul(acc, x), acc);
    x = mul(x, x);
    y = shift_right_logical(y, one);
  }
  return acc;
}

Value power_promoted(const Value& x, const Value& y) {
  return is_integer(x.dtype()) ? integer_power(x, y) : pow(x, y);
}
constexpr BinaryRule kFloatPower{"power", pow, Promotion::kNumeric};
constexpr BinaryRule kIntegerPower{"power", power_promoted, Promotion::kNumeric, true};

// Bits
// ----------------------------------------------------------------------------------------------

Value right_shift_promoted(const Value& x, const Value& y) {
  return is_unsigned_int(x.dtype()) ? shift_right_logical(x, y) : shift_right_arithmetic(x, y);
}
constexpr BinaryRule kBitwiseAnd{"bitwise_and", covector::bitwise_and};
constexpr BinaryRule kBitwiseOr{"bitwise_or", covector::bitwise_or};
constexpr BinaryRule kBitwiseXor{"bitwise_xor", covector::bitwise_xor};
constexpr BinaryRule kLeftShift{"left_shift", shift_left, Promotion::kNumeric};
constexpr BinaryRule kRightShift{"right_shift", right_shift_promoted, Promotion::kNumeric};

// Comparisons
// ---------------------------------------------------------------------------------------

// Complex numbers are ordered by their real parts, then by their imaginary ones.
template <Binary kOp>
Value lexicographic(const Value& x, const Value& y) {
  Value xr = covector::real(x), yr = covector::real(y);
  return choose(eq(xr, yr), kOp(covector::imag(x), covector::imag(y)), kOp(xr, yr));
}

Value ordered(const BinaryRule& simple, const BinaryRule& complex, const Value& x, const Value& y) {
  return apply(is_complex(x) || is_complex(y) ? complex : simple, x, y);
}

constexpr BinaryRule kEqual{"equal", eq};
constexpr BinaryRule kNotEqual{"not_equal", ne};
constexpr BinaryRule kLess{"less", lt};
constexpr BinaryRule kLessEqual{"less_equal", le};
constexpr BinaryRule kGreater{"greater", gt};
constexpr BinaryRule kGreaterEqual{"greater_equal", ge};
constexpr BinaryRule kComplexLess{"less", lexicographic<lt>, Promotion::kCommon, true};
constexpr BinaryRule kComplexLessEqual{"less_equal", lexicographic<le>, Promotion::kCommon, true};
constexpr BinaryRule kComplexGreater{"greater", lexicographic<gt>, Promotion::kCommon, true};
constexpr BinaryRule kComplexGreaterEqual{"greater_equal", lexicographic<ge>, Promotion::kCommon,
                                          true};

}  // namespace

Value add(const Value& x, const Value& y) { return apply(kAdd, x, y); }
Value subtract(const Value& x, const Value& y) { return apply(kSubtract, x, y); }
Value multiply(const Value& x, const Value& y) { return apply(kMultiply, x, y); }
Value true_divide(const Value& x, const Value& y) { return apply(kTrueDivide, x, y); }
Value floor_divide(const Value& x, const Value& y) { return apply(kFloorDivide, x, y); }
Value remainder(const Value& x, const Value& y) { return apply(kRemainder, x, y); }
std::pair<Value, Value> divmod(const Value& x, const Value& y) {
  return {floor_divide(x, y), remainder(x, y)};
}

Value power(const Value& x, const Value& y) {
  if (auto n = known_exponent(y)) return integer_pow(as_numeric(x), *n);
  if (is_inexact(x.dtype()) && is_integer(y.dtype())) {
    Value in[] = {x, y};
    Values v = promote_shapes(in, "power");
    return pow(v[0], v[1]);
  }
  bool integers = !is_inexact(x.dtype()) && !is_inexact(y.dtype());
  return apply(integers ? kIntegerPower : kFloatPower, x, y);
}

Value bitwise_and(const Value& x, const Value& y) { return apply(kBitwiseAnd, x, y); }
Value bitwise_or(const Value& x, const Value& y) { return apply(kBitwiseOr, x, y); }
Value bitwise_xor(const Value& x, const Value& y) { return apply(kBitwiseXor, x, y); }
Value left_shift(const Value& x, const Value& y) { return apply(kLeftShift, x, y); }
Value right_shift(const Value& x, const Value& y) { return apply(kRightShift, x, y); }

Value equal(const Value& x, const Value& y) { return apply(kEqual, x, y); }
Value not_equal(const Value& x, const Value& y) { return apply(kNotEqual, x, y); }
Value less(const Value& x, const Value& y) { return ordered(kLess, kComplexLess, x, y); }
Value less_equal(const Value& x, const Value& y) {
  return ordered(kLessEqual, kComplexLessEqual, x, y);
}
Value greater(const Value& x, const Value& y) { return ordered(kGreater, kComplexGreater, x, y); }
Value greater_equal(const Value& x, const Value& y) {
  return ordered(kGreaterEqual, kComplexGreaterEqual, x, y);
}

Value negative(const Value& x) { return neg(x); }
Value positive(const Value& x) { return x; }
Value abs(const Value& x) {
  return is_bool(x.dtype()) || is_unsigned_int(x.dtype()) ? x : covector::abs(x);
}
Value invert(const Value& x) { return bitwise_not(x); }

}  // namespace covector::numpy
