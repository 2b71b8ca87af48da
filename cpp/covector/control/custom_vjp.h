#pragma once

#include <functional>
#include <string>

#include "covector/transforms/custom_rule.h"

namespace covector {

// What a forward rule gives: the function's results, what is to be kept, and
// how that and cotangents of the results become cotangents of the operands.
struct VjpForward {
  Values primals, residuals;
  // Null cotangents are zeros; both ways.
  std::function<Values(Args residuals, Args cts)> backward;
};

// A function with a reverse-mode rule of its own.
struct CustomVjp : SelfBatching {
  // `nonzero` tells which operands are differentiated.
  using Forward = std::function<VjpForward(Args primals, const Mask& nonzero)>;

  // For jaxprs to show.
  struct Names {
    std::string function, forward = "fwd", backward = "bwd";
  };

  CustomVjp(Names, Fun fun, Forward forward, bool wants_symbolic_zeros);
  Ref<const CustomJvp> batched(const Batcher&, const MappedAxes&) const override;

  const Names names;
  const Forward forward;
  // Whether the user's rules asked for symbolic zeros; the core always has them.
  const bool wants_symbolic_zeros;
};

// Runs f, or its rule under reverse differentiation. Forward differentiation
// of it is an error once a tangent is needed.
Values custom_vjp_call(const Ref<const CustomVjp>&, Args);
// f as one equation, for the staging of custom functions.
Values stage_custom_vjp(JaxprTrace&, const Ref<const CustomVjp>&, Args);

extern const Primitive custom_vjp_call_p;
// The derivative of such a function until it is transposed.
extern const Primitive custom_lin_p;

}  // namespace covector
