// x[index], eagerly and traced, and x.at[index].

#include "covector/core/stage.h"
#include "covector/numpy/numpy.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using numpy::Ellipsis;
using numpy::getitem;
using numpy::Index;
using numpy::NewAxis;
using numpy::setitem;
using numpy::Slice;

class IndexingTest : public Computing {
 protected:
  const Value x = f64({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {3, 4});
};

Value positions(std::vector<int32_t> p) {
  return host_array(Aval(kInt32, {static_cast<int64_t>(p.size())}), p.data());
}

// The same eagerly and in a jaxpr.
Value both(const Value& x, std::initializer_list<Index> index) {
  std::vector<Index> i(index);
  Value eager = getitem(x, i);
  Aval aval = x.aval();
  ClosedJaxpr staged = stage([&](Args a) { return list({getitem(a[0], i)}); }, std::span(&aval, 1));
  Value compiled = eval_jaxpr(staged, std::span(&x, 1))[0];
  EXPECT_EQ(eager.aval(), compiled.aval());
  EXPECT_TRUE(near(eager, compiled));
  return eager;
}

TEST_F(IndexingTest, PicksAndSlices) {
  EXPECT_EQ(get(both(x, {1})), (Doubles{4, 5, 6, 7}));
  EXPECT_EQ(get(both(x, {-1, -1})), (Doubles{11}));
  EXPECT_EQ(get(both(x, {Slice{}, 1})), (Doubles{1, 5, 9}));
  EXPECT_EQ(get(both(x, {Slice{{}, {}, -2}, Slice{1, 3, {}}})), (Doubles{9, 10, 1, 2}));
  EXPECT_EQ(both(x, {NewAxis{}, 0, NewAxis{}}).shape(), (Shape{1, 1, 4}));
  EXPECT_EQ(get(both(x, {Ellipsis{}, 2})), (Doubles{2, 6, 10}));
}

TEST_F(IndexingTest, PositionsOutOfBoundsAreClampedOnReadAndDroppedOnWrite) {
  EXPECT_EQ(get(both(x, {7, 0})), (Doubles{8}));
  EXPECT_EQ(get(both(x, {positions({2, 9, -1}), 0})), (Doubles{8, 8, 8}));
  Index far[] = {7};
  EXPECT_TRUE(near(setitem(ScatterKind::kSet, x, far, Value(1.0)), x));
}

TEST_F(IndexingTest, ArraysBroadcastAndStandWhereTheyWereOrInFront) {
  Value i = positions({0, 2});
  EXPECT_EQ(both(x, {NewAxis{}, i, i}).shape(), (Shape{1, 2}));
  EXPECT_EQ(both(x, {i, NewAxis{}, i}).shape(), (Shape{2, 1}));
  EXPECT_EQ(get(both(x, {i, positions({1, 3})})), (Doubles{1, 11}));
}

TEST_F(IndexingTest, MasksPick) {
  bool bits[] = {true, false, true};
  Value mask = host_array(Aval(kBool, {3}), bits);
  EXPECT_EQ(get(both(x, {mask, 0})), (Doubles{0, 8}));
  EXPECT_EQ(both(x, {scalar_of(kBool, int64_t{1})}).shape(), (Shape{1, 3, 4}));
  Index too_long[] = {Slice{}, mask};
  EXPECT_TRUE(throws<IndexError>([&] { getitem(x, too_long); }, "boolean index did not match"));
  Aval aval(kBool, {3});
  auto traced = [&] {
    stage(
        [&](Args a) {
          Index i[] = {a[0]};
          return list({getitem(x, i)});
        },
        std::span(&aval, 1));
  };
  EXPECT_TRUE(throws<NonConcreteBooleanIndexError>(traced, "got bool[3]"));
}

TEST_F(IndexingTest, Updates) {
  Index corner[] = {0, Slice{2, {}, {}}};
  EXPECT_EQ(get(setitem(ScatterKind::kAdd, x, corner, Value(1.0)))[2], 3);
  Index rows[] = {positions({0, 0})};
  Value twice = setitem(ScatterKind::kAdd, x, rows, Value(10));
  EXPECT_EQ(get(twice)[1], 21);
  EXPECT_EQ(twice.aval(), x.aval());
}

TEST_F(IndexingTest, RefusesWhatDoesNotFit) {
  Index many[] = {0, 0, 0};
  EXPECT_TRUE(throws<IndexError>([&] { getitem(x, many); }, "Too many indices"));
  Index ellipses[] = {Ellipsis{}, Ellipsis{}};
  EXPECT_TRUE(throws<IndexError>([&] { getitem(x, ellipses); }, "single ellipsis"));
  Index floats[] = {vec({0})};
  EXPECT_TRUE(throws<TypeError>([&] { getitem(x, floats); }, "integer or boolean type"));
  Index far[] = {3};
  WithOption check(Option::kCheckBounds, 1);
  EXPECT_TRUE(throws<IndexError>([&] { getitem(x, far); }, "index 3 out of bounds for axis 0"));
}

}  // namespace
}  // namespace covector::transforms_testing
