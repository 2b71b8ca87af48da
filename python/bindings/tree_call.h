#pragma once

#include <pybind11/pybind11.h>

#include <array>
#include <cstddef>

#include "covector/base/error.h"
#include "errors.h"
#include "tree_values.h"

// What raw CPython functions need around them.
namespace covector::bindings {

namespace py = pybind11;

// The parameters of a METH_FASTCALL | METH_KEYWORDS function.
template <size_t N>
struct Signature {
  const char* function;
  std::array<const char*, N> parameters;
  size_t required;
  size_t positional = N;  // the others are by keyword only
  bool variadic = false;  // more positional arguments are welcome

  using Bound = std::array<PyObject*, N>;

  // In the order of the parameters; null where the caller left one out. Throws TypeError.
  Bound bind(PyObject* const* args, Py_ssize_t nargs, PyObject* keywords) const {
    Bound bound{};
    auto n = static_cast<size_t>(nargs);
    if (n > positional && !variadic) fail_count(n);
    for (size_t i = 0; i < n && i < positional; ++i) bound[i] = args[i];
    Py_ssize_t count = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    for (Py_ssize_t k = 0; k < count; ++k)
      bind_keyword(bound, PyTuple_GET_ITEM(keywords, k), args[nargs + k]);
    for (size_t i = 0; i < required; ++i)
      if (!bound[i]) fail_missing(i);
    return bound;
  }

 private:
  void bind_keyword(Bound& bound, PyObject* name, PyObject* value) const {
    for (size_t i = 0; i < N; ++i) {
      if (PyUnicode_CompareWithASCIIString(name, parameters[i]) != 0) continue;
      require<TypeError>(!bound[i], function, "() got multiple values for argument '",
                         parameters[i], "'");
      bound[i] = value;
      return;
    }
    fail<TypeError>(function, "() got an unexpected keyword argument '",
                    py::str(name).cast<std::string>(), "'");
  }
  [[noreturn, gnu::cold]] void fail_count(size_t n) const {
    fail<TypeError>(function, "() takes at most ", positional, " positional arguments but ", n,
                    " were given");
  }
  [[noreturn, gnu::cold]] void fail_missing(size_t i) const {
    fail<TypeError>(function, "() missing required argument: '", parameters[i], "'");
  }
};

inline PyObject* null_if_none(PyObject* x) { return x == Py_None ? nullptr : x; }

}  // namespace covector::bindings
