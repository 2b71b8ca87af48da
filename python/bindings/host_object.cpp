#include "host_object.h"

#include "errors.h"
#include "tree_values.h"

namespace covector::bindings {

PyHostObject::PyHostObject(py::object x) : object_(x.release().ptr()) {
  release_waiting_references();
}

PyHostObject::~PyHostObject() { release_references({object_}); }

bool PyHostObject::equals(const HostObject& other) const {
  if (this == &other) return true;
  auto* o = dynamic_cast<const PyHostObject*>(&other);
  if (!o) return false;
  if (object_ == o->object_) return true;
  int equal = PyObject_RichCompareBool(object_, o->object_, Py_EQ);
  check_status(equal);
  return equal != 0;
}

size_t PyHostObject::hash() const {
  Py_hash_t h = PyObject_Hash(object_);
  if (h == -1) throw py::error_already_set();
  return static_cast<size_t>(h);
}

std::string PyHostObject::repr() const { return py::repr(object_).cast<std::string>(); }

}  // namespace covector::bindings
