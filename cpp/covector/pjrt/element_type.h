#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace covector::pjrt {

// The values of PJRT_Buffer_Type, by number.
enum class ElementType : int {
  kInvalid = 0,
  kPred = 1,
  kS8 = 2,
  kS16 = 3,
  kS32 = 4,
  kS64 = 5,
  kU8 = 6,
  kU16 = 7,
  kU32 = 8,
  kU64 = 9,
  kF16 = 10,
  kF32 = 11,
  kF64 = 12,
  kBF16 = 13,
  kC64 = 14,
  kC128 = 15,
  kF8E5M2 = 16,
  kF8E4M3FN = 17,
  kF8E4M3B11FNUZ = 18,
  kF8E5M2FNUZ = 19,
  kF8E4M3FNUZ = 20,
  kS4 = 21,
  kU4 = 22,
  kToken = 23,
  kS2 = 24,
  kU2 = 25,
  kF8E4M3 = 26,
  kF8E3M4 = 27,
  kF8E8M0FNU = 28,
  kF4E2M1FN = 29,
};

// From the number of xla::PrimitiveType, which HLO and foreign functions use;
// kInvalid for what is no element of an array here.
ElementType element_type_of_primitive(int primitive_type) noexcept;

// Bits of an element in device memory; 0 for what no array is made of.
int bit_width(ElementType type) noexcept;
// Sub-byte elements are packed on a device, but take a byte each on the host.
inline bool is_sub_byte(ElementType type) noexcept {
  int bits = bit_width(type);
  return bits > 0 && bits < 8;
}
// "f32", "bf16", "i1", "f8E4M3FN": as StableHLO spells it.
std::string_view type_name(ElementType type) noexcept;

// Bytes of a dense host array. Throws a ValueError for a type without elements,
// a negative dimension, or a size beyond 64 bits.
size_t host_size(ElementType type, std::span<const int64_t> dims);

}  // namespace covector::pjrt
