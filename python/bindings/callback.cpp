// Python functions that programs call while they run.

#include "callback.h"

#include <pybind11/stl.h>

#include <deque>

#include "array_type.h"
#include "convert.h"
#include "covector/core/config.h"
#include "covector/runtime/callbacks.h"
#include "errors.h"
#include "jaxpr.h"
#include "param.h"
#include "register.h"

namespace covector::bindings {
namespace {

// Errors cross a device as text. What was raised is found again by it.
class Raised {
 public:
  void add(std::string text, py::object exception) {
    constexpr size_t kKept = 16;
    last_.emplace_back(std::move(text), std::move(exception));
    if (last_.size() > kKept) last_.pop_front();
  }
  py::object take(const std::string& message) {
    for (auto it = last_.begin(); it != last_.end(); ++it) {
      if (message.find(it->first) == message.npos) continue;
      py::object exception = std::move(it->second);
      last_.erase(it);
      return exception;
    }
    return {};
  }

 private:
  std::deque<std::pair<std::string, py::object>> last_;  // used under the GIL
};

Raised& raised() {
  static auto* r = new Raised;
  return *r;
}

std::string traceback_text(const py::error_already_set& e) {
  py::object lines =
      py::module_::import("traceback").attr("format_exception")(e.type(), e.value(), e.trace());
  auto text = py::str("").attr("join")(lines).cast<std::string>();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Values values_of(const py::iterable& leaves) {
  Values v;
  for (py::handle x : leaves) v.push_back(to_value(x.ptr()));
  return v;
}

Avals avals_of(const py::iterable& types) {
  Avals r;
  for (py::handle t : types) r.push_back(unwrap_aval(t));
  return r;
}

py::list list_of(const Values& values) {
  py::list l;
  for (const Value& v : values) l.append(wrapped(v));
  return l;
}

Ref<const HostFunction> host_function(py::object fun) {
  return make_ref<const PyHostFunction>(std::move(fun));
}

// Parameters of a debug_print, which only jaxprs look at.
ShownParams shown_params(const py::dict& params) {
  ShownParams shown;
  for (auto [name, value] : params)
    shown.emplace_back(name.cast<std::string>(),
                       py::isinstance<py::str>(value) || py::isinstance<py::bool_>(value)
                           ? to_param(value.ptr())
                           : Param(Ref<const HostObject>(make_ref<const PyHostObject>(
                                 py::reinterpret_borrow<py::object>(value)))));
  return shown;
}

}  // namespace

PyHostFunction::PyHostFunction(py::object fun)
    : fun_(std::move(fun)), x64_(flag(Option::kEnableX64)) {}

Values PyHostFunction::call(Args args) const {
  py::gil_scoped_acquire gil;
  WithOption x64(Option::kEnableX64, x64_);
  py::tuple leaves(args.size());
  for (size_t i = 0; i < args.size(); ++i) leaves[i] = wrapped(args[i]);
  py::object out = owned(PyObject_Call(object().ptr(), leaves.ptr(), nullptr));
  Values results;
  for (py::handle x : py::iterable(out)) {
    results.push_back(is_array_like(x.ptr()) ? to_value(x.ptr()) : as_array(x.ptr()));
  }
  return results;
}

std::string PyHostFunction::explain(const std::exception& e) const {
  py::gil_scoped_acquire gil;
  auto* python = dynamic_cast<const py::error_already_set*>(&e);
  if (!python) return str("RuntimeError: ", e.what());
  std::string text = traceback_text(*python);
  raised().add(text, python->value());
  return text;
}

bool PyHostFunction::equals(const HostObject& o) const {
  auto* other = dynamic_cast<const PyHostFunction*>(&o);
  if (!other || x64_ != other->x64_) return false;
  if (object().is(other->object())) return true;
  py::gil_scoped_acquire gil;
  return object().equal(other->object());
}

size_t PyHostFunction::hash() const {
  py::gil_scoped_acquire gil;
  return static_cast<size_t>(py::hash(object()));
}

std::string PyHostFunction::repr() const {
  py::gil_scoped_acquire gil;
  return py::repr(object()).cast<std::string>();
}

py::object exception_behind(const std::string& text) { return raised().take(text); }

void register_callbacks(py::module_& m) {
  m.def(
      "pure_callback",
      [](py::object fun, const py::iterable& leaves, const py::iterable& types,
         const std::string& vmap_method) {
        return list_of(pure_callback(host_function(std::move(fun)), values_of(leaves),
                                     avals_of(types), vmap_method));
      },
      py::arg("fun"), py::arg("leaves"), py::arg("types"), py::arg("vmap_method"));
  m.def(
      "io_callback",
      [](py::object fun, const py::iterable& leaves, const py::iterable& types, bool ordered) {
        return list_of(io_callback(host_function(std::move(fun)), values_of(leaves),
                                   avals_of(types), ordered));
      },
      py::arg("fun"), py::arg("leaves"), py::arg("types"), py::arg("ordered"));
  m.def(
      "debug_callback",
      [](py::object fun, const py::iterable& leaves, bool ordered, const py::dict& shown) {
        debug_callback(host_function(std::move(fun)), values_of(leaves), ordered,
                       shown_params(shown));
      },
      py::arg("fun"), py::arg("leaves"), py::arg("ordered"), py::arg("shown") = py::dict());
  m.def("effects_barrier", &runtime::effects_barrier);
}

}  // namespace covector::bindings
