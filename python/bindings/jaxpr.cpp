// Python's view of jaxprs. Variables are numbers in the core; their Python
// objects are made on demand and compare by what they stand for.

#include "jaxpr.h"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <unordered_map>

#include "array_type.h"
#include "convert.h"
#include "covector/control/control.h"
#include "covector/core/trace.h"
#include "covector/transforms/transforms.h"
#include "register.h"

namespace covector::bindings {
namespace {

struct JaxprView {
  Ref<const Jaxpr> jaxpr;
};

// One object for each jaxpr as long as it lives, so that `a.jaxpr is b.jaxpr`
// says whether they are the same.
std::shared_ptr<JaxprView> view_of(const Ref<const Jaxpr>& j) {
  static auto* views = new std::unordered_map<const Jaxpr*, std::weak_ptr<JaxprView>>;
  if (views->size() > 256)
    std::erase_if(*views, [](const auto& entry) { return entry.second.expired(); });
  auto& entry = (*views)[j.get()];
  auto view = entry.lock();
  if (!view) entry = view = std::make_shared<JaxprView>(JaxprView{j});
  return view;
}

template <class Range>
py::list avals(const Range& all) {
  py::list l;
  for (const Aval& a : all) l.append(aval_object(a));
  return l;
}
py::list values(const Values& all) {
  py::list l;
  for (const Value& v : all) l.append(wrapped(v));
  return l;
}

py::list in_avals(const Ref<const Jaxpr>& j) {
  Avals all;
  for (VarId v : j->invars) all.push_back(j->vars[v]);
  return avals(all);
}
py::list out_avals(const Ref<const Jaxpr>& j) {
  Avals all;
  for (const Atom& a : j->outs) all.push_back(j->aval(a));
  return avals(all);
}

struct DebugInfoView {
  Ref<const DebugInfo> info;

  std::string source() const {
    if (info->file.empty()) return info->function;
    return str(info->function, " at ", info->file, ":", info->line);
  }
  std::string repr() const {
    return str("DebugInfo(traced_for='jit', func_src_info='", source(),
               "', arg_names=", text(info->arg_names), ", result_paths=", text(info->result_paths),
               ")");
  }

