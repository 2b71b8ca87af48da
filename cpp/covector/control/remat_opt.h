#pragma once

#include "covector/control/custom_vjp.h"

namespace covector {

// The forward rule of a custom_vjp function `fun`, as one operation that computes `fun` instead
// where no residual of it is used: so under rematerialization, which runs the rule again in front
// of the backward pass, the rule runs once. `fun` and the rule must have the same results.
CustomVjp::Forward optimized_for_remat(Fun fun, CustomVjp::Forward forward);

extern const Primitive remat_opt_p;

}  // namespace covector
