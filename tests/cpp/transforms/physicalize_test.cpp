// Typed keys, which are arrays of words on a device.

#include <set>

#include "covector/core/stage.h"
#include "covector/random/random.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using Physicalize = Computing;
using random::random_bits;
using random::random_fold_in;
using random::random_key;
using random::random_seed;
using random::random_split;
using random::random_unwrap;
using random::random_wrap;

Value words(const Value& keys) { return random_unwrap(keys); }

void expect_physical(const Jaxpr& j) {
  for (const Aval& a : j.vars) EXPECT_FALSE(is_extended(a.dtype())) << str(a);
}

Value keys(std::initializer_list<int64_t> shape) {
  return random_split(random_key(7), Axes(shape));
}

TEST_F(Physicalize, LeavesJaxprsWithoutKeysAlone) {
  ClosedJaxpr c = stage([](Args a) { return list({sin(a[0])}); }, Avals{Aval(kFloat64, {3})});
  EXPECT_EQ(physicalize(c).jaxpr, c.jaxpr);
}

TEST_F(Physicalize, TurnsKeysIntoWords) {
  ClosedJaxpr c = stage(
      [](Args a) {
        Value k = random_fold_in(a[0], scalar_of(kInt32, int64_t{3}));
        return list({k, random_bits(k, 32, Axes{4})});
      },
      Avals{Aval(kKeyFry, {})});
  ClosedJaxpr p = physicalize(c);
  check_jaxpr(*p.jaxpr);
  expect_physical(*p.jaxpr);
  EXPECT_EQ(p.in_avals()[0], Aval(kUint32, {2}));
  EXPECT_EQ(p.out_avals()[0], Aval(kUint32, {2}));
  Value k = random_key(5);
  Values a = eval_jaxpr(c, Values{k}), b = eval_jaxpr(p, Values{words(k)});
  EXPECT_TRUE(near(words(a[0]), b[0], 0));
  EXPECT_TRUE(near(a[1], b[1], 0));
}

// An operation on the structure of an array of keys is that of the words, for each key.
class StructureOfKeys : public Computing {
 protected:
  void same(const Fun& on_keys, const Fun& on_words) {
    Value k = keys({3, 4});
    Value expected = on_words(Values{words(k)})[0];
    EXPECT_TRUE(near(words(on_keys(Values{k})[0]), expected, 0));
    EXPECT_TRUE(near(words(jit(on_keys)(Values{k})[0]), expected, 0));
    ClosedJaxpr c = physicalize(stage(on_keys, Avals{k.aval()}));
    expect_physical(*c.jaxpr);
    EXPECT_TRUE(near(eval_jaxpr(c, Values{words(k)})[0], expected, 0));
  }
};

TEST_F(StructureOfKeys, Shapes) {
  same([](Args a) { return list({slice(a[0], Axes{1, 0}, Axes{3, 2})}); },
       [](Args a) { return list({slice(a[0], Axes{1, 0, 0}, Axes{3, 2, 2})}); });
  same([](Args a) { return list({reshape(a[0], Axes{12})}); },
       [](Args a) { return list({reshape(a[0], Axes{12, 2})}); });
  same([](Args a) { return list({transpose(a[0], Axes{1, 0})}); },
       [](Args a) { return list({transpose(a[0], Axes{1, 0, 2})}); });
  same([](Args a) { return list({concatenate(list({a[0], a[0]}), 1)}); },
       [](Args a) { return list({concatenate(list({a[0], a[0]}), 1)}); });
  same([](Args a) { return list({broadcast_in_dim(a[0], Axes{2, 3, 4}, Axes{1, 2})}); },
       [](Args a) { return list({broadcast_in_dim(a[0], Axes{2, 3, 4, 2}, Axes{1, 2, 3})}); });
}

TEST_F(StructureOfKeys, Pieces) {
  same([](Args a) { return list({rev(a[0], Axes{0})}); },
       [](Args a) { return list({rev(a[0], Axes{0})}); });
  same([](Args a) { return list({squeeze(slice(a[0], Axes{0, 0}, Axes{1, 4}), Axes{0})}); },
       [](Args a) { return list({squeeze(slice(a[0], Axes{0, 0, 0}, Axes{1, 4, 2}), Axes{0})}); });
  Values at = list({scalar_of(kInt32, int64_t{1}), scalar_of(kInt32, int64_t{2})});
  Value zero = scalar_of(kInt32, int64_t{0});
  same([at](Args a) { return list({dynamic_slice(a[0], at, Axes{2, 2})}); },
       [at, zero](Args a) {
         return list({dynamic_slice(a[0], list({at[0], at[1], zero}), Axes{2, 2, 2})});
       });
}

