#include "covector/core/dtype.h"

#include "covector/core/config.h"

namespace covector {

namespace detail {
// clang-format off
using Id = DTypeId;
using Kind = DTypeKind;
constinit const DTypeInfo kBoolInfo{Id::kBool, Kind::kBool, 8, 1, "bool", "bool", "i1"};
constinit const DTypeInfo kInt2Info{Id::kInt2, Kind::kInt, 2, 1, "int2", "i2", "i2"};
constinit const DTypeInfo kInt4Info{Id::kInt4, Kind::kInt, 4, 1, "int4", "i4", "i4"};
constinit const DTypeInfo kInt8Info{Id::kInt8, Kind::kInt, 8, 1, "int8", "i8", "i8"};
constinit const DTypeInfo kInt16Info{Id::kInt16, Kind::kInt, 16, 2, "int16", "i16", "i16"};
constinit const DTypeInfo kInt32Info{Id::kInt32, Kind::kInt, 32, 4, "int32", "i32", "i32"};
constinit const DTypeInfo kInt64Info{Id::kInt64, Kind::kInt, 64, 8, "int64", "i64", "i64"};
constinit const DTypeInfo kUint2Info{Id::kUint2, Kind::kUint, 2, 1, "uint2", "u2", "ui2"};
constinit const DTypeInfo kUint4Info{Id::kUint4, Kind::kUint, 4, 1, "uint4", "u4", "ui4"};
constinit const DTypeInfo kUint8Info{Id::kUint8, Kind::kUint, 8, 1, "uint8", "u8", "ui8"};
constinit const DTypeInfo kUint16Info{Id::kUint16, Kind::kUint, 16, 2, "uint16", "u16", "ui16"};
constinit const DTypeInfo kUint32Info{Id::kUint32, Kind::kUint, 32, 4, "uint32", "u32", "ui32"};
constinit const DTypeInfo kUint64Info{Id::kUint64, Kind::kUint, 64, 8, "uint64", "u64", "ui64"};
constinit const DTypeInfo kFloat4E2m1fnInfo{Id::kFloat4E2m1fn, Kind::kFloat, 4, 1, "float4_e2m1fn", "f4_e2m1fn", "f4E2M1FN"};
constinit const DTypeInfo kFloat8E3m4Info{Id::kFloat8E3m4, Kind::kFloat, 8, 1, "float8_e3m4", "f8_e3m4", "f8E3M4"};
constinit const DTypeInfo kFloat8E4m3Info{Id::kFloat8E4m3, Kind::kFloat, 8, 1, "float8_e4m3", "f8_e4m3", "f8E4M3"};
constinit const DTypeInfo kFloat8E8m0fnuInfo{Id::kFloat8E8m0fnu, Kind::kFloat, 8, 1, "float8_e8m0fnu", "f8_e8m0fnu", "f8E8M0FNU"};
constinit const DTypeInfo kFloat8E4m3b11fnuzInfo{Id::kFloat8E4m3b11fnuz, Kind::kFloat, 8, 1, "float8_e4m3b11fnuz", "f8_e4m3b11fnuz", "f8E4M3B11FNUZ"};
constinit const DTypeInfo kFloat8E4m3fnInfo{Id::kFloat8E4m3fn, Kind::kFloat, 8, 1, "float8_e4m3fn", "f8_e4m3fn", "f8E4M3FN"};
constinit const DTypeInfo kFloat8E4m3fnuzInfo{Id::kFloat8E4m3fnuz, Kind::kFloat, 8, 1, "float8_e4m3fnuz", "f8_e4m3fnuz", "f8E4M3FNUZ"};
constinit const DTypeInfo kFloat8E5m2Info{Id::kFloat8E5m2, Kind::kFloat, 8, 1, "float8_e5m2", "f8_e5m2", "f8E5M2"};
constinit const DTypeInfo kFloat8E5m2fnuzInfo{Id::kFloat8E5m2fnuz, Kind::kFloat, 8, 1, "float8_e5m2fnuz", "f8_e5m2fnuz", "f8E5M2FNUZ"};
constinit const DTypeInfo kBfloat16Info{Id::kBfloat16, Kind::kFloat, 16, 2, "bfloat16", "bf16", "bf16"};
constinit const DTypeInfo kFloat16Info{Id::kFloat16, Kind::kFloat, 16, 2, "float16", "f16", "f16"};
constinit const DTypeInfo kFloat32Info{Id::kFloat32, Kind::kFloat, 32, 4, "float32", "f32", "f32"};
constinit const DTypeInfo kFloat64Info{Id::kFloat64, Kind::kFloat, 64, 8, "float64", "f64", "f64"};
constinit const DTypeInfo kComplex64Info{Id::kComplex64, Kind::kComplex, 64, 8, "complex64", "c64", "complex<f32>"};
constinit const DTypeInfo kComplex128Info{Id::kComplex128, Kind::kComplex, 128, 16, "complex128", "c128", "complex<f64>"};
// The tangent type of integers and booleans: an empty record. It occupies a
// boolean on devices, as in JAX.
constinit const DTypeInfo kFloat0Info{Id::kFloat0, Kind::kFloat0, 8, 1, "float0", "float0", "i1"};
constinit const DTypeInfo kKeyFryInfo{Id::kExtended, Kind::kExtended, 64, 8, "key<fry>", "key<fry>", "ui32", &kUint32Info, {2}};
// clang-format on
}  // namespace detail

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
