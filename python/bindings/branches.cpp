// Branches on trees, as `covector.lax` offers them.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array_type.h"
#include "convert.h"
#include "covector/control/control.h"
#include "covector/control/lists.h"
#include "covector/control/platform.h"
#include "covector/lax/lax.h"
#include "function.h"
#include "jaxpr.h"
#include "param.h"
#include "register_control.h"
#include "staged_function.h"
#include "tree.h"

namespace covector::bindings {
namespace {

using namespace lists;

using Functions = std::vector<Ref<const StagedFunction>>;

py::list aval_objects(AvalSpan avals) {
  py::list l;
  for (const Aval& a : avals) l.append(aval_object(a));
  return l;
}

// Throws TypeError that lists the differences, unless trees and types are equal.
void check_outputs(const char* api, const char* first_name, const std::string& other_name,
                   py::handle first_fun, py::handle other_fun, const StagedFunction& first,
                   const StagedFunction& other) {
  Avals a = first.out_avals(), b = other.out_avals();
  bool same = *first.out == *other.out;
  for (size_t i = 0; same && i < a.size(); ++i) same = a[i].same_type(b[i]);
  if (same) return;
  py::object text =
      py::module_::import("covector.lax._carry_errors")
          .attr("branch_error")(api, py::make_tuple(first_name, other_name),
                                py::make_tuple(first_fun, other_fun),
                                py::make_tuple(wrap_treedef(first.out), wrap_treedef(other.out)),
                                py::make_tuple(aval_objects(a), aval_objects(b)));
  if (!text.is_none()) fail<TypeError>(text.cast<std::string>());
}

struct Call {
  explicit Call(const py::tuple& operands) {
    Leaves leaves;
    py::tuple both = py::make_tuple(operands, py::dict());
    FlatValues flat = flatten_values(both, "cond");
    values = std::move(flat.values);
    tree = std::move(flat.def);
  }
  Functions stage(const std::vector<py::object>& functions) const {
    Functions r;
    for (const py::object& f : functions)
      r.push_back(stage_function(f, tree, avals_of(values), "cond"));
    return r;
  }
  Values values;
  Ref<const TreeDef> tree;
};

py::object run(const Value& index, const Functions& f, const Order& order, Args operands,
               const Param& platforms) {
  std::vector<Closure> branches;
  for (uint32_t i : order) branches.push_back({f[i]->jaxpr, f[i]->consts});
  return unflatten_values(*f[0]->out, switch_case(index, branches, operands, platforms));
}

py::object cond_call(py::handle pred, py::object on_true, py::object on_false,
                     const py::tuple& operands) {
  Value p = to_value(pred.ptr());
  if (!is_bool(p.dtype())) p = ne(p, zeros(p.aval()));
  Call call(operands);
  Functions f = call.stage({on_true, on_false});
  check_outputs("cond", "true_fun", "false_fun", on_true, on_false, *f[0], *f[1]);
  return run(convert_element_type(p, kInt32), f, {1, 0}, call.values, {});
}

// With `platforms` there is no index: the program's platform is it.
py::object switch_call(py::handle index, const std::vector<py::object>& branches,
                       const py::tuple& operands, py::handle platforms) {
  Call call(operands);
  Functions f = call.stage(branches);
  for (size_t i = 1; i < f.size(); ++i)
    check_outputs("switch", "branch 0", str("branch", i), branches[0], branches[i], *f[0], *f[i]);
  Order all = range(0, f.size());
  if (!platforms.is_none()) {
    Param of = to_param(platforms.ptr());
    return run(platform_index(of), f, all, call.values, of);
  }
  Value at = convert_element_type(to_value(index.ptr()), kInt32);
  Value last = scalar_of(kInt32, static_cast<int64_t>(f.size()) - 1);
  at = clamp(scalar_of(kInt32, int64_t{0}), at, last);
  return run(at, f, all, call.values, {});
}

}  // namespace

void register_branches(py::module_& m) {
  m.def("cond", &cond_call, py::arg("pred"), py::arg("true_fun"), py::arg("false_fun"),
        py::arg("operands"));
  m.def("switch", &switch_call, py::arg("index"), py::arg("branches"), py::arg("operands"),
        py::arg("branches_platforms") = py::none());
}

}  // namespace covector::bindings
