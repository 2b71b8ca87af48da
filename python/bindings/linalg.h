#pragma once

#include <pybind11/pybind11.h>

namespace covector::bindings {

// Adds to the submodule that the primitives' functions are in.
void register_linalg(pybind11::module_& m);

}  // namespace covector::bindings
