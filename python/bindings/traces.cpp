// Traces as Python sees them, and partial evaluation.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <variant>

#include "array_type.h"
#include "convert.h"
#include "covector/core/trace.h"
#include "covector/transforms/transforms.h"
#include "jaxpr.h"
#include "register.h"

namespace covector::bindings {
namespace {

struct TraceView {
  Ref<Trace> trace;
};

TraceView current() { return {Ref<Trace>(&current_trace())}; }

// A trace is current for the length of a `with` block.
class TraceScope {
 public:
  explicit TraceScope(const TraceView* t) : trace_(t ? t->trace : Ref<Trace>(&eval_trace())) {}
  TraceView enter() {
    TraceView before = current();
    scopes_.push_back(std::make_unique<WithTrace>(*trace_));
    return before;
  }
  void exit() { scopes_.pop_back(); }

 private:
  const Ref<Trace> trace_;
  std::vector<std::unique_ptr<WithTrace>> scopes_;
};

TraceView trace_of(py::handle x) {
  const Tracer* t = is_array(x.ptr()) ? value_of(x.ptr()).tracer() : nullptr;
  require<TypeError>(t != nullptr, "not a traced array: ", type_text(x.ptr()));
  return {t->trace};
}

// `fun` takes and returns a list of leaves. An argument is known, or a type.
py::tuple partial_eval_leaves(const py::object& fun, const py::list& args,
                              const std::variant<bool, std::vector<bool>>& instantiate) {
  Values known;
  Avals avals;
  for (py::handle x : args) {
    bool is_value = is_array_like(x.ptr());
    known.push_back(is_value ? to_value(x.ptr()) : Value());
    avals.push_back(is_value ? known.back().aval() : unwrap_aval(x));
  }
  auto call = [&](Args in) {
    py::list leaves;
    for (const Value& v : in) leaves.append(wrapped(v));
    Values out;
    for (py::handle x : py::list(fun(leaves))) out.push_back(to_value(x.ptr()));
    return out;
  };
  const auto* some = std::get_if<std::vector<bool>>(&instantiate);
  Mask mask;
  if (some) mask = Mask(some->begin(), some->end());
  PartialOut r = partial_eval(call, known, avals, mask, !some && std::get<bool>(instantiate));
  py::list out;
  for (size_t i = 0; i < r.known.size(); ++i)
    out.append(r.known[i] ? wrapped(r.known[i]) : aval_object(r.avals[i]));
  return py::make_tuple(out, jaxpr_object(r.unknown));
}

}  // namespace

void register_traces(py::module_& m) {
  py::class_<TraceView>(m, "Trace", "An interpreter of primitives.")
      .def_property_readonly("main", [](const TraceView& t) { return t; })
      .def_property_readonly("kind", [](const TraceView& t) { return t.trace->kind(); })
      .def("is_valid", [](const TraceView& t) { return t.trace->alive(); })
      .def("__eq__",
           [](const TraceView& t, py::handle o) {
             return py::isinstance<TraceView>(o) && o.cast<const TraceView&>().trace == t.trace;
           })
      .def("__hash__", [](const TraceView& t) { return std::hash<const void*>()(t.trace.get()); })
      .def("__repr__", [](const TraceView& t) { return str("Trace(", t.trace->kind(), ")"); });
  py::class_<TraceScope>(m, "TraceScope", "A context in which a trace is the current one.")
      .def(py::init<const TraceView*>(), py::arg("trace").none(true))
      .def("__enter__", &TraceScope::enter)
      .def("__exit__", [](TraceScope& s, const py::args&) { s.exit(); });
  m.def("current_trace", &current);
  m.def("trace_of", &trace_of, py::arg("x"));
  m.def("partial_eval", &partial_eval_leaves, py::arg("fun"), py::arg("args"),
        py::arg("instantiate") = false);
}

}  // namespace covector::bindings