TEST_F(Physicalize, SelectsKeys) {
  Value a = keys({3}), b = random_split(random_key(8), Axes{3});
  Value x = vec({1, -1, 1});
  Fun f = [](Args v) { return list({select(gt(v[2], Value(0.0)), v[0], v[1])}); };
  for (const Fun& g : {f, jit(f)}) {
    Doubles r = get(words(g(list({a, b, x}))[0])), wa = get(words(a)), wb = get(words(b));
    EXPECT_EQ(r, (Doubles{wa[0], wa[1], wb[2], wb[3], wa[4], wa[5]}));
  }
}

TEST_F(Physicalize, EntersCalls) {
  Fun draw = jit([](Args a) { return list({random_bits(a[0], 32, Axes{2})}); });
  Fun f = [&](Args a) {
    Value k = random_split(a[0], Axes{2});
    return list({draw(Values{row(k, 0)})[0], draw(Values{row(k, 1)})[0]});
  };
  Values k = list({random_key(3)});
  EXPECT_TRUE(near(jit(f)(k), f(k), 0));
}

// Keys that a function closes over are constants of its program.
TEST_F(Physicalize, ConstantsAndResults) {
  Value k = keys({2});
  Fun f = [k](Args a) { return list({k, random_fold_in(row(k, 1), a[0]), row(k, 0)}); };
  Values i = list({scalar_of(kInt32, int64_t{9})});
  Values a = f(i), b = jit(f)(i);
  ASSERT_EQ(b.size(), 3u);
  for (size_t n = 0; n < 3; ++n) {
    EXPECT_EQ(b[n].dtype(), kKeyFry);
    EXPECT_TRUE(near(words(a[n]), words(b[n]), 0));
  }
}

TEST_F(Physicalize, MapsOverKeys) {
  Value k = keys({5});
  Fun draw = [](Args a) { return list({random_bits(a[0], 32, Axes{3})}); };
  Value mapped = vmap(draw)(Values{k})[0];
  EXPECT_TRUE(near(jit(vmap(draw))(Values{k})[0], mapped, 0));
  EXPECT_TRUE(near(vmap(jit(draw))(Values{k})[0], mapped, 0));
  std::set<double> distinct;
  for (int64_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(near(row(mapped, i), draw(Values{row(k, i)})[0], 0));
    for (double x : get(row(mapped, i))) distinct.insert(x);
  }
  EXPECT_EQ(distinct.size(), 15u);
}

// A key has no tangent; what is drawn with it is a constant of the derivative.
TEST_F(Physicalize, DerivativesPassKeysBy) {
  Fun f = [](Args a) {
    Value noise = convert_element_type(random_bits(a[1], 32, Axes{3}), kFloat64) / 4294967296.0;
    return list({total(a[0] * a[0] * noise)});
  };
  Value x = vec({1, 2, 3}), k = random_key(1);
  Value noise = convert_element_type(random_bits(k, 32, Axes{3}), kFloat64) / 4294967296.0;
  EXPECT_TRUE(near(grad(f)(list({x, k}))[0], 2.0 * x * noise));
  EXPECT_TRUE(near(jit(grad(f))(list({x, k}))[0], 2.0 * x * noise));
  EXPECT_TRUE(near(grad(jit(f))(list({x, k}))[0], 2.0 * x * noise));
}

TEST_F(Physicalize, WrapAndUnwrapAreInverse) {
  Value w = words(keys({2, 2}));
  Fun f = [](Args a) { return list({random_unwrap(random_wrap(a[0]))}); };
  EXPECT_TRUE(near(f(Values{w})[0], w, 0));
  EXPECT_TRUE(near(jit(f)(Values{w})[0], w, 0));
  EXPECT_TRUE(near(vmap(f)(Values{w})[0], w, 0));
  Value seeds = convert_element_type(vec({1, 2, 3}), kInt32);
  EXPECT_TRUE(near(words(random_seed(seeds)),
                   words(vmap([](Args a) { return list({random_seed(a[0])}); })(Values{seeds})[0]),
                   0));
}

}  // namespace
}  // namespace covector::transforms_testing
