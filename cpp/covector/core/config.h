#pragma once

#include <cstdint>

namespace covector {

// Options that the core reads. Each is an integer (a flag or an enumeration);
// front ends give them names. A value set for a thread hides the global one.
enum class Option : uint8_t {
  kEnableX64,
  kThreefryPartitionable,
  kDisableJit,
  kDebugNans,
  kDebugInfs,
  kCheckBounds,
  kCheckIr,          // run the IR checker after every staging
  kDtypePromotion,   // a DtypePromotion
  kRankPromotion,    // a RankPromotion
  kMatmulPrecision,  // a Precision of lax, or -1
  kLogCompiles,
  kExplainCacheMisses,
  kDebugKeyReuse,
  kFrontEnd,   // a hash of options that only a front end knows but that change traces
  kAxisNames,  // a hash of the named axes in scope (see core/axes.h); not for front ends
  kCount,
};

enum class DtypePromotion : uint8_t { kStandard, kStrict };
enum class RankPromotion : uint8_t { kAllow, kWarn, kRaise };

int64_t option(Option);
inline bool flag(Option o) { return option(o) != 0; }
void set_option(Option, int64_t value);
// The value this thread holds over the global one; `held` says whether it does.
struct ThreadOption {
  bool held = false;
  int64_t value = 0;
};
ThreadOption thread_option(Option);
void set_thread_option(Option, ThreadOption);

// A word that differs whenever an option that changes what is traced differs.
// Part of every trace and compile cache key.
uint64_t config_key();

// Sets an option for this thread until the end of the scope.
class WithOption {
 public:
  WithOption(Option o, int64_t value) : option_(o), previous_(thread_option(o)) {
    set_thread_option(o, {true, value});
  }
  ~WithOption() { set_thread_option(option_, previous_); }
  WithOption(const WithOption&) = delete;
  WithOption& operator=(const WithOption&) = delete;

 private:
  const Option option_;
  const ThreadOption previous_;
};

}  // namespace covector
