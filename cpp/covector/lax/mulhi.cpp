// The upper half of products of integers.

#include "covector/lax/elementwise.h"

namespace covector {

using namespace rules;

namespace {

DType twice_as_wide(DType d) {
  bool is_signed = is_signed_int(d);
  switch (d->bits) {
    case 2:
      return is_signed ? kInt4 : kUint4;
    case 4:
      return is_signed ? kInt8 : kUint8;
    case 8:
      return is_signed ? kInt16 : kUint16;
    case 16:
      return is_signed ? kInt32 : kUint32;
    default:
      return is_signed ? kInt64 : kUint64;
  }
}

Value number(const Value& x, int64_t n) { return scalar_of(x.dtype(), n); }

Value wide_product(const Value& x, const Value& y) {
  DType d = x.dtype(), wide = twice_as_wide(d);
  Value p = convert_element_type(x, wide) * convert_element_type(y, wide);
  return convert_element_type(shift_right_arithmetic(p, number(p, d->bits)), d);
}

// Of 64-bit words by halves (D. Knuth, "The Art of Computer Programming", vol. 2,
// section 4.3.1): the carry of the middle products is what the low half adds.
Value unsigned_words(const Value& x, const Value& y) {
  Value low = number(x, 0xFFFFFFFF), half = number(x, 32);
  auto lower = [&](const Value& v) { return bitwise_and(v, low); };
  auto upper = [&](const Value& v) { return shift_right_logical(v, half); };
  Value inner = upper(x) * lower(y) + upper(lower(x) * lower(y));
  Value outer = lower(x) * upper(y) + lower(inner);
  return upper(x) * upper(y) + upper(inner) + upper(outer);
}

// A negative word is 2^64 less than it reads without its sign.
Value signed_words(const Value& x, const Value& y) {
  Value p = unsigned_words(convert_element_type(x, kUint64), convert_element_type(y, kUint64));
  Value x_sign = shift_right_arithmetic(x, number(x, 63));
  Value y_sign = shift_right_arithmetic(y, number(y, 63));
  return convert_element_type(p, kInt64) - bitwise_and(x_sign, y) - bitwise_and(y_sign, x);
}

Values formula(const Op&, Args in) {
  DType d = in[0].dtype();
  if (d == kUint64) return {unsigned_words(in[0], in[1])};
  if (d == kInt64) return {signed_words(in[0], in[1])};
  return {wide_product(in[0], in[1])};
}

const Primitive mulhi_p{binary({
    .name = "mulhi",
    .summary = "The upper half of the product of each pair of elements.",
    .accepts = kIntegers,
    .jvp = zero_jvp,
    .lower = lower_via(formula),
    .f = mulhi,
    .signature = "x, y, /",
})};

}  // namespace

Value mulhi(const Value& x, const Value& y) { return mulhi_p.op().bind1({x, y}); }

}  // namespace covector
