// What must hold of every transformation, for functions that use different rules.

#include <array>

#include "covector/control/control.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

constexpr int64_t kBatch = 3;

struct Case {
  const char* name;
  Fun f;
  std::vector<Shape> shapes;
};

Fun cubed() {
  auto c = make_ref<CustomJvp>();
  c->name = "cubed";
  c->fun = [](Args a) { return list({a[0] * a[0] * a[0]}); };
  c->jvp = [](Args p, Args t) -> JvpOut {
    return {list({p[0] * p[0] * p[0]}), list({3.0 * (p[0] * p[0]) * t[0]})};
  };
  return [f = Ref<const CustomJvp>(c)](Args a) { return custom_jvp_call(f, a); };
}

using Cases = std::vector<Case>;

void add_arithmetic(Cases& r) {
  const Axes last{1};
  r.push_back(
      {"elementwise", [](Args a) { return list({sin(a[0]) * exp(a[1]) + a[0]}); }, {{4}, {4}}});
  r.push_back({"scalars_broadcast",
               [](Args a) { return list({a[0] * tanh(a[1]) - 2.0 * a[0]}); },
               {{2, 3}, {}}});
  r.push_back({"product_of_matrices",
               [](Args a) { return list({tanh(dot_general(a[0], a[1], {{1}, {0}, {}, {}}))}); },
               {{2, 3}, {3, 4}}});
  r.push_back({"reductions",
               [last](Args a) {
                 return list({reduce_sum(a[0] * a[1], last), reduce_max(a[0], last),
                              reduce_prod(a[1], last)});
               },
               {{2, 3}, {2, 3}}});
}

void add_structure(Cases& r) {
  r.push_back({"pieces",
               [](Args a) {
                 Value x = slice(a[0], Axes{1}, Axes{4}), y = rev(a[1], Axes{0});
                 return list({concatenate(list({x, y, x * y}), 0),
                              pad(x, a[2], std::vector<PadDim>{{1, 2, 1}})});
               },
               {{5}, {3}, {}}});
  r.push_back({"shapes",
               [](Args a) {
                 Value t = transpose(a[0], Axes{1, 0});
                 Value b = broadcast_in_dim(a[1], Axes{3, 2}, Axes{0});
                 return list({reshape(t * b, Axes{6})});
               },
               {{2, 3}, {3}}});
  r.push_back({"select",
               [](Args a) { return list({select(gt(a[0], a[1]), sin(a[0]), a[1] * a[1])}); },
               {{6}, {6}}});
  r.push_back({"order_and_sums",
               [](Args a) {
                 return list({sort(list({a[0] * 2.0}), 0)[0], cumsum(a[0], 0), cumprod(a[0], 0)});
               },
               {{5}}});
  r.push_back({"windows",
               [](Args a) {
                 Value at = scalar_of(kInt64, int64_t{1});
                 Value x = dynamic_slice(a[0], list({at}), Axes{2});
                 return list({dynamic_update_slice(a[0], x * a[1], list({at}))});
               },
               {{4}, {2}}});
}

void add_calls(Cases& r) {
  r.push_back({"constants_and_arguments",
               [](Args a) { return list({vec({1, 2}), a[1], Value(3.0), a[0], sin(a[0])}); },
               {{3}, {2}}});
  r.push_back({"compiled",
               jit([](Args a) { return list({sin(a[0] * a[1]), a[1], cos(a[0])}); }),
               {{3}, {3}}});
  r.push_back({"compiled_twice",
               jit([g = jit([](Args a) { return list({a[0] * exp(a[0]), a[0]}); })](Args a) {
                 Values x = g(Values{a[0]});
                 return list({g(Values{x[0] + a[1]})[0], x[1]});
               }),
               {{3}, {3}}});
  r.push_back({"own_rule", [f = cubed()](Args a) { return list({f(a)[0] + sin(a[0])}); }, {{4}}});
  r.push_back({"own_rule_compiled",
               jit([f = cubed()](Args a) { return list({f(Values{a[0] * a[1]})[0]}); }),
               {{4}, {4}}});
}

