#include "covector/control/reference.h"

#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using References = Computing;

const Aval kVector(kFloat64, {3});

// Writes sin(x) to a reference, and then twice what that holds.
Values twice_sin(Args a) {
  Value ref = new_reference(zeros(a[0].aval()));
  swap_reference(ref, sin(a[0]));
  swap_reference(ref, read_reference(ref) + read_reference(ref));
  return list({freeze_reference(ref)});
}

TEST_F(References, AreRecordedAndThenDischarged) {
  ClosedJaxpr c = stage(twice_sin, Avals{kVector});
  EXPECT_EQ(count_eqns(*c.jaxpr, "new_ref"), 1);
  EXPECT_EQ(count_eqns(*c.jaxpr, "swap"), 2);
  EXPECT_TRUE(has_references(c.jaxpr->effects));
  EXPECT_FALSE(must_happen(c.jaxpr->effects));
  ClosedJaxpr pure = without_references(c);
  EXPECT_TRUE(pure.jaxpr->effects.empty());
  EXPECT_EQ(count_eqns(*pure.jaxpr, "sin"), 1);
}

TEST_F(References, ThatAreInputsComeOutWhenTheyWereWritten) {
  Avals in{kVector.reference(), kVector.reference(), kVector};
  ClosedJaxpr c = stage(
      [](Args a) {
        swap_reference(a[1], read_reference(a[0]) * a[2]);
        return list({a[2]});
      },
      in);
  EXPECT_TRUE(must_happen(c.jaxpr->effects));
  auto d = discharge(c.jaxpr);
  EXPECT_EQ(d->written, (Mask{false, true, false}));
  EXPECT_EQ(d->jaxpr.in_avals(), (Avals{kVector, kVector, kVector}));
  EXPECT_EQ(d->jaxpr.out_avals().size(), 2u);
}

TEST_F(References, AreSharedByCalls) {
  Value ref = new_reference(vec({1, 2, 3}));
  Fun add = jit([&](Args a) {
    swap_reference(ref, read_reference(ref) + a[0]);
    return list({});
  });
  add(list({vec({1, 1, 1})}));
  add(list({vec({1, 1, 1})}));
  EXPECT_TRUE(near(read_reference(ref), vec({3, 4, 5})));
}

TEST_F(References, AreDifferentiated) {
  Value x = vec({0.5, 1, 1.5});
  Fun loss = [](Args a) { return list({total(twice_sin(a)[0])}); };
  EXPECT_TRUE(near(grad(loss)(list({x}))[0], cos(x) + cos(x)));
  EXPECT_TRUE(near(grad(jit(loss))(list({x}))[0], cos(x) + cos(x)));
}

TEST_F(References, OfOthersAreNotWrittenByWhatIsDifferentiated) {
  Value ref = new_reference(vec({1, 2, 3}));
  auto f = [&](Args a) {
    swap_reference(ref, a[0]);
    return list({a[0]});
  };
  EXPECT_TRUE(
      throws<Error>([&] { jvp(f, list({vec({1, 2, 3})}), list({vec({1, 1, 1})})); },
                    "Move the array reference to be an argument of the differentiated function?"));
}

TEST_F(References, AreNoOperandsOfOtherOperations) {
  Value ref = new_reference(vec({1, 2, 3}));
  EXPECT_TRUE(throws<TypeError>([&] { sin(ref); }, "sin requires ndarray or scalar arguments"));
  free_reference(ref);
  EXPECT_TRUE(throws<ValueError>([&] { read_reference(ref); }, "after it was freed"));
}

}  // namespace
}  // namespace covector::transforms_testing
