#include "covector/control/custom_vjp.h"

#include "covector/control/control.h"
#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

class CustomVjpTest : public Computing {
 protected:
  // x^2 * y whose cotangents are 10 and 100 times what they should be.
  Ref<const CustomVjp> marked() {
    auto fun = [this](Args a) {
      ++runs;
      return list({a[0] * a[0] * a[1]});
    };
    auto forward = [this](Args a, const Mask& nonzero) {
      ++forward_runs;
      last = nonzero;
      VjpForward r{list({a[0] * a[0] * a[1]}), list({a[0], a[1]}), {}};
      r.backward = [](Args res, Args ct) {
        return list({20.0 * res[0] * res[1] * ct[0], 100.0 * res[0] * res[0] * ct[0]});
      };
      return r;
    };
    return make_ref<const CustomVjp>(CustomVjp::Names{"marked"}, fun, forward, false);
  }
  static Fun function(Ref<const CustomVjp> c) {
    return [c](Args a) { return custom_vjp_call(c, a); };
  }

  int runs = 0, forward_runs = 0;
  Mask last;
  const Values scalars = list({scalar_of(kFloat64, 3.0), scalar_of(kFloat64, 5.0)});
  const Values vectors = list({vec({1, 2, 3}), vec({4, 5, 6})});
};

TEST_F(CustomVjpTest, RunsTheFunctionAlone) {
  Fun f = function(marked());
  EXPECT_EQ(number(f(scalars)[0]), 45);
  EXPECT_EQ(number(jit(f)(scalars)[0]), 45);
  EXPECT_TRUE(near(vmap(f)(vectors), list({vec({4, 20, 54})})));
  EXPECT_EQ(forward_runs, 0);
}

TEST_F(CustomVjpTest, ReverseModeUsesTheRule) {
  Fun f = function(marked());
  for (const Fun& g : {f, jit(f), jit(jit(f))}) {
    EXPECT_EQ(number(grad(g)(scalars)[0]), 300);
    EXPECT_EQ(number(grad(g, {false, true})(scalars)[0]), 900);
    EXPECT_EQ(last, (Mask{false, true}));
    EXPECT_TRUE(near(vmap(grad(g))(vectors), list({vec({80, 200, 360})})));
    Fun mapped = [g](Args a) { return list({total(vmap(g)(a)[0])}); };
    EXPECT_TRUE(near(grad(mapped)(vectors), list({vec({80, 200, 360})})));
    EXPECT_TRUE(near(jit(grad(jit(mapped)))(vectors), list({vec({80, 200, 360})})));
  }
}

// The cotangent of an operand that is not mapped is a sum.
TEST_F(CustomVjpTest, SharedOperand) {
  Fun f = function(marked());
  Fun shared = [f](Args a) {
    return list({total(vmap(f, {0, kUnmapped})(Values(a.begin(), a.end()))[0])});
  };
  Values x = list({vectors[0], scalar_of(kFloat64, 2.0)});
  EXPECT_EQ(number(grad(shared, {false, true})(x)[0]), 1400);
  EXPECT_EQ(number(grad(jit(shared), {false, true})(x)[0]), 1400);
}

TEST_F(CustomVjpTest, SecondDerivatives) {
  Fun f = function(marked());
  EXPECT_EQ(number(grad(grad(f))(scalars)[0]), 100);
  EXPECT_EQ(number(jit(grad(grad(jit(f))))(scalars)[0]), 100);
}

TEST_F(CustomVjpTest, StagesToOneEquation) {
  ClosedJaxpr c = stage(function(marked()), Avals{Aval(kFloat64, {}), Aval(kFloat64, {})});
  ASSERT_EQ(c.jaxpr->eqns.size(), 1u);
  EXPECT_EQ(c.jaxpr->eqns[0].op.prim, &custom_vjp_call_p);
  EXPECT_EQ(runs, 1);
  Fun mapped = vmap(function(marked()));
  c = stage(mapped, Avals{Aval(kFloat64, {3}), Aval(kFloat64, {3})});
  EXPECT_EQ(c.jaxpr->eqns[0].op.prim, &custom_vjp_call_p);
}

TEST_F(CustomVjpTest, ForwardModeIsAnError) {
  Fun f = function(marked());
  Values ones = list({scalar_of(kFloat64, 1.0), scalar_of(kFloat64, 1.0)});
  EXPECT_TRUE(throws<TypeError>([&] { jvp(f, scalars, ones); }, "forward-mode"));
  EXPECT_TRUE(throws<TypeError>([&] { jvp(jit(f), scalars, ones); }, "forward-mode"));
}

}  // namespace
}  // namespace covector::transforms_testing
