#include "covector/core/jaxpr.h"

#include "covector/core/source_scope.h"
#include "covector/core/trace.h"

namespace covector {

Ref<const RefCounted> Jaxpr::memo(size_t kind, std::string key,
                                  const std::function<Ref<const RefCounted>()>& make) const {
  append_to(key, ':');
  append_to(key, kind);
  {
    std::lock_guard lock(memo_mutex_);
    if (auto it = memo_.find(key); it != memo_.end()) return it->second;
  }
  Ref<const RefCounted> made = make();
  std::lock_guard lock(memo_mutex_);
  return memo_.try_emplace(std::move(key), std::move(made)).first->second;
}

Avals ClosedJaxpr::in_avals() const {
  Avals r;
  r.reserve(jaxpr->invars.size());
  for (VarId v : jaxpr->invars) r.push_back(jaxpr->vars[v]);
  return r;
}

Avals ClosedJaxpr::out_avals() const {
  Avals r;
  r.reserve(jaxpr->outs.size());
  for (const Atom& a : jaxpr->outs) r.push_back(jaxpr->aval(a));
  return r;
}

bool ClosedJaxpr::operator==(const ClosedJaxpr& o) const {
  return jaxpr == o.jaxpr && consts == o.consts;
}

Values eval_jaxpr(const Jaxpr& j, Args consts, Args args) {
  invariant(args.size() == j.invars.size(), "eval_jaxpr: ", args.size(), " arguments for ",
            j.invars.size(), " inputs");
  invariant(consts.size() == j.constvars.size(), "eval_jaxpr: ", consts.size(), " constants for ",
            j.constvars.size(), " variables");
  Values env(j.vars.size());
  for (size_t i = 0; i < consts.size(); ++i) env[j.constvars[i]] = consts[i];
  for (size_t i = 0; i < args.size(); ++i) env[j.invars[i]] = args[i];
  auto read = [&](const Atom& a) -> const Value& { return a.literal ? a.literal : env[a.var]; };
  Values in;
  for (const Eqn& e : j.eqns) {
    in.clear();
    for (const Atom& a : e.in) in.push_back(read(a));
    WithSource with(e.source);
    Values out = e.op.bind(in);
    for (size_t i = 0; i < out.size(); ++i) env[e.out[i]] = std::move(out[i]);
  }
  Values out;
  out.reserve(j.outs.size());
  for (const Atom& a : j.outs) out.push_back(read(a));
  return out;
}

Values eval_jaxpr(const ClosedJaxpr& c, Args args) { return eval_jaxpr(*c.jaxpr, c.consts, args); }

}  // namespace covector
