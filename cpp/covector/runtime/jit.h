#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "covector/core/trace.h"
#include "covector/runtime/program.h"

namespace covector {

struct JitOptions {
  std::string name = "f";
  Mask donated = {};  // of the arguments; empty: none
  bool keep_unused = false;
  bool inline_ = false;
  std::map<std::string, pjrt::CompileOptions::Override> compiler_options = {};
};

// f compiled: traced once for each combination of argument types, then run as
// one program. Inside another transformation it becomes a call. Copies share
// the compiled programs. Thread safe if f is.
Fun jit(Fun f, JitOptions options = {});

// The gradient of a function of arrays with one real scalar result, with
// respect to the arguments that `wrt` marks (empty: the first).
Fun grad(Fun f, Mask wrt = {});
// The same with the function's value as the first result.
Fun value_and_grad(Fun f, Mask wrt = {});
// f mapped over axis `in_axes[i]` of each argument (kUnmapped: passed whole;
// empty: axis 0 of all); results are mapped along axis 0.
Fun vmap(Fun f, MappedAxes in_axes = {});

namespace runtime {

// Runs a staged function: as a call inside a transformation, else on a device.
// The program is made at the first eager run and kept.
class Staged : public RefCounted {
 public:
  Staged(ClosedJaxpr, JitOptions);

  const ClosedJaxpr& jaxpr() const { return jaxpr_; }
  // A trace that closed over values under transformation serves one call only:
  // at the next call those values will be others.
  bool closes_over_tracers() const { return closes_over_tracers_; }
  Values operator()(Args) const;
  Ref<const Lowered> lower() const;

 private:
  const Program& program(const pjrt::Client&) const;
  Values run_checked(Args) const;

  const ClosedJaxpr jaxpr_;
  const JitOptions options_;
  const bool closes_over_tracers_, has_references_;
  const bool checks_keys_;  // keys were checked when it was traced
  // The program of the first client that asked; programs_ keeps it alive.
  mutable std::atomic<const Program*> first_{nullptr};
  mutable std::mutex mutex_;
  mutable Ref<const Lowered> lowered_;
  mutable std::vector<Ref<const Program>> programs_;  // one for each client
};

}  // namespace runtime
}  // namespace covector
