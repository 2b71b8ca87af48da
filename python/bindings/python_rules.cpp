// Between rules of the core and rules that are Python functions.

#include "python_rules.h"

#include "array_type.h"
#include "convert.h"
#include "covector/core/axes.h"
#include "covector/core/stage.h"
#include "covector/hlo/builder.h"
#include "errors.h"
#include "jaxpr.h"
#include "param.h"
#include "python_primitive.h"
#include "tangents.h"

namespace covector::bindings {
namespace {

// Classes that rules meet, which are Python's.
py::object convention(const char* name) {
  return py::module_::import("covector._rules").attr(name);
}

py::object zero(const Aval& primal) {
  return convention("Zero")(aval_object(tangent_aval(primal)));
}

bool is_zero(py::handle x) {
  return x.is_none() || py::isinstance(x, convention("Zero")) || is_float0(x);
}

Value tangent_of(py::handle x) { return is_zero(x) ? Value() : to_value(x.ptr()); }

py::tuple objects(Args values) {
  py::tuple t(values.size());
  for (size_t i = 0; i < values.size(); ++i) t[i] = wrapped(values[i]);
  return t;
}

py::tuple avals(AvalSpan types) {
  py::tuple t(types.size());
  for (size_t i = 0; i < types.size(); ++i) t[i] = aval_object(types[i]);
  return t;
}

py::list as_list(const py::object& x, bool many) {
  if (many) return py::list(x);
  py::list one;
  one.append(x);
  return one;
}

py::object axis_object(const AxisData& axis) {
  return convention("AxisData")(from_param(axis.name), axis.size);
}

py::tuple pair_of(const py::object& x, const Op& op, const char* rule) {
  require<TypeError>(PySequence_Check(x.ptr()) && py::len(x) == 2, "the ", rule,
                     " rule of primitive '", op.name(), "' must return a pair, got ",
                     type_text(x.ptr()));
  return py::tuple(x);
}

}  // namespace

void PythonRules::set(const std::string& kind, py::object rule) {
  rules_[py::str(kind)] = std::move(rule);
}

py::object PythonRules::get(const std::string& kind) const {
  py::str key(kind);
  return rules_.contains(key) ? py::object(rules_[key]) : py::none();
}

bool PythonRules::multiple_results() const {
  return py::handle(self).attr("multiple_results").cast<bool>();
}

py::object PythonRules::call(const char* kind, const char* missing, const py::tuple& args,
                             const Op& op) const {
  py::object rule = get(kind);
  require<NotImplemented>(!rule.is_none(), missing, " '", name, "' not implemented");
  return owned(PyObject_Call(rule.ptr(), args.ptr(), python_params(op).ptr()));
}

Values PythonRules::results(const py::object& out) const {
  Values r;
  for (py::handle x : as_list(out, multiple_results())) r.push_back(to_value(x.ptr()));
  return r;
}

Values PythonRules::impl(const Op& op, Args in) const {
  return results(call("impl", "Evaluation rule for", objects(in), op));
}

// The rule gives avals and a set of effects.
Avals PythonRules::abstract_eval(const Op& op, AvalSpan in) const {
  py::tuple out = pair_of(call("abstract_eval", "Abstract evaluation for", avals(in), op), op,
                          "abstract evaluation");
  Effects effects;
  for (py::handle e : py::iterable(out[1])) merge_effects(effects, {effect_of(e)});
  set_python_effects(op, std::move(effects));
  Avals types;
  for (py::handle a : as_list(out[0], multiple_results())) types.push_back(unwrap_aval(a));
  return types;
}

JvpOut PythonRules::jvp(const Op& op, Args primals, Args tangents) const {
  py::tuple dots(tangents.size());
  for (size_t i = 0; i < tangents.size(); ++i)
    dots[i] = tangents[i] ? wrapped(tangents[i]) : zero(primals[i].aval());
  py::tuple out =
      pair_of(call("jvp", "Differentiation rule for", py::make_tuple(objects(primals), dots), op),
              op, "differentiation");
  JvpOut r{results(out[0]), {}};
  for (py::handle t : as_list(out[1], multiple_results())) r.tangents.push_back(tangent_of(t));
  require<TypeError>(r.tangents.size() == r.primals.size(),
                     "the differentiation rule of primitive '", name, "' returned ",
                     r.tangents.size(), " tangents of ", r.primals.size(), " results");
  return r;
}

// Zeros need the types of the results.
py::object PythonRules::cotangents(const Op& op, Args cts, TransposeArgs args) const {
  Avals in;
  for (const TransposeArg& a : args) in.push_back(a.aval);
  Avals out = abstract_eval(op, in);
  py::list all;
  for (size_t i = 0; i < cts.size(); ++i) all.append(cts[i] ? wrapped(cts[i]) : zero(out[i]));
  return multiple_results() ? py::object(all) : py::object(all[0]);
}

Values PythonRules::transpose(const Op& op, Args cts, TransposeArgs args) const {
  py::tuple call_args(args.size() + 1);
  call_args[0] = cotangents(op, cts, args);
  for (size_t i = 0; i < args.size(); ++i)
    call_args[i + 1] = args[i].linear ? convention("UndefinedPrimal")(aval_object(args[i].aval))
                                      : wrapped(args[i].value);
  py::object out =
      call("transpose", "Transpose rule (for reverse-mode differentiation) for", call_args, op);
  Values r;
  for (py::handle ct : py::iterable(out)) r.push_back(tangent_of(ct));
  require<TypeError>(r.size() == args.size(), "the transpose rule of primitive '", name,
                     "' returned ", r.size(), " cotangents for ", args.size(), " operands");
  return r;
}

BatchOut PythonRules::batch(const Op& op, const AxisData& axis, Args in,
                            const MappedAxes& axes) const {
  py::tuple dims(axes.size());
  for (size_t i = 0; i < axes.size(); ++i)
    dims[i] = axes[i] == kUnmapped ? py::object(py::none()) : py::int_(axes[i]);
  py::tuple out = pair_of(
      call("batch", "Batching rule for", py::make_tuple(axis_object(axis), objects(in), dims), op),
      op, "batching");
  bool many = multiple_results();
  BatchOut r{results(out[0]), {}};
  for (py::handle d : as_list(out[1], many))
    r.axes.push_back(d.is_none() ? kUnmapped : d.cast<int>());
  require<TypeError>(r.axes.size() == r.values.size(), "the batching rule of primitive '", name,
                     "' returned ", r.axes.size(), " axes of ", r.values.size(), " results");
  return r;
}

// The rule is a function of values (see interpreters.mlir.lower_fun).
hlo::Results PythonRules::lower(const Op& op, hlo::Builder& b, hlo::Operands in) const {
  py::object by_platform = get("lower");
  py::object rule = py::none();
  if (!by_platform.is_none()) {
    rule = by_platform.attr("get")(std::string(b.platform()));
    if (rule.is_none()) rule = by_platform.attr("get")("");
  }
  require<NotImplemented>(!rule.is_none(), "MLIR translation rule for primitive '", name,
                          "' not found for platform ", b.platform());
  Avals types;
  for (const hlo::Operand& x : in) types.push_back(x.aval);
  bool many = rule.attr("multiple_results").cast<bool>();
  ClosedJaxpr staged = stage(
      [&](Args args) {
        py::object out = owned(PyObject_Call(py::object(rule.attr("fun")).ptr(),
                                             objects(args).ptr(), python_params(op).ptr()));
        Values r;
        for (py::handle x : as_list(out, many)) r.push_back(to_value(x.ptr()));
        return r;
      },
      types);
  return b.inline_jaxpr(staged, in);
}

}  // namespace covector::bindings