 private:
  static std::string text(const std::vector<std::string>& names) {
    return py::repr(py::tuple(py::cast(names)));
  }
};

// JAX passes effects, which we take from the equations, and is_high, which is False.
std::shared_ptr<JaxprView> make_jaxpr(std::vector<Var> constvars, std::vector<Var> invars,
                                      std::vector<AtomView> outvars, std::vector<EqnView> eqns,
                                      py::handle, const DebugInfoView* debug, bool) {
  return view_of(build_jaxpr({std::move(constvars), std::move(invars), std::move(outvars),
                              std::move(eqns), debug ? debug->info : Ref<const DebugInfo>()}));
}

std::shared_ptr<JaxprView> replace(const JaxprView& j, const py::kwargs& changes) {
  JaxprParts p = parts_of(j.jaxpr);
  for (auto [key, value] : changes) {
    auto name = key.cast<std::string>();
    if (name == "constvars")
      p.constvars = value.cast<std::vector<Var>>();
    else if (name == "invars")
      p.invars = value.cast<std::vector<Var>>();
    else if (name == "outvars")
      p.outvars = value.cast<std::vector<AtomView>>();
    else if (name == "eqns")
      p.eqns = value.cast<std::vector<EqnView>>();
    else if (name == "debug_info")
      p.debug = value.cast<const DebugInfoView&>().info;
    else
      require<TypeError>(name == "effects" || name == "is_high",
                         "replace() got an unexpected keyword argument '", name, "'");
  }
  return view_of(build_jaxpr(p));
}

py::tuple dce_open(const JaxprView& j, const std::vector<bool>& used) {
  require<ValueError>(used.size() == j.jaxpr->outs.size(), "dce: the jaxpr has ",
                      j.jaxpr->outs.size(), " results, got ", used.size());
  Mask mask(used.begin(), used.end()), used_in;
  ClosedJaxpr r = dce({j.jaxpr, {}}, mask, &used_in);
  return py::make_tuple(view_of(r.jaxpr), std::vector<bool>(used_in.begin(), used_in.end()));
}

ClosedJaxpr make_closed(const JaxprView& j, const py::sequence& consts) {
  ClosedJaxpr c{j.jaxpr, {}};
  for (py::handle x : consts) c.consts.push_back(to_value(x.ptr()));
  require<ValueError>(c.consts.size() == j.jaxpr->constvars.size(), "the jaxpr has ",
                      j.jaxpr->constvars.size(), " constants, got ", c.consts.size());
  return c;
}

ClosedJaxpr replace_closed(const ClosedJaxpr& c, const py::object& jaxpr,
                           const py::object& consts) {
  auto j = jaxpr.is_none() ? view_of(c.jaxpr) : jaxpr.cast<std::shared_ptr<JaxprView>>();
  return make_closed(*j, consts.is_none() ? py::sequence(values(c.consts)) : py::sequence(consts));
}

py::list eval(const ClosedJaxpr& c, const py::sequence& leaves) {
  Values in;
  for (py::handle x : leaves) in.push_back(to_value(x.ptr()));
  require<TypeError>(in.size() == c.jaxpr->invars.size(), "the jaxpr takes ",
                     c.jaxpr->invars.size(), " arguments, got ", in.size());
  return values(eval_jaxpr(c, in));
}

// What Jaxpr and ClosedJaxpr have in common, for `jaxpr_of(x)`.
template <class C, class F>
void common_attributes(C& c, F jaxpr_of) {
  auto vars = [](const Ref<const Jaxpr>& j, const std::vector<VarId>& ids) {
    std::vector<Var> all;
    for (VarId v : ids) all.push_back({j, v});
    return all;
  };
  using T = typename C::type;
  c.def_property_readonly("invars",
                          [=](const T& x) { return vars(jaxpr_of(x), jaxpr_of(x)->invars); })
      .def_property_readonly("constvars",
                             [=](const T& x) { return vars(jaxpr_of(x), jaxpr_of(x)->constvars); })
      .def_property_readonly("outvars", [=](const T& x) { return parts_of(jaxpr_of(x)).outvars; })
      .def_property_readonly("eqns", [=](const T& x) { return eqn_views(jaxpr_of(x)); })
      .def_property_readonly("effects",
                             [=](const T& x) { return effects_object(jaxpr_of(x)->effects); })
      .def_property_readonly("in_avals", [=](const T& x) { return in_avals(jaxpr_of(x)); })
      .def_property_readonly("out_avals", [=](const T& x) { return out_avals(jaxpr_of(x)); })
      .def_property_readonly("is_high", [](const T&) { return false; })
      .def_property_readonly("debug_info", [=](const T& x) -> std::optional<DebugInfoView> {
        if (!jaxpr_of(x)->debug) return std::nullopt;
        return DebugInfoView{jaxpr_of(x)->debug};
      });
}

void register_debug_info(py::module_& m) {
  py::class_<DebugInfoView>(m, "DebugInfo", "What the function behind a jaxpr is called.")
      .def_property_readonly("traced_for", [](const DebugInfoView&) { return "jit"; })
      .def_property_readonly("func_src_info", &DebugInfoView::source)
      .def_property_readonly("func_name", [](const DebugInfoView& d) { return d.info->function; })
      .def_property_readonly(
          "arg_names",
          [](const DebugInfoView& d) { return py::tuple(py::cast(d.info->arg_names)); })
      .def_property_readonly(
          "result_paths",
          [](const DebugInfoView& d) { return py::tuple(py::cast(d.info->result_paths)); })
      .def("__repr__", &DebugInfoView::repr);
}

}  // namespace

py::object jaxpr_object(const ClosedJaxpr& c) { return py::cast(c); }
const ClosedJaxpr& unwrap_jaxpr(py::handle h) { return h.cast<const ClosedJaxpr&>(); }

namespace {

void register_open_jaxpr(py::module_& m) {
  py::class_<JaxprView, std::shared_ptr<JaxprView>> jaxpr(m, "Jaxpr", py::dynamic_attr(),
                                                          "A program: typed equations in order.");
  jaxpr
      .def(py::init(&make_jaxpr), py::arg("constvars"), py::arg("invars"), py::arg("outvars"),
           py::arg("eqns"), py::arg("effects") = py::none(), py::arg("debug_info") = nullptr,
           py::arg("is_high") = false)
      .def("replace", &replace, "The jaxpr with other parts.")
      .def("dce", &dce_open, py::arg("used_outputs"),
           "The jaxpr of some of its results, and which of its inputs that needs.")
      .def("pretty_print",
           [](const JaxprView& j, const py::kwargs&) { return to_string(*j.jaxpr); })
      .def("__repr__", [](const JaxprView& j) { return to_string(*j.jaxpr); });
  common_attributes(jaxpr, [](const JaxprView& j) -> const Ref<const Jaxpr>& { return j.jaxpr; });
}

void register_closed_jaxpr(py::module_& m) {
  py::class_<ClosedJaxpr> closed(m, "ClosedJaxpr", py::dynamic_attr(),
                                 "A jaxpr with the values of its constants.");
  closed.def(py::init(&make_closed), py::arg("jaxpr"), py::arg("consts"))
      .def_property_readonly("jaxpr", [](const ClosedJaxpr& c) { return view_of(c.jaxpr); })
      .def_property_readonly("consts", [](const ClosedJaxpr& c) { return values(c.consts); })
      .def_property_readonly("literals", [](const ClosedJaxpr& c) { return values(c.consts); })
      .def("replace", &replace_closed, py::kw_only(), py::arg("jaxpr") = py::none(),
           py::arg("consts") = py::none(), "The closed jaxpr with other parts.")
      .def("pretty_print", [](const ClosedJaxpr& c, const py::kwargs&) { return to_string(c); })
      .def("__eq__",
           [](const ClosedJaxpr& a, py::handle b) {
             return py::isinstance<ClosedJaxpr>(b) && b.cast<const ClosedJaxpr&>() == a;
           })
      .def("__hash__", [](const ClosedJaxpr& c) { return std::hash<const void*>()(c.jaxpr.get()); })
      .def("__repr__", [](const ClosedJaxpr& c) { return to_string(c); });
  common_attributes(closed,
                    [](const ClosedJaxpr& c) -> const Ref<const Jaxpr>& { return c.jaxpr; });
}

}  // namespace

void register_jaxpr(py::module_& m) {
  register_debug_info(m);
  register_open_jaxpr(m);
  register_closed_jaxpr(m);
  m.def("eval_jaxpr", &eval, py::arg("closed_jaxpr"), py::arg("leaves"));
  m.def("check_jaxpr", [](const ClosedJaxpr& c) { check_jaxpr(*c.jaxpr); });
  m.def("is_eager", &is_eager);
  m.def(
      "tracer_kind",
      [](py::handle x) {
        const Tracer* t = is_array(x.ptr()) ? value_of(x.ptr()).tracer() : nullptr;
        require<TypeError>(t != nullptr, "not a traced array: ", type_text(x.ptr()));
        return t->trace->kind();
      },
      py::arg("x"), "The transformation that an array is traced for: jit, grad, jvp, vmap.");
}

}  // namespace covector::bindings
