#include "covector/control/remat.h"

#include "covector/core/stage.h"
#include "covector/lax/name.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

class RematTest : public Computing {
 protected:
  // sin(sin(x) * y), the product under a name.
  static Values body(Args a) { return list({sin(checkpoint_name(sin(a[0]) * a[1], "product"))}); }
  static Fun function(Ref<const RematPolicy> policy = {}, bool prevent_cse = true) {
    return [=](Args a) {
      Avals avals;
      for (const Value& v : a) avals.push_back(v.aval());
      RematParams p;
      p.jaxpr = stage(body, avals);
      p.policy = policy;
      p.prevent_cse = Mask(1, prevent_cse);
      return remat(std::move(p), a);
    };
  }
  static Ref<const RematPolicy> saving(const Primitive* prim) {
    auto p = make_ref<RematPolicy>();
    p->saveable = [prim](const Op& op, AvalSpan) { return op.prim == prim; };
    return p;
  }
  // Values kept between the passes.
  static size_t residuals(const Fun& f, Args x) {
    return linearize(f, x, all(x.size())).tangent.consts.size();
  }

  const Values x = list({scalar_of(kFloat64, 0.7), scalar_of(kFloat64, 1.3)});
  const Values vectors = list({vec({1, 2, 3}), vec({4, 5, 6})});
};

TEST_F(RematTest, ChangesNoValueOrDerivative) {
  for (const Fun& f : {function(), function(saving(&name_p)), function({}, false)}) {
    for (const Fun& g : {f, jit(f)}) {
      EXPECT_TRUE(near(g(x), body(x)));
      EXPECT_TRUE(near(grad(g, {true, true})(x), grad(body, {true, true})(x)));
      EXPECT_TRUE(near(grad(grad(g))(x), grad(grad(body))(x)));
      EXPECT_TRUE(near(jvp(g, x, x).tangents, jvp(body, x, x).tangents));
      EXPECT_TRUE(near(vmap(grad(g))(vectors), vmap(grad(body))(vectors)));
      EXPECT_TRUE(near(jit(vmap(grad(g)))(vectors), vmap(grad(body))(vectors)));
    }
  }
}

TEST_F(RematTest, KeepsOperandsAndWhatThePolicyAllows) {
  EXPECT_EQ(residuals(function(), vectors), 2u);
  EXPECT_EQ(residuals(function(saving(&name_p)), vectors), 3u);
  EXPECT_EQ(residuals(jit(function(saving(&name_p))), vectors), 3u);
}

// A policy looks into nested calls.
TEST_F(RematTest, SavesInsideOfJit) {
  Fun f = [](Args a) {
    RematParams p;
    p.jaxpr = stage(jit(body), Avals{a[0].aval(), a[1].aval()});
    p.policy = saving(&name_p);
    return remat(std::move(p), a);
  };
  EXPECT_EQ(residuals(f, vectors), 3u);
  EXPECT_TRUE(near(grad(f)(x), grad(body)(x)));
}

// Only what runs a second time is kept apart from what ran first.
TEST_F(RematTest, BarrierBeforeTheSecondRun) {
  Avals avals{Aval(kFloat64, {}), Aval(kFloat64, {})};
  ClosedJaxpr first = stage(function(), avals), second = stage(grad(function()), avals);
  EXPECT_EQ(count_eqns(*first.jaxpr, "remat2"), 1);
  EXPECT_EQ(count_eqns(*second.jaxpr, "remat2"), 1);
  EXPECT_NE(to_string(first).find("differentiated=False"), std::string::npos);
  EXPECT_NE(to_string(second).find("differentiated=True"), std::string::npos);
}

}  // namespace
}  // namespace covector::transforms_testing
