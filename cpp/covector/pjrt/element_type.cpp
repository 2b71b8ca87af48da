#include "covector/pjrt/element_type.h"

#include <array>

#include "covector/base/error.h"
#include "covector/pjrt/api.h"

namespace covector::pjrt {

namespace {

struct TypeInfo {
  int bits;
  std::string_view name;
};

// By number.
constexpr std::array<TypeInfo, 30> kTypes = {{
    {0, "invalid"},
    {8, "i1"},
    {8, "i8"},
    {16, "i16"},
    {32, "i32"},
    {64, "i64"},
    {8, "ui8"},
    {16, "ui16"},
    {32, "ui32"},
    {64, "ui64"},
    {16, "f16"},
    {32, "f32"},
    {64, "f64"},
    {16, "bf16"},
    {64, "complex<f32>"},
    {128, "complex<f64>"},
    {8, "f8E5M2"},
    {8, "f8E4M3FN"},
    {8, "f8E4M3B11FNUZ"},
    {8, "f8E5M2FNUZ"},
    {8, "f8E4M3FNUZ"},
    {4, "i4"},
    {4, "ui4"},
    {0, "token"},
    {2, "i2"},
    {2, "ui2"},
    {8, "f8E4M3"},
    {8, "f8E3M4"},
    {8, "f8E8M0FNU"},
    {4, "f4E2M1FN"},
}};

static_assert(static_cast<int>(ElementType::kF4E2M1FN) == PJRT_Buffer_Type_F4E2M1FN);
static_assert(static_cast<int>(ElementType::kF8E8M0FNU) == PJRT_Buffer_Type_F8E8M0FNU);
static_assert(static_cast<int>(ElementType::kToken) == PJRT_Buffer_Type_TOKEN);
static_assert(static_cast<int>(ElementType::kC128) == PJRT_Buffer_Type_C128);
static_assert(static_cast<int>(ElementType::kU64) == PJRT_Buffer_Type_U64);

// By number of xla::PrimitiveType.
constexpr std::array<ElementType, 34> kOfPrimitive = {
    ElementType::kInvalid,    ElementType::kPred,       ElementType::kS8,
    ElementType::kS16,        ElementType::kS32,        ElementType::kS64,
    ElementType::kU8,         ElementType::kU16,        ElementType::kU32,
    ElementType::kU64,        ElementType::kF16,        ElementType::kF32,
    ElementType::kF64,        ElementType::kInvalid,    ElementType::kInvalid,
    ElementType::kC64,        ElementType::kBF16,       ElementType::kToken,
    ElementType::kC128,       ElementType::kF8E5M2,     ElementType::kF8E4M3FN,
    ElementType::kS4,         ElementType::kU4,         ElementType::kF8E4M3B11FNUZ,
    ElementType::kF8E5M2FNUZ, ElementType::kF8E4M3FNUZ, ElementType::kS2,
    ElementType::kU2,         ElementType::kF8E4M3,     ElementType::kF8E3M4,
    ElementType::kInvalid,    ElementType::kInvalid,    ElementType::kF4E2M1FN,
    ElementType::kF8E8M0FNU};

const TypeInfo& info(ElementType type) noexcept {
  auto i = static_cast<size_t>(type);
  return kTypes[i < kTypes.size() ? i : 0];
}

}  // namespace

ElementType element_type_of_primitive(int primitive_type) noexcept {
  auto i = static_cast<size_t>(primitive_type);
  return i < kOfPrimitive.size() ? kOfPrimitive[i] : ElementType::kInvalid;
}

int bit_width(ElementType type) noexcept { return info(type).bits; }

std::string_view type_name(ElementType type) noexcept { return info(type).name; }

size_t host_size(ElementType type, std::span<const int64_t> dims) {
  int bits = bit_width(type);
  require<ValueError>(bits > 0, "no array has elements of type ", type_name(type), " (number ",
                      static_cast<int>(type), ")");
  int64_t size = bits < 8 ? 1 : bits / 8;
  bool empty = false, overflow = false;
  for (int64_t d : dims) {
    require<ValueError>(d >= 0, "array dimensions must not be negative, got ", d);
    empty |= d == 0;
    overflow |= __builtin_mul_overflow(size, d == 0 ? 1 : d, &size);
  }
  // Also of empty arrays: the compiler multiplies dimensions in any order.
  require<ValueError>(!overflow, "array of ", dims.size(), " dimensions exceeds 2^63 bytes");
  return empty ? 0 : static_cast<size_t>(size);
}

}  // namespace covector::pjrt
