// Derivatives of branches. The residuals of all branches are joined: each result
// of this kind is for one residual of every branch, as far as types allow.

#include "covector/control/cond.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector::cond_rules {

using namespace lists;

namespace {

std::string key_of(Flags f) {
  std::string key;
  add_key(key, f);
  return key;
}

// jvp -----------------------------------------------------------------------------------

Ref<OfBranches> make_jvp(const CondParams& p, const Mask& nonzero) {
  auto r = make_ref<OfBranches>();
  r->mask = Mask(p.branches[0].jaxpr->outs.size(), false);
  for (const ClosedJaxpr& b : p.branches)
    r->mask = either(flags(r->mask), flags(jvp_jaxpr(b, nonzero, r->mask)->nonzero_out));
  std::vector<ClosedJaxpr> out;
  for (const ClosedJaxpr& b : p.branches) out.push_back(jvp_jaxpr(b, nonzero, r->mask)->jaxpr);
  r->out = with_common_consts(std::move(out));
  return r;
}

// linearize -----------------------------------------------------------------------------

// Where a residual of a branch is found: in an operand, or in a joined result.
struct Place {
  bool is_operand;
  size_t index;
};

struct Linear : OfBranches {  // `out`: branches with the joined residuals behind their results
  Branches tangent;           // (operands used..., joined residuals..., tangents...) -> tangents
  Order operands;             // that tangent branches use
};

class Joiner {
 public:
  explicit Joiner(const Jaxpr& first) : outs_(first.outs.size()) {}

  void add(const ClosedJaxpr& primal) {
    const Jaxpr& j = *primal.jaxpr;
    std::unordered_map<VarId, Place> known;
    for (size_t i = 0; i < j.invars.size(); ++i) known.try_emplace(j.invars[i], Place{true, i});
    std::vector<bool> taken(slots_.size());
    std::vector<Place> places;
    for (size_t i = outs_; i < j.outs.size(); ++i) {
      const Atom& a = j.outs[i];
      auto it = a.literal ? known.end() : known.find(a.var);
      Place at = it != known.end() ? it->second : Place{false, slot(j.aval(a), taken)};
      if (at.is_operand) use(at.index);
      if (!a.literal) known.try_emplace(a.var, at);
      places.push_back(at);
    }
    places_.push_back(std::move(places));
  }

  // The branch with its residuals in the slots, zeros in those that it has none for.
  ClosedJaxpr primal(size_t branch, const ClosedJaxpr& c) const {
    auto f = [&](Args a) {
      Values all = eval_jaxpr(c, a), r(all.begin(), all.begin() + outs_), in_slots(slots_.size());
      for (size_t i = 0; i < places_[branch].size(); ++i)
        if (!places_[branch][i].is_operand) in_slots[places_[branch][i].index] = all[outs_ + i];
      for (size_t i = 0; i < slots_.size(); ++i)
        r.push_back(in_slots[i] ? in_slots[i] : zeros(slots_[i]));
      return r;
    };
    return stage(f, c.in_avals(), c.jaxpr->debug);
  }

  // The tangent branch, of what all of them take.
  ClosedJaxpr tangent(size_t branch, const ClosedJaxpr& c, AvalSpan operand_avals) const {
    const std::vector<Place>& places = places_[branch];
    Avals in, own = c.in_avals();
    for (uint32_t i : used_) in.push_back(operand_avals[i]);
    in.append(slots_);
    in.append(AvalSpan(own).subspan(places.size()));
    auto f = [&](Args a) {
      Values residuals;
      for (const Place& at : places)
        residuals.push_back(at.is_operand ? a[rank(at.index)] : a[used_.size() + at.index]);
      return eval_jaxpr(c, joined({residuals, a.subspan(used_.size() + slots_.size())}));
    };
    return stage(f, in, c.jaxpr->debug);
  }

  const Order& used() const { return used_; }

 private:
  void use(size_t operand) {
    auto i = static_cast<uint32_t>(operand);
    if (std::find(used_.begin(), used_.end(), i) == used_.end()) used_.push_back(i);
  }
  size_t rank(size_t operand) const {
    return static_cast<size_t>(std::find(used_.begin(), used_.end(), operand) - used_.begin());
  }
  size_t slot(const Aval& a, std::vector<bool>& taken) {
    for (size_t i = 0; i < slots_.size(); ++i)
      if (!taken[i] && slots_[i].same_type(a)) {
        taken[i] = true;
        return i;
      }
    slots_.push_back(a.strong());
    taken.push_back(true);
    return slots_.size() - 1;
  }

