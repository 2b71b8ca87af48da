// Operators: types, and the cases in which integers and floats differ.

#include <limits>

#include "covector/numpy/numpy.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

class OperatorsTest : public Computing {};

Value ints(std::vector<int32_t> x) {
  return host_array(Aval(kInt32, {static_cast<int64_t>(x.size())}), x.data());
}

Doubles doubles(const Value& x) { return get(convert_element_type(x, kFloat64)); }

TEST_F(OperatorsTest, WeakOperandsTakeTheOthersType) {
  EXPECT_EQ(numpy::add(ints({1}), Value(1)).dtype(), kInt32);
  Value sum = numpy::add(ints({1}), Value(0.5));
  EXPECT_EQ(sum.dtype(), kFloat64);
  EXPECT_TRUE(sum.aval().weak_type());
  EXPECT_EQ(numpy::true_divide(ints({1}), Value(2)).dtype(), kFloat32);
  EXPECT_TRUE(numpy::equal(Value(1), Value(2)).dtype() == kBool);
}

TEST_F(OperatorsTest, DivisionRoundsDownAndTheRemainderHasTheDivisorsSign) {
  Value x = ints({7, -7, 7, -7}), y = ints({2, 2, -2, -2});
  EXPECT_EQ(doubles(numpy::floor_divide(x, y)), (Doubles{3, -4, -4, 3}));
  EXPECT_EQ(doubles(numpy::remainder(x, y)), (Doubles{1, 1, -1, -1}));
  EXPECT_EQ(doubles(numpy::remainder(ints({5}), ints({0}))), (Doubles{0}));
  EXPECT_EQ(
      get(numpy::floor_divide(vec({1, -1}), Value(0.0))),
      (Doubles{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}));
}

TEST_F(OperatorsTest, Powers) {
  EXPECT_EQ(doubles(numpy::power(ints({2, -3}), Value(3))), (Doubles{8, -27}));
  EXPECT_EQ(doubles(numpy::power(ints({2, 1, 0}), ints({5, -1, 0}))), (Doubles{32, 1, 1}));
  EXPECT_EQ(get(numpy::power(vec({4, 9}), Value(0.5))), (Doubles{2, 3}));
}

TEST_F(OperatorsTest, RanksAreMadeEqual) {
  Value sum = numpy::add(irregular({2, 3}, 0), vec({1, 2, 3}));
  EXPECT_EQ(sum.shape(), (Shape{2, 3}));
  WithOption raise(Option::kRankPromotion, static_cast<int64_t>(RankPromotion::kRaise));
  EXPECT_TRUE(throws<ValueError>([] { numpy::add(irregular({2, 3}, 0), vec({1, 2, 3})); },
                                 "numpy_rank_promotion"));
}

TEST_F(OperatorsTest, EveryFunctionOfTheTableTakesItsOperands) {
  Value x = vec({0.25, 0.5}), n = ints({1, 2});
  for (const numpy::Function& f : numpy::functions()) {
    bool of_integers =
        f.name.starts_with("bitwise") || f.name.ends_with("shift") || f.name == "invert";
    const Value& a = of_integers ? n : x;
    const Value& b = of_integers || f.name == "ldexp" ? n : x;
    Value y = f.unary ? f.unary(a) : f.binary(a, b);
    EXPECT_EQ(y.shape(), (Shape{2})) << f.name;
    EXPECT_EQ(f.arity, f.unary ? 1u : 2u) << f.name;
    EXPECT_NE(f.doc.find(f.doc.starts_with("The same as") ? "`" : ">>> jnp."), f.doc.npos)
        << f.name;
  }
}

}  // namespace
}  // namespace covector::transforms_testing
