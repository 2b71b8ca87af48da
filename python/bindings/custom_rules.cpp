// Functions with rules of their own, whose trees Python takes apart: custom_jvp,
// custom_vjp; and rematerialization with policies written in Python.

#include "custom_rules.h"

#include <pybind11/stl.h>

#include "covector/control/control.h"
#include "covector/control/custom_vjp.h"
#include "covector/control/custom_vmap.h"
#include "covector/control/linear_call.h"
#include "covector/control/remat.h"
#include "covector/control/remat_opt.h"
#include "covector/lax/name.h"
#include "host_object.h"
#include "jaxpr.h"
#include "leaves.h"
#include "primitive_view.h"

namespace covector::bindings {
namespace {

// Rules may ask for more of a number of Python's than of an array: whether a residual `is True`,
// or a number to be hashed. So what crosses from them as a number crosses back as one; only here,
// elsewhere they are arrays.

bool is_python_number(PyObject* o, const Value& v) {
  if (!v.array() || !v.array()->scalar() || is_array(o)) return false;
  // Those of NumPy are derived from Python's, and are strongly typed.
  bool derived = PyLong_Check(o) || PyFloat_Check(o) || PyComplex_Check(o);
  return PyBool_Check(o) || (derived && v.aval().weak_type());
}

Value rule_value(py::handle x) {
  Value v = to_value(x.ptr());
  const Array* a = v.array();
  bool number = is_python_number(x.ptr(), v);
  if (!a || !a->scalar() || number == a->is_number()) return v;
  return make_ref<const Array>(a->aval, *a->scalar(), number);
}

py::object rule_object(const Value& v) {
  const Array* a = v.array();
  if (!a || !a->is_number()) return wrapped(v);
  // Never destroyed: no interpreter may be left then.
  static auto* typed =
      new py::object(py::module_::import("covector._typed_numbers").attr("typed_number"));
  return (*typed)(to_python_scalar(*a), aval_object(a->aval));
}

py::list rule_objects(Args values) {
  py::list l;
  for (const Value& v : values) l.append(v ? rule_object(v) : py::object(py::none()));
  return l;
}

// What the caller gets: numbers without a type, as JAX gives back what a function returned.
py::list result_objects(Args values) {
  py::list l;
  for (const Value& v : values) {
    const Array* a = v.array();
    l.append(a && a->is_number() ? to_python_scalar(*a) : rule_object(v));
  }
  return l;
}

Values rule_values(const py::list& leaves) {
  Values v;
  for (py::handle x : leaves) v.push_back(x.is_none() ? Value() : rule_value(x));
  return v;
}

// A Python function of leaves that returns a list of leaves.
Fun leaves_function(py::object fun) {
  return [held = SharedObject(std::move(fun))](Args args) {
    return rule_values(py::list(held.get()(*py::tuple(rule_objects(args)))));
  };
}

py::list call_custom_jvp(std::string name, py::object fun, py::object rule, py::list leaves,
                         bool symbolic_zeros) {
  auto f = make_ref<CustomJvp>();
  f->name = std::move(name);
  f->symbolic_zeros = symbolic_zeros;
  f->fun = leaves_function(std::move(fun));
  f->jvp = [held = SharedObject(std::move(rule))](Args primals, Args tangents) -> JvpOut {
    py::tuple out = held.get()(rule_objects(primals), rule_objects(tangents));
    JvpOut r{rule_values(py::list(py::object(out[0]))), rule_values(py::list(py::object(out[1])))};
    require<TypeError>(r.tangents.size() == r.primals.size(),
                       "a custom_jvp rule must return as many tangents as primals");
    return r;
  };
  return result_objects(custom_jvp_call(f, rule_values(leaves)));
}

// `forward` takes primals and which of them are differentiated, and returns
// results, residuals, and a function of residuals and cotangents.
CustomVjp::Forward forward_rule(py::object forward) {
  return [held = SharedObject(std::move(forward))](Args primals, const Mask& nonzero) {
    py::list perturbed;
    for (bool b : nonzero) perturbed.append(b);
    py::tuple out = held.get()(rule_objects(primals), perturbed);
    VjpForward r;
    r.primals = rule_values(py::list(py::object(out[0])));
    r.residuals = rule_values(py::list(py::object(out[1])));
    r.backward = [backward = SharedObject(out[2])](Args residuals, Args cts) {
      return rule_values(py::list(backward.get()(rule_objects(residuals), rule_objects(cts))));
    };
    return r;
  };
}

py::list call_custom_vjp(std::vector<std::string> names, py::object fun, py::object forward,
                         py::list leaves, bool symbolic_zeros, bool optimize_remat) {
  CustomVjp::Names n{names.at(0), names.at(1), names.at(2)};
  Fun function = leaves_function(std::move(fun));
  CustomVjp::Forward rule = forward_rule(std::move(forward));
  if (optimize_remat) rule = optimized_for_remat(function, std::move(rule));
  auto f = make_ref<CustomVjp>(std::move(n), std::move(function), std::move(rule), symbolic_zeros);
  return result_objects(custom_vjp_call(f, rule_values(leaves)));
}

// `rule` takes the size, leaves and which of them are mapped; it returns leaves and
// which of these are.
py::list call_custom_vmap(py::handle jaxpr, py::object rule, std::string rule_name,
                          py::list leaves) {
  VmapRule r = [held = SharedObject(std::move(rule))](const AxisData& axis, Args args,
                                                      const Mask& mapped) {
    py::list which;
    for (bool b : mapped) which.append(b);
    py::tuple out = held.get()(axis.size, objects_of(args), which);
    VmapOut v{values_of(py::list(py::object(out[0]))), {}};
    for (py::handle m : py::list(py::object(out[1]))) v.mapped.push_back(m.cast<bool>());
    return v;
  };
  return objects_of(
      custom_vmap_call(unwrap_jaxpr(jaxpr), std::move(r), std::move(rule_name), values_of(leaves)));
}

py::list call_linear(py::handle jaxpr, py::object transpose, py::list residuals, py::list linear) {
  return objects_of(linear_call(unwrap_jaxpr(jaxpr), leaves_function(std::move(transpose)),
                                values_of(residuals), values_of(linear)));
}

Ref<const RematPolicy> policy_of(py::object policy) {
  if (policy.is_none()) return {};
  auto r = make_ref<RematPolicy>();
  auto held = make_ref<const PyHostObject>(std::move(policy));
  r->shown = held;
  r->saveable = [held](const Op& op, AvalSpan in) {
    py::tuple avals(in.size());
    for (size_t i = 0; i < in.size(); ++i) avals[i] = aval_object(in[i]);
    py::object answer = held->object()(primitive_object(*op.prim), *avals, **params_dict(op));
    int yes = PyObject_IsTrue(answer.ptr());
    if (yes < 0) throw py::error_already_set();
    return yes != 0;
  };
  return r;
}

py::list call_remat(py::handle jaxpr, py::list leaves, std::vector<bool> prevent_cse,
                    py::object policy) {
  RematParams p;
  p.jaxpr = unwrap_jaxpr(jaxpr);
  p.policy = policy_of(std::move(policy));
  p.prevent_cse = Mask(prevent_cse.begin(), prevent_cse.end());
  return objects_of(remat(std::move(p), values_of(leaves)));
}

}  // namespace

void register_custom_rules(py::module_& m) {
  m.def("custom_jvp_call", &call_custom_jvp, py::arg("name"), py::arg("fun"), py::arg("jvp"),
        py::arg("leaves"), py::arg("symbolic_zeros"));
  m.def("custom_vjp_call", &call_custom_vjp, py::arg("names"), py::arg("fun"), py::arg("forward"),
        py::arg("leaves"), py::arg("symbolic_zeros"), py::arg("optimize_remat"));
  m.def("custom_vmap_call", &call_custom_vmap, py::arg("closed_jaxpr"), py::arg("rule"),
        py::arg("rule_name"), py::arg("leaves"));
  m.def("linear_call", &call_linear, py::arg("closed_jaxpr"), py::arg("transpose"),
        py::arg("residuals"), py::arg("linear"));
  m.def("remat", &call_remat, py::arg("closed_jaxpr"), py::arg("leaves"), py::arg("prevent_cse"),
        py::arg("policy"));
  m.def(
      "checkpoint_name",
      [](py::handle x, std::string name) {
        return wrapped(checkpoint_name(to_value(x.ptr()), std::move(name)));
      },
      py::arg("x"), py::arg("name"));
}

}  // namespace covector::bindings
