#pragma once

#include <pybind11/pybind11.h>

#include <concepts>
#include <utility>

// From C++ exceptions to Python ones. The core throws the classes of
// base/error.h; a Python exception that a user's callback raised crosses it as
// pybind11::error_already_set and comes out unchanged, traceback included.
namespace covector::bindings {

namespace py = pybind11;

// Turns the exception that is being handled into a Python error.
void set_python_error() noexcept;

// A function body that may throw, as CPython calls it: `failure` tells it that
// a Python error is set.
template <class F, class R>
auto guarded(F&& body, R failure) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (...) {
    set_python_error();
    return failure;
  }
}
template <class F>
auto guarded(F&& body) noexcept -> decltype(body()) {
  return guarded(std::forward<F>(body), static_cast<decltype(body())>(nullptr));
}
// The same for slots that return an int: -1 means that an error is set.
template <class F>
int guarded_int(F&& body) noexcept {
  return guarded(std::forward<F>(body), -1);
}

// A new reference that may be null, which means that a Python error is set.
template <class T = py::object>
T owned(PyObject* x) {
  if (!x) throw py::error_already_set();
  return py::reinterpret_steal<T>(x);
}
inline void check_status(int status) {
  if (status < 0) throw py::error_already_set();
}

}  // namespace covector::bindings
