#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "covector/base/error.h"

namespace covector {

enum class DTypeKind : uint8_t { kBool, kInt, kUint, kFloat, kComplex, kFloat0, kExtended };

// One value per element type, for switches. The values of those that PJRT
// knows are PJRT_Buffer_Type's, so that no table stands between the two.
enum class DTypeId : uint8_t {
  kInvalid = 0,
  kBool = 1,
  kInt8 = 2,
  kInt16 = 3,
  kInt32 = 4,
  kInt64 = 5,
  kUint8 = 6,
  kUint16 = 7,
  kUint32 = 8,
  kUint64 = 9,
  kFloat16 = 10,
  kFloat32 = 11,
  kFloat64 = 12,
  kBfloat16 = 13,
  kComplex64 = 14,
  kComplex128 = 15,
  kFloat8E5m2 = 16,
  kFloat8E4m3fn = 17,
  kFloat8E4m3b11fnuz = 18,
  kFloat8E5m2fnuz = 19,
  kFloat8E4m3fnuz = 20,
  kInt4 = 21,
  kUint4 = 22,
  kInt2 = 24,
  kUint2 = 25,
  kFloat8E4m3 = 26,
  kFloat8E3m4 = 27,
  kFloat8E8m0fnu = 28,
  kFloat4E2m1fn = 29,
  kFloat0 = 100,
  kExtended = 101,
};

// Everything the library knows about one element type.
struct DTypeInfo {
  DTypeId id;
  DTypeKind kind;
  uint16_t bits;                // of one element on a device
  uint8_t itemsize;             // bytes of one element in host memory
  std::string_view name;        // NumPy's (ml_dtypes') name
  std::string_view short_name;  // in jaxprs
  std::string_view hlo;         // in StableHLO
  // Extended types only: elements are small arrays of a physical type.
  const DTypeInfo* physical = nullptr;
  std::array<int64_t, 1> element_shape = {};
};

// An element type: a pointer to its one record, so equality is a pointer compare.
class DType {
 public:
  constexpr DType() = default;
  constexpr explicit DType(const DTypeInfo* info) : info_(info) {}
  constexpr const DTypeInfo* operator->() const { return info_; }
  constexpr const DTypeInfo* info() const { return info_; }
  constexpr DTypeId id() const { return info_->id; }
  constexpr DTypeKind kind() const { return info_->kind; }
  constexpr bool operator==(const DType& o) const { return info_ == o.info_; }
  constexpr explicit operator bool() const { return info_ != nullptr; }

