// Transformations of one jaxpr are made once, and go with it.

#include "covector/control/control.h"
#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using Memo = Computing;

const Aval kVector(kFloat64, {3});

ClosedJaxpr product() {
  return stage([](Args a) { return list({sin(a[0]) * a[1]}); }, Avals{kVector, kVector});
}

TEST_F(Memo, OneResultForEachMask) {
  ClosedJaxpr c = product();
  auto a = jvp_jaxpr(c, {true, false}, {false});
  EXPECT_EQ(a, jvp_jaxpr(c, {true, false}, {false}));
  EXPECT_FALSE(a == jvp_jaxpr(c, {true, true}, {false}));
  EXPECT_FALSE(a == jvp_jaxpr(c, {true, false}, {true}));
  EXPECT_FALSE(a == jvp_jaxpr(product(), {true, false}, {false}));
  auto l = linearize_jaxpr(c, {true, false}, {false});
  EXPECT_EQ(l, linearize_jaxpr(c, {true, false}, {false}));
  EXPECT_FALSE(l == linearize_jaxpr(c, {false, true}, {false}));
  auto b = batch_jaxpr(c, {4}, {true, false}, {false});
  EXPECT_EQ(b, batch_jaxpr(c, {4}, {true, false}, {false}));
  EXPECT_FALSE(b == batch_jaxpr(c, {5}, {true, false}, {false}));
  EXPECT_FALSE(b == batch_jaxpr(c, {4}, {true, true}, {false}));
}

TEST_F(Memo, MasksOfTheResultsAreRight) {
  ClosedJaxpr c = stage([](Args a) { return list({a[0] + a[0], a[1]}); }, Avals{kVector, kVector});
  EXPECT_EQ(jvp_jaxpr(c, {true, false}, {false, false})->nonzero_out, (Mask{true, false}));
  EXPECT_EQ(jvp_jaxpr(c, {true, false}, {false, true})->nonzero_out, (Mask{true, true}));
  EXPECT_EQ(linearize_jaxpr(c, {false, true}, {false, false})->nonzero_out, (Mask{false, true}));
  EXPECT_EQ(batch_jaxpr(c, {4}, {false, true}, {false, false})->mapped_out, (Mask{false, true}));
  EXPECT_EQ(batch_jaxpr(c, {4}, {false, true}, {true, false})->mapped_out, (Mask{true, true}));
}

// A jaxpr with constants is not all that decides: nothing is kept.
TEST_F(Memo, NothingIsKeptForOtherConstants) {
  Fun f = [](Args a) { return list({a[0] * vec({1, 2, 3})}); };
  ClosedJaxpr c = stage(f, Avals{kVector}), d = c;
  d.consts = list({vec({10, 20, 30})});
  Values ones = list({vec({1, 1, 1})});
  auto run = [&](const ClosedJaxpr& j) {
    return eval_jaxpr(jvp_jaxpr(j, {true}, {true})->jaxpr, list({ones[0], ones[0]}));
  };
  EXPECT_TRUE(near(run(c), list({vec({1, 2, 3}), vec({1, 2, 3})})));
  EXPECT_TRUE(near(run(d), list({vec({10, 20, 30}), vec({10, 20, 30})})));
}

// The jaxpr owns its memo; the memo does not own the jaxpr.
TEST_F(Memo, GoesWithTheJaxpr) {
  ClosedJaxpr c = product();
  jvp_jaxpr(c, {true, true}, {true});
  linearize_jaxpr(c, {true, true}, {true});
  batch_jaxpr(c, {4}, {true, true}, {true});
  EXPECT_EQ(c.jaxpr->use_count(), 1u);
}

// A function compiled once is traced once, whatever transforms it; another type or option is
// another trace.
TEST_F(Memo, JitTracesOncePerType) {
  int traced = 0;
  Fun f = jit([&](Args a) {
    ++traced;
    return list({sin(a[0]) * a[0]});
  });
  Value x = vec({1, 2, 3}), y = vec({1, 2});
  f(Values{x});
  f(Values{x});
  vmap(f)(Values{f64({1, 2, 3, 4, 5, 6}, {2, 3})});
  jvp(f, Values{x}, Values{x});
  grad([&](Args a) { return list({total(f(a)[0])}); })(Values{x});
  EXPECT_EQ(traced, 1);
  f(Values{y});
  EXPECT_EQ(traced, 2);
  WithOption other(Option::kMatmulPrecision, 2);
  f(Values{x});
  EXPECT_EQ(traced, 3);
}

// One derivative program for many uses of one call.
TEST_F(Memo, UsesOfACallShareItsDerivative) {
  Fun f = jit([](Args a) { return list({sin(a[0]) * a[0]}); });
  Fun twice = [&](Args a) { return f(f(a)); };
  ClosedJaxpr c = stage([&](Args a) { return jvp(twice, a, a).tangents; }, Avals{kVector});
  ASSERT_EQ(c.jaxpr->eqns.size(), 2u);
  EXPECT_EQ(c.jaxpr->eqns[0].op.get<CallParams>().jaxpr.jaxpr,
            c.jaxpr->eqns[1].op.get<CallParams>().jaxpr.jaxpr);
}

}  // namespace
}  // namespace covector::transforms_testing
