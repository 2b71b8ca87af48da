#include "covector/pjrt/relayout.h"

#include <cstring>

#include "covector/base/small_vector.h"

namespace covector::pjrt {

namespace {

// Copies the elements of the dimensions from `dim` on; returns the end of what it wrote.
std::byte* copy_from(size_t dim, const std::byte* src, std::byte* dst, size_t item_size,
                     std::span<const int64_t> dims, std::span<const int64_t> strides) {
  if (dim == dims.size()) {
    std::memcpy(dst, src, item_size);
    return dst + item_size;
  }
  for (int64_t i = 0; i < dims[dim]; ++i, src += strides[dim])
    dst = copy_from(dim + 1, src, dst, item_size, dims, strides);
  return dst;
}

}  // namespace

void copy_row_major(const std::byte* src, std::byte* dst, size_t item_size,
                    std::span<const int64_t> dims, std::span<const int64_t> minor_to_major) {
  SmallVector<int64_t, 8> strides(dims.size());
  auto stride = static_cast<int64_t>(item_size);
  for (int64_t dim : minor_to_major) {
    strides[static_cast<size_t>(dim)] = stride;
    stride *= dims[static_cast<size_t>(dim)];
  }
  copy_from(0, src, dst, item_size, dims, {strides.data(), strides.size()});
}

}  // namespace covector::pjrt
