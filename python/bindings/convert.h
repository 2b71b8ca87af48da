#pragma once

#include <pybind11/pybind11.h>

#include "covector/core/value.h"

namespace covector::bindings {

namespace py = pybind11;

// Arrays and tracers, Python and NumPy scalars, NumPy arrays, objects with
// __jax_array__. Not lists: functions of arrays do not take them.
bool is_array_like(PyObject*);
// The value of an array-like. Python numbers are weakly typed; NumPy data is
// narrowed to 32 bits unless 64-bit types are enabled, and copied.
// Throws TypeError for anything else.
Value to_value(PyObject*);
// The same, or false without an error for what is no array-like.
bool try_to_value(PyObject*, Value&);
// With the dtype the user asked for.
Value to_value(PyObject*, DType dtype, bool weak_type = false);

// NumPy's dtype (an ExtendedDType for keys) of ours, and back. The second takes
// dtypes, scalar types, names, Python's int, float, complex and bool.
py::object dtype_object(DType);
DType to_dtype(PyObject*);

// A read-only NumPy array of the elements, in place where the device's memory
// is the host's. Waits. Throws TracerArrayConversionError for tracers.
py::object to_numpy(const Value&);
// The Python scalar of a one-element array: bool, int, float or complex.
py::object to_python_scalar(const Array&);
}  // namespace covector::bindings
