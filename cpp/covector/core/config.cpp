#include "covector/core/config.h"

#include <array>
#include <atomic>

#include "covector/base/hash.h"

namespace covector {
namespace {

constexpr size_t kOptions = static_cast<size_t>(Option::kCount);
static_assert(kOptions <= 64);

struct ThreadState {
  uint64_t held = 0;  // bit i: this thread holds option i
  std::array<int64_t, kOptions> values{};
  uint64_t key = 0;
  uint64_t key_version = ~0ull;
};

// The defaults are zero but for the matmul precision, whose zero means one.
struct Globals {
  Globals() { values[static_cast<size_t>(Option::kMatmulPrecision)] = -1; }
  std::array<std::atomic<int64_t>, kOptions> values{};
};

std::array<std::atomic<int64_t>, kOptions>& globals() {
  static Globals g;
  return g.values;
}

// Counts changes of global options, so that threads know when their key is old.
std::atomic<uint64_t> version{0};

thread_local ThreadState state;

constexpr bool changes_traces(Option o) {
  return o != Option::kLogCompiles && o != Option::kExplainCacheMisses && o != Option::kCheckIr;
}

}  // namespace

int64_t option(Option o) {
  size_t i = static_cast<size_t>(o);
  return (state.held >> i & 1) ? state.values[i] : globals()[i].load(std::memory_order_relaxed);
}

void set_option(Option o, int64_t value) {
  globals()[static_cast<size_t>(o)].store(value, std::memory_order_relaxed);
  version.fetch_add(1, std::memory_order_release);
}

ThreadOption thread_option(Option o) {
  size_t i = static_cast<size_t>(o);
  return {(state.held >> i & 1) != 0, state.values[i]};
}

void set_thread_option(Option o, ThreadOption t) {
  size_t i = static_cast<size_t>(o);
  uint64_t bit = 1ull << i;
  state.held = t.held ? state.held | bit : state.held & ~bit;
  state.values[i] = t.value;
  state.key_version = ~0ull;
}

uint64_t config_key() {
  uint64_t v = version.load(std::memory_order_acquire);
  if (state.key_version == v) return state.key;
  size_t h = 0;
  for (size_t i = 0; i < kOptions; ++i) {
    auto o = static_cast<Option>(i);
    if (changes_traces(o)) h = hash_mix(h, static_cast<size_t>(option(o)));
  }
  state.key = h;
  state.key_version = v;
  return h;
}

}  // namespace covector
