// Batching and staging on trees, as the Python API layer calls them.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <vector>

#include "array_type.h"
#include "convert.h"
#include "covector/core/fold.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"
#include "function.h"
#include "jaxpr.h"
#include "leaves.h"
#include "register.h"
#include "tree.h"

namespace covector::bindings {
namespace {

py::object treedef_object(const Ref<const TreeDef>& d) { return wrap_treedef(d); }

using Axis = std::optional<int>;

py::tuple batch_call(py::object fun, py::list leaves, py::handle in_tree,
                     const std::vector<Axis>& axes, int64_t size, py::handle name) {
  MappedAxes mapped;
  for (const Axis& a : axes) mapped.push_back(a.value_or(kUnmapped));
  FlatFunction f(std::move(fun), unwrap_treedef(in_tree.ptr()));
  BatchOut out = batch([&](Args a) { return f(a); }, AxisData{size, axis_name(name)},
                       values_of(leaves), mapped);
  py::list out_axes;
  for (int a : out.axes) out_axes.append(a == kUnmapped ? py::object(py::none()) : py::int_(a));
  return py::make_tuple(objects_of(out.values), out_axes, treedef_object(f.out()));
}

// The batched value with its mapped axis where the caller wants it.
py::object move_batch_axis(py::handle x, Axis from, Axis to, int64_t size) {
  Value v = to_value(x.ptr());
  if (!to) {
    require<ValueError>(!from, "vmap has mapped output but out_axes is None");
    return wrapped(v);
  }
  int64_t rank = v.rank() + (from ? 0 : 1);
  int target = *to < 0 ? *to + static_cast<int>(rank) : *to;
  require<ValueError>(target >= 0 && target < rank, "vmap: out_axes entry ", *to,
                      " is out of bounds for an output that has rank ", rank, " when batched");
  Value front =
      from ? move_axis(v, *from, target) : move_axis(batch_to_front(v, size, kUnmapped), 0, target);
  return wrapped(front);
}

// The type of a leaf: of an array, or of anything with a shape and a dtype.
Aval aval_of_leaf(py::handle x) {
  if (is_array_like(x.ptr())) return to_value(x.ptr()).aval();
  require<TypeError>(py::hasattr(x, "shape") && py::hasattr(x, "dtype"), "a value of type ",
                     Py_TYPE(x.ptr())->tp_name,
                     " is not a valid array type: it has no shape and dtype");
  Shape shape;
  for (py::handle d : x.attr("shape")) shape.push_back(d.cast<int64_t>());
  bool weak = py::getattr(x, "weak_type", py::bool_(false)).cast<bool>();
  return Aval(canonical(to_dtype(x.attr("dtype").ptr())), shape, weak);
}

py::tuple stage_call(py::object fun, py::list leaves, py::handle in_tree) {
  Avals avals;
  for (py::handle x : leaves) avals.push_back(aval_of_leaf(x));
  auto debug = debug_info(fun);
  FlatFunction f(std::move(fun), unwrap_treedef(in_tree.ptr()));
  ClosedJaxpr c = stage([&](Args a) { return f(a); }, avals, debug);
  return py::make_tuple(jaxpr_object(c), treedef_object(f.out()));
}

}  // namespace

void register_batch(py::module_& m) {
  m.def("batch", &batch_call, py::arg("fun"), py::arg("leaves"), py::arg("in_tree"),
        py::arg("axes"), py::arg("axis_size"), py::arg("axis_name") = py::none());
  m.def("move_batch_axis", &move_batch_axis, py::arg("value"), py::arg("axis"), py::arg("to"),
        py::arg("axis_size"));
  m.def("stage", &stage_call, py::arg("fun"), py::arg("leaves"), py::arg("in_tree"));
  py::class_<EagerScope>(m, "EagerScope", "A context in which operations run at once.")
      .def(py::init<>())
      .def("__enter__", &EagerScope::enter)
      .def("__exit__", [](EagerScope& s, const py::args&) { s.exit(); });
}

}  // namespace covector::bindings
