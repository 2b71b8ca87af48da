#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

#include "covector/core/primitive.h"

namespace covector::bindings {

namespace py = pybind11;

// The rules of one primitive made from Python, by JAX's conventions: a rule gets
// and gives one value where the primitive has one result, else lists; a zero
// tangent is `Zero(aval)`, a linear operand of a transposition is
// `UndefinedPrimal(aval)`, an operand that is not mapped has the axis None.
class PythonRules {
 public:
  explicit PythonRules(std::string_view name) : name(name) {}

  const std::string_view name;
  PyObject* self = nullptr;  // the primitive's object

  // Kinds: impl, abstract_eval, jvp, transpose, batch, lower.
  void set(const std::string& kind, py::object rule);
  py::object get(const std::string& kind) const;
  bool multiple_results() const;

  Values impl(const Op&, Args) const;
  Avals abstract_eval(const Op&, AvalSpan) const;
  JvpOut jvp(const Op&, Args primals, Args tangents) const;
  Values transpose(const Op&, Args cts, TransposeArgs) const;
  BatchOut batch(const Op&, const AxisData&, Args, const MappedAxes&) const;
  hlo::Results lower(const Op&, hlo::Builder&, hlo::Operands) const;

 private:
  py::object call(const char* kind, const char* missing, const py::tuple& args, const Op&) const;
  Values results(const py::object&) const;
  py::object cotangents(const Op&, Args cts, TransposeArgs) const;

  py::dict rules_;
};

// Records the effects that an abstract evaluation gave.
void set_python_effects(const Op&, Effects);

}  // namespace covector::bindings
