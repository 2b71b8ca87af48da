// Operations on shapes: what they leave alone, compute and refuse.

#include <limits>

#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

class ShapeTest : public Computing {};

const Shape kMatrix{2, 3};

TEST_F(ShapeTest, TrivialOperationsGiveTheirOperand) {
  Value x = irregular(kMatrix, 0), scalar = f64({1}, {});
  EXPECT_EQ(reshape(x, kMatrix), x);
  EXPECT_EQ(transpose(x, Axes{0, 1}), x);
  EXPECT_EQ(squeeze(x, Axes{}), x);
  EXPECT_EQ(expand_dims(x, Axes{}), x);
  EXPECT_EQ(broadcast(x, Axes{}), x);
  EXPECT_EQ(broadcast_in_dim(scalar, Axes{}, Axes{}), scalar);
  EXPECT_EQ(concatenate(list({x}), 0), x);
  EXPECT_EQ(add_any(x, Value()), x);
  EXPECT_EQ(unbroadcast(x, x.aval()), x);
}

TEST_F(ShapeTest, MovesElements) {
  Value x = f64({1, 2, 3, 4, 5, 6}, kMatrix);
  EXPECT_EQ(get(transpose(x, Axes{1, 0})), (Doubles{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(get(rev(x, Axes{1})), (Doubles{3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(get(tile(vec({1, 2}), Axes{2})), (Doubles{1, 2, 1, 2}));
  EXPECT_EQ(get(concatenate(list({x, x}), 1)), (Doubles{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}));
  EXPECT_EQ(get(split(x, Axes{1, 2}, 1)[1]), (Doubles{2, 3, 5, 6}));
  EXPECT_EQ(get(move_axis(x, 1, 0)), (Doubles{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(get(unbroadcast(x, Aval(kFloat64, {1, 3}))), (Doubles{5, 7, 9}));
  PadDim around[] = {{1, -1, 1}};
  EXPECT_EQ(get(pad(vec({1, 2, 3}), f64({9}, {}), around)), (Doubles{9, 1, 9, 2, 9}));
}

TEST_F(ShapeTest, KeepsWeakTypes) {
  Value weak = broadcast(Value(2.0), Axes{3});
  EXPECT_TRUE(weak.aval().weak_type());
  EXPECT_TRUE(reshape(weak, Axes{3, 1}).aval().weak_type());
  EXPECT_FALSE(concatenate(list({weak, vec({1})}), 0).aval().weak_type());
}

TEST_F(ShapeTest, RefusesWhatDoesNotFit) {
  Value x = irregular(kMatrix, 0);
  EXPECT_TRUE(throws<TypeError>([&] { reshape(x, Axes{5}); },
                                "got new_sizes (5,) (total size 5) for shape (2, 3)"));
  EXPECT_TRUE(throws<TypeError>([&] { transpose(x, Axes{0, 0}); }, "permutation (0, 0)"));
  EXPECT_TRUE(throws<ValueError>([&] { squeeze(x, Axes{0}); }, "shape=(2, 3)"));
  EXPECT_TRUE(throws<TypeError>([&] { slice(x, Axes{0, 1}, Axes{2, 4}); }, "limit_indices (2, 4)"));
  EXPECT_TRUE(throws<ValueError>([&] { split(x, Axes{1, 1}, 1); }, "Sum of sizes 2"));
  EXPECT_TRUE(throws<TypeError>([&] { concatenate(list({x, vec({1})}), 0); }, "(2, 3), (1,)"));
  EXPECT_TRUE(throws<ValueError>([&] { iota(kInt32, kMatrix, 2); }, "dimension=2"));
}

TEST_F(ShapeTest, SortsFloatsWithNanLastAndZerosEqual) {
  double nan = std::numeric_limits<double>::quiet_NaN();
  Value keys = vec({nan, 1, -0.0, 0.0, -1}), places = vec({0, 1, 2, 3, 4});
  Values sorted = sort(list({keys, places}), 0);
  EXPECT_EQ(get(sorted[1]), (Doubles{4, 2, 3, 1, 0}));
}

}  // namespace
}  // namespace covector::transforms_testing
