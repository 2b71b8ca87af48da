#pragma once

#include <pybind11/pybind11.h>

#include "covector/core/primitive.h"

// Primitives as Python sees them. The Python object of a primitive is always the
// same one.
namespace covector::bindings {

namespace py = pybind11;

py::object primitive_object(const Primitive&);
const Primitive& unwrap_primitive(py::handle);

// The parameters of an op by name. Each call gives a new dict of the same values,
// by which op_from_dict knows them again.
py::dict params_dict(const Op&);
// The op with these parameters; without a primitive if they were not handed out.
Op op_from_dict(const Primitive&, const py::dict& params);

}  // namespace covector::bindings
