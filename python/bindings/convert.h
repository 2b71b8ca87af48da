#pragma once

#include <pybind11/pybind11.h>

#include "covector/core/value.h"
#include "dtypes.h"

namespace covector::bindings {

namespace py = pybind11;

// Array-likes are arrays and tracers, Python's and NumPy's scalars, NumPy arrays
// of numbers, and objects with __jax_array__. Lists are none: functions of arrays
// do not take them.
bool is_array_like(PyObject*);

// The value of an array-like. Python numbers are weakly typed; NumPy data is
// narrowed to 32 bits unless 64-bit types are enabled, and copied.
// Throws TypeError for anything else.
Value to_value(PyObject*);
// The same, or false without an error for what is no array-like.
bool try_to_value(PyObject*, Value&);
// With the dtype the user asked for.
Value to_value(PyObject*, DType dtype, bool weak_type = false);

// The same of what NumPy can make an array of, such as a buffer.
Value as_array(PyObject*);
Value as_array(PyObject*, DType dtype);

// A read-only NumPy array of the elements, in place where the device's memory
// is the host's. Waits. Throws TracerArrayConversionError for tracers.
py::object to_numpy(const Value&);
// The Python scalar of a one-element array: bool, int, float or complex.
py::object to_python_scalar(const Array&);

// An object in a message: its text is made only if the message is.
struct ReprOf {
  PyObject* object;
};
struct StrOf {
  PyObject* object;
};
void append_to(std::string& s, ReprOf x);
void append_to(std::string& s, StrOf x);
// The class of an object as messages name it: <class 'list'>.
std::string type_text(PyObject*);

}  // namespace covector::bindings
