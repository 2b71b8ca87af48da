// Staged functions with what they close over, and what is made of them.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array_type.h"
#include "carry.h"
#include "convert.h"
#include "covector/control/control.h"
#include "covector/control/jaxpr_parts.h"
#include "covector/core/stage.h"
#include "covector/lax/scan.h"
#include "covector/runtime/jit.h"
#include "function.h"
#include "jaxpr.h"
#include "register_control.h"
#include "staged_function.h"
#include "tree.h"

namespace covector::bindings {
namespace {

Values values_of(const py::handle& leaves) {
  Values v;
  for (py::handle x : leaves) v.push_back(to_value(x.ptr()));
  return v;
}

py::list objects_of(Args values) {
  py::list l;
  for (const Value& v : values) l.append(wrapped(v));
  return l;
}

// A function of one tree, staged.
struct StagedClosure {
  Ref<const StagedFunction> staged;
  Closure closure() const { return {staged->jaxpr, staged->consts}; }
};

StagedClosure close_over(const py::object& fun, const py::tuple& arguments) {
  std::vector<Ref<const TreeDef>> defs;
  Avals avals;
  for (py::handle a : arguments) {
    Carry tree = flatten_carry(a, "a staged function");
    avals.append(tree.avals());
    defs.push_back(tree.def);
  }
  return {stage_function(fun, call_tree(defs), avals, "closure_convert")};
}

py::object solve(const py::object& b, const StagedClosure& matvec,
                 const std::optional<StagedClosure>& vecmat, const StagedClosure& solve,
                 const std::optional<StagedClosure>& transpose_solve) {
  LinearSolve s{matvec.closure(), {}, solve.closure(), {}};
  if (vecmat && transpose_solve) {
    s.vecmat = vecmat->closure();
    s.transpose_solve = transpose_solve->closure();
  }
  Values out = custom_linear_solve(s, flatten_carry(b, "custom_linear_solve").values);
  return unflatten_values(*solve.staged->out, out);
}

// map -------------------------------------------------------------------------------------

py::object map_call(const py::object& f, const py::object& xs_tree, int64_t length) {
  Carry xs = flatten_carry(xs_tree, "map");
  Avals avals;
  for (const Value& x : xs.values) avals.push_back(x.aval().without_axis(0));
  Ref<const TreeDef> arguments[] = {xs.def};
  auto staged = stage_function(f, call_tree(arguments), avals, "scan");
  ScanOptions o;
  o.length = length;
  return unflatten_values(*staged->out, scan(staged->jaxpr, staged->consts, {}, xs.values, o));
}

// associative_scan ------------------------------------------------------------------------

// Eagerly all of it is one program.
py::object associative_scan(const py::object& fn, const py::object& elems, int64_t axis,
                            bool reverse) {
  Carry in = flatten_carry(elems, "associative_scan");
  Ref<const TreeDef> arguments[] = {in.def, in.def};
  FlatFunction f(fn, call_tree(arguments));
  auto combine = [&](Args a, Args b) {
    Values r = f(lists::joined({a, b}));
    require<ValueError>(*f.out() == *in.def,
                        "associative_scan: fn must return a tree like its operands, got ",
                        f.out()->to_string(), " for ", in.def->to_string());
    return r;
  };
  Fun all = [&](Args xs) { return rules::associative_scan(combine, xs, axis, reverse); };
  if (!is_eager()) return unflatten_values(*in.def, all(in.values));
  JitOptions options;
  options.name = "associative_scan";
  runtime::Staged staged(stage(all, in.avals(), debug_info(fn)), std::move(options));
  return unflatten_values(*in.def, staged(in.values));
}

}  // namespace

void register_closures(py::module_& m) {
  py::class_<StagedClosure>(m, "Closure", "A staged function with what it closes over.")
      .def_property_readonly("consts",
                             [](const StagedClosure& c) { return objects_of(c.staged->consts); })
      .def_property_readonly("out_tree",
                             [](const StagedClosure& c) { return wrap_treedef(c.staged->out); })
      .def_property_readonly("jaxpr",
                             [](const StagedClosure& c) { return jaxpr_object(c.staged->jaxpr); })
      .def(
          "__call__",
          [](const StagedClosure& c, py::handle leaves) {
            return objects_of(eval_jaxpr(c.staged->jaxpr, values_of(leaves)));
          },
          py::arg("leaves"));
  m.def("close_over", &close_over, py::arg("fun"), py::arg("arguments"));
  m.def("custom_linear_solve", &solve, py::arg("b"), py::arg("matvec"), py::arg("vecmat"),
        py::arg("solve"), py::arg("transpose_solve"));
  m.def("map", &map_call, py::arg("f"), py::arg("xs"), py::arg("length"));
  m.def("associative_scan", &associative_scan, py::arg("fn"), py::arg("elems"), py::arg("axis"),
        py::arg("reverse"));
}

}  // namespace covector::bindings
