// Constants of every dtype. Numbers are written so that they read back bit by bit.

#include <cmath>
#include <complex>

#include "covector/core/print.h"
#include "covector/hlo/text.h"

namespace covector::hlo {
namespace {

// Arrays of more elements are written as their bytes.
constexpr int64_t kMaxListed = 16;

void append_hex(std::string& s, std::byte b) {
  constexpr const char* kHex = "0123456789ABCDEF";
  s += kHex[static_cast<unsigned char>(b) >> 4];
  s += kHex[static_cast<unsigned char>(b) & 15];
}

// Decimal digits that identify the double, which any narrower float is, too:
// read as a double and rounded, they give the same number. MLIR wants a point
// in them. What has no digits is written as its bits.
void append_float(std::string& s, double x, DType d, const std::byte* bits) {
  if (!std::isfinite(x)) {
    s += "0x";
    for (size_t i = d->itemsize; i-- > 0;) append_hex(s, bits[i]);
    return;
  }
  size_t start = s.size();
  append_python(s, x);
  size_t e = s.find('e', start);
  if (e != s.npos && s.find('.', start) == s.npos) s.insert(e, ".0");
}

template <class T>
void append_complex(std::string& s, const std::byte* p, DType part) {
  T x[2];
  std::memcpy(x, p, sizeof x);
  s += '(';
  append_float(s, x[0], part, p);
  s += ", ";
  append_float(s, x[1], part, p + sizeof(T));
  s += ')';
}

void append_element(std::string& s, DType d, const std::byte* p) {
  Scalar x;
  std::memcpy(x.bytes, p, d->itemsize);
  switch (d.id()) {
    case DTypeId::kBool:
      s += x.as<bool>() ? "true" : "false";
      return;
    case DTypeId::kInt32:
      return append_int(s, x.as<int32_t>());
    case DTypeId::kFloat32:
      return append_float(s, x.as<float>(), d, p);
    case DTypeId::kComplex64:
      return append_complex<float>(s, p, kFloat32);
    case DTypeId::kComplex128:
      return append_complex<double>(s, p, kFloat64);
    case DTypeId::kUint64:
      return append_to(s, x.as<uint64_t>());
    default:
      break;
  }
  Array scalar(Aval(d, {}), x);
  if (is_integer(d))
    append_int(s, to_int64(scalar));
  else
    append_float(s, to_double(scalar), d, p);
}

// [[1, 2], [3, 4]]; the depth is the rank.
const std::byte* append_nested(std::string& s, DType d, const std::byte* p,
                               std::span<const int64_t> shape) {
  if (shape.empty()) {
    append_element(s, d, p);
    return p + d->itemsize;
  }
  s += '[';
  for (int64_t i = 0; i < shape[0]; ++i) {
    if (i) s += ", ";
    p = append_nested(s, d, p, shape.subspan(1));
  }
  s += ']';
  return p;
}

bool all_equal(const std::vector<std::byte>& bytes, size_t itemsize) {
  return bytes.size() > itemsize &&
         std::equal(bytes.begin() + static_cast<ptrdiff_t>(itemsize), bytes.end(), bytes.begin());
}

// The type whose elements MLIR keeps as host memory does, one after another.
// It may pack narrower ones, and has not always packed them in one way.
DType byte_type(DType d) {
  if (is_bool(d)) return kUint8;
  if (is_integer(d) && d->bits < 8) return is_signed_int(d) ? kInt8 : kUint8;
  return d;
}

}  // namespace

Operand Builder::scalar_constant(const Aval& a, const Scalar& x) {
  Operand r{fresh(), -1, a};
  begin_op(1, r.id);
  text_ += "stablehlo.constant dense<";
  append_element(text_, stored(a).dtype(), x.bytes);
  text_ += "> : ";
  text_ += type(a);
  end_op();
  return r;
}

Operand Builder::dense_constant(const Aval& a, const std::vector<std::byte>& bytes) {
  DType d = a.dtype();
  bool listed = a.size() <= kMaxListed || d == kFloat4E2m1fn;
  if (!listed && byte_type(d) != d)
    return convert(dense_constant(Aval(byte_type(d), a.shape()), bytes), d);
  Operand r{fresh(), -1, a};
  begin_op(1, r.id);
  text_ += "stablehlo.constant dense<";
  if (listed && a.size() > 0) {
    append_nested(text_, d, bytes.data(), a.shape());
  } else if (!listed) {
    text_ += "\"0x";
    for (std::byte b : bytes) append_hex(text_, b);
    text_ += '"';
  }
  text_ += "> : ";
  text_ += type(a);
  end_op();
  return r;
}

Operand Builder::splat(const Aval& a, double x) {
  return scalar_constant(a, *scalar_of(stored(a).dtype(), x).array()->scalar());
}

Operand Builder::splat(const Aval& a, int64_t x) {
  return scalar_constant(a, *scalar_of(stored(a).dtype(), x).array()->scalar());
}

Operand Builder::constant(const Value& v) {
  const Array* array = v.array();
  invariant(array != nullptr, "a constant of a program must be concrete, got ", v.aval());
  if (array->scalar()) return scalar_constant(v.aval(), *array->scalar());
  Aval a = stored(v.aval());
  std::vector<std::byte> bytes(static_cast<size_t>(a.bytes()));
  if (!bytes.empty()) array->buffer()->read(bytes.data());
  Operand r;
  if (all_equal(bytes, a.dtype()->itemsize)) {
    Scalar x;
    std::memcpy(x.bytes, bytes.data(), a.dtype()->itemsize);
    r = scalar_constant(a, x);
  } else {
    r = dense_constant(a, bytes);
  }
  r.aval = v.aval();
  return r;
}

}  // namespace covector::hlo
