#include "array_type.h"

#include <structmember.h>

#include <new>
#include <vector>

#include "errors.h"
#include "live_arrays.h"
#include "register.h"

namespace covector::bindings {

PyTypeObject* array_type = nullptr;
PyTypeObject* array_impl_type = nullptr;
PyTypeObject* tracer_type = nullptr;
PyTypeObject* reference_type = nullptr;

namespace {

// The wrapper of a concrete array is in the list of all of them, which has no end: the
// interpreter's lock guards it.
struct Listed {
  ArrayObject array;
  Listed* previous;
  Listed* next;
};
Listed all_arrays{{}, &all_arrays, &all_arrays};

void enlist(ArrayObject* o) {
  auto* l = reinterpret_cast<Listed*>(o);
  l->previous = &all_arrays;
  l->next = all_arrays.next;
  l->next->previous = all_arrays.next = l;
}

void delist(ArrayObject* o) {
  auto* l = reinterpret_cast<Listed*>(o);
  l->previous->next = l->next;
  l->next->previous = l->previous;
}

}  // namespace

py::list live_arrays() {
  py::list r;
  for (Listed* l = all_arrays.next; l != &all_arrays; l = l->next)
    r.append(py::handle(reinterpret_cast<PyObject*>(l)));
  return r;
}

PyObject* wrap(const Value& v) {
  const Node* node = v.node();
  invariant(node != nullptr, "a symbolic zero reached Python");
  if (node->host) return Py_NewRef(static_cast<PyObject*>(node->host));
  PyTypeObject* type = node->aval.is_reference()          ? reference_type
                       : node->kind == Node::Kind::kArray ? array_impl_type
                                                          : tracer_type;
  auto* o = PyObject_New(ArrayObject, type);
  if (!o) throw py::error_already_set();
  new (&o->value) Value(v);
  o->weakrefs = nullptr;
  node->host = o;
  if (type == array_impl_type) enlist(o);
  return reinterpret_cast<PyObject*>(o);
}

namespace {

void dealloc(PyObject* self) {
  auto* o = reinterpret_cast<ArrayObject*>(self);
  if (o->weakrefs) PyObject_ClearWeakRefs(self);
  // The wrapper may be gone before the node; the next wrap makes another.
  o->value.node()->host = nullptr;
  o->value.~Value();
  PyTypeObject* type = Py_TYPE(self);
  if (type == array_impl_type) delist(o);
  PyObject_Free(self);
  Py_DECREF(type);
}

PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ArrayObject, weakrefs), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

// A base type allows derived ones: ours, and those that programs declare, of which Python makes
// no instances.
PyTypeObject* make_type(const char* name, PyTypeObject* base, bool is_base,
                        std::vector<PyType_Slot> slots, const char* doc,
                        int size = sizeof(ArrayObject)) {
  unsigned long basetype = is_base ? Py_TPFLAGS_BASETYPE : 0;
  slots.push_back({Py_tp_dealloc, reinterpret_cast<void*>(dealloc)});
  slots.push_back({Py_tp_members, members});
  slots.push_back({Py_tp_doc, const_cast<char*>(doc)});
  slots.push_back({0, nullptr});
  PyType_Spec spec = {
      .name = name,
      .basicsize = size,
      .itemsize = 0,
      .flags =
          static_cast<unsigned>(Py_TPFLAGS_DEFAULT | basetype | Py_TPFLAGS_DISALLOW_INSTANTIATION),
      .slots = slots.data(),
  };
  PyObject* bases = base ? PyTuple_Pack(1, base) : nullptr;
  auto* type = reinterpret_cast<PyTypeObject*>(PyType_FromSpecWithBases(&spec, bases));
  Py_XDECREF(bases);
  if (!type) throw py::error_already_set();
  return type;
}

std::vector<PyType_Slot> base_slots() {
  std::vector<PyType_Slot> slots = operator_slots();
  for (const PyType_Slot& s : sequence_slots()) slots.push_back(s);
  for (const PyType_Slot& s : conversion_slots()) slots.push_back(s);
  slots.push_back({Py_tp_getset, array_attributes});
  slots.push_back({Py_tp_methods, array_methods});
  slots.push_back({Py_tp_hash, reinterpret_cast<void*>(PyObject_HashNotImplemented)});
  return slots;
}

}  // namespace

void register_array_type(py::module_& m) {
  array_type = make_type("covector.Array", nullptr, true, base_slots(),
                         "An array: concrete, or under transformation.");
  array_impl_type = make_type("covector.ArrayImpl", array_type, false, {},
                              "A concrete array on a device.", sizeof(Listed));
  tracer_type = make_type("covector.Tracer", array_type, true, {},
                          "A value of a function under transformation.");
  std::vector<PyType_Slot> slots = reference_slots();
  slots.push_back({Py_tp_getset, reference_attributes});
  reference_type = make_type("covector.Ref", nullptr, false, std::move(slots),
                             "A reference to an array, which can be read and written in place.");
  m.attr("Ref") = py::handle(reinterpret_cast<PyObject*>(reference_type));
  // NumPy's operators leave the work to ours.
  py::handle(reinterpret_cast<PyObject*>(array_type)).attr("__array_priority__") = 100;
  register_array_iterator();
  m.attr("Array") = py::handle(reinterpret_cast<PyObject*>(array_type));
  m.attr("ArrayImpl") = py::handle(reinterpret_cast<PyObject*>(array_impl_type));
  m.attr("Tracer") = py::handle(reinterpret_cast<PyObject*>(tracer_type));
}

}  // namespace covector::bindings
