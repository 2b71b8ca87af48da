#pragma once

#include <pybind11/pybind11.h>

namespace covector::bindings {

// Adds to the submodule random.
void register_key_reuse(pybind11::module_& random);

}  // namespace covector::bindings
