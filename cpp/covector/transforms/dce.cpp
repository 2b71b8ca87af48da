// Dead code elimination, and the renumbering that goes with it.

#include "covector/core/reference.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

constexpr VarId kAbsent = ~VarId{0};

// Walks the equations backward and keeps those that are needed.
class Sweep {
 public:
  explicit Sweep(const Jaxpr& j) : jaxpr_(j), live_(j.vars.size()) {}

  void need(const Atom& a) {
    if (!a.literal) live_[a.var] = true;
  }
  bool live(VarId v) const { return live_[v]; }

  // The equations needed, in order.
  std::vector<Eqn> run() {
    std::vector<Eqn> kept;
    for (auto it = jaxpr_.eqns.rbegin(); it != jaxpr_.eqns.rend(); ++it) keep(*it, kept);
    std::reverse(kept.begin(), kept.end());
    return kept;
  }

 private:
  void keep(const Eqn& e, std::vector<Eqn>& kept) {
    Mask used;
    bool any = must_happen(e.effects);
    bool all = true;
    for (VarId v : e.out) {
      used.push_back(live_[v]);
      any |= live_[v];
      all &= live_[v];
    }
    if (!any) return;
    const auto& rule = e.op.prim->def().dce;
    kept.push_back(rule && !all ? shrunk(e, rule(e.op, used), used) : e);
    for (const Atom& a : kept.back().in) need(a);
  }

  static Eqn shrunk(const Eqn& e, const std::pair<Op, Mask>& to, const Mask& used) {
    Eqn r{to.first, {}, {}, e.effects, e.source};
    size_t n = e.in.size();
    for (size_t i = 0; i < n; ++i)
      if (to.second[i]) r.in.push_back(e.in[i]);
    bool has_more = to.second.size() > n;
    for (size_t i = 0; i < e.out.size(); ++i)
      if (has_more ? to.second[n + i] : used[i]) r.out.push_back(e.out[i]);
    return r;
  }

  const Jaxpr& jaxpr_;
  std::vector<bool> live_;
};

// Dense new ids for the variables of the smaller jaxpr.
class Renumber {
 public:
  Renumber(const Jaxpr& from, Jaxpr& to) : from_(from), to_(to), ids_(from.vars.size(), kAbsent) {}
  VarId operator()(VarId v) {
    if (ids_[v] == kAbsent) ids_[v] = to_.new_var(from_.vars[v]);
    return ids_[v];
  }
  Atom operator()(const Atom& a) { return a.literal ? a : Atom{(*this)(a.var), {}}; }

 private:
  const Jaxpr& from_;
  Jaxpr& to_;
  std::vector<VarId> ids_;
};

}  // namespace

ClosedJaxpr dce(const ClosedJaxpr& c, const Mask& used, Mask* used_in, bool drop_inputs) {
  const Jaxpr& from = *c.jaxpr;
  Sweep sweep(from);
  for (size_t i = 0; i < from.outs.size(); ++i)
    if (used[i]) sweep.need(from.outs[i]);
  std::vector<Eqn> kept = sweep.run();

  auto to = make_ref<Jaxpr>();
  to->debug = from.debug;
  Renumber id(from, *to);
  ClosedJaxpr r;
  for (size_t i = 0; i < from.constvars.size(); ++i) {
    if (!sweep.live(from.constvars[i])) continue;
    to->constvars.push_back(id(from.constvars[i]));
    if (!c.consts.empty()) r.consts.push_back(c.consts[i]);
  }
  for (VarId v : from.invars) {
    if (used_in) used_in->push_back(sweep.live(v));
    if (!drop_inputs || sweep.live(v)) to->invars.push_back(id(v));
  }
  for (Eqn& e : kept) {
    for (Atom& a : e.in) a = id(a);
    for (VarId& v : e.out) v = id(v);
    merge_effects(to->effects, e.effects);
    to->eqns.push_back(std::move(e));
  }
  to->effects = outer_effects(*to, std::move(to->effects));
  for (size_t i = 0; i < from.outs.size(); ++i)
    if (used[i]) to->outs.push_back(id(from.outs[i]));
  r.jaxpr = to;
  return r;
}

}  // namespace covector
