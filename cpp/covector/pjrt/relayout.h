#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace covector::pjrt {

// Copies a dense array whose dimension minor_to_major[0] runs fastest into one
// whose last dimension does.
void copy_row_major(const std::byte* src, std::byte* dst, size_t item_size,
                    std::span<const int64_t> dims, std::span<const int64_t> minor_to_major);

}  // namespace covector::pjrt
