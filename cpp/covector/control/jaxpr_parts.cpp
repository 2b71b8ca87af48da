#include "covector/control/jaxpr_parts.h"

#include <atomic>

#include "covector/transforms/transforms.h"

namespace covector {

using namespace lists;

ClosedJaxpr reorder(const ClosedJaxpr& c, const Order& in, const Order& out) {
  const Jaxpr& from = *c.jaxpr;
  auto j = make_ref<Jaxpr>();
  j->vars = from.vars;
  j->constvars = from.constvars;
  j->eqns = from.eqns;
  j->effects = from.effects;
  j->debug = from.debug;
  for (uint32_t i : in) j->invars.push_back(from.invars[i]);
  for (uint32_t i : out) j->outs.push_back(from.outs[i]);
  return {j, c.consts};
}

ClosedJaxpr open_consts(const ClosedJaxpr& c) {
  if (c.jaxpr->constvars.empty()) return c;
  return memo<KeptJaxpr>(*c.jaxpr, Memo::kOpenConsts, "",
                         [&] {
                           ClosedJaxpr open{consts_to_inputs(c).jaxpr, {}};
                           return make_ref<const KeptJaxpr>(std::move(open));
                         })
      ->jaxpr;
}

namespace {

struct Identity : RefCounted {
  explicit Identity(int64_t n) : number(n) {}
  const int64_t number;
};

}  // namespace

// Addresses are used again, and to keep the jaxpr alive could make two that keep each other.
void lists::add_key(std::string& key, const Jaxpr& j) {
  static std::atomic<int64_t> last{0};
  auto id = memo<Identity>(j, Memo::kIdentity, "", [] { return make_ref<const Identity>(++last); });
  add_key(key, id->number);
}

Mask depends_on(const Jaxpr& j, const Mask& inputs) {
  std::vector<bool> depends(j.vars.size());
  auto marked = [&](const Atom& a) { return !a.literal && depends[a.var]; };
  for (size_t i = 0; i < inputs.size(); ++i) depends[j.invars[i]] = inputs[i];
  for (const Eqn& e : j.eqns)
    if (std::any_of(e.in.begin(), e.in.end(), marked))
      for (VarId v : e.out) depends[v] = true;
  Mask r;
  for (const Atom& a : j.outs) r.push_back(marked(a));
  return r;
}

namespace {

class Splitter {
 public:
  Splitter(const ClosedJaxpr& c, const Mask& unknown_in)
      : c_(c), j_(*c.jaxpr), unknown_(j_.vars.size()), is_residual_(j_.vars.size()) {
    for (size_t i = 0; i < unknown_in.size(); ++i) unknown_[j_.invars[i]] = unknown_in[i];
  }

  SplitJaxpr run(const Mask& as_unknown) {
    auto known = empty(), unknown = empty();
    known->constvars = j_.constvars;
    for (const Eqn& e : j_.eqns) add(e, *known, *unknown);
    SplitJaxpr r;
    for (size_t i = 0; i < j_.outs.size(); ++i) {
      const Atom& a = j_.outs[i];
      r.unknown_out.push_back(as_unknown[i] || is_unknown(a));
      if (r.unknown_out[i]) use(a);
      (r.unknown_out[i] ? unknown : known)->outs.push_back(a);
    }
    r.residuals = residuals_.size();
    for (VarId v : residuals_) {
      known->outs.push_back({v, {}});
      unknown->invars.push_back(v);
    }
    for (VarId v : j_.invars) (unknown_[v] ? unknown : known)->invars.push_back(v);
    r.known = {known, c_.consts};
    r.unknown = {unknown, {}};
    return r;
  }

 private:
  Ref<Jaxpr> empty() const {
    auto j = make_ref<Jaxpr>();
    j->vars = j_.vars;
    j->debug = j_.debug;
    return j;
  }
  bool is_unknown(const Atom& a) const { return !a.literal && unknown_[a.var]; }
  // What an unknown equation takes of the known part.
  void use(const Atom& a) {
    if (a.literal || unknown_[a.var] || is_residual_[a.var]) return;
    is_residual_[a.var] = true;
    residuals_.push_back(a.var);
  }
  void add(const Eqn& e, Jaxpr& known, Jaxpr& unknown) {
    bool is_known = e.effects.empty();
    for (const Atom& a : e.in) is_known &= !is_unknown(a);
    Jaxpr& to = is_known ? known : unknown;
    if (!is_known) {
      for (const Atom& a : e.in) use(a);
      for (VarId v : e.out) unknown_[v] = true;
    }
    merge_effects(to.effects, e.effects);
    to.eqns.push_back(e);
  }

  const ClosedJaxpr& c_;
  const Jaxpr& j_;
  std::vector<bool> unknown_, is_residual_;
  std::vector<VarId> residuals_;
};

}  // namespace

SplitJaxpr split_jaxpr(const ClosedJaxpr& c, const Mask& unknown_in, const Mask& as_unknown) {
  return Splitter(c, unknown_in).run(as_unknown);
}

}  // namespace covector