 private:
  const DTypeInfo* info_ = nullptr;
};

namespace detail {
// clang-format off
using Id = DTypeId;
using Kind = DTypeKind;
inline constexpr DTypeInfo kBoolInfo{Id::kBool, Kind::kBool, 8, 1, "bool", "bool", "i1"};
inline constexpr DTypeInfo kInt2Info{Id::kInt2, Kind::kInt, 2, 1, "int2", "i2", "i2"};
inline constexpr DTypeInfo kInt4Info{Id::kInt4, Kind::kInt, 4, 1, "int4", "i4", "i4"};
inline constexpr DTypeInfo kInt8Info{Id::kInt8, Kind::kInt, 8, 1, "int8", "i8", "i8"};
inline constexpr DTypeInfo kInt16Info{Id::kInt16, Kind::kInt, 16, 2, "int16", "i16", "i16"};
inline constexpr DTypeInfo kInt32Info{Id::kInt32, Kind::kInt, 32, 4, "int32", "i32", "i32"};
inline constexpr DTypeInfo kInt64Info{Id::kInt64, Kind::kInt, 64, 8, "int64", "i64", "i64"};
inline constexpr DTypeInfo kUint2Info{Id::kUint2, Kind::kUint, 2, 1, "uint2", "u2", "ui2"};
inline constexpr DTypeInfo kUint4Info{Id::kUint4, Kind::kUint, 4, 1, "uint4", "u4", "ui4"};
inline constexpr DTypeInfo kUint8Info{Id::kUint8, Kind::kUint, 8, 1, "uint8", "u8", "ui8"};
inline constexpr DTypeInfo kUint16Info{Id::kUint16, Kind::kUint, 16, 2, "uint16", "u16", "ui16"};
inline constexpr DTypeInfo kUint32Info{Id::kUint32, Kind::kUint, 32, 4, "uint32", "u32", "ui32"};
inline constexpr DTypeInfo kUint64Info{Id::kUint64, Kind::kUint, 64, 8, "uint64", "u64", "ui64"};
inline constexpr DTypeInfo kFloat4E2m1fnInfo{Id::kFloat4E2m1fn, Kind::kFloat, 4, 1, "float4_e2m1fn", "f4_e2m1fn", "f4E2M1FN"};
inline constexpr DTypeInfo kFloat8E3m4Info{Id::kFloat8E3m4, Kind::kFloat, 8, 1, "float8_e3m4", "f8_e3m4", "f8E3M4"};
inline constexpr DTypeInfo kFloat8E4m3Info{Id::kFloat8E4m3, Kind::kFloat, 8, 1, "float8_e4m3", "f8_e4m3", "f8E4M3"};
inline constexpr DTypeInfo kFloat8E8m0fnuInfo{Id::kFloat8E8m0fnu, Kind::kFloat, 8, 1, "float8_e8m0fnu", "f8_e8m0fnu", "f8E8M0FNU"};
inline constexpr DTypeInfo kFloat8E4m3b11fnuzInfo{Id::kFloat8E4m3b11fnuz, Kind::kFloat, 8, 1, "float8_e4m3b11fnuz", "f8_e4m3b11fnuz", "f8E4M3B11FNUZ"};
inline constexpr DTypeInfo kFloat8E4m3fnInfo{Id::kFloat8E4m3fn, Kind::kFloat, 8, 1, "float8_e4m3fn", "f8_e4m3fn", "f8E4M3FN"};
inline constexpr DTypeInfo kFloat8E4m3fnuzInfo{Id::kFloat8E4m3fnuz, Kind::kFloat, 8, 1, "float8_e4m3fnuz", "f8_e4m3fnuz", "f8E4M3FNUZ"};
inline constexpr DTypeInfo kFloat8E5m2Info{Id::kFloat8E5m2, Kind::kFloat, 8, 1, "float8_e5m2", "f8_e5m2", "f8E5M2"};
inline constexpr DTypeInfo kFloat8E5m2fnuzInfo{Id::kFloat8E5m2fnuz, Kind::kFloat, 8, 1, "float8_e5m2fnuz", "f8_e5m2fnuz", "f8E5M2FNUZ"};
inline constexpr DTypeInfo kBfloat16Info{Id::kBfloat16, Kind::kFloat, 16, 2, "bfloat16", "bf16", "bf16"};
inline constexpr DTypeInfo kFloat16Info{Id::kFloat16, Kind::kFloat, 16, 2, "float16", "f16", "f16"};
inline constexpr DTypeInfo kFloat32Info{Id::kFloat32, Kind::kFloat, 32, 4, "float32", "f32", "f32"};
inline constexpr DTypeInfo kFloat64Info{Id::kFloat64, Kind::kFloat, 64, 8, "float64", "f64", "f64"};
inline constexpr DTypeInfo kComplex64Info{Id::kComplex64, Kind::kComplex, 64, 8, "complex64", "c64", "complex<f32>"};
inline constexpr DTypeInfo kComplex128Info{Id::kComplex128, Kind::kComplex, 128, 16, "complex128", "c128", "complex<f64>"};
// The tangent type of integers and booleans: an empty record. It occupies a
// boolean on devices, as in JAX.
inline constexpr DTypeInfo kFloat0Info{Id::kFloat0, Kind::kFloat0, 8, 1, "float0", "float0", "i1"};
inline constexpr DTypeInfo kKeyFryInfo{Id::kExtended, Kind::kExtended, 64, 8, "key<fry>", "key<fry>", "ui32", &kUint32Info, {2}};
// clang-format on
}  // namespace detail

inline constexpr DType kBool{&detail::kBoolInfo};
inline constexpr DType kInt2{&detail::kInt2Info};
inline constexpr DType kInt4{&detail::kInt4Info};
inline constexpr DType kInt8{&detail::kInt8Info};
inline constexpr DType kInt16{&detail::kInt16Info};
inline constexpr DType kInt32{&detail::kInt32Info};
inline constexpr DType kInt64{&detail::kInt64Info};
inline constexpr DType kUint2{&detail::kUint2Info};
inline constexpr DType kUint4{&detail::kUint4Info};
inline constexpr DType kUint8{&detail::kUint8Info};
inline constexpr DType kUint16{&detail::kUint16Info};
inline constexpr DType kUint32{&detail::kUint32Info};
inline constexpr DType kUint64{&detail::kUint64Info};
inline constexpr DType kFloat4E2m1fn{&detail::kFloat4E2m1fnInfo};
inline constexpr DType kFloat8E3m4{&detail::kFloat8E3m4Info};
inline constexpr DType kFloat8E4m3{&detail::kFloat8E4m3Info};
inline constexpr DType kFloat8E8m0fnu{&detail::kFloat8E8m0fnuInfo};
inline constexpr DType kFloat8E4m3b11fnuz{&detail::kFloat8E4m3b11fnuzInfo};
inline constexpr DType kFloat8E4m3fn{&detail::kFloat8E4m3fnInfo};
inline constexpr DType kFloat8E4m3fnuz{&detail::kFloat8E4m3fnuzInfo};
inline constexpr DType kFloat8E5m2{&detail::kFloat8E5m2Info};
inline constexpr DType kFloat8E5m2fnuz{&detail::kFloat8E5m2fnuzInfo};
inline constexpr DType kBfloat16{&detail::kBfloat16Info};
inline constexpr DType kFloat16{&detail::kFloat16Info};
inline constexpr DType kFloat32{&detail::kFloat32Info};
inline constexpr DType kFloat64{&detail::kFloat64Info};
inline constexpr DType kComplex64{&detail::kComplex64Info};
inline constexpr DType kComplex128{&detail::kComplex128Info};
inline constexpr DType kFloat0{&detail::kFloat0Info};
inline constexpr DType kKeyFry{&detail::kKeyFryInfo};

constexpr bool is_bool(DType d) { return d.kind() == DTypeKind::kBool; }
constexpr bool is_signed_int(DType d) { return d.kind() == DTypeKind::kInt; }
constexpr bool is_unsigned_int(DType d) { return d.kind() == DTypeKind::kUint; }
constexpr bool is_integer(DType d) { return is_signed_int(d) || is_unsigned_int(d); }
constexpr bool is_floating(DType d) { return d.kind() == DTypeKind::kFloat; }
constexpr bool is_complex(DType d) { return d.kind() == DTypeKind::kComplex; }
constexpr bool is_inexact(DType d) { return is_floating(d) || is_complex(d); }
constexpr bool is_extended(DType d) { return d.kind() == DTypeKind::kExtended; }

// float32 for complex64, float64 for complex128, itself for real types.
DType real_dtype(DType d);
// complex64 for float32 and narrower, complex128 for float64.
DType complex_dtype(DType d);
// The type with x64 off: 64-bit types become 32-bit ones.
DType narrowed(DType d);
// The type as the current configuration allows it (see Option::kEnableX64).
DType canonical(DType d);
// Looks a type up by NumPy's name; null if there is none.
DType dtype_by_name(std::string_view name);

inline void append_to(std::string& s, DType d) { s += d->short_name; }

}  // namespace covector

template <>
struct std::hash<covector::DType> {
  size_t operator()(covector::DType d) const noexcept { return std::hash<const void*>()(d.info()); }
};
