#include "covector/pjrt/event.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "covector/pjrt/ffi.h"
#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using namespace std::chrono_literals;
using testing::async_client;
using testing::cpu_client;
using testing::throws;

// A program of the client's threads that waits until `open` is called, so that
// an event stays pending for as long as a test wants.
class Gate {
 public:
  Gate() {
    static std::once_flag once;
    std::call_once(once, [] {
      ffi::register_handler(testing::cpu_plugin(), "covector_test_gate", "Host",
                            {.execute = handler});
    });
    opened_ = fails_ = false;
    auto t = "tensor<4096xf32>";
    program_ = testing::compile(
        async_client(),
        str("func.func public @main(%a: ", t, ") -> ", t, " {\n",
            "  %0 = stablehlo.custom_call @covector_test_gate(%a) {api_version = 4 : i32, "
            "has_side_effect = true, output_operand_aliases = [#stablehlo.output_operand_alias<"
            "output_tuple_indices = [], operand_index = 0, operand_tuple_indices = []>]} : (",
            t, ") -> ", t, "\n  %1 = stablehlo.add %0, %0 : ", t, "\n  return %1 : ", t, "\n}\n"));
    x_ = testing::put(async_client(), std::vector<float>(4096, 1.0f));
  }
  ~Gate() { open(); }
  Ref<Buffer> start() { return testing::run(*program_, {x_})[0]; }
  static void open(bool fails = false) {
    std::lock_guard lock(mutex_);
    fails_ = fails;
    opened_ = true;
    changed_.notify_all();
  }

 private:
  static ffi::Error* handler(ffi::CallFrame* frame) {
    if (auto* query = ffi::metadata_query(*frame)) {
      query->metadata->version.major = 0;
      query->metadata->version.minor = 1;
      return nullptr;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [] { return opened_; });
    return fails_ ? ffi::make_error(*frame, 10, "the gate fell down") : nullptr;
  }
  static inline std::mutex mutex_;
  static inline std::condition_variable changed_;
  static inline bool opened_ = false, fails_ = false;

  Ref<LoadedExecutable> program_;
  Ref<Buffer> x_;
};

TEST(Event, OfNothingIsReady) {
  Event e;
  EXPECT_TRUE(e.is_ready());
  EXPECT_TRUE(e.await_for(0ns));
  EXPECT_NO_THROW(e.await());
  bool called = false;
  e.on_ready([&](const ErrorReport& r) { called = r.ok(); });
  EXPECT_TRUE(called);
}

TEST(Event, ReadyOnesCallBackAtOnce) {
  auto x = testing::put(cpu_client(), {1.0f});
  x->await();
  Event e = x->ready_event();
  EXPECT_TRUE(e.is_ready());
  EXPECT_TRUE(e.await_for(0ns));
  int calls = 0;
  e.on_ready([&](const ErrorReport&) { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(Event, WaitsForAtMostTheTime) {
  Gate gate;
  auto y = gate.start();
  EXPECT_FALSE(y->is_ready());
  Event e = y->ready_event();
  EXPECT_FALSE(e.await_for(1ms));
  EXPECT_FALSE(e.await_for(1ms));
  gate.open();
  EXPECT_TRUE(e.await_for(20s));
  EXPECT_TRUE(e.is_ready());
  EXPECT_EQ(testing::get(*y)[0], 2.0f);
}

TEST(Event, CallsBackWhenReady) {
  Gate gate;
  auto y = gate.start();
  std::atomic<int> calls = 0;
  {
    Event e = y->ready_event();
    e.on_ready([&](const ErrorReport& r) { calls += r.ok() ? 1 : 100; });
    e.on_ready([&](const ErrorReport& r) { calls += r.ok() ? 1 : 100; });
  }  // an event may go before its callbacks come
  EXPECT_EQ(calls, 0);
  gate.open();
  y->await();
  for (int i = 0; i < 2000 && calls != 2; ++i) usleep(1000);
  EXPECT_EQ(calls, 2);
}

TEST(Event, EndsInTheErrorOfTheProgram) {
  Gate gate;
  auto y = gate.start();
  Event e = y->ready_event();
  EXPECT_FALSE(e.await_for(0ns));
  gate.open(true);
  EXPECT_TRUE(throws<DeviceError>([&] { e.await(); }, "the gate fell down"));
  EXPECT_TRUE(throws<DeviceError>([&] { e.await(); }, "the gate fell down"));
  EXPECT_TRUE(throws<DeviceError>([&] { e.await_for(1ns); }, "ABORTED"));
  EXPECT_TRUE(throws<DeviceError>([&] { y->await(); }, "the gate fell down"));
  EXPECT_TRUE(throws<DeviceError>([&] { testing::get(*y); }, "the gate fell down"));
  EXPECT_TRUE(y->is_ready());
  ErrorReport report;
  e.on_ready([&](const ErrorReport& r) { report = r; });
  EXPECT_EQ(report.code, ErrorCode::kAborted);
}

TEST(Event, MovesItsOwnership) {
  auto x = testing::put(cpu_client(), {1.0f});
  Event a = x->ready_event(), b = std::move(a), c;
  c = std::move(b);
  EXPECT_TRUE(a.is_ready());  // of nothing
  c.await();
}

TEST(Fork, AChildDoesNotWaitForWhatTheParentRuns) {
  Gate gate;
  auto y = gate.start();
  EXPECT_TRUE(testing::true_in_child([&] {
    return throws<RuntimeError>([&] { y->await(); }, "forked") &&
           throws<RuntimeError>([&] { y->ready_event().await_for(1s); }, "forked");
  }));
  gate.open();
  y->await();
}

}  // namespace
}  // namespace covector::pjrt
