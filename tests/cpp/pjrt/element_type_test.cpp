#include "covector/pjrt/element_type.h"

#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::throws;
using Dims = std::vector<int64_t>;

TEST(ElementType, HasWidthsAndNames) {
  EXPECT_EQ(bit_width(ElementType::kPred), 8);
  EXPECT_EQ(bit_width(ElementType::kBF16), 16);
  EXPECT_EQ(bit_width(ElementType::kC128), 128);
  EXPECT_EQ(bit_width(ElementType::kU2), 2);
  EXPECT_EQ(bit_width(ElementType::kToken), 0);
  EXPECT_EQ(bit_width(static_cast<ElementType>(30)), 0);
  EXPECT_EQ(bit_width(static_cast<ElementType>(-1)), 0);
  EXPECT_TRUE(is_sub_byte(ElementType::kF4E2M1FN));
  EXPECT_FALSE(is_sub_byte(ElementType::kF8E8M0FNU));
  EXPECT_FALSE(is_sub_byte(ElementType::kToken));
  EXPECT_EQ(type_name(ElementType::kC64), "complex<f32>");
  EXPECT_EQ(type_name(ElementType::kF4E2M1FN), "f4E2M1FN");
  EXPECT_EQ(type_name(ElementType::kU64), "ui64");
}

TEST(ElementType, ComesFromHlo) {
  EXPECT_EQ(element_type_of_primitive(1), ElementType::kPred);
  EXPECT_EQ(element_type_of_primitive(15), ElementType::kC64);
  EXPECT_EQ(element_type_of_primitive(16), ElementType::kBF16);
  EXPECT_EQ(element_type_of_primitive(33), ElementType::kF8E8M0FNU);
  for (int none : {-1, 0, 13, 14, 30, 31, 34})
    EXPECT_EQ(element_type_of_primitive(none), ElementType::kInvalid) << none;
}

TEST(ElementType, SizesHostArrays) {
  EXPECT_EQ(host_size(ElementType::kF32, {}), 4u);
  EXPECT_EQ(host_size(ElementType::kF64, Dims{2, 3}), 48u);
  EXPECT_EQ(host_size(ElementType::kS4, Dims{5}), 5u);
  EXPECT_EQ(host_size(ElementType::kF32, Dims{2, 0, 3}), 0u);
}

TEST(ElementType, RefusesWhatEndsTheProcess) {
  for (int bad : {0, 23, 30, 1000, -1})
    EXPECT_TRUE(throws<ValueError>([&] { host_size(static_cast<ElementType>(bad), Dims{2}); },
                                   "no array has elements of type"))
        << bad;
  EXPECT_TRUE(throws<ValueError>([] { host_size(ElementType::kF32, Dims{2, -1}); },
                                 "dimensions must not be negative, got -1"));
  EXPECT_TRUE(throws<ValueError>(
      [] { host_size(ElementType::kF32, Dims{int64_t{1} << 40, int64_t{1} << 40}); }, "2^63"));
  EXPECT_TRUE(throws<ValueError>(
      [] { host_size(ElementType::kF32, Dims{int64_t{1} << 40, int64_t{1} << 40, 0}); }, "2^63"));
}

}  // namespace
}  // namespace covector::pjrt
