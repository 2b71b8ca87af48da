#pragma once

#include <pybind11/pybind11.h>

#include "covector/core/jaxpr.h"

namespace covector::bindings {

namespace py = pybind11;

// The Python view of a closed jaxpr, and back.
py::object jaxpr_object(const ClosedJaxpr&);
const ClosedJaxpr& unwrap_jaxpr(py::handle);
// The Python view of a type: core.ShapedArray.
py::object aval_object(const Aval&);

}  // namespace covector::bindings
