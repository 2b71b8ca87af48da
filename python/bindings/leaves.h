#pragma once

#include <pybind11/pybind11.h>

#include "array_type.h"
#include "convert.h"
#include "covector/core/value.h"

// Flat values as lists of Python objects, for functions that take their trees
// apart in Python.
namespace covector::bindings {

inline Values values_of(const py::list& leaves) {
  Values v;
  for (py::handle x : leaves) v.push_back(to_value(x.ptr()));
  return v;
}

inline py::list objects_of(Args values) {
  py::list l;
  for (const Value& v : values) l.append(wrapped(v));
  return l;
}

// None stands for a symbolic zero.
inline py::list optional_objects(Args values) {
  py::list l;
  for (const Value& v : values) l.append(v ? wrapped(v) : py::object(py::none()));
  return l;
}

inline Values optional_values(const py::list& leaves) {
  Values v;
  for (py::handle x : leaves) v.push_back(x.is_none() ? Value() : to_value(x.ptr()));
  return v;
}

}  // namespace covector::bindings
