#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "covector/core/jaxpr.h"

namespace covector::bindings {

// How a message calls an input of a function that is traced.
using InputName = std::function<std::string(size_t)>;

// Raises ValueError if the function returned a reference. `kind` is what it was traced for.
void refuse_returned_references(const ClosedJaxpr&, std::string_view kind, const InputName&);
// Raises ValueError if two of the arguments are one reference, or one is closed over too.
void refuse_aliased_references(const ClosedJaxpr&, Args arguments, std::string_view kind,
                               const InputName&);

}  // namespace covector::bindings
