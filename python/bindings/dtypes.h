#pragma once

#include <pybind11/pybind11.h>

#include "covector/core/dtype.h"

// Element types on both sides: NumPy's dtype objects (with those of ml_dtypes),
// and ExtendedDType objects for types that NumPy cannot hold.
namespace covector::bindings {

namespace py = pybind11;

// The Python object of a type: always the same one. The second is borrowed.
py::object dtype_object(DType d);
PyObject* borrowed_dtype_object(DType d);

// The type that an object names: a dtype, a scalar class (int, float, np.int8),
// a text, or anything with a `dtype`. Python's own classes name default types;
// others are not narrowed. Throws TypeError.
DType to_dtype(PyObject* x);

// The type of a NumPy dtype object, null if arrays cannot have it. `swapped` is
// set if elements of it are in the other byte order.
DType from_numpy_dtype(PyObject* dtype, bool* swapped = nullptr);

// The type that NumPy's (and ml_dtypes') scalars of this class have, or null.
DType scalar_class_dtype(PyTypeObject* type);

}  // namespace covector::bindings
