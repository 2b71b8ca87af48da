// Foreign functions of programs: how Python adds them, and finds those of LAPACK.

#include <pybind11/pybind11.h>

#include <string>

#include "covector/base/error.h"
#include "covector/runtime/foreign.h"
#include "errors.h"
#include "register.h"

namespace covector::bindings {
namespace {

pjrt::ffi::Handler* handler_of(py::handle capsule) {
  if (capsule.is_none()) return nullptr;
  require<TypeError>(PyCapsule_CheckExact(capsule.ptr()), "a foreign function must be a capsule");
  void* p = PyCapsule_GetPointer(capsule.ptr(), PyCapsule_GetName(capsule.ptr()));
  if (!p) throw py::error_already_set();
  return reinterpret_cast<pjrt::ffi::Handler*>(p);
}

// One capsule, or one for each stage.
pjrt::ffi::Bundle bundle_of(py::handle x) {
  if (!py::isinstance<py::dict>(x)) return {.execute = handler_of(x)};
  auto stage = [d = py::reinterpret_borrow<py::dict>(x)](const char* name) {
    return d.contains(name) ? handler_of(d[name]) : nullptr;
  };
  return {stage("instantiate"), stage("prepare"), stage("initialize"), stage("execute")};
}

void load(std::string_view name, std::string_view platform) {
  py::gil_scoped_acquire gil;
  py::module_::import("covector._lapack").attr("load")(std::string(name), std::string(platform));
}

}  // namespace

void register_foreign(py::module_& m) {
  m.def(
      "add_foreign_function",
      [](std::string name, py::handle handler, std::string platform, uint32_t traits) {
        runtime::add_foreign_function(
            {std::move(name), std::move(platform), bundle_of(handler), traits});
      },
      py::arg("name"), py::arg("handler"), py::arg("platform"), py::arg("traits") = 0);
  runtime::set_foreign_function_loader(load);
}

}  // namespace covector::bindings
