#include "covector/core/value.h"

#include <bit>
#include <cmath>
#include <complex>

#include "covector/core/config.h"
#include "covector/core/trace.h"

namespace covector {

Tracer::Tracer(Ref<Trace> t, Aval a) : Node(Kind::kTracer, a), trace(std::move(t)) {}
Tracer::~Tracer() = default;

namespace {

// Drops the low 16 bits of a float, rounding to nearest even; NaN stays NaN.
uint16_t bfloat16_bits(float x) {
  uint32_t u = std::bit_cast<uint32_t>(x);
  if (std::isnan(x)) return static_cast<uint16_t>(u >> 16 | 0x40);
  return static_cast<uint16_t>((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

// A small float format: sign, exponent and mantissa widths, and what its
// largest encodings mean.
struct FloatFormat {
  int exponent_bits, mantissa_bits, bias;
  enum { kIeee, kFiniteNan, kUnsignedZeroNan, kNoNan } special;
  bool has_sign = true;
};

bool float_format(DTypeId id, FloatFormat& f) {
  switch (id) {
    case DTypeId::kFloat16:
      f = {5, 10, 15, FloatFormat::kIeee};
      return true;
    case DTypeId::kFloat8E5m2:
      f = {5, 2, 15, FloatFormat::kIeee};
      return true;
    case DTypeId::kFloat8E4m3:
      f = {4, 3, 7, FloatFormat::kIeee};
      return true;
    case DTypeId::kFloat8E3m4:
      f = {3, 4, 3, FloatFormat::kIeee};
      return true;
    case DTypeId::kFloat8E4m3fn:
      f = {4, 3, 7, FloatFormat::kFiniteNan};
      return true;
    case DTypeId::kFloat8E4m3b11fnuz:
      f = {4, 3, 11, FloatFormat::kUnsignedZeroNan};
      return true;
    case DTypeId::kFloat8E4m3fnuz:
      f = {4, 3, 8, FloatFormat::kUnsignedZeroNan};
      return true;
    case DTypeId::kFloat8E5m2fnuz:
      f = {5, 2, 16, FloatFormat::kUnsignedZeroNan};
      return true;
    case DTypeId::kFloat4E2m1fn:
      f = {2, 1, 1, FloatFormat::kNoNan};
      return true;
    default:
      return false;
  }
}

uint32_t nan_bits(const FloatFormat& f) {
  uint32_t exponent = (1u << f.exponent_bits) - 1;
  switch (f.special) {
    case FloatFormat::kIeee:
      return exponent << f.mantissa_bits | 1u << (f.mantissa_bits - 1);
    case FloatFormat::kFiniteNan:
      return exponent << f.mantissa_bits | ((1u << f.mantissa_bits) - 1);
    case FloatFormat::kUnsignedZeroNan:
      return 1u << (f.exponent_bits + f.mantissa_bits);
    case FloatFormat::kNoNan:
      return 0;
  }
  return 0;
}

// The largest finite encoding, without sign.
uint32_t max_bits(const FloatFormat& f) {
  uint32_t all = (1u << (f.exponent_bits + f.mantissa_bits)) - 1;
  if (f.special == FloatFormat::kIeee) return all - (1u << f.mantissa_bits);
  return f.special == FloatFormat::kFiniteNan ? all - 1 : all;
}

// Rounds to nearest even. Beyond the largest value: infinity where the format
// has one, NaN where it has only that, else saturated.
uint32_t encode(double x, const FloatFormat& f) {
  uint32_t sign = std::signbit(x) ? 1u << (f.exponent_bits + f.mantissa_bits) : 0;
  if (std::isnan(x)) return nan_bits(f);
  double a = std::fabs(x);
  if (a == 0) return f.special == FloatFormat::kUnsignedZeroNan ? 0 : sign;
  int e = 0;
  std::frexp(a, &e);  // a = m * 2^e with m in [0.5, 1)
  int exponent = std::max(e - 1, 1 - f.bias);
  // nearbyint rounds to even in the default environment.
  double steps = std::isinf(a) ? 1e30 : std::nearbyint(std::ldexp(a, f.mantissa_bits - exponent));
  double bits = steps + std::ldexp(exponent + f.bias - 1, f.mantissa_bits);
  if (bits > max_bits(f)) {
    if (f.special == FloatFormat::kIeee)
      return sign | ((1u << f.exponent_bits) - 1) << f.mantissa_bits;
    return f.special == FloatFormat::kNoNan ? sign | max_bits(f) : nan_bits(f) | sign;
  }
  auto r = static_cast<uint32_t>(bits);
  return r == 0 && f.special == FloatFormat::kUnsignedZeroNan ? 0 : sign | r;
}

double decode(uint32_t bits, const FloatFormat& f) {
  uint32_t sign_bit = 1u << (f.exponent_bits + f.mantissa_bits);
  double sign = bits & sign_bit ? -1 : 1;
  uint32_t magnitude = bits & (sign_bit - 1);
  if (f.special == FloatFormat::kUnsignedZeroNan && bits == sign_bit) return std::nan("");
  if (f.special == FloatFormat::kFiniteNan && magnitude == nan_bits(f)) return std::nan("");
  uint32_t exponent = magnitude >> f.mantissa_bits;
  uint32_t mantissa = magnitude & ((1u << f.mantissa_bits) - 1);
  if (f.special == FloatFormat::kIeee && exponent == (1u << f.exponent_bits) - 1)
    return mantissa ? std::nan("") : sign * INFINITY;
  double m = exponent ? mantissa + (1u << f.mantissa_bits) : mantissa;
  int e = static_cast<int>(exponent ? exponent : 1) - f.bias - f.mantissa_bits;
  return sign * std::ldexp(m, e);
}

// Float to integer as numpy's astype does it on common hardware: through int64.
int64_t truncated(double x) {
  if (std::isnan(x)) return 0;
  if (x >= 0x1p63) return INT64_MAX;
  if (x < -0x1p63) return INT64_MIN;
  return static_cast<int64_t>(x);
}

Scalar integer_scalar(DType d, int64_t x) {
  switch (d->itemsize) {
    case 1:
      return Scalar::of(static_cast<int8_t>(x));
    case 2:
      return Scalar::of(static_cast<int16_t>(x));
    case 4:
      return Scalar::of(static_cast<int32_t>(x));
    default:
      return Scalar::of(x);
  }
}

Scalar inexact_scalar(DType d, double x) {
  FloatFormat f{};
  switch (d.id()) {
    case DTypeId::kFloat64:
      return Scalar::of(x);
    case DTypeId::kFloat32:
      return Scalar::of(static_cast<float>(x));
    case DTypeId::kComplex64:
      return Scalar::of(std::complex<float>(static_cast<float>(x)));
    case DTypeId::kComplex128:
      return Scalar::of(std::complex<double>(x));
    case DTypeId::kBfloat16:
      return Scalar::of(bfloat16_bits(static_cast<float>(x)));
    case DTypeId::kFloat8E8m0fnu:  // a power of two: the biased exponent alone
      return Scalar::of(static_cast<uint8_t>(
          x > 0 && std::isfinite(x) ? std::clamp(std::lrint(std::log2(x)) + 127, 0l, 254l) : 255));
    default:
      break;
  }
  invariant(float_format(d.id(), f), "no host encoding of ", d->name);
  uint32_t bits = encode(x, f);
  return d->itemsize == 2 ? Scalar::of(static_cast<uint16_t>(bits))
                          : Scalar::of(static_cast<uint8_t>(bits));
}

double inexact_value(DType d, const Scalar& s) {
  FloatFormat f{};
  switch (d.id()) {
    case DTypeId::kFloat64:
      return s.as<double>();
    case DTypeId::kFloat32:
      return s.as<float>();
    case DTypeId::kComplex64:
      return s.as<std::complex<float>>().real();
    case DTypeId::kComplex128:
      return s.as<std::complex<double>>().real();
    case DTypeId::kBfloat16:
      return std::bit_cast<float>(static_cast<uint32_t>(s.as<uint16_t>()) << 16);
    case DTypeId::kFloat8E8m0fnu:
      return s.as<uint8_t>() == 255 ? std::nan("") : std::ldexp(1.0, s.as<uint8_t>() - 127);
    default:
      break;
  }
  invariant(float_format(d.id(), f), "no host encoding of ", d->name);
  return decode(d->itemsize == 2 ? s.as<uint16_t>() : s.as<uint8_t>(), f);
}

int64_t integer_value(DType d, const Scalar& s) {
  bool is_signed = is_signed_int(d);
  switch (d->itemsize) {
    case 1:
      // Narrower types are in the low bits; devices leave the high ones zero.
      if (int unused = 8 - d->bits) {
        auto high = static_cast<uint8_t>(s.as<uint8_t>() << unused);
        return is_signed ? static_cast<int8_t>(high) >> unused : high >> unused;
      }
      return is_signed ? s.as<int8_t>() : s.as<uint8_t>();
    case 2:
      return is_signed ? s.as<int16_t>() : s.as<uint16_t>();
    case 4:
      return is_signed ? int64_t{s.as<int32_t>()} : int64_t{s.as<uint32_t>()};
    default:
      return s.as<int64_t>();
  }
}

// The one element of an array, from the host's copy or from the device.
Scalar element(const Array& a) {
  require<TypeError>(a.aval.size() == 1,
                     "Only arrays of one element can be converted to a Python scalar, got ",
                     a.aval);
  if (a.scalar()) return *a.scalar();
  require<RuntimeError>(!a.buffer()->deleted(), "Array has been deleted with shape=", a.aval, ".");
  Scalar s;
  a.buffer()->read(s.bytes);
  return s;
}

}  // namespace

Value Value::scalar(bool x) { return make_ref<const Array>(Aval(kBool, {}), Scalar::of(x)); }
Value Value::scalar(int64_t x) {
  DType d = canonical(kInt64);
  require<OverflowError>(d == kInt64 || (x >= INT32_MIN && x <= INT32_MAX), "the integer ", x,
                         " is too large to convert to int32");
  return scalar_of(d, x, true);
}
Value Value::scalar(double x) { return scalar_of(canonical(kFloat64), x, true); }

Value scalar_of(DType d, double x, bool weak_type) {
  Aval a(d, {}, weak_type);
  if (is_bool(d) || d == kFloat0) return make_ref<const Array>(a, Scalar::of(x != 0));
  if (d == kUint64 && x >= 0x1p63)
    return make_ref<const Array>(a, Scalar::of(static_cast<uint64_t>(x)));
  if (is_integer(d)) return make_ref<const Array>(a, integer_scalar(d, truncated(x)));
  return make_ref<const Array>(a, inexact_scalar(d, x));
}

Value scalar_of(DType d, int64_t x, bool weak_type) {
  if (is_integer(d)) return make_ref<const Array>(Aval(d, {}, weak_type), integer_scalar(d, x));
  return scalar_of(d, static_cast<double>(x), weak_type);
}

Value host_array(Aval a, const void* bytes) {
  auto* p = static_cast<const std::byte*>(bytes);
  if (a.rank() == 0 && !is_extended(a.dtype())) {
    Scalar s;
    std::memcpy(s.bytes, p, a.dtype()->itemsize);
    return make_ref<const Array>(a, s);
  }
  std::vector<std::byte> copy(p, p + a.bytes());
  return make_ref<const Array>(a, Ref<const Buffer>(make_ref<HostBuffer>(std::move(copy))));
}

double to_double(const Array& a) {
  Scalar s = element(a);
  DType d = a.aval.dtype();
  if (is_bool(d)) return s.as<bool>();
  if (d == kUint64) return static_cast<double>(s.as<uint64_t>());
  if (is_integer(d)) return static_cast<double>(integer_value(d, s));
  return inexact_value(d, s);
}

int64_t to_int64(const Array& a) {
  Scalar s = element(a);
  DType d = a.aval.dtype();
  if (is_bool(d)) return s.as<bool>();
  if (is_integer(d)) return integer_value(d, s);
  return truncated(inexact_value(d, s));
}

}  // namespace covector
