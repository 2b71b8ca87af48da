#include "covector/control/control.h"
#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

class CustomJvpTest : public Computing {
 protected:
  // x^2 * y whose rule is deliberately wrong by a factor: 10 * the derivative, so that a test
  // sees whether it is the rule that is used.
  Ref<CustomJvp> marked(bool symbolic_zeros = false) {
    auto c = make_ref<CustomJvp>();
    c->name = "marked";
    c->symbolic_zeros = symbolic_zeros;
    c->fun = [this](Args a) {
      ++runs;
      return list({a[0] * a[0] * a[1]});
    };
    c->jvp = [this](Args p, Args t) -> JvpOut {
      ++rule_runs;
      zero_tangents = 0;
      Value tangent;
      for (size_t i = 0; i < 2; ++i) {
        zero_tangents += !t[i];
        if (!t[i]) continue;
        Value d = i == 0 ? 2.0 * p[0] * p[1] : p[0] * p[0];
        tangent = add_any(tangent, 10.0 * d * t[i]);
      }
      return {list({p[0] * p[0] * p[1]}), list({tangent})};
    };
    return c;
  }
  static Fun function(Ref<const CustomJvp> c) {
    return [c](Args a) { return custom_jvp_call(c, a); };
  }

  int runs = 0, rule_runs = 0, zero_tangents = -1;
  const Values scalars = list({scalar_of(kFloat64, 3.0), scalar_of(kFloat64, 5.0)});
  const Values vectors = list({vec({1, 2, 3}), vec({4, 5, 6})});
};

TEST_F(CustomJvpTest, RunsTheFunctionAlone) {
  Fun f = function(marked());
  EXPECT_EQ(number(f(scalars)[0]), 45);
  EXPECT_EQ(number(jit(f)(scalars)[0]), 45);
  EXPECT_TRUE(near(vmap(f)(vectors), list({vec({4, 20, 54})})));
  EXPECT_EQ(rule_runs, 0);
}

TEST_F(CustomJvpTest, EveryDerivativeUsesTheRule) {
  Fun f = function(marked());
  Values ones = list({scalar_of(kFloat64, 1.0), scalar_of(kFloat64, 1.0)});
  for (const Fun& g : {f, jit(f), jit(jit(f))}) {
    EXPECT_EQ(number(jvp(g, scalars, ones).tangents[0]), 390);
    EXPECT_EQ(number(grad(g)(scalars)[0]), 300);
    EXPECT_EQ(number(grad(g, {false, true})(scalars)[0]), 90);
    EXPECT_EQ(number(jit(grad(g))(scalars)[0]), 300);
    EXPECT_TRUE(near(vmap(grad(g))(vectors), list({vec({80, 200, 360})})));
    EXPECT_TRUE(near(jit(vmap(grad(g)))(vectors), list({vec({80, 200, 360})})));
    Fun mapped = [g](Args a) { return list({total(vmap(g)(a)[0])}); };
    EXPECT_TRUE(near(grad(mapped)(vectors), list({vec({80, 200, 360})})));
    EXPECT_TRUE(near(jit(grad(mapped))(vectors), list({vec({80, 200, 360})})));
    EXPECT_TRUE(near(grad(jit(mapped))(vectors), list({vec({80, 200, 360})})));
  }
}

// The rule is an ordinary function: its own derivative is taken by the usual rules.
TEST_F(CustomJvpTest, SecondDerivatives) {
  Fun f = function(marked());
  EXPECT_EQ(number(grad(grad(f))(scalars)[0]), 100);
  EXPECT_EQ(number(grad(grad(jit(f)))(scalars)[0]), 100);
  EXPECT_EQ(number(grad(jit(grad(f)))(scalars)[0]), 100);
  EXPECT_TRUE(near(vmap(grad(grad(f)))(vectors), list({vec({80, 100, 120})})));
}

TEST_F(CustomJvpTest, StagesToOneEquationWithTheBody) {
  ClosedJaxpr c = stage(function(marked()), Avals{Aval(kFloat64, {}), Aval(kFloat64, {})});
  ASSERT_EQ(c.jaxpr->eqns.size(), 1u);
  EXPECT_EQ(c.jaxpr->eqns[0].op.prim, &custom_jvp_call_p);
  EXPECT_EQ(runs, 1);
  EXPECT_NE(to_string(c).find("custom_jvp_call"), std::string::npos);
}

TEST_F(CustomJvpTest, ZerosAreMadeUnlessTheRuleWantsThemSymbolic) {
  Mask first{true, false};
  for (bool symbolic : {false, true}) {
    for (bool compiled : {false, true}) {
      Fun f = function(marked(symbolic));
      if (compiled) f = jit(f);
      EXPECT_EQ(number(grad(f, first)(scalars)[0]), 300);
      EXPECT_EQ(zero_tangents, symbolic ? 1 : 0) << "linearized, compiled: " << compiled;
      jvp(f, scalars, list({scalar_of(kFloat64, 1.0), {}}));
      EXPECT_EQ(zero_tangents, symbolic ? 1 : 0) << "forward, compiled: " << compiled;
      vmap(grad(f, first))(vectors);
      EXPECT_EQ(zero_tangents, symbolic ? 1 : 0) << "mapped, compiled: " << compiled;
    }
  }
}

