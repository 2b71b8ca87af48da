#pragma once

#include <pybind11/pybind11.h>

namespace covector::bindings {

// Functions with rules of their own, and rematerialized ones.
void register_custom_rules(pybind11::module_& m);

}  // namespace covector::bindings
