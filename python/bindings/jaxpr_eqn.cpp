// Python's view of equations and what stands in them.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>

#include "array_type.h"
#include "convert.h"
#include "covector/base/hash.h"
#include "covector/core/name_stack.h"
#include "errors.h"
#include "jaxpr.h"
#include "primitive_view.h"
#include "python_primitive.h"
#include "register.h"
#include "tracer_text.h"

namespace covector::bindings {
namespace {

size_t var_number(const Var& v) {
  return hash_mix(reinterpret_cast<size_t>(v.jaxpr.get()), v.id) >> 16;
}

Var fresh_var(py::handle aval, const py::kwargs&) {
  auto home = make_ref<Jaxpr>();
  VarId id = home->new_var(unwrap_aval(aval));
  return {home, id};
}

void register_atoms(py::module_& m) {
  py::class_<Var>(m, "Var", "A variable of a jaxpr.")
      .def(py::init(&fresh_var), py::arg("aval"))
      .def_property_readonly("aval", [](const Var& v) { return aval_object(v.aval()); })
      .def_property_readonly("count", [](const Var& v) { return v.id; })
      .def("__eq__",
           [](const Var& a, py::handle b) {
             return py::isinstance<Var>(b) && b.cast<const Var&>() == a;
           })
      .def("__hash__", &var_number)
      .def("__repr__",
           [](const Var& v) { return str("Var(id=", var_number(v), "):", long_text(v.aval())); });
  py::class_<Literal>(m, "Literal", "A constant that stands in an equation itself.")
      .def(py::init([](py::handle val, py::handle aval) {
             Aval a = unwrap_aval(aval);
             Value v = to_value(val.ptr(), a.dtype(), a.weak_type());
             require<ValueError>(v.array() && v.array()->scalar(),
                                 "a literal is a known scalar, got ", v.aval());
             return Literal{v};
           }),
           py::arg("val"), py::arg("aval"))
      .def_property_readonly("val", [](const Literal& l) { return wrapped(l.value); })
      .def_property_readonly("aval", [](const Literal& l) { return aval_object(l.value.aval()); })
      .def("__eq__",
           [](const Literal& a, py::handle b) {
             return py::isinstance<Literal>(b) && b.cast<const Literal&>().value == a.value;
           })
      .def("__hash__", [](const Literal& l) { return std::hash<const void*>()(l.value.node()); })
      .def("__repr__", [](const Literal& l) {
        return str("Literal(", std::string(py::str(to_numpy(l.value))), ")");
      });
}

// What JAX calls source_info: here the user's line, where it is known.
struct SourceInfo {
  Source line;
};

void register_source_info(py::module_& m) {
  py::class_<SourceInfo>(m, "SourceInfo", "The line of the program that made an equation.")
      .def_property_readonly("file_name",
                             [](const SourceInfo& s) { return s.line ? s.line->file : ""; })
      .def_property_readonly("function_name",
                             [](const SourceInfo& s) { return s.line ? s.line->function : ""; })
      .def_property_readonly("start_line",
                             [](const SourceInfo& s) { return s.line ? s.line->line : 0; })
      .def_property_readonly("name_stack",
                             [](const SourceInfo& s) { return std::string(scopes_of(s.line)); })
      .def("__repr__", [](const SourceInfo& s) { return describe(s.line); });
}

// The text of one equation, as the only one of a jaxpr.
std::string eqn_text(const EqnView& e) {
  JaxprParts p;
  for (const AtomView& a : e.in)
    if (auto* v = std::get_if<Var>(&a))
      if (std::find(p.invars.begin(), p.invars.end(), *v) == p.invars.end()) p.invars.push_back(*v);
  p.eqns.push_back(e);
  p.outvars.assign(e.out.begin(), e.out.end());
  std::string s = to_string(*build_jaxpr(p));
  size_t from = s.find(" let"), to = s.rfind(" in ");
  if (from == s.npos || to == s.npos || to < from) return s;
  from = s.find_first_not_of(" \n", from + 4);
  to = s.find_last_not_of(" \n;", to);
  return s.substr(from, to + 1 - from);
}

EqnView new_eqn(const std::vector<AtomView>& in, const std::vector<Var>& out, py::handle prim,
                const py::dict& params, py::handle, const std::optional<SourceInfo>& source,
                py::handle) {
  const Primitive& p = unwrap_primitive(prim);
  EqnView e{op_from_dict(p, params), in, out, {}, source ? source->line : nullptr};
  require<NotImplemented>(e.op.prim != nullptr, "new_jaxpr_eqn: parameters of primitive '", p->name,
                          "' can only be those of an equation, unchanged");
  if (p->effects) e.effects = p->effects(e.op);
  return e;
}

EqnView replace(const EqnView& e, const py::kwargs& changes) {
  EqnView r = e;
  py::dict params = params_dict(e.op);
  const Primitive* prim = e.op.prim;
  for (auto [key, value] : changes) {
    auto name = key.cast<std::string>();
    if (name == "invars")
      r.in = value.cast<std::vector<AtomView>>();
    else if (name == "outvars")
      r.out = value.cast<std::vector<Var>>();
    else if (name == "primitive")
      prim = &unwrap_primitive(value);
    else if (name == "params")
      params = value.cast<py::dict>();
    else if (name == "source_info")
      r.source = value.cast<SourceInfo>().line;
    else
      require<TypeError>(name == "effects" || name == "ctx",
                         "replace() got an unexpected keyword argument '", name, "'");
  }
  return new_eqn(r.in, r.out, primitive_object(*prim), params, py::none(), SourceInfo{r.source},
                 py::none());
}

}  // namespace

py::object effects_object(const Effects& effects) {
  py::set s;
  for (const Effect* e : effects) s.add(effect_object(*e));
  return s;
}

void register_jaxpr_eqn(py::module_& m) {
  register_atoms(m);
  register_source_info(m);
  py::class_<EqnView>(m, "JaxprEqn", py::dynamic_attr(), "An equation of a jaxpr.")
      .def_property_readonly("primitive",
                             [](const EqnView& e) { return primitive_object(*e.op.prim); })
      .def_property_readonly("params", [](const EqnView& e) { return params_dict(e.op); })
      .def_property_readonly("invars", [](const EqnView& e) { return e.in; })
      .def_property_readonly("outvars", [](const EqnView& e) { return e.out; })
      .def_property_readonly("effects", [](const EqnView& e) { return effects_object(e.effects); })
      .def_property_readonly("source_info", [](const EqnView& e) { return SourceInfo{e.source}; })
      .def_property_readonly("ctx", [](const EqnView&) { return py::none(); })
      .def("replace", &replace, "The equation with other parts.")
      .def("__repr__", &eqn_text);
  m.def("new_jaxpr_eqn", &new_eqn, py::arg("invars"), py::arg("outvars"), py::arg("primitive"),
        py::arg("params"), py::arg("effects") = py::none(), py::arg("source_info") = py::none(),
        py::arg("ctx") = py::none(), "An equation made by hand.");
}

}  // namespace covector::bindings
