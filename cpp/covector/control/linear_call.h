#pragma once

#include <string>

#include "covector/core/jaxpr.h"
#include "covector/core/trace.h"

namespace covector {

// Runs a jaxpr of (residuals..., linear...) that is linear in the latter, and
// whose transpose is `transpose`: a function of (residuals..., cotangents...).
Values linear_call(const ClosedJaxpr& callee, Fun transpose, Args residuals, Args linear);
extern const Primitive linear_call_p;

}  // namespace covector
