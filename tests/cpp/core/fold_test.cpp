// Scopes in which what is known is computed although a transformation is under way.

#include "covector/core/fold.h"

#include "covector/core/stage.h"
#include "transforms/transforms_testing.h"

namespace covector {
namespace {

using namespace transforms_testing;

class Fold : public Computing {};

// Stages a function of one vector of two elements.
ClosedJaxpr staged(const Fun& f) { return stage(f, Avals{Aval(kFloat64, {2})}); }

TEST_F(Fold, WhatIsKnownIsComputedTheRestIsRecorded) {
  Value known;
  ClosedJaxpr c = staged([&](Args a) {
    EagerScope scope;
    scope.enter();
    known = sin(vec({1, 2}));
    Value out = a[0] * known;
    scope.exit();
    return list({out});
  });
  ASSERT_TRUE(known.array());
  EXPECT_TRUE(near(known, vec({0.8414709848078965, 0.9092974268256817})));
  EXPECT_EQ(count_eqns(*c.jaxpr, "sin"), 0);
  EXPECT_EQ(count_eqns(*c.jaxpr, "mul"), 1);
}

TEST_F(Fold, WithoutAScopeAllIsRecorded) {
  ClosedJaxpr c = staged([](Args a) { return list({a[0] * sin(vec({1, 2}))}); });
  EXPECT_EQ(count_eqns(*c.jaxpr, "sin"), 1);
}

TEST_F(Fold, DerivativesPassThrough) {
  auto f = [](Args a) {
    EagerScope scope;
    scope.enter();
    Value out = total(a[0] * a[0] * sin(vec({1, 2})));
    scope.exit();
    return list({out});
  };
  Values x = list({vec({3, 4})});
  auto [primals, tangents] = jvp(f, x, list({vec({1, 0})}));
  EXPECT_NEAR(number(tangents[0]), 6 * 0.8414709848078965, 1e-12);
}

TEST_F(Fold, ScopesNestAndEnd) {
  EagerScope scope;
  staged([&](Args a) {
    Trace& outer = current_trace();
    scope.enter();
    Trace& folding = current_trace();
    EXPECT_NE(&folding, &outer);
    scope.enter();
    EXPECT_TRUE(sin(vec({1, 2})).array());
    EXPECT_TRUE(sin(a[0]).tracer());
    scope.exit();
    EXPECT_EQ(&current_trace(), &folding);
    scope.exit();
    EXPECT_EQ(&current_trace(), &outer);
    return list({a[0]});
  });
  EXPECT_TRUE(is_eager());
}

TEST_F(Fold, WithoutATransformationTheScopeIsTheEvaluator) {
  EagerScope scope;
  scope.enter();
  EXPECT_EQ(&current_trace(), &eval_trace());
  scope.exit();
}

}  // namespace
}  // namespace covector
