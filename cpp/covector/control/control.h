#pragma once

#include <functional>
#include <string>

#include "covector/core/jaxpr.h"
#include "covector/core/trace.h"

namespace covector {

// A call of a staged function: what `jit` inside a transformation becomes.
struct CallParams {
  std::string name;
  ClosedJaxpr jaxpr;  // constants converted to inputs
  bool inline_ = false;
  bool keep_unused = false;
  Mask donated;  // of the operands; empty: none
  void fields(FieldVisitor&) const;
  bool operator==(const CallParams&) const = default;
};
extern const Primitive jit_p;
Values call(const CallParams&, Args);

// Reduces axes of all operands at once by an associative body of scalars,
// (accumulators..., elements...) -> accumulators, of which `inits` is the
// identity (control/reduce.cpp).
Values reduce(Args operands, Args inits, const ClosedJaxpr& body, std::span<const int64_t> axes);

// Runs f, or its derivative rule under differentiation.
Values custom_jvp_call(const Ref<const CustomJvp>&, Args);
extern const Primitive custom_jvp_call_p;

}  // namespace covector
