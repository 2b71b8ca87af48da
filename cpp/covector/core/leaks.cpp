#include "covector/core/leaks.h"

#include <atomic>

namespace covector {
namespace {
std::atomic<LeakCheck> installed{nullptr};
}

void set_leak_check(LeakCheck f) { installed.store(f, std::memory_order_relaxed); }

void check_leaks(const Trace& t, uint32_t expected) {
  LeakCheck f = installed.load(std::memory_order_relaxed);
  if (f && t.use_count() > expected) f(t, expected);
}

}  // namespace covector
