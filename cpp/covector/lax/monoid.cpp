#include "covector/lax/monoid.h"

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

Value identity(Monoid m, DType d) {
  if (m == Monoid::kMax || m == Monoid::kMin) return extreme_identity(d, m == Monoid::kMin);
  if (m == Monoid::kAnd) return scalar_of(d, int64_t{-1});
  return scalar_of(d, int64_t{m == Monoid::kProduct});
}

}  // namespace covector::rules