Cases cases() {
  Cases r;
  add_arithmetic(r);
  add_structure(r);
  add_calls(r);
  return r;
}

class Laws : public Computing, public ::testing::WithParamInterface<Case> {
 protected:
  const Fun& f = GetParam().f;
  size_t n = GetParam().shapes.size();

  Values inputs(int seed) const {
    Values r;
    for (const Shape& s : GetParam().shapes) r.push_back(irregular(s, seed++));
    return r;
  }
  // Inputs with a leading axis where `mapped`.
  Values stacked(int seed, const Mask& mapped) const {
    Values r;
    for (size_t i = 0; i < n; ++i) {
      Shape s = GetParam().shapes[i];
      if (mapped[i]) s = Aval(kFloat64, s).with_axis(0, kBatch).shape();
      r.push_back(irregular(s, seed++));
    }
    return r;
  }
  // (primals..., tangents...) -> (results..., their tangents...).
  Fun jvp_of(Fun g) const {
    return [g, n = n](Args a) {
      JvpOut d = jvp(g, a.first(n), a.subspan(n));
      Values r = d.primals;
      for (size_t i = 0; i < d.tangents.size(); ++i)
        r.push_back(instantiate(d.tangents[i], d.primals[i].aval()));
      return r;
    };
  }
  // (primals..., cotangents...) -> cotangents of the inputs.
  Fun vjp_of(Fun g) const {
    return [g, n = n](Args a) {
      Linearized lin = linearize(g, a.first(n), all(n));
      Values r = apply_transpose(lin, a.subspan(n));
      for (size_t i = 0; i < n; ++i) r[i] = instantiate(r[i], a[i].aval());
      return r;
    };
  }
  Values with_cotangents(Values in) const {
    for (const Value& v : f(in)) in.push_back(irregular(v.shape(), 60));
    return in;
  }
};

Values both(Values a, const Values& b) {
  a.append(b);
  return a;
}

TEST_P(Laws, JvpIsTheLimitOfDifferences) {
  Values x = inputs(1), t = inputs(20);
  Values d = jvp_of(f)(both(x, t));
  constexpr double kStep = 1e-6;
  Values up, down;
  for (size_t i = 0; i < n; ++i) {
    up.push_back(x[i] + kStep * t[i]);
    down.push_back(x[i] - kStep * t[i]);
  }
  Values above = f(up), below = f(down), results = f(x);
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_TRUE(near(d[i], results[i]));
    Value difference = (above[i] - below[i]) / (2 * kStep);
    EXPECT_TRUE(near(d[results.size() + i], difference, 1e-8)) << "result " << i;
  }
}

TEST_P(Laws, LinearizeAgreesWithJvp) {
  Values x = inputs(2), t = inputs(30);
  Values d = jvp_of(f)(both(x, t));
  Linearized lin = linearize(f, x, all(n), all(f(x).size()));
  check_jaxpr(*lin.tangent.jaxpr);
  EXPECT_TRUE(near(both(lin.primals, eval_jaxpr(lin.tangent, t)), d));
}

TEST_P(Laws, LinearizeOfOneInputHasZerosForTheOthers) {
  Values x = inputs(2), t = inputs(30);
  for (size_t i = 0; i < n; ++i) {
    Values one(n);
    one[i] = t[i];
    Mask mask = all(n, false);
    mask[i] = true;
    Linearized lin = linearize(f, x, mask, all(f(x).size()));
    EXPECT_TRUE(
        near(both(lin.primals, eval_jaxpr(lin.tangent, Values{t[i]})), jvp_of(f)(both(x, one))));
  }
}

