#include "staged_function.h"

#include <unordered_map>

#include "covector/control/jaxpr_parts.h"
#include "covector/core/config.h"
#include "covector/core/stage.h"
#include "function.h"
#include "reference_errors.h"
#include "tree.h"

namespace covector::bindings {
namespace {

struct Kept {
  Ref<const TreeDef> in;
  Avals avals;
  uint64_t config;
  Ref<const StagedFunction> staged;
};
struct Entry {
  py::object alive;  // a weak reference to the function, which drops the entry
  std::vector<Kept> kept;
};
using Cache = std::unordered_map<PyObject*, Entry>;

// Only used under the GIL. Never freed: functions may die after it would be.
Cache& cache() {
  static Cache* c = new Cache;
  return *c;
}

const Kept* find(PyObject* fun, const Ref<const TreeDef>& in, AvalSpan avals) {
  auto it = cache().find(fun);
  if (it == cache().end()) return nullptr;
  for (const Kept& k : it->second.kept)
    if (k.config == config_key() && *k.in == *in && std::ranges::equal(k.avals, avals)) return &k;
  return nullptr;
}

void forget(PyObject* fun) {
  auto it = cache().find(fun);
  if (it == cache().end()) return;
  Entry dying = std::move(it->second);  // may run anything once it is out of the cache
  cache().erase(it);
}

void keep(py::handle fun, Kept k) {
  Entry& e = cache()[fun.ptr()];
  if (!e.alive) {
    py::cpp_function callback([key = fun.ptr()](py::handle) { forget(key); });
    e.alive = py::reinterpret_steal<py::object>(PyWeakref_NewRef(fun.ptr(), callback.ptr()));
    if (!e.alive) {  // cannot be watched
      PyErr_Clear();
      cache().erase(fun.ptr());
      return;
    }
  }
  e.kept.push_back(std::move(k));
}

bool any_tracer(Args values) {
  return std::any_of(values.begin(), values.end(), [](const Value& v) { return v.tracer(); });
}

}  // namespace

Ref<const StagedFunction> stage_function(py::handle fun, const Ref<const TreeDef>& in,
                                         AvalSpan avals, std::string_view kind) {
  if (const Kept* k = find(fun.ptr(), in, avals)) return k->staged;
  FlatFunction f(py::reinterpret_borrow<py::object>(fun), in);
  ClosedJaxpr c = stage([&](Args a) { return f(a); }, avals, debug_info(fun));
  refuse_returned_references(c, kind, [](size_t input) { return str("args[", input, "]"); });
  auto staged = make_ref<StagedFunction>();
  staged->jaxpr = open_consts(c);
  staged->consts = c.consts;
  staged->out = f.out();
  if (!any_tracer(c.consts))
    keep(fun, {in, Avals(avals.begin(), avals.end()), config_key(), staged});
  return staged;
}

Ref<const TreeDef> call_tree(TreeDef::Children arguments) {
  static const Ref<const TreeDef> no_keywords = flatten(py::dict().ptr()).def;
  Ref<const TreeDef> both[] = {TreeDef::tuple(arguments), no_keywords};
  return TreeDef::tuple(both);
}

void clear_staged_functions() {
  Cache dying = std::move(cache());
  cache().clear();
}

}  // namespace covector::bindings
