// Operations over named axes. Names are any hashable Python objects.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array_type.h"
#include "convert.h"
#include "covector/lax/collectives.h"
#include "host_object.h"
#include "jaxpr.h"
#include "param.h"
#include "register.h"

namespace covector::bindings {

AxisName axis_name(py::handle x) {
  if (x.is_none()) return {};
  if (py::isinstance<py::str>(x)) return AxisName(x.cast<std::string>());
  return AxisName(
      Ref<const HostObject>(make_ref<const PyHostObject>(py::reinterpret_borrow<py::object>(x))));
}

namespace {

using Groups = std::vector<std::vector<int64_t>>;

NamedAxes named_axes(const py::iterable& names, const Groups& groups) {
  NamedAxes r;
  for (py::handle n : names) r.names.push_back(axis_name(n));
  for (const auto& g : groups) r.groups.emplace_back(g.begin(), g.end());
  return r;
}

// Axes in scope for the length of a `with` block.
class AxisScope {
 public:
  AxisScope(py::handle name, int64_t size) : axis_{size, axis_name(name)} {}
  void enter() { scope_ = std::make_unique<WithAxis>(axis_); }
  void exit() { scope_.reset(); }

 private:
  const AxisData axis_;
  std::unique_ptr<WithAxis> scope_;
};

void register_reductions(py::module_& m) {
  using Reduction = Value (*)(const Value&, const NamedAxes&);
  const std::pair<const char*, Reduction> all[] = {{"psum", psum}, {"pmax", pmax}, {"pmin", pmin}};
  for (auto [name, f] : all)
    m.def(
        name,
        [f = f](py::handle x, const py::iterable& axes, const Groups& groups) {
          return wrapped(f(to_value(x.ptr()), named_axes(axes, groups)));
        },
        py::arg("x"), py::arg("axes"), py::arg("groups"));
}

void register_checks(py::module_& m) {
  m.def("axis_size", [](py::handle name) { return axis_size(axis_name(name)); });
  m.def(
      "check_groups",
      [](const std::string& operation, const py::iterable& names, const Groups& groups) {
        named_axes(names, groups).check(operation, false);
      },
      py::arg("operation"), py::arg("axis_name"), py::arg("groups"));
}

void register_copies(py::module_& m) {
  m.def(
      "ppermute",
      [](py::handle x, const py::iterable& names, const Sends& perm) {
        return wrapped(ppermute(to_value(x.ptr()), named_axes(names, {}), perm));
      },
      py::arg("x"), py::arg("axis_name"), py::arg("perm"));
  m.def(
      "pbroadcast",
      [](py::handle x, const py::iterable& names, int64_t source) {
        return wrapped(pbroadcast(to_value(x.ptr()), named_axes(names, {}), source));
      },
      py::arg("x"), py::arg("axis_name"), py::arg("source"));
}

void register_exchanges(py::module_& m) {
  m.def(
      "all_gather",
      [](py::handle x, const py::iterable& names, const Groups& groups, int64_t axis, bool tiled) {
        return wrapped(all_gather(to_value(x.ptr()), named_axes(names, groups), axis, tiled));
      },
      py::arg("x"), py::arg("axis_name"), py::arg("groups"), py::arg("axis"), py::arg("tiled"));
  m.def(
      "reduce_scatter",
      [](py::handle x, const py::iterable& names, const Groups& groups, int64_t axis, bool tiled) {
        return wrapped(reduce_scatter(to_value(x.ptr()), named_axes(names, groups), axis, tiled));
      },
      py::arg("x"), py::arg("axis_name"), py::arg("groups"), py::arg("axis"), py::arg("tiled"));
  m.def(
      "all_to_all",
      [](py::handle x, const py::iterable& names, const Groups& groups, int64_t split_axis,
         int64_t concat_axis) {
        return wrapped(
            all_to_all(to_value(x.ptr()), named_axes(names, groups), split_axis, concat_axis));
      },
      py::arg("x"), py::arg("axis_name"), py::arg("groups"), py::arg("split_axis"),
      py::arg("concat_axis"));
  m.def(
      "ragged_all_to_all",
      [](const std::array<py::handle, 6>& x, const py::iterable& names, const Groups& groups) {
        auto v = [&](size_t i) { return to_value(x[i].ptr()); };
        return wrapped(
            ragged_all_to_all(v(0), v(1), {v(2), v(3), v(4), v(5)}, named_axes(names, groups)));
      },
      py::arg("operands"), py::arg("axis_name"), py::arg("groups"));
}

}  // namespace

void register_collectives(py::module_& top) {
  py::module_ m = top.def_submodule("collectives", "Operations over named axes.");
  py::class_<AxisScope>(m, "AxisScope", "A context in which a named axis is known.")
      .def(py::init<py::handle, int64_t>(), py::arg("name"), py::arg("size"))
      .def("__enter__", &AxisScope::enter)
      .def("__exit__", [](AxisScope& s, const py::args&) { s.exit(); });
  m.def("axis_index", [](py::handle name) { return wrapped(axis_index(axis_name(name))); });
  register_checks(m);
  m.def("axis_names", [] {
    py::list l;
    for (const AxisName& n : axis_names()) l.append(from_param(n));
    return l;
  });
  register_reductions(m);
  register_copies(m);
  register_exchanges(m);
  top.def(
      "add_any",
      [](py::handle x, py::handle y) {
        return wrapped(add_any(to_value(x.ptr()), to_value(y.ptr())));
      },
      py::arg("x"), py::arg("y"), "The sum of two cotangents.");
}

}  // namespace covector::bindings
