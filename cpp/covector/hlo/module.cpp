#include "covector/hlo/module.h"

#include <utility>

#include "covector/hlo/text.h"

namespace covector::hlo {
namespace {

void append_alias(std::string& s, int alias) {
  if (alias == ModuleOptions::kNoAlias) return;
  if (alias == ModuleOptions::kDonor) {
    s += " {jax.buffer_donor = true}";
    return;
  }
  s += " {tf.aliasing_output = ";
  append_int(s, alias);
  s += " : i32}";
}

}  // namespace

std::string Builder::function_text(const ClosedJaxpr& c, const ModuleOptions* main) {
  const Jaxpr& j = *c.jaxpr;
  std::string outer = std::exchange(text_, "(");
  int32_t outer_next = std::exchange(next_, 0);
  Results args;
  std::vector<VarId> params;
  // Only the entry takes its constants as arguments; elsewhere there are none.
  if (main) params = j.constvars;
  params.insert(params.end(), j.invars.begin(), j.invars.end());
  for (size_t i = 0; i < params.size(); ++i) {
    if (i) text_ += ", ";
    args.push_back({-1 - static_cast<int32_t>(i), -1, j.vars[params[i]]});
    name(args.back());
    text_ += ": ";
    text_ += type(args.back().aval);
    if (main && i < main->aliases.size()) append_alias(text_, main->aliases[i]);
    if (main && options_.locations && i >= j.constvars.size() &&
        i - j.constvars.size() < main->arg_names.size())
      text_ += " loc(" + quoted(main->arg_names[i - j.constvars.size()]) + ")";
  }
  std::string signature = std::exchange(text_, {});
  ClosedJaxpr body = c;
  if (main && !j.constvars.empty()) {
    auto open = make_ref<Jaxpr>();
    open->vars = j.vars;
    open->invars = params;
    open->eqns = j.eqns;
    open->outs = j.outs;
    body = {open, {}};
  }
  Results out = inline_jaxpr(body, args);
  std::string text = std::exchange(text_, std::move(signature));
  text_ += ") -> (";
  types(out);
  text_ += ") {\n";
  text_ += text;
  text_ += "    return ";
  names(out);
  if (!out.empty()) text_ += " : ";
  types(out);
  text_ += "\n  }\n";
  next_ = outer_next;
  return std::exchange(text_, std::move(outer));
}

Results Builder::call(std::string_view name, const ClosedJaxpr& c, Operands args) {
  auto known = c.consts.empty() ? by_jaxpr_.find(c.jaxpr) : by_jaxpr_.end();
  std::string function;
  if (known != by_jaxpr_.end()) {
    function = known->second;
  } else {
    std::string text = function_text(c, nullptr);
    auto [it, fresh] = by_text_.try_emplace(std::move(text));
    if (fresh) {
      it->second = symbol(name);
      if (int n = names_in_use_[it->second]++) it->second += "_" + std::to_string(n);
      functions_ += "  func.func private @" + it->second + it->first;
    }
    function = it->second;
    if (c.consts.empty()) by_jaxpr_.emplace(c.jaxpr, function);
  }
  Avals outs = c.out_avals();
  int32_t id = fresh();
  text_ += "    ";
  if (!outs.empty()) {
    text_ += '%';
    append_int(text_, id);
    if (outs.size() > 1) text_ += ":" + std::to_string(outs.size());
    text_ += " = ";
  }
  text_ += "func.call @" + function + "(";
  names(args);
  text_ += ')';
  signature(args, outs);
  Results r;
  for (size_t i = 0; i < outs.size(); ++i)
    r.push_back({id, outs.size() == 1 ? -1 : static_cast<int32_t>(i), outs[i]});
  return r;
}

std::string Builder::location_table() const {
  std::string s;
  for (const auto& [source, n] : locations_) {
    s += "#loc";
    append_int(s, n);
    s += " = loc(" + quoted(source->function) + "(" + quoted(source->file) + ":";
    append_int(s, source->line);
    s += ":0))\n";
  }
  return s;
}

std::string lower_module(const ClosedJaxpr& c, const ModuleOptions& o) {
  Builder b({.locations = o.locations, .platform = o.platform});
  b.names_in_use_["main"] = 1;
  std::string main = b.function_text(c, &o);
  return "module @" + symbol("jit_" + o.name) +
         " attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {\n"
         "  func.func public @main" +
         main + b.functions_ + "}\n" + b.location_table();
}

}  // namespace covector::hlo
