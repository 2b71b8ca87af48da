#include "primitive_view.h"

#include <algorithm>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "array_type.h"
#include "convert.h"
#include "covector/base/hash.h"
#include "covector/core/jaxpr.h"
#include "covector/core/params.h"
#include "errors.h"
#include "param.h"
#include "python_primitive.h"
#include "register.h"

namespace covector::bindings {
namespace {

// Typed parameters cannot be made from a dict in general. But nearly every dict
// that comes back was handed out before: interpreters of jaxprs bind
// `eqn.primitive.bind(*args, **eqn.params)`. So the dicts that were handed out
// are kept for a while, and found again by the identity of their values.
class KnownParams {
 public:
  py::dict dict_of(const Op& op) {
    if (!op.params) {
      without_params_.insert(op.prim);
      return {};
    }
    if (auto it = by_params_.find(op.params.get()); it != by_params_.end()) return it->second->dict;
    auto entry = std::make_shared<Entry>(Entry{op, make_dict(op), 0});
    entry->hash = hash(*op.prim, entry->dict);
    by_params_.emplace(op.params.get(), entry);
    by_hash_.emplace(entry->hash, entry);
    order_.push_back(entry);
    if (order_.size() > kKept) drop_oldest();
    return entry->dict;
  }
  // Without a primitive if there is none.
  Op find(const Primitive& p, const py::dict& d) const {
    if (d.empty()) return without_params_.contains(&p) ? p.op() : Op();
    auto [it, end] = by_hash_.equal_range(hash(p, d));
    for (; it != end; ++it)
      if (it->second->op.prim == &p && same(it->second->dict, d)) return it->second->op;
    return {};
  }

 private:
  struct Entry {
    Op op;
    py::dict dict;
    size_t hash;
  };
  static constexpr size_t kKept = 1 << 12;

  // A jaxpr without constants of its own is shown open where programs made for JAX expect it.
  static bool shows_open_jaxpr(std::string_view primitive) {
    constexpr std::string_view kNames[] = {"reduce_window", "remat2", "select_and_scatter"};
    return primitive.starts_with("scatter") ||
           std::ranges::find(kNames, primitive) != std::end(kNames);
  }

  static py::dict make_dict(const Op& op) {
    struct Collector final : FieldVisitor {
      explicit Collector(const Op& op) : open(shows_open_jaxpr(op.name())) {}
      void field(std::string_view name, const FieldValue& v, bool) override {
        auto* inner = std::get_if<const ClosedJaxpr*>(&v);
        py::object value = from_field(v);
        if (open && inner && (*inner)->consts.empty()) value = value.attr("jaxpr");
        out[py::str(std::string(name))] = value;
      }
      const bool open;
      py::dict out;
    } collector{op};
    op.params->visit(collector);
    return collector.out;
  }
  // Whatever the order of the items.
  static size_t hash(const Primitive& p, const py::dict& d) {
    size_t h = reinterpret_cast<size_t>(&p);
    for (auto [name, value] : d)
      h += hash_mix(static_cast<size_t>(py::hash(name)), reinterpret_cast<size_t>(value.ptr()));
    return h;
  }
  static bool same(const py::dict& a, const py::dict& b) {
    if (a.size() != b.size()) return false;
    for (auto [name, value] : a) {
      PyObject* other = PyDict_GetItemWithError(b.ptr(), name.ptr());
      if (other != value.ptr()) return false;
    }
    return true;
  }
  void drop_oldest() {
    auto oldest = order_.front();
    order_.pop_front();
    by_params_.erase(oldest->op.params.get());
    auto [it, end] = by_hash_.equal_range(oldest->hash);
    while (it != end && it->second != oldest) ++it;
    if (it != end) by_hash_.erase(it);
  }

