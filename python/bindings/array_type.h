#pragma once

#include <pybind11/pybind11.h>

#include <vector>

#include "covector/core/value.h"

// covector.Array and what derives from it: heap types of one layout that own all
// slots, so that an operator costs no dispatch but its slot, and
// isinstance(tracer, covector.Array) is native. Not tracked by the collector:
// nothing that a Value owns can own its wrapper.
namespace covector::bindings {

namespace py = pybind11;

struct ArrayObject {
  PyObject_HEAD Value value;
  PyObject* weakrefs;
};

// Base of both; concrete arrays; values under transformation.
extern PyTypeObject* array_type;
extern PyTypeObject* array_impl_type;
extern PyTypeObject* tracer_type;
// References, concrete or traced: no arrays, but values, of the same layout.
extern PyTypeObject* reference_type;

// Nobody can make instances of other types that derive from the base.
inline bool is_array(PyObject* o) {
  PyTypeObject* t = Py_TYPE(o);
  return t == array_impl_type || t == tracer_type || t == reference_type;
}
// Precondition: is_array(o).
inline const Value& value_of(PyObject* o) { return reinterpret_cast<ArrayObject*>(o)->value; }

// A new reference to the value's one wrapper: the same object as long as it lives.
PyObject* wrap(const Value&);
inline py::object wrapped(const Value& v) { return py::reinterpret_steal<py::object>(wrap(v)); }

// Parts of the types, each in its own file.
std::vector<PyType_Slot> operator_slots();
std::vector<PyType_Slot> sequence_slots();
std::vector<PyType_Slot> conversion_slots();
std::vector<PyType_Slot> reference_slots();
extern PyGetSetDef array_attributes[];
extern PyGetSetDef reference_attributes[];
extern PyMethodDef array_methods[];

// What iter() of an array with axes returns; makes its type known.
PyObject* array_iterator(PyObject* array);
void register_array_iterator();

}  // namespace covector::bindings
