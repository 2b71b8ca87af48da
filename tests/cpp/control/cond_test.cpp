#include "covector/control/control.h"
#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using Cond = Computing;

const Fun kSine = [](Args a) { return list({sin(a[0]) * a[1]}); };
const Fun kExp = [](Args a) { return list({exp(a[1])}); };
const Fun kFirst = [](Args a) { return list({a[0]}); };
const Fun kBranches[] = {kSine, kExp, kFirst};

Values choose(Args a) { return switch_case(a[0], kBranches, a.subspan(1)); }

TEST_F(Cond, RunsTheBranchThatTheIndexSays) {
  Value x = irregular({3}, 1), y = irregular({3}, 2);
  for (int64_t i : {-3, 0, 1, 2, 9}) {
    const Fun& branch = kBranches[std::clamp<int64_t>(i, 0, 2)];
    Value index = scalar_of(kInt32, i);
    EXPECT_TRUE(near(choose(list({index, x, y})), branch(list({x, y}))));
    EXPECT_TRUE(near(jit(choose)(list({index, x, y})), branch(list({x, y}))));
  }
}

TEST_F(Cond, DerivativesAreThoseOfTheBranch) {
  Value x = irregular({3}, 1), y = irregular({3}, 2);
  auto loss = [](const Fun& f) { return [f](Args a) { return list({total(f(a)[0])}); }; };
  auto squares = [](const Fun& f) {
    return [f](Args a) {
      Values g = f(a);
      return list({total(g[0] * g[0]) + total(g[1] * g[1])});
    };
  };
  for (int64_t i : {0, 1, 2}) {
    Value index = scalar_of(kInt32, i);
    Fun ours = loss([index](Args a) { return choose(list({index, a[0], a[1]})); });
    Fun theirs = loss(kBranches[i]);
    Values at = list({x, y});
    EXPECT_TRUE(near(grad(ours, all(2))(at), grad(theirs, all(2))(at)));
    Fun second = jit(grad(squares(grad(ours, all(2))), all(2)));
    EXPECT_TRUE(near(second(at), grad(squares(grad(theirs, all(2))), all(2))(at)));
  }
}

TEST_F(Cond, AnIndexForEachElementSelects) {
  Value x = irregular({3, 2}, 1), y = irregular({2}, 2);
  int32_t indices[] = {2, 0, 1};
  Value index = host_array(Aval(kInt32, {3}), indices);
  Value mapped = vmap(choose, {0, 0, kUnmapped})(list({index, x, y}))[0];
  for (int64_t i = 0; i < 3; ++i)
    EXPECT_TRUE(near(row(mapped, i), kBranches[indices[i]](list({row(x, i), y}))[0]));
}

TEST_F(Cond, PredicatesChooseBetweenTwo) {
  Fun f = [](Args a) { return cond(gt(a[0], f64({0}, {})), kSine, kExp, list({a[0], a[0]})); };
  for (double x : {-0.5, 0.5}) {
    Values at = list({f64({x}, {})});
    const Fun& branch = x > 0 ? kSine : kExp;
    EXPECT_TRUE(near(f(at), branch(list({at[0], at[0]}))));
    EXPECT_TRUE(near(grad(f)(at), grad([&](Args a) { return branch(list({a[0], a[0]})); })(at)));
  }
}

TEST_F(Cond, RefusesBranchesThatDiffer) {
  Fun narrow = [](Args a) { return list({convert_element_type(a[0], kFloat32)}); };
  auto f = [&] { cond(Value(true), kFirst, narrow, list({vec({1})})); };
  EXPECT_TRUE(throws<TypeError>(f, "equal output types"));
}

TEST_F(Cond, SolvesHaveTheDerivativesOfTheEquation) {
  Value a = f64({2, 1, 0.5, 3}, {2, 2}), b = vec({1, 2});
  auto system = [](const Value& m) {
    return [m](Args x) { return list({dot_general(m, x[0], DotDims{{1}, {0}, {}, {}})}); };
  };
  auto closure = [](const Fun& f) {
    ClosedJaxpr c = stage(f, Avals{Aval(kFloat64, {2})});
    return Closure{{c.jaxpr, c.consts}, {}};
  };
  Value inverse = f64({3 / 5.5, -1 / 5.5, -0.5 / 5.5, 2 / 5.5}, {2, 2});
  int64_t swap[] = {1, 0};
  Fun f = [&](Args x) {
    LinearSolve s{closure(system(a)), closure(system(transpose(a, swap))), closure(system(inverse)),
                  closure(system(transpose(inverse, swap)))};
    Value r = custom_linear_solve(s, x)[0];
    return list({total(r * r)});
  };
  Fun direct = [&](Args x) {
    Value r = system(inverse)(x)[0];
    return list({total(r * r)});
  };
  EXPECT_TRUE(near(f(list({b})), direct(list({b}))));
  EXPECT_TRUE(near(grad(f)(list({b})), grad(direct)(list({b}))));
}

}  // namespace
}  // namespace covector::transforms_testing
