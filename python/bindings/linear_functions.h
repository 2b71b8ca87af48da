#pragma once

#include <pybind11/pybind11.h>

// vjp, linearize and linear_transpose: they return linear functions.
namespace covector::bindings {

void register_linear_functions(pybind11::module_& m);

}  // namespace covector::bindings
