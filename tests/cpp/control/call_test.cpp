#include "covector/control/control.h"
#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using Call = Computing;

const Aval kVector(kFloat64, {3});

const CallParams& params_of(const Eqn& e) { return e.op.get<CallParams>(); }

Fun named() {
  return jit([](Args a) { return list({sin(a[0]) * a[1], a[0]}); }, {.name = "named"});
}

TEST_F(Call, IsOneEquationInsideATransformation) {
  ClosedJaxpr c = stage(named(), Avals{kVector, kVector});
  ASSERT_EQ(c.jaxpr->eqns.size(), 1u);
  EXPECT_EQ(c.jaxpr->eqns[0].op.prim, &jit_p);
  EXPECT_EQ(params_of(c.jaxpr->eqns[0]).name, "named");
  EXPECT_TRUE(params_of(c.jaxpr->eqns[0]).jaxpr.consts.empty());
}

TEST_F(Call, InlinesIfAsked) {
  Fun f = jit([](Args a) { return list({sin(a[0]) * a[0]}); }, {.inline_ = true});
  ClosedJaxpr c = stage(f, Avals{kVector});
  EXPECT_EQ(c.jaxpr->eqns.size(), 2u);
  EXPECT_EQ(count_eqns(*c.jaxpr, "jit"), 0);
}

TEST_F(Call, RejectsOtherTypes) {
  ClosedJaxpr body = stage([](Args a) { return list({sin(a[0])}); }, Avals{kVector});
  CallParams p{.name = "f", .jaxpr = body, .donated = {}};
  auto bind = [&](Args a) {
    return [&p, a = Values(a.begin(), a.end())] { stage([&](Args) { return call(p, a); }, {}); };
  };
  EXPECT_TRUE(throws<TypeError>(bind(list({vec({1, 2})})), "operand 0 has type f64[2]"));
  EXPECT_TRUE(throws<TypeError>(bind(list({vec({1, 2, 3}), vec({1})})), "called with 2 operands"));
}

// What a call closes over is an operand: the constants of its jaxpr are inputs.
TEST_F(Call, ClosedOverArraysAreOperands) {
  Fun f = jit([k = vec({1, 2, 3})](Args a) { return list({a[0] * k}); });
  ClosedJaxpr c = stage(f, Avals{kVector});
  ASSERT_EQ(c.jaxpr->eqns.size(), 1u);
  EXPECT_EQ(c.jaxpr->eqns[0].in.size(), 2u);
  EXPECT_EQ(c.consts.size(), 1u);
  EXPECT_TRUE(near(eval_jaxpr(c, list({vec({1, 1, 1})})), list({vec({1, 2, 3})})));
}

// Residuals that are operands or results of the call anyway do not leave it twice.
TEST_F(Call, ResidualsAreNotReturnedTwice) {
  Fun f = jit([](Args a) { return list({exp(a[0]) * a[1]}); });
  ClosedJaxpr c =
      stage([&](Args a) { return linearize(f, a, all(2)).primals; }, Avals{kVector, kVector});
  ASSERT_EQ(c.jaxpr->eqns.size(), 1u);
  EXPECT_EQ(c.jaxpr->eqns[0].out.size(), 2u) << "the result, and exp(a[0]); a[1] is an operand";
  Fun g = jit([](Args a) { return list({exp(a[0])}); });
  ClosedJaxpr d = stage([&](Args a) { return linearize(g, a, all(1)).primals; }, Avals{kVector});
  ASSERT_EQ(d.jaxpr->eqns.size(), 1u);
  EXPECT_EQ(d.jaxpr->eqns[0].out.size(), 1u) << "the result is the residual";
}

TEST_F(Call, UnmappedResultsStayUnmapped) {
  AxisData axis{4};
  BatchOut out;
  Fun f = jit([](Args a) { return list({a[0] + a[1], sin(a[1])}); });
  Aval many(kFloat64, {4, 3});
  stage(
      [&](Args a) {
        out = batch(f, axis, a, {0, kUnmapped});
        return out.values;
      },
      Avals{many, kVector});
  EXPECT_EQ(out.axes, (MappedAxes{0, kUnmapped}));
}

TEST_F(Call, MapsOverAnInnerAxis) {
  Fun f = jit([](Args a) { return list({cumsum(a[0], 0)}); });
  Value x = irregular({3, 4}, 1);
  EXPECT_TRUE(near(vmap(f, {1})(Values{x})[0], transpose(cumsum(x, 0), Axes{1, 0})));
}

// Calls of one function in a program share one function of the module, and compute the same.
TEST_F(Call, ManyCallsOfOneFunction) {
  Fun f = jit([](Args a) { return list({sin(a[0]) + a[0]}); });
  Fun many = [&](Args a) {
    Values x{a[0]};
    for (int i = 0; i < 20; ++i) x = f(x);
    return x;
  };
  Values x = list({vec({0.1, 0.2, 0.3})});
  EXPECT_TRUE(near(jit(many)(x), many(x)));
  ClosedJaxpr c = stage(many, Avals{kVector});
  for (const Eqn& e : c.jaxpr->eqns)
    EXPECT_EQ(params_of(e).jaxpr.jaxpr, params_of(c.jaxpr->eqns[0]).jaxpr.jaxpr);
}

TEST_F(Call, DisableJitRunsTheFunction) {
  int runs = 0;
  Fun f = jit([&](Args a) {
    ++runs;
    EXPECT_TRUE(a[0].array());
    return list({a[0] + a[0]});
  });
  WithOption off(Option::kDisableJit, 1);
  f(list({vec({1})}));
  EXPECT_TRUE(near(f(list({vec({1})})), list({vec({2})})));
  EXPECT_EQ(runs, 2);
}

TEST_F(Call, NullArgumentsAreRefused) {
  EXPECT_TRUE(throws<TypeError>([] { named()(Values(2)); }, "named: an argument is null"));
}

}  // namespace
}  // namespace covector::transforms_testing
