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
// Defined once, in the library: their addresses are what dtypes compare by, so a
// second copy in another module must not come to be.
extern const DTypeInfo kBoolInfo, kInt2Info, kInt4Info, kInt8Info, kInt16Info, kInt32Info,
    kInt64Info, kUint2Info, kUint4Info, kUint8Info, kUint16Info, kUint32Info, kUint64Info,
    kFloat4E2m1fnInfo, kFloat8E3m4Info, kFloat8E4m3Info, kFloat8E8m0fnuInfo, kFloat8E4m3b11fnuzInfo,
    kFloat8E4m3fnInfo, kFloat8E4m3fnuzInfo, kFloat8E5m2Info, kFloat8E5m2fnuzInfo, kBfloat16Info,
    kFloat16Info, kFloat32Info, kFloat64Info, kComplex64Info, kComplex128Info, kFloat0Info,
    kKeyFryInfo;
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
