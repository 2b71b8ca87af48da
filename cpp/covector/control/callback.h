#pragma once

#include <exception>
#include <string>
#include <vector>

#include "covector/core/jaxpr.h"
#include "covector/core/trace.h"

namespace covector {

// A function of the host's language that programs call back while they run.
class HostFunction : public HostObject {
 public:
  // Gets and gives concrete arrays. Called on any thread.
  virtual Values call(Args) const = 0;
  // What an exception of `call` says; errors cross the device as text.
  virtual std::string explain(const std::exception&) const = 0;
};

// A host function as one place of a program calls it. Programs hold its number:
// whoever may run such a program keeps the target alive.
class CallbackTarget : public RefCounted {
 public:
  CallbackTarget(Ref<const HostFunction> function, Avals operands, Avals results,
                 std::vector<Mask> loops = {});
  ~CallbackTarget() override;

  // The types are those of the program: each loop stands for a leading axis, of
  // the operands that its mask marks and of all results. Outermost first.
  const Ref<const HostFunction> function;
  const Avals operands, results;
  const std::vector<Mask> loops;
  const int64_t id;

  // Calls the function, once for each step of the loops, and checks the types of
  // what it gives.
  Values call(Args) const;
  // Null if it is gone.
  static Ref<const CallbackTarget> find(int64_t id);
  // Whether it calls the same function in the same way.
  bool same(const CallbackTarget&) const;
};

// Effects of callbacks. Ordered ones keep the order of the program.
extern const Effect kIo, kOrderedIo, kDebug, kOrderedDebug;

// Calls a function without side effects: it may be called more or less often
// than the program says. `vmap_method`, as JAX has them, says how it is batched;
// empty: not at all.
Values pure_callback(Ref<const HostFunction>, Args, AvalSpan results, std::string_view vmap_method);
// Calls a function for its effects, just as often as the program says.
Values io_callback(Ref<const HostFunction>, Args, AvalSpan results, bool ordered);
// Calls a function that only looks: every transformation lets it pass.
// `parameters` are shown in jaxprs; with them it is a `debug_print`.
using ShownParams = std::vector<std::pair<std::string, Param>>;
void debug_callback(Ref<const HostFunction>, Args, bool ordered, ShownParams parameters = {});

// A type as a parameter.
class AvalObject final : public HostObject {
 public:
  explicit AvalObject(Aval a) : aval(a) {}
  bool equals(const HostObject&) const override;
  size_t hash() const override { return aval.hash(); }
  std::string repr() const override;
  const Aval aval;
};

}  // namespace covector