  const size_t outs_;
  Avals slots_;
  Order used_;
  std::vector<std::vector<Place>> places_;  // of each branch
};

Ref<Linear> make_linear(const CondParams& p, const Mask& nonzero) {
  auto r = make_ref<Linear>();
  const Jaxpr& first = *p.branches[0].jaxpr;
  r->mask = Mask(first.outs.size(), false);
  for (const ClosedJaxpr& b : p.branches)
    r->mask = either(flags(r->mask), flags(linearize_jaxpr(b, nonzero, r->mask)->nonzero_out));
  std::vector<Ref<const LinearizedJaxpr>> lin;
  Joiner joiner(first);
  for (const ClosedJaxpr& b : p.branches) {
    lin.push_back(linearize_jaxpr(b, nonzero, r->mask));
    joiner.add(lin.back()->primal);
  }
  std::vector<ClosedJaxpr> primal, tangent;
  Avals avals = p.branches[0].in_avals();
  for (size_t i = 0; i < lin.size(); ++i) {
    primal.push_back(joiner.primal(i, lin[i]->primal));
    tangent.push_back(joiner.tangent(i, lin[i]->tangent, avals));
  }
  r->out = with_common_consts(std::move(primal));
  r->tangent = with_common_consts(std::move(tangent));
  r->operands = joiner.used();
  return r;
}

// transpose -----------------------------------------------------------------------------

// (known operands..., nonzero cotangents...) -> cotangents of linear operands.
ClosedJaxpr transposed(const ClosedJaxpr& b, const Mask& linear, const Mask& cts,
                       const Mask& instantiated, Mask& nonzero) {
  Avals in = b.in_avals(), out = b.out_avals();
  Avals avals = kept(in, flags(inverted(flags(linear))));
  size_t num_known = avals.size();
  for (size_t i = 0; i < out.size(); ++i)
    if (cts[i]) avals.push_back(tangent_aval(out[i]));
  auto f = [&](Args a) {
    SmallVector<TransposeArg, 8> args;
    size_t k = 0;
    for (size_t i = 0; i < in.size(); ++i)
      args.push_back({linear[i] ? Value() : a[k++], in[i], linear[i]});
    Values all = backward_pass(*b.jaxpr, b.consts, args, spread(a.subspan(num_known), flags(cts)));
    Values r;
    nonzero.clear();
    for (size_t i = 0, n = 0; i < in.size(); ++i) {
      if (!linear[i]) continue;
      bool wanted = static_cast<bool>(all[i]) || instantiated[n];
      ++n;
      nonzero.push_back(wanted);
      if (wanted) r.push_back(instantiate(all[i], in[i]));
    }
    return r;
  };
  return stage(f, avals, b.jaxpr->debug);
}

Ref<OfBranches> make_transposed(const CondParams& p, const Mask& linear, const Mask& cts) {
  auto r = make_ref<OfBranches>();
  r->mask = Mask(count(flags(linear)), false);
  std::vector<ClosedJaxpr> out;
  std::vector<Mask> masks;
  for (const ClosedJaxpr& b : p.branches) {
    masks.emplace_back();
    out.push_back(transposed(b, linear, cts, r->mask, masks.back()));
    r->mask = either(flags(r->mask), flags(masks.back()));
  }
  // Again where another branch has a cotangent that this one has not.
  for (size_t i = 0; i < out.size(); ++i)
    if (masks[i] != r->mask) out[i] = transposed(p.branches[i], linear, cts, r->mask, masks[i]);
  r->out = with_common_consts(std::move(out));
  return r;
}

}  // namespace

JvpOut cond_jvp(const Op& op, Args primals, Args tangents) {
  auto& p = op.get<CondParams>();
  Mask nonzero = nonnull(tangents.subspan(1));
  auto d = memo_branches<OfBranches>(p, Memo::kCondJvp, key_of(flags(nonzero)),
                                     [&] { return make_jvp(p, nonzero); });
  Values r = bind_cond(p, d->out, primals[0],
                       joined({primals.subspan(1), kept(tangents.subspan(1), flags(nonzero))}));
  size_t n = d->mask.size();
  return {Values(r.begin(), r.begin() + n), spread(Args(r).subspan(n), flags(d->mask))};
}

LinearizeOut cond_linearize(const Op& op, Args primals, const Mask& nonzero_in) {
  const CondParams p = op.get<CondParams>();
  Mask nonzero(nonzero_in.begin() + 1, nonzero_in.end());
  auto l = memo_branches<Linear>(p, Memo::kCondLinear, key_of(flags(nonzero)),
                                 [&] { return make_linear(p, nonzero); });
  Values r = bind_cond(p, l->out, primals[0], primals.subspan(1)), residuals;
  size_t n = l->mask.size();
  for (uint32_t i : l->operands) residuals.push_back(primals[i + 1]);
  residuals.append(Args(r).subspan(n));
  auto apply = [p, l, nonzero, residuals, index = primals[0]](Args tangents) {
    if (!any(flags(l->mask))) return Values(l->mask.size());
    Values t = kept(tangents.subspan(1), flags(nonzero));
    return spread(bind_cond(p, l->tangent, index, joined({residuals, t})), flags(l->mask));
  };
  return {Values(r.begin(), r.begin() + n), std::move(apply)};
}

Values cond_transpose(const Op& op, Args cts, TransposeArgs args) {
  auto& p = op.get<CondParams>();
  Mask linear, nonzero_cts = nonnull(cts);
  Values known;
  for (const TransposeArg& a : args.subspan(1)) {
    linear.push_back(a.linear);
    if (!a.linear) known.push_back(a.value);
  }
  std::string key = key_of(flags(linear));
  add_key(key, flags(nonzero_cts));
  auto t = memo_branches<OfBranches>(p, Memo::kCondTransposed, key,
                                     [&] { return make_transposed(p, linear, nonzero_cts); });
  Values r = bind_cond(p, t->out, args[0].value, joined({known, kept(cts, flags(nonzero_cts))}));
  Values dots = spread(r, flags(t->mask)), out(1);
  size_t k = 0;
  for (bool l : linear) out.push_back(l ? dots[k++] : Value());
  return out;
}

}  // namespace covector::cond_rules
