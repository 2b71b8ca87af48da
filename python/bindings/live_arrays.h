#pragma once

#include <pybind11/pybind11.h>

namespace covector::bindings {

// All concrete arrays that Python holds, those that were deleted included.
pybind11::list live_arrays();

}  // namespace covector::bindings
