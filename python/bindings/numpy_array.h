#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "covector/core/value.h"

// Arrays of NumPy and ours.
namespace covector::bindings {

namespace py = pybind11;

bool is_numpy_array(PyObject* x);
// Whether its elements are of a type that arrays can have.
bool has_array_dtype(PyObject* numpy_array);

// A concrete array with the same elements, of the narrowed type. Copies: NumPy's
// memory may change later.
Value from_numpy(PyObject* numpy_array);

// The elements of a concrete array where they are in host memory; they stay
// there while this lives.
class HostView {
 public:
  virtual ~HostView() = default;
  const void* data = nullptr;
};
// Waits for the array. Null if its memory is not the host's.
std::unique_ptr<HostView> host_view(const Array&);

// A NumPy array of the same elements that cannot be written to: a view where that
// is possible, else a copy. Waits for the array.
py::object to_numpy(const Array&);
// A copy, which can be written to.
py::object to_new_numpy(const Array&);

}  // namespace covector::bindings
