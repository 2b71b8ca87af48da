#pragma once

#include <pybind11/pybind11.h>

// What loops, branches and solvers add to covector._core.
namespace covector::bindings {

void register_loops(pybind11::module_& m);
void register_branches(pybind11::module_& m);
void register_closures(pybind11::module_& m);

}  // namespace covector::bindings
