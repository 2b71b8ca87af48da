#pragma once

#include <pybind11/pybind11.h>

#include "covector/base/host_object.h"

namespace covector::bindings {

namespace py = pybind11;

// A Python object that the core carries without looking into it. May be dropped
// on any thread: without the GIL the reference waits in a queue that is emptied
// the next time one is made.
class PyHostObject final : public HostObject {
 public:
  explicit PyHostObject(py::object x);
  ~PyHostObject() override;

  py::handle object() const { return object_; }

  // Python's ==, hash() and repr(); they need the GIL and run the user's code.
  bool equals(const HostObject&) const override;
  size_t hash() const override;
  std::string repr() const override;

 private:
  PyObject* const object_;
};

// A Python callable or other object inside closures that the core copies and
// drops as it likes.
class SharedObject {
 public:
  explicit SharedObject(py::object x) : held_(make_ref<const PyHostObject>(std::move(x))) {}
  py::handle get() const { return held_->object(); }

 private:
  Ref<const PyHostObject> held_;
};

}  // namespace covector::bindings
