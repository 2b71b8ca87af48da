// Several threads at once: evaluating eagerly, tracing, compiling, sharing arrays and functions.

#include <atomic>
#include <barrier>
#include <thread>

#include "covector/core/stage.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/jit.h"
#include "covector/runtime/program.h"
#include "covector/runtime/transfer.h"
#include "transforms/transforms_testing.h"

namespace covector::runtime {
namespace {

using namespace covector::transforms_testing;

class Threads : public Computing {
 protected:
  static constexpr int kThreads = 4;

  // Runs f(i) in each thread, all starting together; exceptions fail the test.
  template <class F>
  void together(F f) {
    std::barrier start(kThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        try {
          f(i);
        } catch (const std::exception& e) {
          ADD_FAILURE() << e.what();
        }
      });
    for (std::thread& t : threads) t.join();
  }
};

TEST_F(Threads, EvaluateTheSameOperations) {
  clear_eager_cache();
  Value x = irregular({16}, 1);
  Value expected = tanh(sin(x) * x + 1.0);
  clear_eager_cache();
  together([&](int) {
    for (int k = 0; k < 20; ++k) EXPECT_TRUE(near(tanh(sin(x) * x + 1.0), expected));
  });
}

TEST_F(Threads, ShareACompiledFunction) {
  std::atomic<int> traced{0};
  Fun f = jit([&](Args a) {
    ++traced;
    return list({sin(a[0]) * a[0] + 3.0});
  });
  together([&](int i) {
    for (int n = 1; n <= 5; ++n) {
      Value x = irregular({n}, i);
      EXPECT_TRUE(near(f(Values{x})[0], sin(x) * x + 3.0));
    }
  });
  EXPECT_GE(traced, 5);
  EXPECT_LE(traced, 5 * kThreads);
  int before = traced;
  together([&](int i) { f(Values{irregular({3}, i)}); });
  EXPECT_EQ(traced, before);
}

TEST_F(Threads, TransformAtOnce) {
  Fun inner = jit([](Args a) { return list({sin(a[0]) * a[1]}); });
  together([&](int i) {
    Value x = irregular({5}, i), y = irregular({5}, i + 10);
    for (int k = 0; k < 5; ++k) {
      EXPECT_TRUE(near(vmap(grad(inner))(list({x, y})), list({cos(x) * y})));
      EXPECT_TRUE(near(jit(vmap(grad(inner)))(list({x, y})), list({cos(x) * y})));
      EXPECT_TRUE(near(jvp(inner, list({x, y}), list({y, {}})).tangents[0], cos(x) * y * y));
    }
  });
}

// One call's derivative programs are made by whichever thread is first.
TEST_F(Threads, ShareAMemo) {
  for (int round = 0; round < 10; ++round) {
    ClosedJaxpr c =
        stage([](Args a) { return list({sin(a[0]) * a[0]}); }, Avals{Aval(kFloat64, {3})});
    std::vector<Ref<const JvpJaxpr>> made(kThreads);
    together([&](int i) { made[static_cast<size_t>(i)] = jvp_jaxpr(c, {true}, {true}); });
    for (const auto& m : made) EXPECT_EQ(m, made[0]);
  }
}

// The first use puts a host value on a device, on two by turns.
TEST_F(Threads, PutOneHostValue) {
  for (int round = 0; round < 20; ++round) {
    Value scalar = scalar_of(kFloat64, 2.0 + round), array = vec({1, 2, 3});
    together([&](int i) {
      const pjrt::Device& device = *devices()[static_cast<size_t>(i) % 2];
      Doubles out(3);
      for (int k = 0; k < 5; ++k) {
        auto s = on_device(*scalar.array(), device);
        auto a = on_device(*array.array(), device);
        EXPECT_EQ(s->device, &device);
        EXPECT_EQ(a->device, &device);
        read(*array.array(), out.data());
        EXPECT_EQ(out, (Doubles{1, 2, 3}));
      }
    });
  }
}

TEST_F(Threads, ATransformationIsCurrentInItsThreadOnly) {
  Value x = vec({1, 2, 3});
  Fun f = jit([&](Args a) {
    EXPECT_FALSE(is_eager());
    bool eager = false;
    double sum = 0;
    std::thread([&] {
      eager = is_eager();
      sum = number(total(x));
    }).join();
    EXPECT_TRUE(eager);
    EXPECT_EQ(sum, 6);
    return list({a[0] + a[0]});
  });
  EXPECT_TRUE(near(f(Values{x}), list({vec({2, 4, 6})})));
}

// A tracer that gets into another thread is out of its transformation's reach.
TEST_F(Threads, TracersOfAnotherThreadAreRefused) {
  Value x = vec({1, 2, 3});
  jit([&](Args a) {
    std::thread([&] {
      EXPECT_TRUE(throws<UnexpectedTracerError>([&] { sin(a[0]); }, "does not reach it"));
    }).join();
    return list({a[0] + a[0]});
  })(Values{x});
}

TEST_F(Threads, OptionsOfAThreadStayThere) {
  WithOption here(Option::kDebugNans, 1);
  together([&](int) { EXPECT_EQ(option(Option::kDebugNans), 0); });
  EXPECT_EQ(option(Option::kDebugNans), 1);
}

}  // namespace
}  // namespace covector::runtime
