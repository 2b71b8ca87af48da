// Functions with rules of their own, whose trees Python takes apart: custom_jvp,
// custom_vjp; and rematerialization with policies written in Python.

#include "custom_rules.h"

#include <pybind11/stl.h>

#include "covector/control/control.h"
#include "covector/control/custom_vjp.h"
#include "covector/control/custom_vmap.h"
#include "covector/control/linear_call.h"
#include "covector/control/remat.h"
#include "covector/lax/name.h"
#include "host_object.h"
#include "jaxpr.h"
#include "leaves.h"
#include "primitive_view.h"

namespace covector::bindings {
namespace {

// A Python function of leaves that returns a list of leaves.
Fun leaves_function(py::object fun) {
  return [held = SharedObject(std::move(fun))](Args args) {
    return values_of(py::list(held.get()(*py::tuple(objects_of(args)))));
  };
}

py::list call_custom_jvp(std::string name, py::object fun, py::object rule, py::list leaves,
                         bool symbolic_zeros) {
  auto f = make_ref<CustomJvp>();
  f->name = std::move(name);
  f->symbolic_zeros = symbolic_zeros;
  f->fun = leaves_function(std::move(fun));
  f->jvp = [held = SharedObject(std::move(rule))](Args primals, Args tangents) -> JvpOut {
    py::tuple out = held.get()(objects_of(primals), optional_objects(tangents));
    JvpOut r{values_of(py::list(py::object(out[0]))),
             optional_values(py::list(py::object(out[1])))};
    require<TypeError>(r.tangents.size() == r.primals.size(),
                       "a custom_jvp rule must return as many tangents as primals");
    return r;
  };
  return objects_of(custom_jvp_call(f, values_of(leaves)));
}

// `forward` takes primals and which of them are differentiated, and returns
// results, residuals, and a function of residuals and cotangents.
CustomVjp::Forward forward_rule(py::object forward) {
  return [held = SharedObject(std::move(forward))](Args primals, const Mask& nonzero) {
    py::list perturbed;
    for (bool b : nonzero) perturbed.append(b);
    py::tuple out = held.get()(objects_of(primals), perturbed);
    VjpForward r;
    r.primals = values_of(py::list(py::object(out[0])));
    r.residuals = values_of(py::list(py::object(out[1])));
    r.backward = [backward = SharedObject(out[2])](Args residuals, Args cts) {
      return optional_values(
          py::list(backward.get()(objects_of(residuals), optional_objects(cts))));
    };
    return r;
  };
}

py::list call_custom_vjp(std::vector<std::string> names, py::object fun, py::object forward,
                         py::list leaves, bool symbolic_zeros) {
  CustomVjp::Names n{names.at(0), names.at(1), names.at(2)};
  auto f = make_ref<CustomVjp>(std::move(n), leaves_function(std::move(fun)),
                               forward_rule(std::move(forward)), symbolic_zeros);
  return objects_of(custom_vjp_call(f, values_of(leaves)));
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
        py::arg("leaves"), py::arg("symbolic_zeros"));
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
