// The linear functions that vjp, linearize and linear_transpose return. To Python
// each is a callable and a tree: its leaves are the residuals, the rest is its
// structure. So it can be passed to jitted functions and returned from them.

#include "linear_functions.h"

#include <memory>
#include <unordered_map>

#include "array_type.h"
#include "convert.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"
#include "function.h"
#include "jaxpr.h"
#include "tangents.h"
#include "tree.h"

namespace covector::bindings {
namespace {

constexpr uint32_t kOpaque = ~uint32_t{0};

enum class LinearKind { kPullback, kPushforward, kTransposed };

// All of a linear function but the constants of its jaxpr.
struct LinearStructure {
  LinearKind kind;
  std::string name;  // of the function that was transformed
  Ref<const Jaxpr> jaxpr;
  Mask nonzero;  // which of the results the jaxpr computes
  Ref<const TreeDef> in, out;
  Avals in_avals, out_avals;
  // For each residual the argument that it is, or kOpaque.
  std::vector<uint32_t> arguments;

  bool operator==(const LinearStructure& o) const {
    return kind == o.kind && jaxpr == o.jaxpr && *in == *o.in && *out == *o.out &&
           arguments == o.arguments;
  }
};
using Structure = std::shared_ptr<const LinearStructure>;

// In the place of an argument that is no residual; a tree without leaves.
struct NotNeeded {};

// Residuals that are arguments are held apart, so that a program can drop them
// and put them back. Any leaves while trees are mapped, arrays when called.
struct LinearFunction {
  Structure structure;
  py::object args_res;  // a list of trees like the arguments, empty if none is a residual
  py::object opaque_residuals;
};

py::list residuals_of(const LinearFunction& f) {
  const LinearStructure& s = *f.structure;
  Leaves args;
  py::tuple trees(f.args_res);
  if (!trees.empty()) flatten_up_to(*s.in, trees.ptr(), args);
  py::list opaque(f.opaque_residuals), r;
  size_t k = 0;
  for (uint32_t i : s.arguments) {
    if (i == kOpaque) {
      require<ValueError>(k < opaque.size(), "The VJP of ", s.name, " lacks an opaque residual");
      r.append(opaque[k++]);
    } else {
      require<ValueError>(i < args.size(), "The VJP of ", s.name, " lacks the argument ", i);
      r.append(py::reinterpret_borrow<py::object>(args[i]));
    }
  }
  return r;
}

Values residual_values(const LinearFunction& f) {
  Values v;
  for (py::handle x : residuals_of(f)) v.push_back(to_value(x.ptr()));
  return v;
}

py::handle only_argument(const LinearStructure& s, const py::args& args) {
  if (args.size() != 1)
    fail<TypeError>("The function returned by `",
                    s.kind == LinearKind::kPullback ? "jax.vjp" : "linear_transpose",
                    "` applied to ", s.name, " was called with ", args.size(),
                    " arguments, but it takes one: the cotangent of what ", s.name,
                    " returns, as one tuple if that is a tuple.");
  return args[0];
}

Values transpose(const LinearFunction& f, Args cts) {
  const LinearStructure& s = *f.structure;
  return apply_transpose({{}, s.nonzero, {s.jaxpr, residual_values(f)}}, cts);
}

py::object pull_back(const LinearFunction& f, const py::args& args) {
  const LinearStructure& s = *f.structure;
  constexpr std::string_view kStart =
      "unexpected JAX type (e.g. shape/dtype) for the argument of a VJP function";
  Values cts = tangent_values<ValueError, ValueError, ValueError>(
      only_argument(s, args), s.out, s.out_avals, {"vjp", "cotangent", {}, kStart});
  cts.resize(s.nonzero.size());  // none for auxiliary results
  return unflatten_tangents(*s.in, transpose(f, cts), s.in_avals);
}

py::object push_forward(const LinearFunction& f, const py::args& tangents) {
  const LinearStructure& s = *f.structure;
  Values t = tangent_values<TypeError, ValueError, ValueError>(tangents, s.in, s.in_avals,
                                                               {"linearized function", "tangent"});
  for (size_t i = 0; i < t.size(); ++i)
    if (!t[i]) t[i] = zeros(tangent_aval(s.in_avals[i]));
  Values nonzero = eval_jaxpr({s.jaxpr, residual_values(f)}, t), out;
  size_t k = 0;
  for (size_t i = 0; i < s.out_avals.size(); ++i)
    out.push_back(s.nonzero[i] ? nonzero[k++] : Value());
  return unflatten_tangents(*s.out, out, s.out_avals);
}

// Integers are linear functions of integers here: there are no tangents.
py::object apply_transposed(const LinearFunction& f, const py::args& args) {
  const LinearStructure& s = *f.structure;
  FlatValues cts = flatten_values(only_argument(s, args), "linear_transpose");
  require<TypeError>(*cts.def == *s.out, "cotangent tree does not match function output, expected ",
                     s.out->to_string(), " but got ", cts.def->to_string());
  for (size_t i = 0; i < cts.values.size(); ++i)
    require<TypeError>(cts.values[i].aval().same_type(s.out_avals[i]),
                       "cotangent type does not match function output, expected ", s.out_avals[i],
                       " but got ", cts.values[i].aval());
  Values in = transpose(f, cts.values);
  for (size_t i = 0; i < in.size(); ++i)
    if (!in[i]) in[i] = zeros(s.in_avals[i]);
  return unflatten_values(*s.in, in);
}

py::object call(const LinearFunction& f, const py::args& args) {
  switch (f.structure->kind) {
    case LinearKind::kPullback:
      return pull_back(f, args);
    case LinearKind::kPushforward:
      return push_forward(f, args);
    case LinearKind::kTransposed:
      return apply_transposed(f, args);
  }
  invariant(false, "a linear function of no kind");
  return py::none();
}

// `args` may be residuals themselves.
py::object linear_function(LinearStructure s, Args residuals, Args args = {}) {
  std::unordered_map<const Node*, uint32_t> places;
  for (uint32_t i = 0; i < args.size(); ++i) places.try_emplace(args[i].node(), i);
  std::vector<py::object> kept(args.size(), py::cast(NotNeeded{}));
  py::list opaque, args_res;
  for (const Value& v : residuals) {
    auto it = places.find(v.node());
    s.arguments.push_back(it == places.end() ? kOpaque : it->second);
    if (it == places.end())
      opaque.append(wrapped(v));
    else
      kept[it->second] = wrapped(v);
  }
  if (!args.empty()) {
    std::vector<PyObject*> leaves;
    for (const py::object& x : kept) leaves.push_back(x.ptr());
    args_res = py::list(py::reinterpret_steal<py::object>(unflatten(*s.in, leaves)));
  }
  auto structure = std::make_shared<LinearStructure>(std::move(s));
  return py::cast(LinearFunction{std::move(structure), args_res, opaque});
}

// The value of a function at `primals`, and a linear function made there. With
// respect to all inputs: integers take part with float0 tangents.
py::object linearize_at(LinearKind kind, py::object fun, py::tuple primals, bool has_aux) {
  std::string name = function_name(fun);
  FlatValues args = flatten_values(primals, kind == LinearKind::kPullback ? "vjp" : "linearize");
  Ref<const TreeDef> call_tree[] = {args.def, flatten(py::dict().ptr()).def};
  FlatFunction f(std::move(fun), TreeDef::tuple(call_tree), has_aux);
  Linearized lin =
      linearize([&](Args a) { return f(a); }, args.values, Mask(args.values.size(), true));
  size_t n = f.num_outputs();
  LinearStructure s{
      kind, std::move(name), lin.tangent.jaxpr, lin.nonzero, args.def, f.out(), {}, {}, {}};
  for (const Value& v : args.values) s.in_avals.push_back(v.aval());
  for (const Value& v : Args(lin.primals).first(n)) s.out_avals.push_back(v.aval());
  py::object out = unflatten_values(*f.out(), Args(lin.primals).first(n));
  bool apart = kind == LinearKind::kPullback;
  py::object linear =
      linear_function(std::move(s), lin.tangent.consts, apart ? Args(args.values) : Args());
  if (!has_aux) return py::make_tuple(out, linear);
  return py::make_tuple(out, linear, f.aux(Args(lin.primals).subspan(n)));
}

// The transpose of a staged function of one tuple of arguments.
py::object transpose_jaxpr(py::handle jaxpr, py::handle in, py::handle out, std::string name) {
  const ClosedJaxpr& c = unwrap_jaxpr(jaxpr);
  Avals outs = c.out_avals();
  LinearStructure s{LinearKind::kTransposed,
                    std::move(name),
                    c.jaxpr,
                    Mask(outs.size(), true),
                    unwrap_treedef(in.ptr()),
                    unwrap_treedef(out.ptr()),
                    c.in_avals(),
                    outs,
                    {}};
  return linear_function(std::move(s), c.consts);
}

std::string describe(const LinearStructure& s) {
  constexpr const char* kNames[] = {"VJP", "linearization", "transpose"};
  return str("<", kNames[static_cast<size_t>(s.kind)], " of ", s.name, ">");
}

void register_types(py::module_& m) {
  py::class_<LinearStructure, std::shared_ptr<LinearStructure>>(m, "LinearStructure")
      .def("bind", [](const std::shared_ptr<LinearStructure>& s, py::object args_res,
                      py::object opaque) { return LinearFunction{s, args_res, opaque}; })
      .def("__eq__",
           [](const LinearStructure& a, py::handle b) {
             return py::isinstance<LinearStructure>(b) && b.cast<const LinearStructure&>() == a;
           })
      .def("__hash__",
           [](const LinearStructure& s) { return std::hash<const void*>()(s.jaxpr.get()); })
      .def("__repr__", &describe);
  py::class_<NotNeeded>(m, "NotNeeded").def(py::init<>()).def("__repr__", [](const NotNeeded&) {
    return "NotNeeded()";
  });
  py::class_<LinearFunction>(m, "LinearFunction",
                             "A linear function, with the arrays that it needs as its leaves.")
      .def("__call__", &call)
      .def_readwrite("args_res", &LinearFunction::args_res,
                     "The arguments that the derivative needs, `NotNeeded` for others.")
      .def_readwrite("opaque_residuals", &LinearFunction::opaque_residuals, "What else it needs.")
      .def_property_readonly("residuals", &residuals_of)
      .def_property_readonly("structure",
                             [](const LinearFunction& f) {
                               return std::const_pointer_cast<LinearStructure>(f.structure);
                             })
      .def_property_readonly(
          "jaxpr",
          [](const LinearFunction& f) {
            return jaxpr_object(ClosedJaxpr{f.structure->jaxpr, residual_values(f)});
          },
          "The linear map as a jaxpr of the tangents.")
      .def("__repr__", [](const LinearFunction& f) { return describe(*f.structure); });
}

}  // namespace

void register_linear_functions(py::module_& m) {
  register_types(m);
  m.def(
      "vjp",
      [](py::object fun, py::tuple primals, bool has_aux) {
        return linearize_at(LinearKind::kPullback, std::move(fun), std::move(primals), has_aux);
      },
      py::arg("fun"), py::arg("primals"), py::arg("has_aux"));
  m.def(
      "linearize",
      [](py::object fun, py::tuple primals, bool has_aux) {
        return linearize_at(LinearKind::kPushforward, std::move(fun), std::move(primals), has_aux);
      },
      py::arg("fun"), py::arg("primals"), py::arg("has_aux"));
  m.def("transpose_jaxpr", &transpose_jaxpr, py::arg("closed_jaxpr"), py::arg("in_tree"),
        py::arg("out_tree"), py::arg("name"));
}

}  // namespace covector::bindings
