#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>
#include <vector>

#include "covector/base/small_vector.h"

namespace covector::bindings {

namespace py = pybind11;

// A Python parameter list, read from text: "x, axes=None, *, dtype=None". Binds
// the arguments of vectorcalls to its parameters as Python does.
class Signature {
 public:
  explicit Signature(std::string_view function, std::string_view text);

  const std::string& function() const { return function_; }
  const std::string& text() const { return text_; }
  size_t size() const { return parameters_.size(); }
  const std::string& name(size_t i) const { return parameters_[i].name; }

  // Borrowed references, one for each parameter; that of "*rest" is a new tuple,
  // which `rest` owns. Throws TypeError as Python words it.
  using Bound = SmallVector<PyObject*, 8>;
  void bind(PyObject* const* args, size_t nargs, PyObject* kwnames, Bound& out,
            py::object& rest) const;

 private:
  enum class Kind { kPositional, kNormal, kRest, kKeyword };
  struct Parameter {
    std::string name;
    Kind kind;
    PyObject* fallback;  // null: required; kept for good
  };
  void add(std::string_view text, bool after_star);
  size_t find(PyObject* keyword) const;
  void bind_keywords(PyObject* const* values, PyObject* kwnames, Bound& out) const;

  std::string function_, text_;
  std::vector<Parameter> parameters_;
  size_t positional_ = 0;  // how many can be given by position
  bool has_rest_ = false;
};

}  // namespace covector::bindings
