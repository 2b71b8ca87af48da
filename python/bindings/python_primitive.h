#pragma once

#include <pybind11/pybind11.h>

#include "covector/core/primitive.h"

// Primitives made from Python: the core's record, with rules that call Python
// functions. They are kept until the process ends, as all primitives are.
namespace covector::bindings {

namespace py = pybind11;

bool is_made_by_python(const Primitive&);
bool has_multiple_results(const Primitive&);
// An op of such a primitive; its parameters may be any Python objects.
Op python_op(const Primitive&, const py::dict& params);
py::dict python_params(const Op&);

// The class that makes them, beside which the native ones are known.
using PrimitiveClass = py::class_<Primitive, std::unique_ptr<Primitive, py::nodelete>>;
void add_python_primitives(py::module_& m, PrimitiveClass& c);

// Effects that are Python objects: one for each of them.
const Effect* effect_of(py::handle);
py::object effect_object(const Effect&);

}  // namespace covector::bindings
