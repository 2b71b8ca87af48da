// The loop backward: cotangents of the carry and of linear constants are
// carried, those of linear xs are results.

#include "covector/control/scan.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector::scan_rules {

using namespace lists;

namespace {

// The operands of one transposition. All of the carry is linear in the body.
struct Linearity {
  Mask operands;  // as the body sees them
  Mask cts;       // of the ys that have one
  Avals carry;    // the types of the carry's cotangents

  Groups<bool> groups(const ScanParams& p) const { return {p, flags(operands)}; }
};

Value like(const Value& x, const Aval& a) {
  return x.aval().weak_type() == a.weak_type() ? x
                                               : convert_element_type(x, a.dtype(), a.weak_type());
}

// A body may make a strong carry of a weak one. Cotangents keep the type that they come with, so
// that of the operand is strong as well.
Avals cotangent_carry(const ScanParams& p, Args cts) {
  const Jaxpr& j = *p.jaxpr.jaxpr;
  Avals r;
  for (size_t i = 0; i < p.carry(); ++i) {
    Aval a = tangent_aval(j.vars[j.invars[p.consts() + i]]);
    r.push_back(!cts[i] || cts[i].aval().weak_type() ? a : a.strong());
  }
  return r;
}

// (known constants..., cotangents of linear constants..., of the carry..., of ys...,
// known xs...) -> (those of linear constants..., of the carry..., of linear xs...)
Values backward_body(const ScanParams& p, const Linearity& l, Args args) {
  const Jaxpr& j = *p.jaxpr.jaxpr;
  size_t num_linear = count(l.groups(p).consts), num_cts = count(flags(l.cts));
  Args consts = args.first(p.consts());
  Args known = consts.first(p.consts() - num_linear), sums = consts.subspan(known.size());
  Args carry = args.subspan(p.consts(), p.carry());
  Args cts = args.subspan(p.consts() + p.carry(), num_cts);
  Args xs = args.subspan(p.consts() + p.carry() + num_cts);
  SmallVector<TransposeArg, 8> in;
  size_t k = 0, x = 0;
  for (size_t i = 0; i < j.invars.size(); ++i) {
    Value v;
    if (!l.operands[i]) v = i < p.consts() ? known[k++] : xs[x++];
    in.push_back({v, j.vars[j.invars[i]], l.operands[i]});
  }
  Values all_cts = joined({carry, spread(cts, flags(l.cts))});
  Values r = backward_pass(j, {}, in, all_cts), out;
  k = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i].linear) continue;
    Value ct = i < p.consts() ? add_any(sums[k++], r[i]) : instantiate(r[i], in[i].aval);
    if (i >= p.consts() && i < p.consts() + p.carry()) ct = like(ct, carry[i - p.consts()].aval());
    out.push_back(std::move(ct));
  }
  return out;
}

ClosedJaxpr transposed(const ScanParams& p, const Linearity& l) {
  Avals in = p.jaxpr.in_avals(), out = p.jaxpr.out_avals();
  Groups<Aval> avals(p, in);
  Groups<bool> linear = l.groups(p);
  auto tangent_avals = [](AvalSpan a) {
    Avals r;
    for (const Aval& x : a) r.push_back(tangent_aval(x));
    return r;
  };
  Avals staged_in = joined({kept(avals.consts, flags(inverted(linear.consts))),
                            tangent_avals(kept(avals.consts, linear.consts)), l.carry,
                            tangent_avals(kept(AvalSpan(out).subspan(p.carry()), flags(l.cts))),
                            kept(avals.xs, flags(inverted(linear.xs)))});
  return stage([&](Args a) { return backward_body(p, l, a); }, staged_in, p.jaxpr.jaxpr->debug);
}

Values known_values(TransposeArgs args) {
  Values r;
  for (const TransposeArg& a : args)
    if (!a.linear) r.push_back(a.value);
  return r;
}

ClosedJaxpr kept_transposed(const ScanParams& p, const Linearity& l) {
  std::string key;
  add_key(key, flags(l.operands));
  add_key(key, flags(l.cts));
  for (const Aval& a : l.carry) key += a.weak_type() ? 'w' : 's';
  add_key(key, p.num_consts);
  add_key(key, p.num_carry);
  return memo<KeptJaxpr>(*p.jaxpr.jaxpr, Memo::kScanTransposed, key,
                         [&] { return make_ref<const KeptJaxpr>(transposed(p, l)); })
      ->jaxpr;
}

