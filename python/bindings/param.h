#pragma once

#include <pybind11/pybind11.h>

#include "covector/core/params.h"

namespace covector::bindings {

namespace py = pybind11;

// Nested tuples, records (named tuples), enumerators, dtypes, numbers, texts and
// arrays, from Python and back.
Param to_param(PyObject*);
py::object from_param(const Param&);
py::object from_field(const FieldValue&);
// Text with static storage, as records and enumerators name their parts.
std::string_view interned(std::string_view);

}  // namespace covector::bindings
