// Values that outlive the transformation they belong to.

#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

class Leaks : public Computing {
 protected:
  // Keeps what the function computed.
  Fun spy() {
    return [this](Args a) {
      leaked = sin(a[0]);
      return list({total(leaked)});
    };
  }
  void expect_useless(std::string_view kind) {
    ASSERT_TRUE(leaked.tracer());
    EXPECT_FALSE(leaked.tracer()->trace->alive());
    const Value x = vec({1, 2, 3});
    auto use = [&](Args a) { return list({leaked + a[0]}); };
    for (const char* part : {"unexpected tracer", "float64[3]", "it escaped from it"})
      EXPECT_TRUE(throws<UnexpectedTracerError>([&] { use(Values{x}); }, part));
    std::string by = str("transformed by ", kind);
    EXPECT_TRUE(throws<UnexpectedTracerError>([&] { leaked + leaked; }, by));
    EXPECT_TRUE(throws<UnexpectedTracerError>([&] { jit(use)(Values{x}); }, by));
    EXPECT_TRUE(throws<UnexpectedTracerError>([&] { jvp(use, Values{x}, Values{x}); }, by));
    EXPECT_TRUE(throws<UnexpectedTracerError>([&] { linearize(use, Values{x}, all(1)); }, by));
    EXPECT_TRUE(throws<UnexpectedTracerError>(
        [&] { jit([&](Args) { return list({leaked}); })(Values{x}); }, by));
    // None of these leaves a transformation current behind.
    EXPECT_TRUE(is_eager());
    EXPECT_TRUE(near(x + x, vec({2, 4, 6})));
  }

  Value leaked;
};

TEST_F(Leaks, OfStaging) {
  jit(spy())(list({vec({1, 2, 3})}));
  expect_useless("jit");
}

TEST_F(Leaks, OfLinearization) {
  grad(spy())(list({vec({1, 2, 3})}));
  expect_useless("grad");
}

TEST_F(Leaks, OfForwardMode) {
  Values x = list({vec({1, 2, 3})});
  jvp(spy(), x, x);
  expect_useless("jvp");
}

TEST_F(Leaks, OfBatching) {
  vmap(spy())(list({f64({1, 2, 3, 4, 5, 6}, {2, 3})}));
  expect_useless("vmap");
}

TEST_F(Leaks, OfAFunctionThatThrew) {
  auto fails = [this](Args a) -> Values {
    leaked = sin(a[0]);
    fail<ValueError>("no");
  };
  Values x = list({vec({1, 2, 3})});
  EXPECT_THROW(jit(fails)(x), ValueError);
  expect_useless("jit");
  EXPECT_THROW(grad(fails)(x), ValueError);
  expect_useless("grad");
  EXPECT_THROW(jvp(fails, x, x), ValueError);
  expect_useless("jvp");
  EXPECT_THROW(vmap(fails)(list({f64({1, 2, 3, 4, 5, 6}, {2, 3})})), ValueError);
  expect_useless("vmap");
}

TEST_F(Leaks, OfAnInnerTransformationIntoTheOuterOne) {
  auto f = [this](Args a) {
    jit(spy())(a);
    return list({leaked + a[0]});
  };
  Values x = list({vec({1, 2, 3})});
  EXPECT_TRUE(throws<UnexpectedTracerError>([&] { jit(f)(x); }, "transformed by jit"));
  EXPECT_TRUE(throws<UnexpectedTracerError>([&] { grad(f)(x); }, "transformed by jit"));
  EXPECT_TRUE(throws<UnexpectedTracerError>([&] { vmap(f, {0})(list({f64({1, 2}, {2, 1})})); },
                                            "transformed by jit"));
}

// The function's name says where the value comes from.
TEST_F(Leaks, TheMessageNamesTheFunction) {
  jit(spy(), {.name = "careless"})(list({vec({1, 2, 3})}));
  EXPECT_TRUE(throws<UnexpectedTracerError>([&] { leaked + leaked; }, "by jit at careless"));
}

}  // namespace
}  // namespace covector::transforms_testing