TEST_F(CustomJvpTest, IsNotAskedWithoutTangents) {
  Fun f = function(marked());
  Fun g = [&](Args a) { return list({f(Values{a[1], a[1]})[0] * a[0]}); };
  EXPECT_EQ(number(grad(g)(scalars)[0]), 125);
  EXPECT_EQ(number(grad(jit(g))(scalars)[0]), 125);
  EXPECT_EQ(rule_runs, 0);
}

TEST_F(CustomJvpTest, MapsOneOperand) {
  Fun f = function(marked());
  Values x = list({vectors[0], scalar_of(kFloat64, 2.0)});
  EXPECT_TRUE(near(vmap(f, {0, kUnmapped})(x), list({vec({2, 8, 18})})));
  EXPECT_TRUE(near(vmap(grad(f), {0, kUnmapped})(x), list({vec({40, 80, 120})})));
  EXPECT_TRUE(near(vmap(grad(jit(f)), {0, kUnmapped})(x), list({vec({40, 80, 120})})));
  // Two axes, mapped one inside the other.
  Fun table = vmap(vmap(grad(f), {kUnmapped, 0}), {0, kUnmapped});
  Value r = table(vectors)[0];
  EXPECT_TRUE(near(r, f64({80, 100, 120, 160, 200, 240, 240, 300, 360}, {3, 3})));
}

// A function that ignores what is mapped has a result of the mapped size all the same.
TEST_F(CustomJvpTest, ResultsThatAreNotMapped) {
  auto c = make_ref<CustomJvp>();
  c->name = "second";
  c->fun = [](Args a) { return list({a[1] + 0.0, a[0] + 0.0}); };
  c->jvp = [](Args p, Args t) -> JvpOut { return {list({p[1], p[0]}), list({t[1], t[0]})}; };
  Fun f = function(c);
  Values x = list({vectors[0], scalar_of(kFloat64, 2.0)});
  for (const Fun& g : {f, jit(f)}) {
    EXPECT_TRUE(near(vmap(g, {0, kUnmapped})(x), list({vec({2, 2, 2}), vectors[0]})));
    Fun s = [g](Args a) {
      Values r = g(a);
      return list({r[0] * r[1]});
    };
    EXPECT_TRUE(near(vmap(grad(s), {0, kUnmapped})(x), list({vec({2, 2, 2})})));
  }
}

// A body that closes over a value of an outer transformation: it is an operand of the equation,
// and differentiating it is an error, as the rule can't see it.
TEST_F(CustomJvpTest, ClosedOverValues) {
  auto outer = [](Args a) {
    auto c = make_ref<CustomJvp>();
    c->name = "scaled";
    c->fun = [k = a[1]](Args b) { return list({b[0] * k}); };
    c->jvp = [k = a[1]](Args p, Args t) -> JvpOut { return {list({p[0] * k}), list({t[0] * k})}; };
    return jit([c](Args b) { return custom_jvp_call(c, b); })(Values{a[0]});
  };
  EXPECT_EQ(number(jit(outer)(scalars)[0]), 15);
  EXPECT_EQ(number(grad(outer)(scalars)[0]), 5);
  EXPECT_TRUE(near(vmap(outer)(vectors), list({vec({4, 10, 18})})));
  EXPECT_TRUE(throws<UnexpectedTracerError>([&] { grad(outer, {false, true})(scalars); },
                                            "closes over a value"));
}

// The equation holds the function, the function a tracer: none may keep the program alive.
TEST_F(CustomJvpTest, ClosedOverTracersMakeNoCycle) {
  struct Witness : RefCounted {};
  auto witness = make_ref<Witness>();
  auto f = [witness](Args a) {
    auto c = make_ref<CustomJvp>();
    c->name = "holder";
    c->fun = [witness, k = a[1]](Args b) { return list({b[0] * k}); };
    c->jvp = [](Args p, Args t) -> JvpOut { return {list({p[0]}), list({t[0]})}; };
    return custom_jvp_call(c, Values{a[0]});
  };
  uint32_t before = witness->use_count();
  jit(f)(scalars);
  grad(jit(f))(scalars);
  EXPECT_EQ(witness->use_count(), before);
}

TEST_F(CustomJvpTest, ARuleThatThrowsLeavesNothingBehind) {
  auto c = make_ref<CustomJvp>();
  c->name = "angry";
  c->fun = [](Args a) { return list({a[0]}); };
  c->jvp = [](Args, Args) -> JvpOut { fail<ValueError>("no derivative today"); };
  Fun f = function(c);
  EXPECT_EQ(number(f(Values{scalars[0]})[0]), 3);
  EXPECT_TRUE(throws<ValueError>([&] { vmap(grad(f))(Values{vectors[0]}); }, "no derivative"));
  EXPECT_TRUE(throws<ValueError>([&] { grad(f)(Values{scalars[0]}); }, "no derivative today"));
  EXPECT_TRUE(throws<ValueError>([&] { grad(jit(f))(Values{scalars[0]}); }, "no derivative"));
  EXPECT_TRUE(throws<ValueError>([&] { jit(grad(f))(Values{scalars[0]}); }, "no derivative"));
  EXPECT_TRUE(is_eager());
}

}  // namespace
}  // namespace covector::transforms_testing
