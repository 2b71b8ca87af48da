// Where the residuals of a loop come from.

#include "covector/control/scan.h"

namespace covector::scan_rules {

using namespace lists;

namespace {

class Placement {
 public:
  Placement(const ClosedJaxpr& body, const ScanParams& p, size_t outs)
      : j_(*body.jaxpr), p_(p), outs_(outs), invariant_(j_.vars.size()), moved_(j_.vars.size()) {
    for (size_t i = 0; i < p.consts(); ++i) place(j_.invars[i], ScanResiduals::kConst, i);
    size_t first_x = p.consts() + p.carry();
    for (size_t i = first_x; i < j_.invars.size(); ++i)
      place(j_.invars[i], ScanResiduals::kX, i - first_x);
    for (size_t i = p.carry(); i < outs; ++i)
      if (!j_.outs[i].literal) place(j_.outs[i].var, ScanResiduals::kY, i - p.carry());
  }

  Ref<const ScanResiduals> run() {
    find_invariant();
    find_moved();
    auto r = make_ref<ScanResiduals>();
    auto loop = shell(), outside = shell();
    list_used();
    r->hoisted_used = hoisted_.size();
    loop->invars = hoisted_;
    loop->invars.insert(loop->invars.end(), j_.invars.begin(), j_.invars.end());
    loop->outs.assign(j_.outs.begin(), j_.outs.begin() + static_cast<ptrdiff_t>(outs_));
    for (size_t i = outs_; i < j_.outs.size(); ++i)
      r->from.push_back(place_residual(j_.outs[i], *loop));
    outside->invars.assign(j_.invars.begin(), j_.invars.begin() + p_.num_consts);
    for (VarId v : hoisted_) outside->outs.push_back({v, {}});
    for (const Eqn& e : j_.eqns) {
      Jaxpr& to = is_moved(e) ? *outside : *loop;
      merge_effects(to.effects, e.effects);
      to.eqns.push_back(e);
    }
    r->hoisted = {outside, {}};
    r->loop = {loop, {}};
    return r;
  }

 private:
  using Place = std::pair<ScanResiduals::From, size_t>;

  Ref<Jaxpr> shell() const {
    auto j = make_ref<Jaxpr>();
    j->vars = j_.vars;
    j->debug = j_.debug;
    return j;
  }
  void place(VarId v, ScanResiduals::From from, size_t i) { places_.try_emplace(v, from, i); }
  bool is_moved(const Eqn& e) const { return !e.out.empty() && moved_[e.out[0]]; }

  // Whatever is computed of constants alone does not change in the loop.
  void find_invariant() {
    for (size_t i = 0; i < p_.consts(); ++i) invariant_[j_.invars[i]] = true;
    for (const Eqn& e : j_.eqns) {
      bool fixed = e.effects.empty();
      for (const Atom& a : e.in) fixed &= a.literal || invariant_[a.var];
      for (VarId v : e.out) invariant_[v] = fixed;
    }
  }

  // Of that, what residuals need is moved out of the loop.
  void find_moved() {
    std::vector<bool> needed(j_.vars.size());
    for (size_t i = outs_; i < j_.outs.size(); ++i) {
      const Atom& a = j_.outs[i];
      if (!a.literal && invariant_[a.var]) needed[a.var] = true;
    }
    for (auto e = j_.eqns.rbegin(); e != j_.eqns.rend(); ++e) {
      if (std::none_of(e->out.begin(), e->out.end(), [&](VarId v) { return needed[v]; })) continue;
      for (VarId v : e->out) moved_[v] = true;
      for (const Atom& a : e->in)
        if (!a.literal) needed[a.var] = true;
    }
  }

  // What the loop still takes of what was moved.
  void list_used() {
    auto use = [&](const Atom& a) {
      if (!a.literal && moved_[a.var]) hoist(a.var);
    };
    for (const Eqn& e : j_.eqns)
      if (!is_moved(e)) std::for_each(e.in.begin(), e.in.end(), use);
    for (size_t i = 0; i < outs_; ++i) use(j_.outs[i]);
  }

  size_t hoist(VarId v) {
    auto [it, fresh] = index_.try_emplace(v, hoisted_.size());
    if (fresh) hoisted_.push_back(v);
    return it->second;
  }

  Place place_residual(const Atom& a, Jaxpr& loop) {
    if (!a.literal && moved_[a.var]) return {ScanResiduals::kHoisted, hoist(a.var)};
    Place next{ScanResiduals::kY, loop.outs.size() - p_.carry()};
    if (!a.literal) {
      auto [it, fresh] = places_.try_emplace(a.var, next);
      if (!fresh) return it->second;
    }
    loop.outs.push_back(a);
    return next;
  }

  const Jaxpr& j_;
  const ScanParams& p_;
  const size_t outs_;
  std::vector<bool> invariant_, moved_;
  std::unordered_map<VarId, Place> places_;
  std::vector<VarId> hoisted_;
  std::unordered_map<VarId, size_t> index_;  // in hoisted_
};

}  // namespace

Ref<const ScanResiduals> place_residuals(const ClosedJaxpr& body, const ScanParams& p,
                                         size_t outs) {
  return Placement(body, p, outs).run();
}

ScanRun run_with_residuals(const ScanResiduals& r, const ScanParams& p, size_t outs, Args consts,
                           Args carry, Args xs) {
  Values outside;
  // As one program where each operation by itself would be one.
  if (!r.hoisted.jaxpr->outs.empty())
    outside = call(CallParams{"hoisted", r.hoisted, !is_eager(), false, {}}, consts);
  Values all_consts = joined({Args(outside).first(r.hoisted_used), consts});
  ScanParams q = p.with(r.loop, all_consts.size(), p.carry());
  Values all;
  if (!r.loop.jaxpr->outs.empty() || !r.loop.jaxpr->effects.empty())
    all = bind_scan(std::move(q), all_consts, carry, xs);
  ScanRun run{Values(all.begin(), all.begin() + outs), {}, {}};
  for (auto [from, i] : r.from) {
    if (from == ScanResiduals::kConst) run.invariant.push_back(consts[i]);
    if (from == ScanResiduals::kHoisted) run.invariant.push_back(outside[i]);
    if (from == ScanResiduals::kX) run.varying.push_back(xs[i]);
    if (from == ScanResiduals::kY) run.varying.push_back(all[p.carry() + i]);
  }
  return run;
}

}  // namespace covector::scan_rules
