// Transformations inside one another, against derivatives known in closed form.

#include <cmath>

#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using Nested = Computing;

// x -> sin(x) * x, whose derivatives are known.
Fun sine() {
  return [](Args a) { return list({sin(a[0]) * a[0]}); };
}
double d1(double x) { return std::cos(x) * x + std::sin(x); }
double d2(double x) { return 2 * std::cos(x) - std::sin(x) * x; }
double d3(double x) { return -3 * std::sin(x) - std::cos(x) * x; }
double d4(double x) { return -4 * std::cos(x) + std::sin(x) * x; }

Value mapped(double (*f)(double), const Value& x) {
  Doubles r;
  for (double v : get(x)) r.push_back(f(v));
  return f64(r, x.shape());
}
Value one(const Fun& f, const Value& x) { return f(Values{x})[0]; }

TEST_F(Nested, GradOfGrad) {
  Value x = scalar_of(kFloat64, 0.7);
  EXPECT_NEAR(number(one(grad(sine()), x)), d1(0.7), 1e-12);
  EXPECT_NEAR(number(one(grad(grad(sine())), x)), d2(0.7), 1e-12);
  EXPECT_NEAR(number(one(grad(grad(grad(sine()))), x)), d3(0.7), 1e-12);
  EXPECT_NEAR(number(one(grad(grad(grad(grad(sine())))), x)), d4(0.7), 1e-12);
}

TEST_F(Nested, MapOfGrad) {
  Value x = irregular({5}, 1);
  EXPECT_TRUE(near(one(vmap(grad(sine())), x), mapped(d1, x)));
  EXPECT_TRUE(near(one(vmap(grad(grad(sine()))), x), mapped(d2, x)));
}

TEST_F(Nested, GradOfMap) {
  Value x = irregular({5}, 1);
  Fun sum = [](Args a) { return list({total(vmap(sine())(a)[0])}); };
  EXPECT_TRUE(near(one(grad(sum), x), mapped(d1, x)));
  Fun slope = [sum](Args a) { return list({total(grad(sum)(a)[0])}); };
  EXPECT_TRUE(near(one(grad(slope), x), mapped(d2, x)));
}

TEST_F(Nested, MapOfMap) {
  Value x = irregular({3, 4}, 1);
  EXPECT_TRUE(near(one(vmap(vmap(grad(sine()))), x), mapped(d1, x)));
  EXPECT_TRUE(
      near(one(vmap(vmap(grad(sine()), {0}), {1}), x), transpose(mapped(d1, x), Axes{1, 0})));
}

TEST_F(Nested, CompiledInsideGradInsideMap) {
  Value x = irregular({5}, 1);
  EXPECT_TRUE(near(one(vmap(grad(jit(sine()))), x), mapped(d1, x)));
  EXPECT_TRUE(near(one(vmap(grad(grad(jit(sine())))), x), mapped(d2, x)));
  EXPECT_TRUE(near(one(jit(vmap(grad(jit(grad(jit(sine())))))), x), mapped(d2, x)));
  EXPECT_TRUE(near(one(vmap(jit(grad(jit(grad(grad(sine())))))), x), mapped(d3, x)));
}

// d/dx (x * d/dy (x + y)) = 1: the inner derivative must not see the outer one's tangent.
TEST_F(Nested, TangentsOfDifferentLevelsAreNotConfused) {
  Fun outer = [](Args a) {
    Value x = a[0];
    Fun inner_sum = [x](Args b) { return list({x + b[0]}); };
    return list({x * grad(inner_sum)(Values{scalar_of(kFloat64, 1.0)})[0]});
  };
  EXPECT_NEAR(number(one(grad(outer), scalar_of(kFloat64, 3.0))), 1, 1e-15);
  EXPECT_NEAR(number(one(grad(jit(outer)), scalar_of(kFloat64, 3.0))), 1, 1e-15);
}

