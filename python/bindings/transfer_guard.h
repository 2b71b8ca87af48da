#pragma once

#include <pybind11/pybind11.h>

namespace covector::bindings {

void register_transfer_guard(pybind11::module_& m);

}  // namespace covector::bindings
