// Work on a program grows with its length and no faster. Bytes of memory asked for are counted,
// not time: copying or searching what was written before would show in them, or in the number
// of rules that run.

#include <atomic>
#include <cstdlib>
#include <new>

#include "covector/core/stage.h"
#include "covector/runtime/jit.h"
#include "covector/runtime/program.h"
#include "transforms/transforms_testing.h"

namespace {
std::atomic<int64_t> allocated_bytes{0};
}

// Not inlined: a compiler that sees only one of a pair takes it for a mismatch.
[[gnu::noinline]] void* operator new(size_t n) {
  allocated_bytes.fetch_add(static_cast<int64_t>(n), std::memory_order_relaxed);
  if (void* p = std::malloc(n ? n : 1)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new[](size_t n) { return operator new(n); }
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p, size_t) noexcept { std::free(p); }

namespace covector::runtime {
namespace {

using namespace covector::transforms_testing;

class LinearTime : public Computing {
 protected:
  static constexpr int kShort = 2000, kLong = 20000;
  const Aval scalar{kFloat64, {}};

  // x -> a chain of n equations.
  Fun chain(int n) {
    return [this, n](Args a) {
      Value x = a[0];
      for (int i = 0; i < n; ++i) x = i % 2 ? sin(x) : x * a[0];
      return list({x});
    };
  }

  // The bytes that work(n equations) asks for.
  template <class F>
  int64_t bytes(F work, int n) {
    ClosedJaxpr c = stage(chain(n), Avals{scalar});
    int64_t before = allocated_bytes.load();
    work(c);
    return allocated_bytes.load() - before;
  }

  template <class F>
  void expect_linear(F work) {
    bytes(work, 10);  // what is made once for the process
    double few = static_cast<double>(bytes(work, kShort));
    double many = static_cast<double>(bytes(work, kLong));
    EXPECT_GT(few, kShort) << "nothing was counted";
    // Doubling vectors may make the longer program ask for up to twice as much.
    EXPECT_LT(many / few, 10 * 2.1);
    EXPECT_LT(many / kLong, 20000) << "bytes for each equation";
  }
};

Mask yes() { return Mask{true}; }

TEST_F(LinearTime, Staging) {
  expect_linear([this](const ClosedJaxpr& c) {
    stage(chain(static_cast<int>(c.jaxpr->eqns.size())), Avals{scalar});
  });
}
TEST_F(LinearTime, Jvp) {
  expect_linear([](const ClosedJaxpr& c) { jvp_jaxpr(c, yes(), yes()); });
}
TEST_F(LinearTime, Linearization) {
  expect_linear([](const ClosedJaxpr& c) { linearize_jaxpr(c, yes(), yes()); });
}
TEST_F(LinearTime, Gradient) {
  expect_linear([this](const ClosedJaxpr& c) {
    Fun f = [&](Args a) { return eval_jaxpr(c, a); };
    ClosedJaxpr g = stage(grad(f), Avals{scalar});
    EXPECT_GT(g.jaxpr->eqns.size(), c.jaxpr->eqns.size());
    EXPECT_LT(g.jaxpr->eqns.size(), 4 * c.jaxpr->eqns.size() + 10);
  });
}
TEST_F(LinearTime, SecondDerivative) {
  expect_linear([this](const ClosedJaxpr& c) {
    Fun f = [&](Args a) { return eval_jaxpr(c, a); };
    ClosedJaxpr g = stage(grad(grad(f)), Avals{scalar});
    EXPECT_LT(g.jaxpr->eqns.size(), 16 * c.jaxpr->eqns.size() + 10);
  });
}
TEST_F(LinearTime, Batching) {
  expect_linear([](const ClosedJaxpr& c) { batch_jaxpr(c, {4}, yes(), yes()); });
}
TEST_F(LinearTime, DeadCode) {
  expect_linear([](const ClosedJaxpr& c) { dce(c, yes()); });
}
TEST_F(LinearTime, Checking) {
  expect_linear([](const ClosedJaxpr& c) { check_jaxpr(*c.jaxpr); });
}
TEST_F(LinearTime, Printing) {
  expect_linear([](const ClosedJaxpr& c) { to_string(c); });
}
TEST_F(LinearTime, Lowering) {
  expect_linear([](const ClosedJaxpr& c) {
    make_ref<const Lowered>(c, ProgramOptions{.donated = {}, .arg_names = {}})->text();
  });
}

// Nothing recurses over the length of a program: not its making, not its end.
TEST_F(LinearTime, LongProgramsNeedNoDeepStack) {
  ClosedJaxpr c = stage(chain(200000), Avals{scalar});
  EXPECT_EQ(c.jaxpr->eqns.size(), 200000u);
  auto l = linearize_jaxpr(c, yes(), yes());
  EXPECT_GE(l->primal.jaxpr->eqns.size(), 200000u);
}

}  // namespace
}  // namespace covector::runtime
