#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using Dce = Computing;

const Aval kVector(kFloat64, {3});

Mask mask(std::initializer_list<bool> m) { return Mask(m); }

ClosedJaxpr two_results() {
  return stage(
      [](Args a) {
        Value x = sin(a[0]), y = exp(a[1]);
        cos(y);  // nobody needs it
        return list({x * x, y + vec({1, 2, 3}), a[2]});
      },
      Avals{kVector, kVector, kVector});
}

TEST_F(Dce, KeepsWhatAllResultsNeed) {
  Mask used_in;
  ClosedJaxpr c = dce(two_results(), all(3), &used_in);
  check_jaxpr(*c.jaxpr);
  EXPECT_EQ(count_eqns(*c.jaxpr), 4);
  EXPECT_EQ(count_eqns(*c.jaxpr, "cos"), 0);
  EXPECT_EQ(used_in, all(3));
  EXPECT_EQ(c.consts.size(), 1u);
  Values x = list({vec({1, 2, 3}), vec({4, 5, 6}), vec({7, 8, 9})});
  EXPECT_TRUE(near(eval_jaxpr(c, x), eval_jaxpr(two_results(), x)));
}

TEST_F(Dce, DropsWhatOneResultDoesNotNeed) {
  Mask used_in;
  ClosedJaxpr c = dce(two_results(), mask({true, false, false}), &used_in);
  check_jaxpr(*c.jaxpr);
  EXPECT_EQ(count_eqns(*c.jaxpr), 2);
  EXPECT_EQ(used_in, mask({true, false, false}));
  EXPECT_EQ(c.jaxpr->invars.size(), 3u) << "the signature stays";
  EXPECT_TRUE(c.consts.empty());
  EXPECT_EQ(c.jaxpr->vars.size(), 5u) << "variables are dense";
}

TEST_F(Dce, DropsInputsIfAsked) {
  Mask used_in;
  ClosedJaxpr c = dce(two_results(), mask({false, true, false}), &used_in, true);
  check_jaxpr(*c.jaxpr);
  EXPECT_EQ(used_in, mask({false, true, false}));
  ASSERT_EQ(c.jaxpr->invars.size(), 1u);
  Values r = eval_jaxpr(c, list({vec({0, 0, 0})}));
  EXPECT_TRUE(near(r, list({vec({2, 3, 4})})));
}

TEST_F(Dce, OfNothingIsEmpty) {
  Mask used_in;
  ClosedJaxpr c = dce(two_results(), all(3, false), &used_in, true);
  EXPECT_EQ(count_eqns(*c.jaxpr), 0);
  EXPECT_EQ(used_in, all(3, false));
  EXPECT_TRUE(c.jaxpr->vars.empty());
}

TEST_F(Dce, KeepsResultsThatAreInputsOrLiterals) {
  ClosedJaxpr c = stage([](Args a) { return list({a[1], 2.0, a[1]}); }, Avals{kVector, kVector});
  Mask used_in;
  ClosedJaxpr d = dce(c, all(3), &used_in, true);
  EXPECT_EQ(used_in, mask({false, true}));
  EXPECT_TRUE(near(eval_jaxpr(d, list({vec({1, 2, 3})})),
                   list({vec({1, 2, 3}), scalar_of(kFloat64, 2.0), vec({1, 2, 3})})));
}

// Through a call: its results, its equations and its operands shrink.
TEST_F(Dce, EntersCalls) {
  Fun f = jit([](Args a) { return list({sin(a[0]), exp(a[1]) * a[0], tanh(a[2])}); });
  ClosedJaxpr c = stage(f, Avals{kVector, kVector, kVector});
  Mask used_in;
  ClosedJaxpr d = dce(c, mask({true, false, false}), &used_in);
  check_jaxpr(*d.jaxpr);
  EXPECT_EQ(used_in, mask({true, false, false}));
  EXPECT_EQ(count_eqns(*d.jaxpr), 2) << "the call and what is left in it";
  ASSERT_EQ(d.jaxpr->eqns.size(), 1u);
  EXPECT_EQ(d.jaxpr->eqns[0].in.size(), 1u);
  EXPECT_EQ(d.jaxpr->eqns[0].out.size(), 1u);
  Values x = list({vec({1, 2, 3}), vec({0, 0, 0}), vec({0, 0, 0})});
  EXPECT_TRUE(near(eval_jaxpr(d, x), list({sin(x[0])})));
}

// The tangent program of a function whose derivative ignores an operand.
TEST_F(Dce, TangentsCarryNoResidualsTheyDoNotNeed) {
  Fun f = [](Args a) { return list({a[0] * a[1] + exp(a[1])}); };
  Linearized lin = linearize(f, list({vec({1, 2, 3}), vec({4, 5, 6})}), mask({true, false}));
  ClosedJaxpr t = dce(lin.tangent, all(1));
  EXPECT_EQ(t.consts.size(), 1u) << "a[1] alone";
  EXPECT_EQ(count_eqns(*t.jaxpr), 1);
}

}  // namespace
}  // namespace covector::transforms_testing
