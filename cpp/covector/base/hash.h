#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace covector {

// Mixes one more word into a running hash (the finalizer of MurmurHash3 by
// A. Appleby, applied to the xor of both).
constexpr size_t hash_mix(size_t seed, size_t x) noexcept {
  uint64_t h = (static_cast<uint64_t>(seed) * 0x9e3779b97f4a7c15ull) ^ static_cast<uint64_t>(x);
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdull;
  h ^= h >> 33;
  return static_cast<size_t>(h);
}

inline size_t hash_of(std::string_view s) noexcept { return std::hash<std::string_view>()(s); }

template <class Range>
size_t hash_range(const Range& r, size_t seed = 0) noexcept {
  for (const auto& x : r) seed = hash_mix(seed, static_cast<size_t>(x));
  return hash_mix(seed, r.size());
}

}  // namespace covector
