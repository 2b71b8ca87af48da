#pragma once

#include <string>

#include "covector/core/value.h"

// What errors about tracers tell the user.
namespace covector::bindings {

// int32[2,3]
std::string long_text(const Aval&);

// Which function was being transformed, where the value was made and where it is
// used, as far as that is known: a few sentences on lines of their own.
std::string tracer_history(const Value& tracer);

// The concrete array behind the value. Without one throws E: what was attempted,
// the value's type, its history, what to do instead.
template <class E>
const Array& require_known(const Value& v, std::string_view attempt, std::string_view advice) {
  if (const Array* a = v.known()) [[likely]]
    return *a;
  fail<E>(attempt, " traced array with shape ", long_text(v.aval()), ".", tracer_history(v), "\n",
          advice);
}

}  // namespace covector::bindings
