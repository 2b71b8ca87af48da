#include "covector/core/shared_jaxprs.h"

#include "covector/core/inner_jaxprs.h"

namespace covector {
namespace {

constexpr size_t kLong = 10;  // equations

// <lambda> is no name for a definition, lambda is.
std::string without_brackets(std::string_view s) {
  while (!s.empty() && (s.front() == '<' || s.front() == '>')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == '<' || s.back() == '>')) s.remove_suffix(1);
  return std::string(s);
}

struct NameField final : FieldVisitor {
  void field(std::string_view name, const FieldValue& v, bool) override {
    auto* s = std::get_if<std::string_view>(&v);
    if (name == "name" && s) value = *s;
  }
  std::string value;
};

}  // namespace

// Breadth first: definitions are printed in the order in which this finds them.
SharedJaxprs::SharedJaxprs(const Jaxpr& top) {
  for (const Eqn& e : top.eqns) push(e);
  while (!queue_.empty()) {
    Ref<const Jaxpr> j = std::move(queue_.front());
    queue_.pop_front();
    Use& use = uses_[j.get()];
    if (use.paths == 0) found_.push_back(j);
    // What stands in a jaxpr that occurs twice occurs twice. Further occurrences
    // change nothing, so that each jaxpr is walked at most twice.
    if (use.paths == 2) continue;
    ++use.paths;
    for (const Eqn& e : j->eqns) push(e);
  }
  give_names();
}

void SharedJaxprs::push(const Eqn& e) {
  NameField name;
  for_each_inner_jaxpr(e.op, [&](std::string_view field, const ClosedJaxpr& c, bool printed) {
    if (!printed) return;
    if (name.value.empty() && field == "jaxpr") e.op.params->visit(name);
    std::string& label = uses_[c.jaxpr.get()].label;
    if (label.empty() && field == "jaxpr") label = without_brackets(name.value);
    queue_.push_back(c.jaxpr);
  });
}

void SharedJaxprs::give_names() {
  std::unordered_map<std::string, int> count;
  for (const Ref<const Jaxpr>& j : found_) {
    const Use& use = uses_[j.get()];
    if (use.paths < 2 && j->eqns.size() <= kLong) continue;
    std::string base = use.label.empty() ? "jaxpr" : use.label, name = base;
    while (taken_.contains(name)) name = base + std::to_string(++count[base]);
    taken_.insert(name);
    names_[j.get()] = name;
    shared_.push_back(j);
  }
}

const std::string* SharedJaxprs::name(const Jaxpr* j) const {
  auto it = names_.find(j);
  return it == names_.end() ? nullptr : &it->second;
}

}  // namespace covector