TEST_P(Laws, TransposeIsTheAdjoint) {
  Values x = inputs(3), v = inputs(40);
  Values d = jvp_of(f)(both(x, v));
  size_t m = d.size() / 2;
  Values u, jv(d.begin() + m, d.end());
  for (size_t i = 0; i < m; ++i) u.push_back(irregular(d[i].shape(), 50 + static_cast<int>(i)));
  Values jtu = apply_transpose(linearize(f, x, all(n)), u);
  ASSERT_EQ(jtu.size(), n);
  EXPECT_NEAR(inner(u, jv), inner(jtu, v), 1e-11);
}

// Each subset of the inputs mapped, against a loop.
TEST_P(Laws, BatchIsALoop) {
  for (unsigned bits = 1; bits < 1u << n; ++bits) {
    Mask mapped;
    MappedAxes axes;
    for (size_t i = 0; i < n; ++i) {
      mapped.push_back(bits >> i & 1);
      axes.push_back(mapped[i] ? 0 : kUnmapped);
    }
    Values x = stacked(4, mapped);
    Values out = vmap(f, axes)(x);
    for (int64_t k = 0; k < kBatch; ++k) {
      Values at, part;
      for (size_t i = 0; i < n; ++i) at.push_back(mapped[i] ? row(x[i], k) : x[i]);
      for (const Value& v : out) part.push_back(row(v, k));
      EXPECT_TRUE(near(part, f(at))) << "subset " << bits << ", row " << k;
    }
  }
}

TEST_P(Laws, StagingChangesNothing) {
  Values x = inputs(5), t = inputs(30), xt = both(x, t), xu = with_cotangents(x);
  EXPECT_TRUE(near(jit(f)(x), f(x)));
  EXPECT_TRUE(near(jit(jvp_of(f))(xt), jvp_of(f)(xt)));
  EXPECT_TRUE(near(jvp_of(jit(f))(xt), jvp_of(f)(xt)));
  EXPECT_TRUE(near(jit(vjp_of(f))(xu), vjp_of(f)(xu)));
  EXPECT_TRUE(near(vjp_of(jit(f))(xu), vjp_of(f)(xu)));
  Values s = stacked(6, all(n));
  EXPECT_TRUE(near(jit(vmap(f))(s), vmap(f)(s)));
  EXPECT_TRUE(near(vmap(jit(f))(s), vmap(f)(s)));
}

TEST_P(Laws, DerivativesOfBatchesAreBatchesOfDerivatives) {
  Mask mapped = all(n);
  Values x = stacked(7, mapped), t = stacked(30, mapped), xt = both(x, t);
  EXPECT_TRUE(near(vmap(jvp_of(f))(xt), jvp_of(vmap(f))(xt)));
  Values xu = x;
  for (const Value& v : vmap(f)(x)) xu.push_back(irregular(v.shape(), 60));
  EXPECT_TRUE(near(vmap(vjp_of(f))(xu), vjp_of(vmap(f))(xu)));
  EXPECT_TRUE(near(vmap(jit(vjp_of(f)))(xu), vjp_of(jit(vmap(f)))(xu)));
}

// Hessian-vector products: forward over reverse is the derivative of reverse.
TEST_P(Laws, ForwardOverReverse) {
  Values xu = with_cotangents(inputs(8));
  Values t;
  for (size_t i = 0; i < xu.size(); ++i)
    t.push_back(i < n ? irregular(xu[i].shape(), 70 + static_cast<int>(i)) : Value());
  JvpOut d = jvp(vjp_of(f), xu, t);
  constexpr double kStep = 1e-6;
  Values up = xu, down = xu;
  for (size_t i = 0; i < n; ++i) {
    up[i] = xu[i] + kStep * t[i];
    down[i] = xu[i] - kStep * t[i];
  }
  Values above = vjp_of(f)(up), below = vjp_of(f)(down);
  for (size_t i = 0; i < n; ++i) {
    Value derivative = instantiate(d.tangents[i], xu[i].aval());
    EXPECT_TRUE(near(derivative, (above[i] - below[i]) / (2 * kStep), 1e-8)) << "input " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Transforms, Laws, ::testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace covector::transforms_testing
