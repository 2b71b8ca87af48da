// Guards against transfers that nobody asked for, as Python sets them.

#include "transfer_guard.h"

#include "covector/runtime/transfer_guard.h"

#include <pybind11/stl.h>

#include <optional>

namespace covector::bindings {
namespace {

namespace py = pybind11;
using runtime::ExplicitTransfers;
using runtime::GuardLevel;
using runtime::Transfer;

// A context in which transfers are asked for. One object serves one `with` at a time.
class ExplicitScope {
 public:
  void enter() { scope_.emplace(); }
  void exit() { scope_.reset(); }

 private:
  std::optional<ExplicitTransfers> scope_;
};

void write_log(std::string_view text) {
  py::gil_scoped_acquire gil;
  py::module_::import("covector._logging").attr("logger").attr("warning")("%s", std::string(text));
}

std::optional<GuardLevel> level(std::optional<int> code) {
  return code ? std::optional(static_cast<GuardLevel>(*code)) : std::nullopt;
}

}  // namespace

void register_transfer_guard(py::module_& m) {
  runtime::set_transfer_log(write_log);
  m.def(
      "set_transfer_guard",
      [](int transfer, std::optional<int> code, bool only_thread) {
        auto set = only_thread ? runtime::set_thread_transfer_guard : runtime::set_transfer_guard;
        set(static_cast<Transfer>(transfer), level(code));
      },
      py::arg("transfer"), py::arg("level").none(true), py::arg("only_thread"));
  py::class_<ExplicitScope>(m, "ExplicitTransfers", "A context in which transfers are explicit.")
      .def(py::init<>())
      .def("__enter__", &ExplicitScope::enter)
      .def("__exit__", [](ExplicitScope& s, const py::args&) { s.exit(); });
}

}  // namespace covector::bindings
