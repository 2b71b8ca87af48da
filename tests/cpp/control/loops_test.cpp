#include "covector/control/control.h"
#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using Loops = Computing;

// (h, x) -> (tanh(w h + x), sin(h) w), over the rows of xs.
Values recurrence(Args a, ScanOptions o = {}) {
  Value w = a[0];
  auto body = [w](Args s) {
    Value h = tanh(w * s[0] + s[1]);
    return list({h, sin(h) * w});
  };
  return scan(body, list({a[1]}), list({a[2]}), o);
}

// The same, step by step.
Values by_hand(Args a, bool reverse) {
  Value h = a[1];
  Values ys(4);
  for (int64_t k = 0; k < 4; ++k) {
    int64_t i = reverse ? 3 - k : k;
    h = tanh(a[0] * h + row(a[2], i));
    int64_t first = 0;
    ys[static_cast<size_t>(i)] = expand_dims(sin(h) * a[0], std::span(&first, 1));
  }
  return list({h, concatenate(ys, 0)});
}

Values operands() { return list({irregular({3}, 1), irregular({3}, 2), irregular({4, 3}, 3)}); }

Fun scalar(const std::function<Values(Args)>& f) {
  return [f](Args a) {
    Values r = f(a);
    return list({total(r[0]) + total(r[1] * r[1])});
  };
}

TEST_F(Loops, ScanIsTheStepsByHand) {
  const ScanOptions options[] = {{}, {.reverse = true, .unroll = 3}, {.unroll = 0}};
  for (const ScanOptions& o : options) {
    Fun f = [o](Args a) { return recurrence(a, o); };
    Fun g = [o](Args a) { return by_hand(a, o.reverse); };
    EXPECT_TRUE(near(jit(f)(operands()), jit(g)(operands())));
    EXPECT_TRUE(near(jit(grad(scalar(f), all(3)))(operands()),
                     jit(grad(scalar(g), all(3)))(operands()), 1e-10));
  }
}

TEST_F(Loops, ScanToSecondOrder) {
  auto twice = [](const Fun& f) {
    Fun once = grad(scalar(f), all(3));
    return jit(grad(
        [once](Args a) {
          Values g = once(a);
          return list({total(g[0] * g[0]) + total(g[1]) + total(g[2] * g[2])});
        },
        all(3)));
  };
  Values ours = twice([](Args a) { return recurrence(a); })(operands());
  EXPECT_TRUE(near(ours, twice([](Args a) { return by_hand(a, false); })(operands()), 1e-9));
}

TEST_F(Loops, ResidualsThatDoNotChangeAreNotStacked) {
  Fun f = [](Args a) {
    auto body = [w = a[1]](Args s) { return list({s[0] * sin(exp(w))}); };
    return list({total(scan(body, list({a[0]}), {}, {.length = 5})[0])});
  };
  ClosedJaxpr c = stage(grad(f), Avals{Aval(kFloat64, {3}), Aval(kFloat64, {3})});
  for (const Eqn& e : c.jaxpr->eqns)
    for (VarId v : e.out) EXPECT_LE(c.jaxpr->vars[v].size(), 3) << to_string(c);
}

TEST_F(Loops, ScanRefusesACarryThatChanges) {
  auto f = [] {
    scan([](Args s) { return list({convert_element_type(s[0], kFloat32)}); }, list({vec({1, 2})}),
         {}, {.length = 2});
  };
  EXPECT_TRUE(throws<TypeError>(f, "must have equal types"));
}

// y -> y x + 1 until the sum is not less than the limit.
Values power(Args a, int64_t max_steps = -1) {
  Value x = a[0], limit = a[1];
  auto cond = [limit](Args s) { return list({lt(total(s[0]), limit)}); };
  auto body = [x](Args s) { return list({s[0] * x + full_like(x, 1)}); };
  if (max_steps >= 0) return bounded_while_loop(cond, body, list({x}), max_steps);
  return while_loop(cond, body, list({x}));
}

TEST_F(Loops, WhileForwardAndWithALimitBackward) {
  Value x = vec({1.5, 2.0}), limit = f64({100}, {});
  auto steps = [](Args a, int n) {
    Value y = a[0];
    for (int i = 0; i < n; ++i) y = y * a[0] + full_like(a[0], 1);
    return list({total(y)});
  };
  int n = 0;
  while (number(steps(list({x}), n)[0]) < 100) ++n;
  Values expected = grad([&](Args a) { return steps(a, n); })(list({x}));
  Fun loop = [](Args a) { return list({total(power(a, 50)[0])}); };
  EXPECT_TRUE(near(grad(loop)(list({x, limit})), expected, 1e-9));
  EXPECT_TRUE(near(jit(grad(loop))(list({x, limit})), expected, 1e-9));
  Value ones = full_like(x, 1);
  JvpOut d = jvp([](Args a) { return power(a); }, list({x, limit}), Values{ones, Value()});
  EXPECT_NEAR(number(total(d.tangents[0])), number(total(expected[0])), 1e-8);
  auto reverse = [&] { grad([](Args a) { return list({total(power(a)[0])}); })(list({x, limit})); };
  EXPECT_TRUE(throws<ValueError>(reverse, "Reverse-mode differentiation does not work for"));
}

TEST_F(Loops, EachElementStopsByItself) {
  Value x = vec({1.5, 2.0}), limits = vec({3, 30, 300});
  for (int64_t max_steps : {-1, 40}) {
    Fun f = [max_steps](Args a) { return power(a, max_steps); };
    Value mapped = vmap(f, {kUnmapped, 0})(list({x, limits}))[0];
    for (int64_t i = 0; i < 3; ++i)
      EXPECT_TRUE(near(row(mapped, i), f(list({x, row(limits, i)}))[0]));
  }
}

TEST_F(Loops, CountersKnownAndNot) {
  auto body = [](Args s) { return list({s[1] * convert_element_type(s[0], kFloat64)}); };
  Values known = fori_loop(1, 5, body, list({f64({2}, {})}));
  EXPECT_EQ(number(known[0]), 48);
  Values unknown = jit([&](Args a) {
    return fori_loop(scalar_of(kInt64, int64_t{1}), a[0], body, list({f64({2}, {})}));
  })(list({scalar_of(kInt64, int64_t{5})}));
  EXPECT_EQ(number(unknown[0]), 48);
}

}  // namespace
}  // namespace covector::transforms_testing