// The rule where the whole carry is linear.
Values transpose_linear(const ScanParams& p, Args cts, TransposeArgs args) {
  Linearity l;
  for (const TransposeArg& a : args) l.operands.push_back(a.linear);
  for (size_t i = 0; i < p.carry(); ++i) l.operands[p.consts() + i] = true;
  l.cts = nonnull(cts.subspan(p.carry()));
  l.carry = cotangent_carry(p, cts);
  Groups<TransposeArg> in(p, args);
  Values carry;  // sums for constants, then the carry's own
  for (const TransposeArg& a : in.consts)
    if (a.linear) carry.push_back(instantiate({}, a.aval));
  size_t sums = carry.size();
  for (size_t i = 0; i < p.carry(); ++i)
    carry.push_back(like(instantiate(cts[i], l.carry[i]), l.carry[i]));
  Values known = known_values(in.consts);
  Values xs = joined({kept(cts.subspan(p.carry()), flags(l.cts)), known_values(in.xs)});
  ScanParams q = p.with(kept_transposed(p, l), known.size(), carry.size());
  q.reverse = !p.reverse;
  Values r = bind_scan(std::move(q), known, carry, xs), out;
  size_t next_const = 0, next = sums;
  for (size_t i = 0; i < args.size(); ++i) {
    bool is_const = i < p.consts(), is_carry = !is_const && i < p.consts() + p.carry();
    if (!l.operands[i])
      out.push_back({});
    else
      out.push_back(is_const ? r[next_const++] : r[next++]);
    if (is_carry && !args[i].linear) out.back() = {};  // it was a zero
  }
  return out;
}

// Known parts of the carry ------------------------------------------------------------------
// A loop counter, say: the loop is divided into one that computes what is known,
// and one that is linear in the rest.

Mask linear_carry(const ScanParams& p, TransposeArgs args) {
  Mask in;
  for (const TransposeArg& a : args) in.push_back(a.linear);
  for (bool grows = true; grows;) {
    Mask out = depends_on(*p.jaxpr.jaxpr, in);
    grows = false;
    for (size_t i = 0; i < p.carry(); ++i) {
      grows |= out[i] && !in[p.consts() + i];
      in[p.consts() + i] = in[p.consts() + i] || out[i];
    }
  }
  Groups<bool> g(p, flags(in));
  return mask(g.carry);
}

// The loop over what is linear, and its operands.
struct Divided {
  ScanParams loop;
  SmallVector<TransposeArg, 8> args;
  size_t before = 0;  // operands that are residuals
  Mask unknown_in, unknown_out;
};

ClosedJaxpr with_residuals_around(const SplitJaxpr& split, const ScanResiduals& residuals) {
  Order order;
  for (size_t i = 0; i < split.residuals; ++i)
    if (residuals.invariant(i)) order.push_back(static_cast<uint32_t>(i));
  add_range(order, split.residuals, split.unknown.jaxpr->invars.size() - split.residuals);
  for (size_t i = 0; i < split.residuals; ++i)
    if (!residuals.invariant(i)) order.push_back(static_cast<uint32_t>(i));
  return reorder(split.unknown, order, range(0, split.unknown.jaxpr->outs.size()));
}

Divided divided(const ScanParams& p, const Mask& carry, TransposeArgs args) {
  Groups<TransposeArg> in(p, args);
  Divided d;
  for (const TransposeArg& a : args) d.unknown_in.push_back(a.linear);
  for (size_t i = 0; i < p.carry(); ++i) d.unknown_in[p.consts() + i] = carry[i];
  Mask as_unknown = carry;
  as_unknown.resize(p.carry() + p.ys(), false);
  SplitJaxpr split = split_jaxpr(p.jaxpr, d.unknown_in, as_unknown);
  d.unknown_out = split.unknown_out;
  Values known_carry, consts = known_values(in.consts);
  for (size_t i = 0; i < p.carry(); ++i)
    if (!carry[i]) known_carry.push_back(in.carry[i].value);
  ScanParams known = p.with(split.known, consts.size(), known_carry.size());
  size_t outs = split.known.jaxpr->outs.size() - split.residuals;
  auto residuals = place_residuals(known.jaxpr, known, outs);
  ScanRun run =
      run_with_residuals(*residuals, known, outs, consts, known_carry, known_values(in.xs));
  auto add_known = [&](const Value& v) { d.args.push_back({v, v.aval(), false}); };
  std::for_each(run.invariant.begin(), run.invariant.end(), add_known);
  d.before = run.invariant.size();
  for (size_t i = 0; i < args.size(); ++i)
    if (d.unknown_in[i]) d.args.push_back(args[i]);
  std::for_each(run.varying.begin(), run.varying.end(), add_known);
  Groups<bool> unknown(p, flags(d.unknown_in));
  d.loop = p.with(with_residuals_around(split, *residuals), d.before + count(unknown.consts),
                  count(unknown.carry));
  return d;
}

}  // namespace

Values scan_transpose(const Op& op, Args cts, TransposeArgs args) {
  auto& p = op.get<ScanParams>();
  Mask carry = linear_carry(p, args);
  if (all(flags(carry))) return transpose_linear(p, cts, args);
  Divided d = divided(p, carry, args);
  Values r = transpose_linear(d.loop, kept(cts, flags(d.unknown_out)), d.args);
  return spread(Args(r).subspan(d.before), flags(d.unknown_in));
}

}  // namespace covector::scan_rules
