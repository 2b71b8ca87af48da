#pragma once

// Operations on windows by jaxprs of scalars (control/reduce_window.cpp,
// select_and_scatter.cpp).

#include "covector/core/jaxpr.h"
#include "covector/lax/window.h"

namespace covector {

// Reduces each window of all operands at once by an associative body of scalars,
// (accumulators..., elements...) -> accumulators, of which `inits` is the
// identity. Sums and extremes become the reductions made for them.
Values reduce_window(Args operands, Args inits, const ClosedJaxpr& body, const Windows&);

// Adds up, by `scatter` and from `init` on, each element of `source` at the
// element of its window over `operand` that `select` prefers to all others.
Value select_and_scatter(const Value& operand, const Value& source, const Value& init,
                         const ClosedJaxpr& select, const ClosedJaxpr& scatter, const Windows&);

}  // namespace covector
