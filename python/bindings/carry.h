#pragma once

#include <pybind11/pybind11.h>

#include "covector/control/control.h"
#include "staged_function.h"

// What loops make sure of before they run.
namespace covector::bindings {

namespace py = pybind11;

// A tree of values that a loop carries.
struct Carry {
  Values values;
  Ref<const TreeDef> def;
  Avals avals() const;
};
// Throws TypeError for leaves that are no arrays.
Carry flatten_carry(py::handle tree, const char* what);

// The carry as a body gives it back.
struct CarryOut {
  Ref<const TreeDef> def;
  Avals avals;
};

// Gives weakly typed values the type that the body promotes them to, as a
// Python scalar has that starts a loop over arrays. Whether any changed.
bool promote_weak_types(Carry&, const CarryOut&);
// Throws TypeError that lists the differences, unless trees and types are equal.
void check_carry(const char* body, py::handle fun, const Carry&, const CarryOut&);

}  // namespace covector::bindings
