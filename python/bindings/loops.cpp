// Loops on trees, as `covector.lax` offers them.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array_type.h"
#include "carry.h"
#include "convert.h"
#include "covector/control/lists.h"
#include "covector/lax/lax.h"
#include "function.h"
#include "jaxpr.h"
#include "register_control.h"
#include "tree.h"

namespace covector::bindings {
namespace {

using namespace lists;

// scan ------------------------------------------------------------------------------------

std::string joined_text(const std::vector<std::string>& parts) {
  std::string s;
  for (const std::string& p : parts) s += (s.empty() ? "" : ", ") + p;
  return s;
}

Carry flatten_xs(py::handle xs) {
  FlatTree flat = flatten(xs.ptr());
  std::vector<std::string> without_axis;
  Carry r{{}, flat.def};
  for (const py::object& leaf : flat.leaves) {
    Value v;
    bool ok = py::hasattr(leaf, "shape") && try_to_value(leaf.ptr(), v);
    if (!ok) without_axis.push_back(py::str(leaf));
    r.values.push_back(std::move(v));
  }
  require<ValueError>(without_axis.empty(), "scan got value with no leading axis to scan over: ",
                      joined_text(without_axis), ".");
  for (const Value& v : r.values)
    if (v.rank() == 0) fail<IndexError>("tuple index out of range");
  return r;
}

int64_t given_length(py::handle length) {
  if (is_array(length.ptr()) && value_of(length.ptr()).tracer())
    fail<ConcretizationTypeError>(
        "The `length` argument to `scan` expects a concrete `int` value. For scan-like iteration "
        "with a dynamic length, use `while_loop` or `fori_loop`.");
  return py::int_(py::reinterpret_borrow<py::object>(length)).cast<int64_t>();
}

int64_t scan_length(Args xs, py::handle length) {
  std::vector<std::string> sizes;
  bool equal = true;
  for (const Value& x : xs) {
    sizes.push_back(str(x.shape()[0]));
    equal &= x.shape()[0] == xs[0].shape()[0];
  }
  if (!length.is_none()) {
    int64_t n = given_length(length);
    for (const Value& x : xs)
      require<ValueError>(x.shape()[0] == n, "scan got `length` argument of ", n,
                          " which disagrees with leading axis sizes [", joined_text(sizes), "].");
    return n;
  }
  require<ValueError>(!xs.empty(), "scan got no values to scan over and `length` not provided.");
  require<ValueError>(
      equal, "scan got values with different leading axis sizes: ", joined_text(sizes), ".");
  return xs[0].shape()[0];
}

int64_t unroll_of(py::handle unroll, int64_t length) {
  if (py::isinstance<py::bool_>(unroll))
    return unroll.cast<bool>() ? std::max(length, int64_t{1}) : 1;
  if (is_array(unroll.ptr()) && value_of(unroll.ptr()).tracer())
    fail<ConcretizationTypeError>(
        "The `unroll` argument to `scan` expects a concrete `int` or `bool` value.");
  return py::int_(py::reinterpret_borrow<py::object>(unroll)).cast<int64_t>();
}

struct ScanBody {
  Ref<const StagedFunction> staged;
  CarryOut carry;
  Ref<const TreeDef> ys;
};

ScanBody stage_body(py::handle f, const Carry& init, const Carry& xs) {
  Avals avals = init.avals();
  for (const Value& x : xs.values) avals.push_back(x.aval().without_axis(0));
  Ref<const TreeDef> arguments[] = {init.def, xs.def};
  ScanBody r{stage_function(f, call_tree(arguments), avals, "scan"), {}, {}};
  const TreeDef& out = *r.staged->out;
  if (out.arity() != 2) {
    Leaves types;
    for (const Aval& a : r.staged->out_avals()) types.adopt(aval_object(a));
    auto shown = py::reinterpret_steal<py::object>(unflatten(out, {types.data(), types.size()}));
    fail<TypeError>("scan body output must be a pair, got ", std::string(py::str(shown)), ".");
  }
  Avals all = r.staged->out_avals();
  r.carry.def = out.children()[0];
  r.carry.avals.append(AvalSpan(all).first(static_cast<size_t>(r.carry.def->num_leaves())));
  r.ys = out.children()[1];
  return r;
}

py::object scan_call(py::handle f, py::handle init_tree, py::handle xs_tree, py::handle length,
                     bool reverse, py::handle unroll) {
  Carry init = flatten_carry(init_tree, "scan"), xs = flatten_xs(xs_tree);
  ScanOptions o;
  o.length = scan_length(xs.values, length);
  o.reverse = reverse;
  ScanBody body = stage_body(f, init, xs);
  if (init.values.size() != body.carry.avals.size()) check_carry("scan body", f, init, body.carry);
  if (promote_weak_types(init, body.carry)) body = stage_body(f, init, xs);
  check_carry("scan body", f, init, body.carry);
  o.unroll = unroll_of(unroll, o.length);
  Values out = scan(body.staged->jaxpr, body.staged->consts, init.values, xs.values, o);
  Args all(out);
  return py::make_tuple(unflatten_values(*body.carry.def, all.first(init.values.size())),
                        unflatten_values(*body.ys, all.subspan(init.values.size())));
}

// while_loop ------------------------------------------------------------------------------

void check_predicate(const StagedFunction& cond) {
  require<TypeError>(cond.out->is_leaf(), "cond_fun must return a boolean scalar, but got pytree ",
                     "PyTreeDef(", cond.out->to_string(), ").");
  Avals types = cond.out_avals();
  if (is_bool(types[0].dtype()) && types[0].rank() == 0) return;
  fail<TypeError>("cond_fun must return a boolean scalar, but got output type(s) [",
                  std::string(py::repr(aval_object(types[0]))), "].");
}

struct WhileFunctions {
  WhileFunctions(py::handle cond_fun, py::handle body_fun, const Carry& init) {
    Ref<const TreeDef> arguments[] = {init.def};
    Ref<const TreeDef> in = call_tree(arguments);
    Avals avals = init.avals();
    cond = stage_function(cond_fun, in, avals, "while_loop");
    body = stage_function(body_fun, in, avals, "while_loop");
    check_predicate(*cond);
    carry = {body->out, body->out_avals()};
  }
  Ref<const StagedFunction> cond, body;
  CarryOut carry;
};

py::object while_call(py::handle cond_fun, py::handle body_fun, py::handle init_tree,
                      std::optional<int64_t> max_steps) {
  Carry init = flatten_carry(init_tree, "while_loop");
  WhileFunctions f(cond_fun, body_fun, init);
  if (init.values.size() != f.carry.avals.size())
    check_carry("while_loop body", body_fun, init, f.carry);
  if (promote_weak_types(init, f.carry)) f = WhileFunctions(cond_fun, body_fun, init);
  check_carry("while_loop body", body_fun, init, f.carry);
  Closure c{f.cond->jaxpr, f.cond->consts}, b{f.body->jaxpr, f.body->consts};
  Values out =
      max_steps ? bounded_while_loop(c, b, init.values, *max_steps) : while_loop(c, b, init.values);
  return unflatten_values(*f.carry.def, out);
}

// fori_loop -------------------------------------------------------------------------------

// The dtype of a loop's counter.
DType counter_dtype(const Value& lower, const Value& upper) {
  if (lower.dtype() == upper.dtype()) return lower.dtype();
  if (is_signed_int(lower.dtype()) && is_signed_int(upper.dtype()) &&
      lower.aval().weak_type() != upper.aval().weak_type())
    return lower.aval().weak_type() ? upper.dtype() : lower.dtype();
  fail<TypeError>("lower and upper arguments to fori_loop must have equal types, got ",
                  lower.dtype()->name, " and ", upper.dtype()->name);
}

Ref<const StagedFunction> stage_counted(py::handle f, const Value& counter, Carry& init) {
  Ref<const TreeDef> arguments[] = {TreeDef::leaf(), init.def};
  auto staged = [&] {
    Avals avals{counter.aval()};
    avals.append(init.avals());
    return stage_function(f, call_tree(arguments), avals, "fori_loop");
  };
  auto first = staged();
  return promote_weak_types(init, {first->out, first->out_avals()}) ? staged() : first;
}

// `before`: what the loop carries before the user's values. Messages speak of all.
void check_counted(const char* body, const char* like, Args before, const Carry& init,
                   const StagedFunction& f) {
  Carry in{joined({before, init.values}), {}};
  CarryOut out{{}, joined({avals_of(before), f.out_avals()})};
  std::vector<Ref<const TreeDef>> defs(before.size(), TreeDef::leaf());
  defs.push_back(init.def);
  in.def = TreeDef::tuple(defs);
  defs.back() = f.out;
  out.def = TreeDef::tuple(defs);
  py::object shown = py::module_::import("covector.lax._carry_errors").attr(like);
  check_carry(body, shown, in, out);
}

py::object fori_call(py::handle lower, py::handle upper, py::handle f, py::handle init_tree,
                     py::handle unroll) {
  Value lo = to_value(lower.ptr()), hi = to_value(upper.ptr());
  DType dtype = counter_dtype(lo, hi);
  Carry init = flatten_carry(init_tree, "fori_loop");
  const Array *first = lo.known(), *last = hi.known();
  if (first && last) {
    ScanOptions o;
    Value counter(to_int64(*first));
    o.length = std::max<int64_t>(to_int64(*last) - to_int64(*first), 0);
    o.unroll = unroll.is_none() ? 1 : unroll_of(unroll, o.length);
    auto staged = stage_counted(f, counter, init);
    check_counted("scan body", "scanned_fun", Values{counter}, init, *staged);
    return unflatten_values(*staged->out,
                            fori_loop(staged->jaxpr, staged->consts, counter, init.values, o));
  }
  bool unrolls = !unroll.is_none() && unroll_of(unroll, 2) != 1;
  require<ValueError>(!unrolls,
                      "Can only use `unroll` in `fori_loop` if the loop bounds are statically "
                      "known.");
  if (lo.dtype() != dtype) lo = convert_element_type(lo, dtype);
  if (hi.dtype() != dtype) hi = convert_element_type(hi, dtype);
  auto staged = stage_counted(f, lo, init);
  check_counted("while_loop body", "while_body_fun", Values{lo, hi}, init, *staged);
  return unflatten_values(*staged->out,
                          fori_loop(staged->jaxpr, staged->consts, lo, hi, init.values));
}

}  // namespace

void register_loops(py::module_& m) {
  m.def("scan", &scan_call, py::arg("f"), py::arg("init"), py::arg("xs"), py::arg("length"),
        py::arg("reverse"), py::arg("unroll"));
  m.def("scan_length", [](py::handle xs, py::handle length) {
    return scan_length(flatten_xs(xs).values, length);
  });
  m.def("while_loop", &while_call, py::arg("cond_fun"), py::arg("body_fun"), py::arg("init_val"),
        py::arg("max_steps"));
  m.def("fori_loop", &fori_call, py::arg("lower"), py::arg("upper"), py::arg("body_fun"),
        py::arg("init_val"), py::arg("unroll"));
}

}  // namespace covector::bindings
