#pragma once

// Bodies of reductions: functions of two tuples of scalars that return one.

#include <optional>

#include "covector/core/jaxpr.h"
#include "covector/lax/monoid.h"

namespace covector {

// The body on arrays of one shape, instead of scalars.
Values combine_arrays(const ClosedJaxpr& body, Args);

// The operation that the body is, if `init` is its identity.
std::optional<rules::Monoid> known_monoid(const ClosedJaxpr& body, const Value& init);

}  // namespace covector
