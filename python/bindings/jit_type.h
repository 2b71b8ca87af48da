#pragma once

#include <pybind11/pybind11.h>

#include "jit_call.h"

namespace covector::bindings {

// A new callable of the raw type that `jit` returns.
py::object make_jit_function(py::object fun, JitSpec spec);

}  // namespace covector::bindings
