#include "python_primitive.h"

#include <unordered_map>

#include "array_type.h"
#include "convert.h"
#include "covector/hlo/builder.h"
#include "covector/lax/loop.h"
#include "errors.h"
#include "host_object.h"
#include "jaxpr.h"
#include "param.h"
#include "primitive_view.h"
#include "python_rules.h"

namespace covector::bindings {
namespace {

// Parameters that are Python objects. Jaxprs among them are known as such, so
// that walks over inner jaxprs find them.
struct PythonParams {
  struct Item {
    std::string name;
    Ref<const PyHostObject> object;
    Param shown;
    const ClosedJaxpr* jaxpr = nullptr;  // the object, if it is one
  };
  std::vector<Item> items;
  // What the last abstract evaluation found; known to each equation once it is staged.
  mutable Effects effects = {};

  void fields(FieldVisitor& f) const {
    for (const Item& i : items)
      if (i.jaxpr)
        f(i.name, i.jaxpr);
      else
        f(i.name, &i.shown);
  }
  bool operator==(const PythonParams& o) const {
    if (items.size() != o.items.size()) return false;
    for (size_t i = 0; i < items.size(); ++i)
      if (items[i].name != o.items[i].name || !items[i].object->equals(*o.items[i].object))
        return false;
    return true;
  }
};

const PythonParams& params(const Op& op) { return op.get<PythonParams>(); }

Param shown(py::handle value, const Ref<const PyHostObject>& object) {
  bool plain = py::isinstance<py::str>(value) || py::isinstance<py::bool_>(value) ||
               PyLong_CheckExact(value.ptr()) || value.is_none();
  return plain ? to_param(value.ptr()) : Param(Ref<const HostObject>(object));
}

PythonParams::Item item(std::string name, py::handle value) {
  auto object = make_ref<const PyHostObject>(py::reinterpret_borrow<py::object>(value));
  bool jaxpr = py::isinstance<ClosedJaxpr>(value);
  Param text = shown(value, object);
  return {std::move(name), object, std::move(text), jaxpr ? &unwrap_jaxpr(value) : nullptr};
}

// The Python object of a primitive and what has been defined for it.
std::unordered_map<const Primitive*, PythonRules*>& all_rules() {
  static auto* all = new std::unordered_map<const Primitive*, PythonRules*>;
  return *all;
}

PythonRules& rules_of(const Primitive& p) {
  auto it = all_rules().find(&p);
  require<NotImplemented>(it != all_rules().end(), "primitive '", p->name,
                          "' is built in: its rules cannot be replaced");
  return *it->second;
}

PrimitiveDef python_def(PythonRules* r) {
  return {
      .name = r->name,
      .multiple_results = true,
      .abstract_eval = [r](const Op& op, AvalSpan in) { return r->abstract_eval(op, in); },
      .jvp = [r](const Op& op, Args p, Args t) { return r->jvp(op, p, t); },
      .transpose = [r](const Op& op, Args cts,
                       TransposeArgs a) { return r->transpose(op, cts, a); },
      .batch = [r](const Op& op, const AxisData& axis, Args in,
                   const MappedAxes& axes) { return r->batch(op, axis, in, axes); },
      .lower = [r](const Op& op, hlo::Builder& b, hlo::Operands in,
                   AvalSpan) { return r->lower(op, b, in); },
      .effects = [](const Op& op) { return params(op).effects; },
      .eager = [r](const Op& op, Args in) { return r->impl(op, in); },
  };
}

// The object that Python is making becomes that of a new primitive, for ever.
void init(py::detail::value_and_holder& v, const std::string& name) {
  auto* rules = new PythonRules(interned(name));
  auto* prim = new Primitive(python_def(rules));
  auto* self = reinterpret_cast<PyObject*>(v.inst);
  Py_INCREF(self);
  rules->self = self;
  all_rules().emplace(prim, rules);
  v.value_ptr() = prim;
}

struct EffectTable {
  std::unordered_map<PyObject*, const Effect*> by_object;
  std::unordered_map<const Effect*, PyObject*> by_effect;
};
EffectTable& effect_table() {
  static auto* t = new EffectTable;
  return *t;
}

}  // namespace

const Effect* effect_of(py::handle object) {
  EffectTable& t = effect_table();
  const Effect*& e = t.by_object[object.ptr()];
  if (e) return e;
  object.inc_ref();
  bool ordered = py::getattr(object, "ordered", py::bool_(false)).cast<bool>();
  e = new Effect{interned(py::str(object).cast<std::string>()), ordered};
  t.by_effect.emplace(e, object.ptr());
  return e;
}

py::object effect_object(const Effect& e) {
  auto it = effect_table().by_effect.find(&e);
  if (it == effect_table().by_effect.end()) return py::str(std::string(e.name));
  return py::reinterpret_borrow<py::object>(it->second);
}

bool is_made_by_python(const Primitive& p) { return all_rules().contains(&p); }

bool has_multiple_results(const Primitive& p) {
  auto it = all_rules().find(&p);
  return it == all_rules().end() ? p->multiple_results : it->second->multiple_results();
}

Op python_op(const Primitive& p, const py::dict& dict) {
  PythonParams params;
  for (auto [name, value] : dict) params.items.push_back(item(name.cast<std::string>(), value));
  std::sort(params.items.begin(), params.items.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return p.with(std::move(params));
}

py::dict python_params(const Op& op) {
  py::dict d;
  for (const PythonParams::Item& i : params(op).items) d[py::str(i.name)] = i.object->object();
  return d;
}

void set_python_effects(const Op& op, Effects effects) { params(op).effects = std::move(effects); }

namespace {

bool has_native_rule(const Primitive& p, const std::string& kind) {
  if (is_made_by_python(p)) return false;
  if (kind == "jvp") return p->jvp || p->linearize;
  if (kind == "transpose") return static_cast<bool>(p->transpose);
  return kind == "batch" && p->batch;
}

// Methods that define rules stand in Python.
void add_definitions(PrimitiveClass& c) {
  for (const char* name : {"def_impl", "def_abstract_eval", "def_effectful_abstract_eval"})
    c.def(
        name,
        [name](py::object self, py::object rule) {
          return py::module_::import("covector._rules").attr(name)(self, rule);
        },
        py::arg("rule"));
  c.def_property_readonly(
      "impl",
      [](const Primitive& p) {
        return all_rules().contains(&p) ? rules_of(p).get("impl") : py::none();
      },
      "What def_impl was given.");
  c.def_property_readonly(
      "abstract_eval",
      [](const Primitive& p) {
        return all_rules().contains(&p) ? rules_of(p).get("abstract_eval") : py::none();
      },
      "Gives the types of the results and the effects.");
}

}  // namespace

void add_python_primitives(py::module_& m, PrimitiveClass& c) {
  c.def("__init__", &init, py::detail::is_new_style_constructor(), py::arg("name"));
  add_definitions(c);
  m.def("has_native_rule", &has_native_rule, py::arg("primitive"), py::arg("kind"));
  m.def(
      "set_rule",
      [](const Primitive& p, const std::string& kind, py::object rule) {
        rules_of(p).set(kind, std::move(rule));
      },
      py::arg("primitive"), py::arg("kind"), py::arg("rule"),
      "Defines what a transformation does with a primitive made from Python.");
  m.def(
      "get_rule",
      [](const Primitive& p, const std::string& kind) -> py::object {
        return is_made_by_python(p) ? rules_of(p).get(kind) : py::none();
      },
      py::arg("primitive"), py::arg("kind"), "What `set_rule` was given, or None.");
  m.def("is_made_by_python", &is_made_by_python, py::arg("primitive"));
}

}  // namespace covector::bindings
