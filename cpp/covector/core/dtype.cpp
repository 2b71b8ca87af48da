#include "covector/core/dtype.h"

#include "covector/core/config.h"

namespace covector {
namespace {

constexpr DType kAll[] = {
    kBool,           kInt2,          kInt4,
    kInt8,           kInt16,         kInt32,
    kInt64,          kUint2,         kUint4,
    kUint8,          kUint16,        kUint32,
    kUint64,         kFloat4E2m1fn,  kFloat8E3m4,
    kFloat8E4m3,     kFloat8E8m0fnu, kFloat8E4m3b11fnuz,
    kFloat8E4m3fn,   kFloat8E5m2,    kFloat8E4m3fnuz,
    kFloat8E5m2fnuz, kBfloat16,      kFloat16,
    kFloat32,        kFloat64,       kComplex64,
    kComplex128,     kFloat0,        kKeyFry,
};

}  // namespace

DType real_dtype(DType d) {
  if (d == kComplex64) return kFloat32;
  if (d == kComplex128) return kFloat64;
  return d;
}

DType complex_dtype(DType d) {
  if (is_complex(d)) return d;
  return d == kFloat64 ? kComplex128 : kComplex64;
}

DType narrowed(DType d) {
  switch (d.id()) {
    case DTypeId::kInt64:
      return kInt32;
    case DTypeId::kUint64:
      return kUint32;
    case DTypeId::kFloat64:
      return kFloat32;
    case DTypeId::kComplex128:
      return kComplex64;
    default:
      return d;
  }
}

DType canonical(DType d) { return flag(Option::kEnableX64) ? d : narrowed(d); }

DType dtype_by_name(std::string_view name) {
  for (DType d : kAll)
    if (d->name == name) return d;
  return {};
}

}  // namespace covector
