#include "covector/hlo/module.h"

#include <set>
#include <utility>

#include "covector/hlo/foreign_functions.h"
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

void append_loc(std::string& s, std::string_view name) {
  s += " loc(";
  append_quoted(s, name);
  s += ')';
}

// What replaces a closing bracket at the end is left out: <lambda> is _lambda.
std::string module_symbol(const std::string& program) {
  std::string name = "jit_" + program, s = symbol(name);
  while (s.back() == '_' && name[s.size() - 1] != '_') s.pop_back();
  return s;
}

}  // namespace

// "(%arg0: type) -> (type) {". Names are of the inputs, which stand last.
void Builder::head(Operands args, AvalSpan outs, const ModuleOptions* main) {
  static const ModuleOptions kNone;
  const ModuleOptions& o = main ? *main : kNone;
  size_t unnamed = args.size() - std::min(args.size(), o.arg_names.size());
  text_ += '(';
  for (size_t i = 0; i < args.size(); ++i) {
    if (i) text_ += ", ";
    name(args[i]);
    text_ += ": ";
    text_ += type(args[i].aval);
    if (i < o.aliases.size()) append_alias(text_, o.aliases[i]);
    if (o.locations && i >= unnamed) append_loc(text_, o.arg_names[i - unnamed]);
  }
  text_ += ") -> (";
  for (size_t i = 0; i < outs.size(); ++i) {
    if (i) text_ += ", ";
    text_ += type(outs[i]);
    if (i >= o.result_names.size()) continue;
    text_ += " {jax.result_info = ";
    append_quoted(text_, o.result_names[i]);
    text_ += '}';
  }
  text_ += ") {\n";
}

std::string Builder::location_table() const {
  std::string s;
  for (size_t i = 0; i < locations_.size(); ++i) {
    const SourceLine& line = *locations_[i];
    s += str("#loc", i, " = loc(");
    append_quoted(s, line.function);
    s += '(';
    append_quoted(s, line.file);
    s += str(":", line.line, ":0))\n");
  }
  return s;
}

std::string Builder::module(const ClosedJaxpr& c, const ModuleOptions& o) {
  names_in_use_["main"];
  scope_ = str("jit(", o.name, ")/");
  Function main{c.jaxpr, "main"};
  main.text = "module @" + module_symbol(o.name) +
              " attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {\n"
              "  func.func public @main";
  function(main, &o);
  scope_.clear();
  // Writing a function may find more of them.
  for (size_t i = 0; i < functions_.size(); ++i) {
    Function f = std::move(functions_[i]);
    function(f, nullptr);
    functions_[i] = std::move(f);
  }
  for (uint32_t i = 0; i < functions_.size(); ++i) link(i);
  splice(main);
  std::string s = std::move(main.text);
  for (const Function& f : functions_)
    if (!f.text.empty()) s.append("  func.func private @").append(f.name).append(f.text);
  s += "}\n";
  // MLIR wants aliases in names' locations before their use.
  if (!locations_.empty()) s.insert(0, location_table());
  return s;
}

namespace {

// Before the bracket that closes the module. They are text now, and need not be kept.
void add_foreign_functions(std::string& text, std::vector<Ref<const RefCounted>>& kept) {
  std::set<std::string> added;
  std::erase_if(kept, [&](const Ref<const RefCounted>& x) {
    auto* f = dynamic_cast<const ForeignFunctions*>(x.get());
    if (f && added.insert(f->name).second) text.insert(text.size() - 2, f->text);
    return f != nullptr;
  });
}

}  // namespace

Module make_module(const ClosedJaxpr& c, const ModuleOptions& o) {
  Builder b({.locations = o.locations, .platform = o.platform});
  std::string text = b.module(c, o);
  add_foreign_functions(text, b.kept_);
  return {std::move(text), std::move(b.kept_)};
}

}  // namespace covector::hlo
