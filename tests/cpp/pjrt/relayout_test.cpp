#include "covector/pjrt/relayout.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace covector::pjrt {
namespace {

using Dims = std::vector<int64_t>;

std::vector<int> relayout(const std::vector<int>& src, const Dims& dims, const Dims& order) {
  std::vector<int> dst(src.size());
  copy_row_major(reinterpret_cast<const std::byte*>(src.data()),
                 reinterpret_cast<std::byte*>(dst.data()), sizeof(int), dims, order);
  return dst;
}

TEST(Relayout, KeepsWhatIsRowMajor) {
  std::vector<int> x(24);
  std::iota(x.begin(), x.end(), 0);
  EXPECT_EQ(relayout(x, {2, 3, 4}, {2, 1, 0}), x);
}

TEST(Relayout, TransposesColumnMajor) {
  EXPECT_EQ(relayout({0, 1, 2, 3, 4, 5}, {2, 3}, {0, 1}), (std::vector{0, 2, 4, 1, 3, 5}));
}

TEST(Relayout, TakesAnyOrder) {
  std::vector<int> src(24);
  std::iota(src.begin(), src.end(), 0);
  Dims dims = {2, 3, 4}, order = {1, 2, 0};  // strides 12, 1, 3
  std::vector<int> dst = relayout(src, dims, order);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) EXPECT_EQ(dst[i * 12 + j * 4 + k], i * 12 + j + k * 3);
}

}  // namespace
}  // namespace covector::pjrt
