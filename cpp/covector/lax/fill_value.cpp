#include "covector/lax/fill_value.h"

#include <bit>
#include <limits>

namespace covector::rules {

bool FillValue::operator==(const FillValue& o) const {
  if (v.index() != o.v.index()) return false;
  return std::visit(
      [&]<class T>(const T& x) {
        const T& y = std::get<T>(o.v);
        if constexpr (std::same_as<T, double>)
          return std::bit_cast<uint64_t>(x) == std::bit_cast<uint64_t>(y);
        else if constexpr (std::same_as<T, std::complex<double>>)
          return std::memcmp(&x, &y, sizeof x) == 0;
        else
          return x == y;
      },
      v);
}

Param FillValue::param() const {
  if (auto* z = std::get_if<std::complex<double>>(&v))
    return Param::Record{"complex", {{"real", z->real()}, {"imag", z->imag()}}};
  if (auto* b = std::get_if<bool>(&v)) return *b;
  if (auto* i = std::get_if<int64_t>(&v)) return *i;
  if (auto* x = std::get_if<double>(&v)) return *x;
  return Param::None();
}

Value FillValue::of(DType d) const {
  if (auto* b = std::get_if<bool>(&v)) return scalar_of(d, static_cast<int64_t>(*b));
  if (auto* i = std::get_if<int64_t>(&v)) return scalar_of(d, *i);
  if (auto* x = std::get_if<double>(&v)) return scalar_of(d, *x);
  if (auto* z = std::get_if<std::complex<double>>(&v)) {
    if (d == kComplex64)
      return Value(make_ref<const Array>(Aval(d, {}), Scalar::of(std::complex<float>(*z))));
    if (d == kComplex128) return Value(make_ref<const Array>(Aval(d, {}), Scalar::of(*z)));
    return scalar_of(d, z->real());
  }
  return scalar_of(d, int64_t{0});
}

FillValue FillValue::read(const Value& x, std::string_view what) {
  const Array* a = x.array();
  require<ConcretizationTypeError>(a != nullptr, what, " must be known when the program is traced");
  require<ValueError>(a->aval.size() == 1, what, " must be a scalar, got ", a->aval);
  DType d = a->aval.dtype();
  if (is_bool(d)) return {to_int64(*a) != 0};
  if (is_integer(d)) return {to_int64(*a)};
  if (!is_complex(d)) return {to_double(*a)};
  Scalar s;
  if (a->scalar())
    s = *a->scalar();
  else
    a->buffer()->read(s.bytes);
  if (d == kComplex64) return {std::complex<double>(s.as<std::complex<float>>())};
  return {s.as<std::complex<double>>()};
}

FillValue FillValue::out_of_bounds(DType d) {
  if (is_extended(d)) d = DType(d->physical);
  if (is_bool(d)) return {true};
  if (is_inexact(d)) return {std::numeric_limits<double>::quiet_NaN()};
  if (is_signed_int(d)) return {std::numeric_limits<int64_t>::min() >> (64 - d->bits)};
  if (is_unsigned_int(d))
    return {static_cast<int64_t>(std::numeric_limits<uint64_t>::max() >> (64 - d->bits))};
  fail<ValueError>("Unsupported dtype for gather fill_value ", d->name);
}

}  // namespace covector::rules
