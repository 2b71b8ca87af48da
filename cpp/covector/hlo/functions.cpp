// Jaxprs as functions. Functions that a text calls are written after it, one by
// one, so that calls may nest without bound; names are given at the end, from
// the callees up, and equal texts share one.

#include <algorithm>
#include <utility>

#include "covector/hlo/module.h"
#include "covector/hlo/text.h"

namespace covector::hlo {

void Builder::run_eqns(const Jaxpr& j, std::vector<Operand>& env) {
  Source outer_source = source_;
  std::string_view outer_primitive = primitive_;
  SmallVector<Operand, 4> in;
  Avals outs;
  for (const Eqn& e : j.eqns) {
    const PrimitiveDef& def = e.op.prim->def();
    if (!def.lower) missing_rule("lowering", e.op);
    if (e.source) source_ = e.source;
    primitive_ = def.name;
    in.clear();
    outs.clear();
    for (const Atom& a : e.in) in.push_back(a.literal ? constant(a.literal) : env[a.var]);
    for (VarId v : e.out) outs.push_back(j.vars[v]);
    Results r = def.lower(e.op, *this, in, outs);
    invariant(r.size() == outs.size(), def.name, ": lowering gave ", r.size(), " results for ",
              outs.size());
    for (size_t i = 0; i < r.size(); ++i) {
      if (&type(r[i].aval) != &type(outs[i])) [[unlikely]]
        fail<InternalError>(def.name, ": lowering gave ", type(r[i].aval), " for result ", i,
                            " of type ", outs[i]);
      env[e.out[i]] = {r[i].id, r[i].index, outs[i]};
    }
  }
  source_ = outer_source;
  primitive_ = outer_primitive;
}

Results Builder::read_outs(const Jaxpr& j, const std::vector<Operand>& env) {
  Results r;
  r.reserve(j.outs.size());
  for (const Atom& a : j.outs) r.push_back(a.literal ? constant(a.literal) : env[a.var]);
  return r;
}

Results Builder::inline_jaxpr(const ClosedJaxpr& c, Operands args) {
  const Jaxpr& j = *c.jaxpr;
  invariant(args.size() == j.invars.size(), "inline_jaxpr: ", args.size(), " operands for ",
            j.invars.size(), " inputs");
  invariant(c.consts.size() == j.constvars.size(), "inline_jaxpr: ", c.consts.size(),
            " constants for ", j.constvars.size(), " variables");
  std::vector<Operand> env(j.vars.size());
  for (size_t i = 0; i < c.consts.size(); ++i) env[j.constvars[i]] = constant(c.consts[i]);
  for (size_t i = 0; i < args.size(); ++i) env[j.invars[i]] = args[i];
  run_eqns(j, env);
  return read_outs(j, env);
}

namespace {

SmallVector<const Effect*, 1> ordered_effects(const Jaxpr& j) {
  SmallVector<const Effect*, 1> r;
  for (const Effect* e : j.effects)
    if (e->ordered) r.push_back(e);
  return r;
}

}  // namespace

// Constants of the jaxpr are arguments of the function; so are tokens of its
// effects, which come first, also among the results.
Results Builder::call(std::string_view name, const ClosedJaxpr& c, Operands args) {
  const Jaxpr& j = *c.jaxpr;
  auto [it, fresh_function] = by_jaxpr_.try_emplace(&j, static_cast<uint32_t>(functions_.size()));
  if (fresh_function) functions_.push_back({c.jaxpr, std::string(name)});
  auto effects = ordered_effects(j);
  SmallVector<Operand, 4> in;
  Avals outs(effects.size());
  for (const Effect* e : effects) in.push_back(token(*e));
  for (const Value& v : c.consts) in.push_back(constant(v));
  in.append(args);
  for (const Atom& a : j.outs) outs.push_back(j.aval(a));
  int32_t id = fresh();
  begin_op(outs.size(), id);
  text_ += "func.call @";
  calls_.emplace_back(text_.size(), it->second);
  text_ += '(';
  names(in);
  text_ += ')';
  signature(in, outs);
  std::string label = str("jit(", name, ")");
  std::string_view primitive = std::exchange(primitive_, label);
  end_op();
  primitive_ = primitive;
  Results r = results_of(id, outs);
  for (size_t i = 0; i < effects.size(); ++i) set_token(*effects[i], r[i]);
  return Results(r.begin() + effects.size(), r.end());
}

// Appends "(%arg0: type) -> (type) {...}" to the text that `f` has.
void Builder::function(Function& f, const ModuleOptions* main) {
  const Jaxpr& j = *f.jaxpr;
  std::vector<Operand> env(j.vars.size());
  auto effects = ordered_effects(j);
  if (main) effects.clear();  // no token enters a program: the first use makes it
  Results args;
  auto argument = [&](const Aval& a) {
    args.push_back({-1 - static_cast<int32_t>(args.size()), -1, a});
    return args.back();
  };
  next_ = 0;
  tokens_.clear();
  for (const Effect* e : effects) tokens_.emplace_back(e, argument(Aval()));
  for (VarId v : j.constvars) env[v] = argument(j.vars[v]);
  for (VarId v : j.invars) env[v] = argument(j.vars[v]);
  Avals out_types(effects.size());
  for (const Atom& a : j.outs) out_types.push_back(j.aval(a));
  text_ = std::move(f.text);
  // A guess that is seldom too low: growing copies what was written.
  text_.reserve(text_.size() + 256 + 128 * j.eqns.size());
  head(args, out_types, main);
  run_eqns(j, env);
  Results outs;
  for (const Effect* e : effects) outs.push_back(token(*e));
  outs.append(read_outs(j, env));
  text_.append(indent_, ' ');
  text_ += "return";
  if (!outs.empty()) text_ += ' ';
  names(outs);
  if (!outs.empty()) text_ += " : ";
  types(outs);
  text_ += "\n  }\n";
  f.text = std::exchange(text_, {});
  f.calls = std::exchange(calls_, {});
}

// Callees before callers: a text is complete once the names in it are known.
void Builder::link(uint32_t root) {
  struct Visit {
    uint32_t function;
    size_t next_call = 0;
  };
  std::vector<Visit> stack{{root}};
  while (!stack.empty()) {
    Visit& v = stack.back();
    Function& f = functions_[v.function];
    while (v.next_call < f.calls.size() && functions_[f.calls[v.next_call].second].linked)
      ++v.next_call;
    if (v.next_call < f.calls.size()) {
      stack.push_back({f.calls[v.next_call].second});
      continue;
    }
    if (!f.linked) complete(f);
    stack.pop_back();
  }
}

// Puts the callees' names into a text.
void Builder::splice(Function& f) const {
  if (f.calls.empty()) return;
  std::string text;
  size_t from = 0;
  for (auto [at, callee] : f.calls) {
    text.append(f.text, from, at - from);
    text += functions_[callee].name;
    from = at;
  }
  f.text = text.append(f.text, from);
}

void Builder::complete(Function& f) {
  splice(f);
  f.linked = true;
  auto [it, first] = by_text_.try_emplace(f.text, &f);
  if (!first) {
    f.name = it->second->name;
    f.text.clear();
    return;
  }
  std::string base = symbol(f.name);
  f.name = base;
  while (!names_in_use_.try_emplace(f.name).second) f.name = str(base, "_", names_in_use_[base]++);
}

}  // namespace covector::hlo
