#include "covector/core/aval.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace covector {
namespace {

TEST(Aval, IsInterned) {
  Aval a(kFloat32, {2, 3}), b(kFloat32, {2, 3});
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.record(), b.record());
  EXPECT_EQ(a.hash(), b.hash());
  EXPECT_NE(a, Aval(kFloat32, {3, 2}));
  EXPECT_NE(a, Aval(kFloat64, {2, 3}));
  EXPECT_NE(a, Aval(kFloat32, {2, 3}, true));
  EXPECT_NE(Aval(kFloat32, {1}), Aval(kFloat32, {}));
  EXPECT_FALSE(Aval());
}

TEST(Aval, SameTypeIgnoresWeakness) {
  Aval a(kFloat32, {2});
  EXPECT_TRUE(a.same_type(a.with_weak_type(true)));
  EXPECT_FALSE(a.same_type(Aval(kFloat32, {3})));
  EXPECT_EQ(a.with_weak_type(true).strong(), a);
}

TEST(Aval, Changes) {
  Aval a(kFloat32, {2, 3}, true);
  EXPECT_EQ(a.with_dtype(kInt32), Aval(kInt32, {2, 3}, true));
  EXPECT_EQ(a.with_shape(Shape{6}), Aval(kFloat32, {6}, true));
  EXPECT_EQ(a.without_axis(0), Aval(kFloat32, {3}, true));
  EXPECT_EQ(a.with_axis(2, 5), Aval(kFloat32, {2, 3, 5}, true));
  EXPECT_EQ(a.with_axis(0, 5), Aval(kFloat32, {5, 2, 3}, true));
}

TEST(Aval, Sizes) {
  EXPECT_EQ(Aval(kFloat64, {2, 3}).size(), 6);
  EXPECT_EQ(Aval(kFloat64, {2, 3}).bytes(), 48);
  EXPECT_EQ(Aval(kFloat64, {}).size(), 1);
  EXPECT_EQ(Aval(kFloat64, {0, 1'000'000'000'000, 1'000'000'000'000}).size(), 0);
}

TEST(Aval, RefusesImpossibleShapes) {
  EXPECT_THROW(Aval(kFloat32, {-1}), ValueError);
  EXPECT_THROW(Aval(kFloat32, {1'000'000'000'000, 1'000'000'000'000}), OverflowError);
}

TEST(Aval, TangentsOfIntegersAreFloat0) {
  EXPECT_EQ(tangent_aval(Aval(kFloat32, {2})), Aval(kFloat32, {2}));
  EXPECT_EQ(tangent_aval(Aval(kInt32, {2})), Aval(kFloat0, {2}));
  EXPECT_EQ(tangent_aval(Aval(kBool, {})), Aval(kFloat0, {}));
}

TEST(Aval, Prints) {
  EXPECT_EQ(str(Aval(kFloat32, {2, 3})), "f32[2,3]");
  EXPECT_EQ(str(Aval(kInt8, {})), "i8[]");
  EXPECT_EQ(str(Aval(kFloat32, {}, true)), "f32[]");
  EXPECT_EQ(str(Aval(kKeyFry, {4})), "key<fry>[4]");
  EXPECT_EQ(str(Shape{2, 3}), "(2, 3)");
  EXPECT_EQ(str(Shape{2}), "(2,)");
  EXPECT_EQ(str(Shape{}), "()");
}

TEST(Aval, ThreadsGetOneRecord) {
  std::vector<std::thread> threads;
  std::vector<std::vector<Aval>> made(4);
  for (auto& avals : made)
    threads.emplace_back([&avals] {
      for (int64_t i = 0; i < 1000; ++i)
        avals.emplace_back(kUint16, std::initializer_list{i, 77 + i});
    });
  for (std::thread& t : threads) t.join();
  for (auto& avals : made) EXPECT_EQ(avals, made[0]);
}

}  // namespace
}  // namespace covector
