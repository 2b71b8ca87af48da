// Why a jitted function is traced anew, for `explain_cache_misses`.

#include "jit_explain.h"

#include "covector/core/config.h"
#include "function.h"

namespace covector::bindings {
namespace {

std::string with_weak_type(const Aval& a) { return str(a, "{weak_type=", a.weak_type(), "}"); }

// "at x['a'], now f32[2] and before f32[3]"
std::string of_types(const std::string& path, const Aval& now, const Aval& before) {
  bool weak = now.dtype() == before.dtype() && now.shape() == before.shape();
  std::string a = weak ? with_weak_type(now) : str(now);
  std::string b = weak ? with_weak_type(before) : str(before);
  std::string s = str("different input types: at ", path, ", now ", a, " and before ", b);
  if (weak)
    s += ". Python scalars are weakly typed; see "
         "https://docs.jax.dev/en/latest/type_promotion.html#weak-types";
  return s;
}

std::string repr(PyObject* o) { return std::string(py::repr(py::handle(o))); }

}  // namespace

std::vector<std::string> JitArguments::differences(const JitSpec& spec,
                                                   const JitArguments& before) const {
  std::vector<std::string> r;
  if (!(*in_tree() == *before.in_tree()))
    return {str("different input pytree: now ", in_tree()->to_string(), " and before ",
                before.in_tree()->to_string())};
  size_t leaf = 0;
  for (size_t i = 0; i < arguments_.size() && i < before.arguments_.size(); ++i) {
    const Argument &a = arguments_[i], &b = before.arguments_[i];
    if (a.is_static && b.is_static) {
      int equal = PyObject_RichCompareBool(a.object, b.object, Py_EQ);
      if (equal < 0) PyErr_Clear();
      if (equal != 1)
        r.push_back(str("different value of static argument ", describe_argument(i, a.keyword),
                        ": now ", repr(a.object), " and before ", repr(b.object)));
    }
    if (a.is_static) continue;
    auto n = static_cast<size_t>(a.def->num_leaves());
    for (size_t k = 0; k < n && leaf < avals_.size(); ++k, ++leaf)
      if (avals_[leaf] != before.avals_[leaf])
        r.push_back(of_types(leaf_path(spec, i, a.keyword, a.object, k), avals_[leaf],
                             before.avals_[leaf]));
  }
  if (config_ == before.config_) return r;
  for (size_t o = 0; o < options_.size(); ++o) {
    int64_t now = option(static_cast<Option>(o));
    if (now != before.options_[o] && static_cast<Option>(o) != Option::kExplainCacheMisses)
      r.push_back(py::module_::import("covector._explain")
                      .attr("of_options")(o, now, before.options_[o])
                      .cast<std::string>());
  }
  return r;
}

void log_miss(const JitSpec& spec, const JitArguments& now,
              const std::vector<const JitArguments*>& before) {
  std::vector<std::string> nearest;
  bool first = true;
  for (const JitArguments* b : before) {
    std::vector<std::string> d = now.differences(spec, *b);
    if (first || d.size() < nearest.size()) nearest = std::move(d);
    first = false;
  }
  py::list texts;
  for (const std::string& s : nearest) texts.append(s);
  py::module_::import("covector._explain")
      .attr("log_miss")(py::handle(spec.fun), before.empty() ? py::object(py::none()) : texts);
}

}  // namespace covector::bindings
