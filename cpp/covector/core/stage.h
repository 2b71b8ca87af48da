#pragma once

#include <unordered_map>

#include "covector/core/jaxpr.h"
#include "covector/core/trace.h"

namespace covector {

// Records equations instead of computing. Foreign values become constants.
// Staging is part of core, not of transforms/, because first-order rules use
// it too: `lower_via` stages a composition and writes that.
class JaxprTrace final : public Trace {
 public:
  JaxprTrace();
  ~JaxprTrace() override;
  Values process(const Op&, Args) override;
  Values process_custom_jvp(const Ref<const CustomJvp>&, Args) override;
  std::string_view kind() const override { return "jit"; }
  bool records() const override { return true; }

  Value new_arg(const Aval&);
  // The jaxpr with the given results; the trace is closed.
  ClosedJaxpr finish(Args outs);
  void set_debug(Ref<const DebugInfo> d) { jaxpr_->debug = std::move(d); }
  // Whether `x` is a tracer of this trace.
  bool owns(const Value& x) const { return x.tracer_of<Tracer>(this) != nullptr; }
  // The user's line that made a tracer of this trace.
  Source source_of(const Value& x) const;
  size_t num_eqns() const { return jaxpr_->eqns.size(); }

 private:
  struct T;
  Value new_tracer(VarId, Source);
  VarId var_of(const Value&);  // registers a constant on first sight
  Atom atom_of(const Value&);

  Ref<Jaxpr> jaxpr_;
  Values consts_;
  std::unordered_map<const Node*, VarId> const_ids_;
};

// Turns a custom_jvp function into an equation; installed by control/, which
// owns that primitive.
using StageCustomJvp = Values (*)(JaxprTrace&, const Ref<const CustomJvp>&, Args);
void set_stage_custom_jvp(StageCustomJvp);

ClosedJaxpr stage(const Fun&, AvalSpan, Ref<const DebugInfo> debug = {});

}  // namespace covector
