#pragma once

#include <pybind11/pybind11.h>

#include <mutex>
#include <string>

#include "covector/control/callback.h"
#include "host_object.h"

namespace covector::bindings {

namespace py = pybind11;

// A Python function of arrays that programs call: it takes leaves and returns a
// sequence of leaves. Equal if the Python objects are.
class PyHostFunction final : public HostFunction {
 public:
  explicit PyHostFunction(py::object fun);

  py::handle object() const { return fun_.get(); }

  Values call(Args) const override;
  std::string explain(const std::exception&) const override;

  bool equals(const HostObject&) const override;
  size_t hash() const override;
  std::string repr() const override;

 private:
  const SharedObject fun_;
  const bool x64_;  // as where the call was written, whatever thread it runs on
};

// The exception of a Python callback that this error text tells of, or null.
py::object exception_behind(const std::string& text);

}  // namespace covector::bindings