  std::unordered_set<const Primitive*> without_params_;
  std::unordered_map<const ParamsBase*, std::shared_ptr<Entry>> by_params_;
  std::unordered_multimap<size_t, std::shared_ptr<Entry>> by_hash_;
  std::deque<std::shared_ptr<Entry>> order_;
};

KnownParams& known() {
  static auto* k = new KnownParams;
  return *k;
}

py::object results(const Primitive& p, const Values& out) {
  if (!has_multiple_results(p)) return wrapped(out[0]);
  py::list l;
  for (const Value& v : out) l.append(wrapped(v));
  return l;
}

bool has_parameter(const FunctionDef& f, const std::string& name) {
  std::string all = str(", ", f.signature, ",");
  return all.find(", " + name + "=") != all.npos || all.find(", " + name + ",") != all.npos;
}

// By the primitive's own function, whose parameters have the names of params.
py::object bind_by_function(const Primitive& p, const py::args& args, const py::dict& params) {
  const FunctionDef& f = p->function;
  std::string name(f.name.empty() ? p->name : f.name);
  require<NotImplemented>(!f.signature.empty(), "bind: parameters of primitive '", p->name,
                          "' can only be those of an equation, unchanged");
  py::dict chosen;
  for (auto [key, value] : params) {
    bool has = has_parameter(f, key.cast<std::string>());
    require<NotImplemented>(has || value.is_none(), "bind: parameter '", key.cast<std::string>(),
                            "' of primitive '", p->name, "' cannot be chosen");
    if (has) chosen[key] = value;
  }
  size_t dot = name.find('.');
  std::string module = dot == name.npos ? "lax" : name.substr(0, dot);
  if (dot != name.npos) name.erase(0, dot + 1);
  py::object functions = py::module_::import("covector._core").attr(module.c_str());
  return functions.attr(name.c_str())(*args, **chosen);
}

py::object bind(const Primitive& p, const py::args& args, const py::kwargs& params) {
  Op op = op_from_dict(p, params);
  if (!op.prim) return bind_by_function(p, args, params);
  Values in;
  for (py::handle x : args) in.push_back(to_value(x.ptr()));
  return results(p, op.bind(in));
}

// The rules that the primitive has.
py::tuple rules(const Primitive& p) {
  py::list l;
  auto add = [&](const char* name, const auto& rule) {
    if (rule) l.append(name);
  };
  add("jvp", p->jvp);
  add("linearize", p->linearize);
  add("transpose", p->transpose);
  add("batch", p->batch);
  add("lower", p->lower);
  add("dce", p->dce);
  add("physical", p->physical);
  add("eager", p->eager);
  return l;
}

// A name as an identifier: scatter-add is scatter_add_p.
std::string attribute_name(std::string_view name) {
  std::string s(name);
  for (char& c : s)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return s + "_p";
}

}  // namespace

py::object primitive_object(const Primitive& p) {
  return py::cast(p, py::return_value_policy::reference);
}
const Primitive& unwrap_primitive(py::handle h) { return h.cast<const Primitive&>(); }

py::dict params_dict(const Op& op) {
  if (is_made_by_python(*op.prim)) return python_params(op);
  return owned<py::dict>(PyDict_Copy(known().dict_of(op).ptr()));
}

Op op_from_dict(const Primitive& p, const py::dict& params) {
  return is_made_by_python(p) ? python_op(p, params) : known().find(p, params);
}

void register_primitives(py::module_& m) {
  PrimitiveClass c(m, "Primitive", py::dynamic_attr(), "An operation that jaxprs are made of.");
  add_python_primitives(m, c);
  c.def_property_readonly("name", [](const Primitive& p) { return p->name; })
      .def_property_readonly("rules", &rules, "Names of the rules that it has.")
      .def("bind", &bind,
           "Applies the operation to arrays, with parameters as equations have them.")
      .def("get_bind_params",
           [](const Primitive&, py::dict params) { return py::make_tuple(py::list(), params); })
      .def("__repr__", [](const Primitive& p) { return p->name; })
      .def("__reduce__", [](const Primitive& p) {
        return py::make_tuple(py::module_::import("covector._core").attr("_primitive_by_name"),
                              py::make_tuple(p->name));
      });
  c.attr("multiple_results") = false;
  c.attr("call_primitive") = false;
  py::module_ all = m.def_submodule("primitives", "The registered primitives, by name.");
  for (const Primitive* p : Primitive::all()) {
    py::object object = primitive_object(*p);
    if (p->def().multiple_results) object.attr("multiple_results") = true;
    all.attr(attribute_name(p->def().name).c_str()) = object;
  }
  m.def("_primitive_by_name", [](const std::string& name) -> py::object {
    return py::module_::import("covector._core.primitives").attr(attribute_name(name).c_str());
  });
}

}  // namespace covector::bindings
