// Python views of jaxprs, with JAX's attribute names. Variables are numbers in
// the core; their Python objects are made on demand and compare by what they
// stand for.

#include "jaxpr.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <optional>

#include "array_type.h"
#include "convert.h"
#include "covector/core/config.h"
#include "covector/core/trace.h"
#include "errors.h"
#include "param.h"
#include "register.h"

namespace covector::bindings {
namespace {

struct Var {
  Ref<const Jaxpr> jaxpr;
  VarId id;
  bool operator==(const Var& o) const { return jaxpr == o.jaxpr && id == o.id; }
};
struct Literal {
  Value value;
};
struct JaxprView {
  Ref<const Jaxpr> jaxpr;
};
struct EqnView {
  Ref<const Jaxpr> jaxpr;
  size_t index;
  const Eqn& eqn() const { return jaxpr->eqns[index]; }
};
struct PrimitiveView {
  const Primitive* prim;
};
struct ShapedArray {
  Aval aval;
};

py::object atom(const Ref<const Jaxpr>& j, const Atom& a) {
  if (a.literal) return py::cast(Literal{a.literal});
  return py::cast(Var{j, a.var});
}

template <class Range>
py::list vars(const Ref<const Jaxpr>& j, const Range& ids) {
  py::list l;
  for (VarId v : ids) l.append(py::cast(Var{j, v}));
  return l;
}

template <class Range>
py::list atoms(const Ref<const Jaxpr>& j, const Range& as) {
  py::list l;
  for (const Atom& a : as) l.append(atom(j, a));
  return l;
}

py::dict params(const EqnView& e) {
  struct Collector final : FieldVisitor {
    void field(std::string_view name, const FieldValue& v, bool) override {
      out[py::str(std::string(name))] = from_field(v);
    }
    py::dict out;
  } collector;
  if (e.eqn().op.params) e.eqn().op.params->visit(collector);
  return collector.out;
}

py::list eqns(const JaxprView& j) {
  py::list l;
  for (size_t i = 0; i < j.jaxpr->eqns.size(); ++i) l.append(py::cast(EqnView{j.jaxpr, i}));
  return l;
}

py::set effects(const Effects& effects) {
  py::set s;
  for (const Effect* e : effects) s.add(py::str(std::string(e->name)));
  return s;
}

void register_atoms(py::module_& m) {
  py::class_<ShapedArray>(m, "ShapedArray", "The type of an array: shape, dtype, weak type.")
      .def(py::init([](const std::vector<int64_t>& shape, py::handle dtype, bool weak_type) {
             return ShapedArray{Aval(to_dtype(dtype.ptr()), shape, weak_type)};
           }),
           py::arg("shape"), py::arg("dtype"), py::arg("weak_type") = false)
      .def_property_readonly("shape",
                             [](const ShapedArray& a) {
                               py::tuple t(a.aval.rank());
                               for (size_t i = 0; i < t.size(); ++i) t[i] = a.aval.shape()[i];
                               return t;
                             })
      .def_property_readonly("dtype", [](const ShapedArray& a) { return dtype_object(a.aval.dtype()); })
      .def_property_readonly("weak_type", [](const ShapedArray& a) { return a.aval.weak_type(); })
      .def_property_readonly("ndim", [](const ShapedArray& a) { return a.aval.rank(); })
      .def_property_readonly("size", [](const ShapedArray& a) { return a.aval.size(); })
      .def("strip_weak_type", [](const ShapedArray& a) { return ShapedArray{a.aval.strong()}; })
      .def("str_short", [](const ShapedArray& a, bool) { return str(a.aval); },
           py::arg("short_dtypes") = true)
      .def("__eq__",
           [](const ShapedArray& a, py::handle b) {
             return py::isinstance<ShapedArray>(b) && b.cast<ShapedArray&>().aval == a.aval;
           })
      .def("__hash__", [](const ShapedArray& a) { return a.aval.hash(); })
      .def("__repr__", [](const ShapedArray& a) {
        return str("ShapedArray(", a.aval.dtype()->name, "[",
                   [&] {
                     std::string s;
                     for (int64_t d : a.aval.shape()) s += str(s.empty() ? "" : ",", d);
                     return s;
                   }(),
                   "]", a.aval.weak_type() ? ", weak_type=True" : "", ")");
      });
  py::class_<Var>(m, "Var", "A variable of a jaxpr.")
      .def_property_readonly("aval", [](const Var& v) { return aval_object(v.jaxpr->vars[v.id]); })
      .def_property_readonly("count", [](const Var& v) { return v.id; })
      .def("__eq__",
           [](const Var& a, py::handle b) {
             return py::isinstance<Var>(b) && b.cast<Var&>() == a;
           })
      .def("__hash__",
           [](const Var& v) { return hash_mix(reinterpret_cast<size_t>(v.jaxpr.get()), v.id); })
      .def("__repr__", [](const Var& v) { return str("Var(id=", v.id, "):", v.jaxpr->vars[v.id]); });
  py::class_<Literal>(m, "Literal", "A scalar constant in an equation.")
      .def_property_readonly("val", [](const Literal& l) { return wrapped(l.value); })
      .def_property_readonly("aval", [](const Literal& l) { return aval_object(l.value.aval()); })
      .def("__repr__", [](const Literal& l) {
        return std::string(py::str(to_numpy(l.value))) + ":" + str(l.value.aval());
      });
}

void register_equations(py::module_& m) {
  py::class_<PrimitiveView>(m, "Primitive", "An operation of jaxprs.")
      .def_property_readonly("name",
                             [](const PrimitiveView& p) { return std::string(p.prim->def().name); })
      .def_property_readonly(
          "multiple_results", [](const PrimitiveView& p) { return p.prim->def().multiple_results; })
      .def("__eq__",
           [](const PrimitiveView& a, py::handle b) {
             return py::isinstance<PrimitiveView>(b) && b.cast<PrimitiveView&>().prim == a.prim;
           })
      .def("__hash__",
           [](const PrimitiveView& p) { return std::hash<const void*>()(p.prim); })
      .def("__repr__", [](const PrimitiveView& p) { return std::string(p.prim->def().name); });
  py::class_<EqnView>(m, "JaxprEqn", "An equation of a jaxpr.")
      .def_property_readonly("primitive",
                             [](const EqnView& e) { return PrimitiveView{e.eqn().op.prim}; })
      .def_property_readonly("params", &params)
      .def_property_readonly("invars", [](const EqnView& e) { return atoms(e.jaxpr, e.eqn().in); })
      .def_property_readonly("outvars", [](const EqnView& e) { return vars(e.jaxpr, e.eqn().out); })
      .def_property_readonly("effects", [](const EqnView& e) { return effects(e.eqn().effects); })
      .def_property_readonly("source_info",
                             [](const EqnView& e) { return describe(e.eqn().source); });
}

py::list eval(const ClosedJaxpr& c, py::list leaves) {
  Values in;
  for (py::handle x : leaves) in.push_back(to_value(x.ptr()));
  require<TypeError>(in.size() == c.jaxpr->invars.size(), "the jaxpr takes ",
                     c.jaxpr->invars.size(), " arguments, got ", in.size());
  py::list out;
  for (const Value& v : eval_jaxpr(c, in)) out.append(wrapped(v));
  return out;
}

}  // namespace

py::object jaxpr_object(const ClosedJaxpr& c) { return py::cast(c); }
const ClosedJaxpr& unwrap_jaxpr(py::handle h) { return h.cast<const ClosedJaxpr&>(); }
py::object aval_object(const Aval& a) { return py::cast(ShapedArray{a}); }

void register_jaxpr(py::module_& m) {
  register_atoms(m);
  register_equations(m);
  py::class_<JaxprView>(m, "Jaxpr", "A program: typed equations in order.")
      .def_property_readonly("invars",
                             [](const JaxprView& j) { return vars(j.jaxpr, j.jaxpr->invars); })
      .def_property_readonly("constvars",
                             [](const JaxprView& j) { return vars(j.jaxpr, j.jaxpr->constvars); })
      .def_property_readonly("outvars",
                             [](const JaxprView& j) { return atoms(j.jaxpr, j.jaxpr->outs); })
      .def_property_readonly("eqns", &eqns)
      .def_property_readonly("effects",
                             [](const JaxprView& j) { return effects(j.jaxpr->effects); })
      .def("__eq__",
           [](const JaxprView& a, py::handle b) {
             return py::isinstance<JaxprView>(b) && b.cast<JaxprView&>().jaxpr == a.jaxpr;
           })
      .def("__hash__",
           [](const JaxprView& j) { return std::hash<const void*>()(j.jaxpr.get()); })
      .def("__repr__", [](const JaxprView& j) { return to_string(*j.jaxpr); });
  py::class_<ClosedJaxpr>(m, "ClosedJaxpr", "A jaxpr with the values of its constants.")
      .def_property_readonly("jaxpr", [](const ClosedJaxpr& c) { return JaxprView{c.jaxpr}; })
      .def_property_readonly("consts",
                             [](const ClosedJaxpr& c) {
                               py::list l;
                               for (const Value& v : c.consts) l.append(wrapped(v));
                               return l;
                             })
      .def_property_readonly("in_avals",
                             [](const ClosedJaxpr& c) {
                               py::list l;
                               for (const Aval& a : c.in_avals()) l.append(aval_object(a));
                               return l;
                             })
      .def_property_readonly("out_avals",
                             [](const ClosedJaxpr& c) {
                               py::list l;
                               for (const Aval& a : c.out_avals()) l.append(aval_object(a));
                               return l;
                             })
      .def_property_readonly("eqns", [](const ClosedJaxpr& c) { return eqns({c.jaxpr}); })
      .def_property_readonly("effects",
                             [](const ClosedJaxpr& c) { return effects(c.jaxpr->effects); })
      .def("__repr__", [](const ClosedJaxpr& c) { return to_string(c); });
  m.def("eval_jaxpr", &eval, py::arg("closed_jaxpr"), py::arg("leaves"));
  m.def("check_jaxpr", [](const ClosedJaxpr& c) { check_jaxpr(*c.jaxpr); });
  m.def("aval_of", [](py::handle x) { return aval_object(to_value(x.ptr()).aval()); });
  m.def("is_eager", &is_eager);
}

}  // namespace covector::bindings
