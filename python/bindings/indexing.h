#pragma once

#include <pybind11/pybind11.h>

#include "covector/numpy/numpy.h"

namespace covector::bindings {

// The items of x[key] as the core takes them.
struct ParsedIndex {
  explicit ParsedIndex(PyObject* key);
  SmallVector<numpy::Index, 4> items;

 private:
  void add(PyObject* item);
};

// "clip", "fill", "drop", "wrap", "promise_in_bounds" or None; also the str() of
// an enumerator of GatherScatterMode.
std::optional<IndexMode> index_mode(PyObject*);

}  // namespace covector::bindings
