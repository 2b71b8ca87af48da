// Operations that take a staged function as their body.

#include <pybind11/stl.h>

#include "array_type.h"
#include "convert.h"
#include "covector/control/composite.h"
#include "covector/control/control.h"
#include "covector/lax/index_dims.h"
#include "jaxpr.h"
#include "param.h"
#include "register.h"

namespace covector::bindings {
namespace {

Values values_of(const py::sequence& xs) {
  Values v;
  for (py::handle x : xs) v.push_back(to_value(x.ptr()));
  return v;
}

py::list list_of(const Values& vs) {
  py::list l;
  for (const Value& v : vs) l.append(wrapped(v));
  return l;
}

py::list reduce_by(const py::sequence& operands, const py::sequence& inits, const ClosedJaxpr& body,
                   const std::vector<int64_t>& axes) {
  return list_of(covector::reduce(values_of(operands), values_of(inits), body, axes));
}

py::object scatter_apply_by(py::handle operand, py::handle indices, const ClosedJaxpr& body,
                            const std::vector<int64_t>& update_shape, py::handle dims,
                            py::handle mode, bool indices_are_sorted, bool unique_indices) {
  IndexOptions o{rules::read_index_mode(to_param(mode.ptr()), IndexMode::kFillOrDrop),
                 indices_are_sorted,
                 unique_indices,
                 {}};
  return wrapped(covector::scatter_apply(to_value(operand.ptr()), to_value(indices.ptr()), body,
                                         update_shape,
                                         rules::read_scatter_dims(to_param(dims.ptr())), o));
}

py::list composite_of(const py::sequence& operands, const ClosedJaxpr& body,
                      const std::string& name, py::handle attributes, int64_t version) {
  CompositeParams p{name, body, to_param(attributes.ptr()), version};
  return list_of(covector::composite(p, values_of(operands)));
}

}  // namespace

void register_staged_bodies(py::module_& m) {
  m.def("reduce", &reduce_by, py::arg("operands"), py::arg("inits"), py::arg("closed_jaxpr"),
        py::arg("axes"), "Arrays reduced over axes by a staged function of scalars.");
  m.def("scatter_apply", &scatter_apply_by, py::arg("operand"), py::arg("indices"),
        py::arg("closed_jaxpr"), py::arg("update_shape"), py::arg("dimension_numbers"),
        py::arg("mode"), py::arg("indices_are_sorted"), py::arg("unique_indices"),
        "An array with elements replaced by what a staged function makes of them.");
  m.def("composite", &composite_of, py::arg("operands"), py::arg("closed_jaxpr"), py::arg("name"),
        py::arg("attributes"), py::arg("version"), "A named call of a staged function.");
}

}  // namespace covector::bindings
