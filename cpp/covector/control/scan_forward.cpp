// Derivatives of a loop, forward: its jvp, and its linear part. Residuals of the
// linear part that do not change in the loop are not stacked.

#include "covector/control/scan.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector::scan_rules {

using namespace lists;

namespace {

std::string key_of(const ScanParams& p, const Mask& m) {
  std::string key;
  add_key(key, flags(m));
  add_key(key, p.num_consts);
  add_key(key, p.num_carry);
  return key;
}

// The nonzero tangents of each group; those of the carry filled in where the
// loop makes them nonzero.
struct Tangents {
  Tangents(const ScanParams& p, const Mask& nonzero, const Mask& carry_mask, Args tangents)
      : Tangents(p, Groups<bool>(p, flags(nonzero)), carry_mask, Groups<Value>(p, tangents)) {}
  Values consts, carry, xs;

 private:
  Tangents(const ScanParams& p, const Groups<bool>& nonzero, const Mask& carry_mask,
           const Groups<Value>& t)
      : consts(kept(t.consts, nonzero.consts)), xs(kept(t.xs, nonzero.xs)) {
    const Jaxpr& j = *p.jaxpr.jaxpr;
    for (size_t i = 0; i < p.carry(); ++i)
      if (carry_mask[i]) carry.push_back(instantiate(t.carry[i], j.vars[j.invars[p.consts() + i]]));
  }
};

// jvp -----------------------------------------------------------------------------------

struct Jvp : RefCounted {
  ClosedJaxpr body;
  Mask carry, out;
};

// jvp_jaxpr has all primals before all tangents; a loop wants them by group.
ClosedJaxpr by_group(const JvpJaxpr& j, const ScanParams& p, const Mask& nonzero,
                     const Mask& carry) {
  Groups<bool> nz(p, flags(nonzero));
  size_t n = p.jaxpr.jaxpr->invars.size(), outs = p.carry() + p.ys();
  size_t dc = count(nz.consts), dk = count(flags(carry)), dx = count(nz.xs);
  Order in, out;
  add_range(in, 0, p.consts());
  add_range(in, n, dc);
  add_range(in, p.consts(), p.carry());
  add_range(in, n + dc, dk);
  add_range(in, p.consts() + p.carry(), p.xs());
  add_range(in, n + dc + dk, dx);
  add_range(out, 0, p.carry());
  add_range(out, outs, dk);
  add_range(out, p.carry(), p.ys());
  add_range(out, outs + dk, j.jaxpr.jaxpr->outs.size() - outs - dk);
  return reorder(j.jaxpr, in, out);
}

Ref<const Jvp> make_jvp(const ScanParams& p, const Mask& nonzero) {
  auto r = make_ref<Jvp>();
  auto j = carry_fixpoint(p, nonzero, r->carry, [&](const Mask& in, const Mask& instantiate) {
    auto d = jvp_jaxpr(p.jaxpr, in, instantiate);
    return std::pair(d, d->nonzero_out);
  });
  r->out = j->nonzero_out;
  r->body = by_group(*j, p, nonzero, r->carry);
  return r;
}

}  // namespace

JvpOut scan_jvp(const Op& op, Args primals, Args tangents) {
  auto& p = op.get<ScanParams>();
  Mask nonzero = nonnull(tangents);
  auto d = memo<Jvp>(*p.jaxpr.jaxpr, Memo::kScanJvp, key_of(p, nonzero),
                     [&]() -> Ref<const Jvp> { return make_jvp(p, nonzero); });
  Groups<Value> x(p, primals);
  Tangents t(p, nonzero, d->carry, tangents);
  size_t dk = t.carry.size();
  ScanParams q = p.with(d->body, p.consts() + t.consts.size(), p.carry() + dk);
  Values r = bind_scan(std::move(q), joined({x.consts, t.consts}), joined({x.carry, t.carry}),
                       joined({x.xs, t.xs}));
  Args all(r);
  Args ys = all.subspan(p.carry() + dk);
  Values primal_out = joined({all.first(p.carry()), ys.first(p.ys())});
  Values dots = joined({all.subspan(p.carry(), dk), ys.subspan(p.ys())});
  return {std::move(primal_out), spread(dots, flags(d->out))};
}

// Linearization -------------------------------------------------------------------------

namespace {

struct Linear : RefCounted {
  Mask carry, out;
  Ref<const ScanResiduals> primal;
  size_t primal_consts = 0;  // that the primal body has before those of the loop
  // (invariant residuals..., tangents by group..., varying residuals...) -> tangents
  ClosedJaxpr tangent;
};

Ref<const Linear> make_linear(const ScanParams& p, const Mask& nonzero, Values& consts) {
  auto r = make_ref<Linear>();
  auto j = carry_fixpoint(p, nonzero, r->carry, [&](const Mask& in, const Mask& instantiate) {
    auto l = linearize_jaxpr(p.jaxpr, in, instantiate);
    return std::pair(l, l->nonzero_out);
  });
  consts = j->primal.consts;
  r->out = j->nonzero_out;
  r->primal_consts = consts.size();
  ScanParams q = p.with(open_consts(j->primal), p.consts() + consts.size(), p.carry());
  r->primal = place_residuals(q.jaxpr, q, p.carry() + p.ys());
  Order in;
  for (size_t i = 0; i < j->residuals; ++i)
    if (r->primal->invariant(i)) in.push_back(static_cast<uint32_t>(i));
  add_range(in, j->residuals, j->tangent.jaxpr->invars.size() - j->residuals);
  for (size_t i = 0; i < j->residuals; ++i)
    if (!r->primal->invariant(i)) in.push_back(static_cast<uint32_t>(i));
  r->tangent = reorder(j->tangent, in, range(0, j->tangent.jaxpr->outs.size()));
  return r;
}

// With the constants of the primal body, which are kept with it.
struct LinearAndConsts : RefCounted {
  Ref<const Linear> linear;
  Values consts;
};

}  // namespace

LinearizeOut scan_linearize(const Op& op, Args primals, const Mask& nonzero) {
  const ScanParams p = op.get<ScanParams>();
  auto kept_linear = memo<LinearAndConsts>(*p.jaxpr.jaxpr, Memo::kScanLinear, key_of(p, nonzero),
                                           [&]() -> Ref<const LinearAndConsts> {
                                             auto made = make_ref<LinearAndConsts>();
                                             made->linear = make_linear(p, nonzero, made->consts);
                                             return made;
                                           });
  auto linear = kept_linear->linear;
  Groups<Value> x(p, primals);
  ScanParams q = p.with({}, p.consts() + linear->primal_consts, p.carry());
  ScanRun run = run_with_residuals(*linear->primal, q, p.carry() + p.ys(),
                                   joined({kept_linear->consts, x.consts}), x.carry, x.xs);
  auto apply = [p, nonzero, linear, invariant = std::move(run.invariant),
                varying = std::move(run.varying)](Args tangents) {
    Tangents t(p, nonzero, linear->carry, tangents);
    ScanParams l = p.with(linear->tangent, invariant.size() + t.consts.size(), t.carry.size());
    Values r =
        bind_scan(std::move(l), joined({invariant, t.consts}), t.carry, joined({t.xs, varying}));
    return spread(r, flags(linear->out));
  };
  return {std::move(run.outs), std::move(apply)};
}

}  // namespace covector::scan_rules
