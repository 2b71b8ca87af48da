#pragma once

#include <pybind11/pybind11.h>

#include "covector/core/dtype.h"

namespace covector::bindings {

// The Python object of an extended type, made if there is none yet.
pybind11::object extended_dtype_object(DType d);

}  // namespace covector::bindings
