#include "covector/core/axes.h"

#include <algorithm>

#include "covector/core/jaxpr.h"

namespace covector {
namespace {

thread_local std::vector<AxisData> scope;

bool push(const AxisData& axis) {
  if (axis.named()) scope.push_back(axis);
  return axis.named();
}

// Traces depend on the axes in scope, so the keys of their caches do.
void update_key() {
  size_t h = 0;
  for (const AxisData& a : scope)
    h = hash_mix(hash_mix(h, a.name.hash()), static_cast<size_t>(a.size));
  set_thread_option(Option::kAxisNames, {true, static_cast<int64_t>(h)});
}

}  // namespace

const Effect kNamedAxis{.name = "NamedAxis", .removable = true};

WithAxis::WithAxis(const AxisData& axis)
    : pushed_(push(axis)), previous_(thread_option(Option::kAxisNames)) {
  if (pushed_) update_key();
}

WithAxis::~WithAxis() {
  if (!pushed_) return;
  scope.pop_back();
  set_thread_option(Option::kAxisNames, previous_);
}

WithoutAxes::WithoutAxes() : previous_(thread_option(Option::kAxisNames)) {
  hidden_.swap(scope);
  set_thread_option(Option::kAxisNames, {});
}

WithoutAxes::~WithoutAxes() {
  hidden_.swap(scope);
  set_thread_option(Option::kAxisNames, previous_);
}

int64_t axis_size(const AxisName& name) {
  for (auto it = scope.rbegin(); it != scope.rend(); ++it)
    if (it->name == name) return it->size;
  fail<NameError>("unbound axis name: ", name_text(name),
                  ". A collective operation refers to an axis by the name that "
                  "`vmap(..., axis_name=...)` gives it, and has to be called in the mapped "
                  "function");
}

std::vector<AxisName> axis_names() {
  std::vector<AxisName> names;
  for (const AxisData& a : scope) names.push_back(a.name);
  return names;
}

bool names_axes(const Op& op) {
  const auto& effects = op.prim->def().effects;
  if (!effects) return false;
  Effects e = effects(op);
  return std::find(e.begin(), e.end(), &kNamedAxis) != e.end();
}

std::string name_text(const AxisName& name) {
  if (auto* s = std::get_if<std::string>(&name.v)) return *s;
  if (auto* o = std::get_if<Ref<const HostObject>>(&name.v)) return (*o)->repr();
  return to_string(FieldValue(&name));
}

}  // namespace covector
