#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "covector/core/value.h"
#include "tree.h"

// Tangents and cotangents between Python, where the zero of an integer is an
// array of float0, and the core, where it is null.
namespace covector::bindings {

// A tree of (co)tangents for the user: arrays of zeros where they are symbolic.
py::object unflatten_tangents(const TreeDef&, Args tangents, AvalSpan primals);

// True if the object is an array of float0: a zero the user passes for an integer.
bool is_float0(py::handle);

// What differs between transformations in how they speak of wrong tangents.
struct TangentWords {
  std::string_view function;  // "jvp"
  std::string_view what;      // "tangent" or "cotangent"
  // Begin the messages, where they are not to begin with the function's name.
  std::string_view wrong_tree = {}, wrong_type = {};
};

// Leaves of a tree that stand for tangents of `primals`: null for float0. The
// errors for another tree, another dtype and another shape are JAX's.
template <class TreeError, class DtypeError, class ShapeError>
Values tangent_values(py::handle tree, const Ref<const TreeDef>& def, AvalSpan primals,
                      const TangentWords&);

}  // namespace covector::bindings
