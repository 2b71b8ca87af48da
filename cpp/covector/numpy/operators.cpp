// The operators of arrays: promotion and broadcasting, then the primitive.

#include "covector/lax/rules.h"
#include "covector/numpy/numpy.h"

namespace covector::numpy {
namespace {

using Binary = Value (*)(const Value&, const Value&);

Value apply(std::string_view name, Binary f, const Value& x, const Value& y) {
  Value in[] = {x, y};
  Values v = promote_shapes(promote_dtypes(in), name);
  return f(v[0], v[1]);
}

// For operations that booleans do not have: they count as integers.
Value as_number(const Value& x) {
  return is_bool(x.dtype()) ? convert_element_type(x, canonical(kInt64)) : x;
}

Value zero_like(const Value& x) { return scalar_of(x.dtype(), int64_t{0}); }

// Whether a quotient that was rounded towards zero must go one down.
Value rounds_up(const Value& x, const Value& y) {
  Value inexact = ne(rem(x, y), zero_like(x));
  return covector::bitwise_and(ne(sign(x), sign(y)), inexact);
}

std::pair<Value, Value> float_divmod(const Value& x, const Value& y) {
  Value mod = rem(x, y);
  Value div = covector::div(sub(x, mod), y);
  Value wrong = covector::bitwise_and(ne(mod, zero_like(mod)), ne(sign(y), sign(mod)));
  Value one = scalar_of(x.dtype(), int64_t{1});
  mod = select(wrong, covector::add(mod, y), mod);
  div = select(wrong, sub(div, one), div);
  return {round(div), mod};
}

void require_real(const Value& x, std::string_view name) {
  require<TypeError>(!is_complex(x.dtype()), name, " does not support complex-valued inputs");
}

Value floor_divide_promoted(const Value& x, const Value& y) {
  require_real(x, "floor_divide");
  if (is_floating(x.dtype())) return float_divmod(x, y).first;
  Value q = covector::div(x, y);
  if (is_unsigned_int(x.dtype())) return q;
  return select(rounds_up(x, y), sub(q, scalar_of(q.dtype(), int64_t{1})), q);
}

// The remainder with the sign of the divisor.
Value remainder_promoted(const Value& x, const Value& y) {
  require_real(x, "remainder");
  Value mod = rem(x, y), zero = zero_like(x);
  Value wrong = covector::bitwise_and(ne(lt(mod, zero), lt(y, zero)), ne(mod, zero));
  return select(wrong, covector::add(mod, y), mod);
}

Value broadcast_pair(const Value& x, const Value& y, Binary f, std::string_view name) {
  Value in[] = {x, y};
  Values v = promote_shapes(in, name);
  Shape shapes[] = {v[0].shape(), v[1].shape()};
  Shape out = broadcast_shapes(shapes);
  // Their rules select between operands, which must have one shape.
  return f(broadcast_to(v[0], out), broadcast_to(v[1], out));
}

// An exponent that is an integer known now, e.g. the 2 of x**2.
std::optional<int64_t> known_exponent(const Value& y) {
  const Array* a = y.array();
  if (!a || !a->scalar() || !is_integer(y.dtype()) || !y.aval().weak_type()) return {};
  return to_int64(*a);
}

// Square and multiply. Six bits of the exponent are enough: beyond them every
// base but 0, 1 and -1 overflows.
Value integer_power(Value x, Value y) {
  Value one = scalar_of(x.dtype(), int64_t{1}), zero = zero_like(x);
  Shape shapes[] = {x.shape(), y.shape()};
  Shape out = broadcast_shapes(shapes);
  x = broadcast_to(x, out), y = broadcast_to(y, out);
  Value acc = select(lt(y, zero), broadcast_to(zero, out), broadcast_to(one, out));
  for (int bit = 0; bit < 6; ++bit) {
    Value odd = ne(covector::bitwise_and(y, one), zero);
    acc = select(odd, mul(acc, x), acc);
    x = mul(x, x);
    y = shift_right_logical(y, one);
  }
  return acc;
}

Value lexicographic(const Value& x, const Value& y, Binary strict, Binary f) {
  Value xr = real(x), yr = real(y);
  Value tie = covector::bitwise_and(eq(xr, yr), f(imag(x), imag(y)));
  return covector::bitwise_or(strict(xr, yr), tie);
}

// Complex numbers are ordered by their real parts, then by their imaginary ones.
template <Binary kStrict, Binary kOp>
Value ordered(const Value& x, const Value& y) {
  return is_complex(x.dtype()) ? lexicographic(x, y, kStrict, kOp) : kOp(x, y);
}

}  // namespace

Value add(const Value& x, const Value& y) {
  return apply(
      "add",
      [](const Value& a, const Value& b) {
        return is_bool(a.dtype()) ? covector::bitwise_or(a, b) : covector::add(a, b);
      },
      x, y);
}
Value subtract(const Value& x, const Value& y) { return apply("subtract", sub, x, y); }
Value multiply(const Value& x, const Value& y) {
  return apply(
      "multiply",
      [](const Value& a, const Value& b) {
        return is_bool(a.dtype()) ? covector::bitwise_and(a, b) : mul(a, b);
      },
      x, y);
}
Value true_divide(const Value& x, const Value& y) {
  Value in[] = {x, y};
  Values v = promote_shapes(promote_dtypes_inexact(in), "true_divide");
  return div(v[0], v[1]);
}
Value floor_divide(const Value& x, const Value& y) {
  Value in[] = {as_number(x), as_number(y)};
  Values v = promote_dtypes(in);
  return broadcast_pair(v[0], v[1], floor_divide_promoted, "floor_divide");
}
Value remainder(const Value& x, const Value& y) {
  Value in[] = {as_number(x), as_number(y)};
  Values v = promote_dtypes(in);
  return broadcast_pair(v[0], v[1], remainder_promoted, "remainder");
}
std::pair<Value, Value> divmod(const Value& x, const Value& y) {
  return {floor_divide(x, y), remainder(x, y)};
}

Value power(const Value& x, const Value& y) {
  if (auto n = known_exponent(y)) {
    Value base = as_number(x);
    require<ValueError>(is_inexact(base.dtype()) || *n >= 0,
                        "Integers cannot be raised to negative powers, got integer_pow(",
                        base.aval(), ", ", *n, ")");
    return integer_pow(base, *n);
  }
  Value in[] = {as_number(x), as_number(y)};
  Values v = promote_shapes(promote_dtypes(in), "power");
  return is_integer(v[0].dtype()) ? integer_power(v[0], v[1]) : pow(v[0], v[1]);
}

Value bitwise_and(const Value& x, const Value& y) {
  return apply("bitwise_and", covector::bitwise_and, x, y);
}
Value bitwise_or(const Value& x, const Value& y) {
  return apply("bitwise_or", covector::bitwise_or, x, y);
}
Value bitwise_xor(const Value& x, const Value& y) {
  return apply("bitwise_xor", covector::bitwise_xor, x, y);
}
Value left_shift(const Value& x, const Value& y) {
  return apply("left_shift", shift_left, as_number(x), as_number(y));
}
Value right_shift(const Value& x, const Value& y) {
  return apply(
      "right_shift",
      [](const Value& a, const Value& b) {
        return is_unsigned_int(a.dtype()) ? shift_right_logical(a, b)
                                          : shift_right_arithmetic(a, b);
      },
      as_number(x), as_number(y));
}

Value equal(const Value& x, const Value& y) { return apply("equal", eq, x, y); }
Value not_equal(const Value& x, const Value& y) { return apply("not_equal", ne, x, y); }
Value less(const Value& x, const Value& y) { return apply("less", ordered<lt, lt>, x, y); }
Value less_equal(const Value& x, const Value& y) {
  return apply("less_equal", ordered<lt, le>, x, y);
}
Value greater(const Value& x, const Value& y) { return apply("greater", ordered<gt, gt>, x, y); }
Value greater_equal(const Value& x, const Value& y) {
  return apply("greater_equal", ordered<gt, ge>, x, y);
}

Value negative(const Value& x) { return neg(x); }
Value positive(const Value& x) { return x; }
Value abs(const Value& x) {
  return is_bool(x.dtype()) || is_unsigned_int(x.dtype()) ? x : covector::abs(x);
}
Value invert(const Value& x) { return bitwise_not(x); }

Value where(const Value& pred, const Value& x, const Value& y) {
  Value p = is_bool(pred.dtype()) ? pred : ne(pred, scalar_of(pred.dtype(), int64_t{0}));
  Value in[] = {x, y};
  Values v = promote_dtypes(in);
  Value all[] = {p, v[0], v[1]};
  Values b = broadcast_arrays(all);
  return select(p.rank() == 0 ? p : b[0], b[1], b[2]);
}

}  // namespace covector::numpy
