// Constants, of every dtype. Numbers are written so that they read back bit by bit.

#include <cmath>
#include <complex>

#include "covector/hlo/builder.h"
#include "covector/hlo/text.h"

namespace covector::hlo {
namespace {

void append_hex(std::string& s, const void* bytes, size_t n, bool reversed) {
  constexpr const char* kHex = "0123456789ABCDEF";
  auto* p = static_cast<const unsigned char*>(bytes);
  for (size_t i = 0; i < n; ++i) {
    unsigned char c = p[reversed ? n - 1 - i : i];
    s += kHex[c >> 4];
    s += kHex[c & 15];
  }
}

// MLIR wants a point in a float literal; what has none in decimal is written as
// its bits.
template <class T>
void append_float(std::string& s, T x) {
  if (!std::isfinite(x)) {
    s += "0x";
    append_hex(s, &x, sizeof x, true);
    return;
  }
  char buf[40];
  std::string_view text(buf,
                        static_cast<size_t>(std::to_chars(buf, buf + sizeof buf, x).ptr - buf));
  size_t e = std::min(text.find('e'), text.size());
  s += text.substr(0, e);
  if (text.substr(0, e).find('.') == text.npos) s += ".0";
  s += text.substr(e);
}

void append_element(std::string& s, DType d, const Scalar& x) {
  switch (d.id()) {
    case DTypeId::kBool:
    case DTypeId::kFloat0:
      s += x.as<bool>() ? "true" : "false";
      return;
    case DTypeId::kFloat32:
      return append_float(s, x.as<float>());
    case DTypeId::kFloat64:
      return append_float(s, x.as<double>());
    case DTypeId::kComplex64:
    case DTypeId::kComplex128: {
      bool wide = d == kComplex128;
      auto c = wide ? x.as<std::complex<double>>() : std::complex<double>();
      auto f = wide ? std::complex<float>() : x.as<std::complex<float>>();
      s += '(';
      wide ? append_float(s, c.real()) : append_float(s, f.real());
      s += ", ";
      wide ? append_float(s, c.imag()) : append_float(s, f.imag());
      s += ')';
      return;
    }
    case DTypeId::kUint64:
      s += std::to_string(x.as<uint64_t>());
      return;
    default:
      break;
  }
  if (is_integer(d)) return append_int(s, to_int64(Array(Aval(d, {}), x)));
  s += "0x";
  append_hex(s, x.bytes, d->itemsize, true);
}

// Whether raw bytes in a string literal mean the same to MLIR as in memory.
bool has_byte_elements(DType d) { return d->bits >= 8 && !is_bool(d) && d != kFloat0; }

void append_nested(std::string& s, DType d, const std::byte*& p, std::span<const int64_t> shape) {
  if (shape.empty()) {
    Scalar x;
    std::memcpy(x.bytes, p, d->itemsize);
    p += d->itemsize;
    append_element(s, d, x);
    return;
  }
  s += '[';
  for (int64_t i = 0; i < shape[0]; ++i) {
    if (i) s += ", ";
    append_nested(s, d, p, shape.subspan(1));
  }
  s += ']';
}

}  // namespace

Operand Builder::scalar_constant(const Aval& a, const Scalar& x) {
  Operand r{fresh(), -1, a};
  text_ += "    ";
  name(r);
  text_ += " = stablehlo.constant dense<";
  append_element(text_, a.dtype(), x);
  text_ += "> : ";
  text_ += type(a);
  end_line();
  return r;
}

Operand Builder::splat(const Aval& a, double x) {
  return scalar_constant(a, *scalar_of(a.dtype(), x).array()->scalar());
}
Operand Builder::splat(const Aval& a, int64_t x) {
  return scalar_constant(a, *scalar_of(a.dtype(), x).array()->scalar());
}

Operand Builder::constant(const Value& v) {
  const Array* array = v.array();
  invariant(array != nullptr, "a constant of a program must be concrete, got ", v.aval());
  if (array->scalar()) return scalar_constant(v.aval(), *array->scalar());
  bool extended = is_extended(v.dtype());
  DType d = extended ? DType(v.dtype()->physical) : v.dtype();
  Shape shape = v.shape();
  if (extended) shape.append(v.dtype()->element_shape);
  Aval physical(d, shape);
  std::vector<std::byte> bytes(static_cast<size_t>(physical.bytes()));
  array->buffer()->read(bytes.data());
  Operand r{fresh(), -1, v.aval()};
  text_ += "    ";
  name(r);
  text_ += " = stablehlo.constant dense<";
  const std::byte* p = bytes.data();
  if (physical.size() > 0 && has_byte_elements(d)) {
    text_ += "\"0x";
    append_hex(text_, bytes.data(), bytes.size(), false);
    text_ += '"';
  } else if (physical.size() > 0) {
    append_nested(text_, d, p, shape);
  }
  text_ += "> : ";
  text_ += type(v.aval());
  end_line();
  return r;
}

}  // namespace covector::hlo