// An inner function that closes over the outer one's argument, compiled or not.
TEST_F(Nested, ClosuresOverArguments) {
  for (bool compiled : {false, true}) {
    Fun outer = [compiled](Args a) {
      Value x = a[0];
      Fun times = [x](Args b) { return list({x * b[0] * b[0]}); };
      if (compiled) times = jit(times);
      return grad(times)(Values{x});  // 2 x^2
    };
    EXPECT_NEAR(number(one(grad(outer), scalar_of(kFloat64, 3.0))), 12, 1e-12);
    Value x = irregular({4}, 2);
    EXPECT_TRUE(near(one(vmap(outer), x), 2.0 * (x * x)));
    EXPECT_TRUE(near(one(jit(vmap(grad(outer))), x), 4.0 * x));
  }
}

// Forward over reverse, reverse over forward: columns and rows of one Hessian.
TEST_F(Nested, HessiansAgree) {
  Fun f = [](Args a) { return list({total(sin(a[0]) * rev(a[0], Axes{0}) * a[0])}); };
  Value x = irregular({3}, 3), t = irregular({3}, 4);
  Value forward = jvp(grad(f), Values{x}, Values{t}).tangents[0];
  Fun slope = [f, t](Args a) { return jvp(f, a, Values{t}).tangents; };
  Fun product = [f, t](Args a) { return list({total(grad(f)(a)[0] * t)}); };
  EXPECT_TRUE(near(one(grad(slope), x), forward));
  EXPECT_TRUE(near(one(grad(product), x), forward));
}

TEST_F(Nested, JvpOfJvp) {
  Fun first = [](Args a) { return jvp(sine(), a, list({scalar_of(kFloat64, 1.0)})).tangents; };
  Value x = scalar_of(kFloat64, 0.3);
  Value second = jvp(first, Values{x}, list({scalar_of(kFloat64, 1.0)})).tangents[0];
  EXPECT_NEAR(number(second), d2(0.3), 1e-12);
}

TEST_F(Nested, StopGradient) {
  Fun f = [](Args a) { return list({stop_gradient(a[0]) * a[0]}); };
  EXPECT_NEAR(number(one(grad(f), scalar_of(kFloat64, 3.0))), 3, 1e-15);
  EXPECT_NEAR(number(one(grad(jit(f)), scalar_of(kFloat64, 3.0))), 3, 1e-15);
}

TEST_F(Nested, GradDemandsOneScalar) {
  Value x = irregular({3}, 1);
  EXPECT_TRUE(throws<TypeError>([&] { grad(sine())(Values{x}); },
                                "Gradient only defined for scalar-output functions"));
}

TEST_F(Nested, MapDemandsOneSize) {
  Fun f = [](Args a) { return list({a[0] + a[1]}); };
  EXPECT_TRUE(throws<ValueError>([&] { vmap(f)(list({irregular({3}, 1), irregular({4}, 1)})); },
                                 "got 3 and 4"));
  EXPECT_TRUE(throws<ValueError>([&] { vmap(f, {kUnmapped, kUnmapped})(list({1.0, 2.0})); },
                                 "at least one argument must be mapped"));
  EXPECT_TRUE(throws<ValueError>([&] { vmap(f)(list({1.0, 2.0})); }, "out of bounds"));
}

// What closes over no argument is computed once, not for each level of nesting.
TEST_F(Nested, OperationsOnConstantsStayOutOfInnerTransformations) {
  Fun f = [](Args a) { return list({a[0] * sin(vec({1, 2}))}); };
  AxisData axis{4};
  Aval in(kFloat64, {4, 2});
  ClosedJaxpr c = stage([&](Args a) { return batch(f, axis, a, {0}).values; }, Avals{in});
  for (const Eqn& e : c.jaxpr->eqns)
    if (e.op.name() == "sin") {
      EXPECT_EQ(c.jaxpr->vars[e.out[0]], Aval(kFloat64, {2}));
    }
  EXPECT_EQ(count_eqns(*c.jaxpr, "sin"), 1);
}

}  // namespace
}  // namespace covector::transforms_testing
