// Between the core's jaxprs, whose variables are dense numbers, and parts that
// Python code takes out of several of them and puts together anew.

#include <unordered_map>

#include "covector/base/hash.h"
#include "covector/core/effects.h"
#include "jaxpr.h"

namespace covector::bindings {
namespace {

struct VarHash {
  size_t operator()(const Var& v) const {
    return hash_mix(reinterpret_cast<size_t>(v.jaxpr.get()), v.id);
  }
};

class Builder {
 public:
  Ref<const Jaxpr> build(const JaxprParts& p) {
    for (const Var& v : p.constvars) jaxpr_->constvars.push_back(define(v));
    for (const Var& v : p.invars) jaxpr_->invars.push_back(define(v));
    for (const EqnView& e : p.eqns) add(e);
    for (const AtomView& a : p.outvars) jaxpr_->outs.push_back(atom(a));
    jaxpr_->debug = p.debug;
    return jaxpr_;
  }

 private:
  VarId define(const Var& v) {
    auto [it, fresh] = ids_.try_emplace(v, 0);
    require<ValueError>(fresh, "a jaxpr defines a variable twice: ", v.aval());
    return it->second = jaxpr_->new_var(v.aval());
  }
  Atom atom(const AtomView& a) const {
    if (auto* l = std::get_if<Literal>(&a)) return {0, l->value};
    auto it = ids_.find(std::get<Var>(a));
    require<ValueError>(it != ids_.end(), "a jaxpr uses a variable that it does not define: ",
                        std::get<Var>(a).aval());
    return {it->second, {}};
  }
  void add(const EqnView& e) {
    Eqn eqn;
    eqn.op = e.op;
    for (const AtomView& a : e.in) eqn.in.push_back(atom(a));
    for (const Var& v : e.out) eqn.out.push_back(define(v));
    eqn.effects = e.effects;
    eqn.source = e.source;
    merge_effects(jaxpr_->effects, e.effects);
    jaxpr_->eqns.push_back(std::move(eqn));
  }

  const Ref<Jaxpr> jaxpr_ = make_ref<Jaxpr>();
  std::unordered_map<Var, VarId, VarHash> ids_;
};

EqnView eqn_view(const Ref<const Jaxpr>& j, const Eqn& e) {
  EqnView v{e.op, {}, {}, e.effects, e.source};
  v.in.reserve(e.in.size());
  v.out.reserve(e.out.size());
  for (const Atom& a : e.in) v.in.push_back(atom_view(j, a));
  for (VarId id : e.out) v.out.push_back({j, id});
  return v;
}

}  // namespace

AtomView atom_view(const Ref<const Jaxpr>& j, const Atom& a) {
  if (a.literal) return Literal{a.literal};
  return Var{j, a.var};
}

std::vector<EqnView> eqn_views(const Ref<const Jaxpr>& j) {
  std::vector<EqnView> all;
  all.reserve(j->eqns.size());
  for (const Eqn& e : j->eqns) all.push_back(eqn_view(j, e));
  return all;
}

Ref<const Jaxpr> build_jaxpr(const JaxprParts& p) { return Builder().build(p); }

JaxprParts parts_of(const Ref<const Jaxpr>& j) {
  JaxprParts p;
  for (VarId v : j->constvars) p.constvars.push_back({j, v});
  for (VarId v : j->invars) p.invars.push_back({j, v});
  for (const Atom& a : j->outs) p.outvars.push_back(atom_view(j, a));
  p.eqns = eqn_views(j);
  p.debug = j->debug;
  return p;
}

}  // namespace covector::bindings
