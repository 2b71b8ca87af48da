#pragma once

#include <pybind11/pybind11.h>

#include <variant>
#include <vector>

#include "covector/core/jaxpr.h"

// Jaxprs as Python sees them, with JAX's names of classes and attributes.
namespace covector::bindings {

namespace py = pybind11;

// The Python view of a closed jaxpr, and back.
py::object jaxpr_object(const ClosedJaxpr&);
const ClosedJaxpr& unwrap_jaxpr(py::handle);
// The Python view of a type: core.ShapedArray. Back also from an array-like, or
// from anything with a shape and a dtype.
py::object aval_object(const Aval&);
Aval unwrap_aval(py::handle);

// The name of a mapped axis: any hashable object, None for none.
AxisName axis_name(py::handle);

// A variable is known by the jaxpr it is of and its number there. One that is
// not of any jaxpr yet is the only variable of an empty one.
struct Var {
  Ref<const Jaxpr> jaxpr;
  VarId id;
  bool operator==(const Var& o) const { return jaxpr == o.jaxpr && id == o.id; }
  const Aval& aval() const { return jaxpr->vars[id]; }
};
struct Literal {
  Value value;
};
using AtomView = std::variant<Var, Literal>;

// An equation: of a jaxpr, or made by hand.
struct EqnView {
  Op op;
  std::vector<AtomView> in;
  std::vector<Var> out;
  Effects effects;
  Source source = nullptr;
};

AtomView atom_view(const Ref<const Jaxpr>&, const Atom&);
std::vector<EqnView> eqn_views(const Ref<const Jaxpr>&);
py::object effects_object(const Effects&);

// A jaxpr made of variables and equations of others.
struct JaxprParts {
  std::vector<Var> constvars, invars;
  std::vector<AtomView> outvars;
  std::vector<EqnView> eqns;
  Ref<const DebugInfo> debug;
};
Ref<const Jaxpr> build_jaxpr(const JaxprParts&);
JaxprParts parts_of(const Ref<const Jaxpr>&);

}  // namespace covector::bindings
