// Checks that keys are used once, for Python.

#include "key_reuse.h"

#include <pybind11/stl.h>

#include <string>
#include <variant>
#include <vector>

#include "array_type.h"
#include "convert.h"
#include "covector/control/key_reuse.h"
#include "jaxpr.h"

namespace covector::bindings {
namespace {

using key_reuse::Elements;
using Selection = std::variant<bool, std::vector<bool>>;  // all or none, or each

Selection selection(const Elements& e) {
  return e.some().empty() ? Selection(e.all()) : Selection(e.some());
}
Elements elements(const Selection& s) {
  auto* some = std::get_if<std::vector<bool>>(&s);
  return some ? Elements(*some) : Elements(std::get<bool>(s));
}

py::list selections(const std::vector<key_reuse::Use>& uses) {
  py::list l;
  for (const key_reuse::Use& u : uses) l.append(py::make_tuple(u.index, selection(u.elements)));
  return l;
}

// (sinks, sources, forwards); keys that are closed over come after the arguments.
py::tuple tuple_of(const key_reuse::Uses& u) {
  py::list forwards;
  for (const key_reuse::Forward& f : u.forwards) forwards.append(py::make_tuple(f.in, f.out));
  return py::make_tuple(selections(u.sinks), selections(u.sources), forwards);
}

py::tuple uses(const ClosedJaxpr& c) { return tuple_of(key_reuse::uses_of(*c.jaxpr)); }

py::object fixed_uses(const std::string& primitive) {
  auto u = key_reuse::fixed_uses(primitive);
  return u ? py::object(tuple_of(*u)) : py::none();
}

}  // namespace

void register_key_reuse(py::module_& r) {
  r.def("uses", &uses, py::arg("closed_jaxpr"));
  r.def("fixed_uses", &fixed_uses, py::arg("primitive"));
  r.def("consumed",
        [](py::handle key) { return selection(key_reuse::consumed(to_value(key.ptr()))); });
  r.def("consume", [](py::handle key) { return wrapped(key_reuse::consume(to_value(key.ptr()))); });
  r.def("assert_consumed", [](py::handle key, const Selection& value) {
    key_reuse::assert_consumed(to_value(key.ptr()), elements(value));
  });
}

}  // namespace covector::bindings
