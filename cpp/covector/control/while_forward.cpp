// Derivatives of a loop with a condition: forward only, for it is not known how
// many steps would have to be kept.

#include "covector/control/while.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector::while_rules {

using namespace lists;

namespace {

struct Jvp : RefCounted {
  ClosedJaxpr body;  // (consts, their tangents, carry, its tangents) -> (carry, its tangents)
  Mask carry;
};

Ref<const Jvp> make_jvp(const WhileParams& p, Flags consts, Flags init) {
  auto r = make_ref<Jvp>();
  r->carry = mask(init);
  Ref<const JvpJaxpr> j;
  for (;;) {
    j = jvp_jaxpr(p.body_jaxpr, joined({consts, flags(r->carry)}), r->carry);
    if (j->nonzero_out == r->carry) break;
    r->carry = either(flags(r->carry), flags(j->nonzero_out));
  }
  size_t nc = p.body_consts(), n = p.carry();
  size_t dc = count(consts), dn = count(flags(r->carry));
  Order in = range(0, nc);
  add_range(in, nc + n, dc);
  add_range(in, nc, n);
  add_range(in, nc + n + dc, dn);
  r->body = reorder(j->jaxpr, in, range(0, n + dn));
  return r;
}

// The condition of a carry that has tangents behind it.
ClosedJaxpr with_tangents(const WhileParams& p, const Mask& carry) {
  std::string key;
  add_key(key, flags(carry));
  return memo<KeptJaxpr>(*p.cond_jaxpr.jaxpr, Memo::kWhileCond, key,
                         [&] {
                           Order all = range(0, p.cond_jaxpr.jaxpr->invars.size());
                           ClosedJaxpr c = reorder(p.cond_jaxpr, all, range(0, 1));
                           auto j = Ref<Jaxpr>(const_cast<Jaxpr*>(c.jaxpr.get()));
                           Avals avals = p.body_jaxpr.out_avals();
                           for (size_t i = 0; i < carry.size(); ++i)
                             if (carry[i]) j->invars.push_back(j->new_var(tangent_aval(avals[i])));
                           return make_ref<const KeptJaxpr>(c);
                         })
      ->jaxpr;
}

Ref<const Jvp> kept_jvp(const WhileParams& p, const Groups<bool>& nonzero) {
  std::string key;
  add_key(key, nonzero.body);
  add_key(key, nonzero.carry);
  return memo<Jvp>(*p.body_jaxpr.jaxpr, Memo::kWhileJvp, key,
                   [&] { return make_jvp(p, nonzero.body, nonzero.carry); });
}

}  // namespace

JvpOut while_jvp(const Op& op, Args primals, Args tangents) {
  auto& p = op.get<WhileParams>();
  Mask nonzero = nonnull(tangents);
  Groups<bool> nz(p, flags(nonzero));
  auto d = kept_jvp(p, nz);
  Groups<Value> x(p, primals), t(p, tangents);
  Values dots;
  for (size_t i = 0; i < p.carry(); ++i)
    if (d->carry[i]) dots.push_back(instantiate(t.carry[i], x.carry[i].aval()));
  Values r =
      bind_while(with_tangents(p, d->carry), x.cond, d->body,
                 joined({x.body, kept(t.body, nz.body)}), joined({x.carry, dots}), p.max_steps);
  Args all(r);
  return {Values(r.begin(), r.begin() + p.carry()),
          spread(all.subspan(p.carry()), flags(d->carry))};
}

// The linear part runs all of the loop again, with its tangents.
LinearizeOut while_linearize(const Op& op, Args primals, const Mask& nonzero) {
  const WhileParams p = op.get<WhileParams>();
  Groups<bool> nz(p, flags(nonzero));
  Mask carry = kept_jvp(p, nz)->carry;
  Values in(primals.begin(), primals.end());
  auto apply = [op, in, carry](Args tangents) {
    if (!any(flags(carry))) return Values(carry.size());
    return while_jvp(op, in, tangents).tangents;
  };
  return {op.bind(primals), apply};
}

}  // namespace covector::while_rules
