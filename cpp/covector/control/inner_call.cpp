// Rules of primitives that run one jaxpr on all of their operands.

#include "covector/control/inner_call.h"

#include <unordered_map>

#include "covector/control/jaxpr_parts.h"
#include "covector/control/reference.h"
#include "covector/lax/lax.h"

namespace covector::inner_call {

Mask mask_of(Args tangents) {
  Mask m;
  for (const Value& t : tangents) m.push_back(static_cast<bool>(t));
  return m;
}

// Values at the places that `mask` marks, null elsewhere.
Values spread(Args values, const Mask& mask) {
  Values r;
  size_t k = 0;
  for (bool m : mask) r.push_back(m ? values[k++] : Value());
  return r;
}

JvpOut jvp(const Call& call, Args primals, Args tangents) {
  size_t n = call.jaxpr.jaxpr->outs.size();
  auto j = jvp_jaxpr(call.jaxpr, mask_of(tangents), Mask(n, false));
  Values in(primals.begin(), primals.end());
  for (const Value& t : tangents)
    if (t) in.push_back(t);
  Values r = call.with(j->jaxpr).bind(in);
  Args all(r);
  return {Values(r.begin(), r.begin() + n), spread(all.subspan(n), j->nonzero_out)};
}

namespace {

// Where a residual comes from. One that is an operand or a result of the call
// anyway is taken from there; only the others leave the call as extra results.
struct Residuals {
  enum From : uint8_t { kOperand, kResult };
  SmallVector<std::pair<From, size_t>, 4> from;
  ClosedJaxpr primal;

  Residuals(const ClosedJaxpr& c, size_t outs) {
    auto j = make_ref<Jaxpr>();
    const Jaxpr& src = *c.jaxpr;
    j->vars = src.vars;
    j->constvars = src.constvars;
    j->invars = src.invars;
    j->eqns = src.eqns;
    j->effects = src.effects;
    j->debug = src.debug;
    j->outs.assign(src.outs.begin(), src.outs.begin() + static_cast<ptrdiff_t>(outs));
    std::unordered_map<VarId, std::pair<From, size_t>> known;
    for (size_t i = 0; i < j->invars.size(); ++i) known.try_emplace(j->invars[i], kOperand, i);
    for (size_t i = 0; i < outs; ++i)
      if (!j->outs[i].literal) known.try_emplace(j->outs[i].var, kResult, i);
    for (size_t i = outs; i < src.outs.size(); ++i) from.push_back(place(src.outs[i], *j, known));
    primal = {j, c.consts};
  }

  Values pick(Args operands, Args results) const {
    Values r;
    for (auto [kind, i] : from) r.push_back(kind == kOperand ? operands[i] : results[i]);
    return r;
  }

 private:
  static std::pair<From, size_t> place(const Atom& a, Jaxpr& j,
                                       std::unordered_map<VarId, std::pair<From, size_t>>& known) {
    if (!a.literal) {
      auto it = known.find(a.var);
      if (it != known.end()) return it->second;
      known.try_emplace(a.var, kResult, j.outs.size());
    }
    j.outs.push_back(a);
    return {kResult, j.outs.size() - 1};
  }
};

}  // namespace

LinearizeOut linearize(const Call& call, Args primals, const Mask& nonzero) {
  size_t n = call.jaxpr.jaxpr->outs.size();
  auto lin = linearize_jaxpr(call.jaxpr, nonzero, Mask(n, false));
  Residuals residuals(lin->primal, n);
  Values r = call.with(residuals.primal).bind(primals);
  Values kept = residuals.pick(primals, r);
  auto apply = [with = call.with, lin, kept](Args tangents) {
    Values in = kept;
    for (const Value& t : tangents)
      if (t) in.push_back(t);
    return spread(with(lin->tangent).bind(in), lin->nonzero_out);
  };
  return {Values(r.begin(), r.begin() + n), apply};
}

namespace {

// (known operands..., nonzero cotangents...) -> nonzero cotangents of linear operands.
struct Transposed : RefCounted {
  ClosedJaxpr jaxpr;
  Mask nonzero;  // of the linear operands' cotangents
};

Ref<const Transposed> transposed_jaxpr(const ClosedJaxpr& body, Args cts, TransposeArgs args) {
  Avals avals;
  for (const TransposeArg& a : args)
    if (!a.linear) avals.push_back(a.aval);
  size_t known = avals.size();
  for (const Value& ct : cts)
    if (ct) avals.push_back(ct.aval());
  auto r = make_ref<Transposed>();
  Mask nonzero_cts = mask_of(cts);
  r->jaxpr = stage(
      [&](Args a) {
        SmallVector<TransposeArg, 4> targs(args.begin(), args.end());
        size_t k = 0;
        for (TransposeArg& t : targs)
          if (!t.linear) t.value = a[k++];
        Values all =
            backward_pass(*body.jaxpr, body.consts, targs, spread(a.subspan(known), nonzero_cts));
        Values out;
        for (size_t i = 0; i < all.size(); ++i) {
          if (!args[i].linear) continue;
          r->nonzero.push_back(static_cast<bool>(all[i]));
          if (all[i]) out.push_back(all[i]);
        }
        return out;
      },
      avals, body.jaxpr->debug);
  return r;
}

}  // namespace

Values transpose(const Call& call, Args cts, TransposeArgs args) {
  const ClosedJaxpr& body = call.jaxpr;
  std::string key;
  for (const TransposeArg& a : args) key += a.linear ? '1' : '0';
  key += '/';
  for (const Value& ct : cts) key += ct ? '1' : '0';
  Ref<const Transposed> t;
  if (body.consts.empty()) {
    auto made = body.jaxpr->memo(4, key, [&] { return transposed_jaxpr(body, cts, args); });
    t = Ref<const Transposed>(static_cast<const Transposed*>(made.get()));
  } else {
    t = transposed_jaxpr(body, cts, args);
  }
  Values in;
  for (const TransposeArg& a : args)
    if (!a.linear) in.push_back(a.value);
  for (const Value& ct : cts)
    if (ct) in.push_back(ct);
  Values r = call.with(t->jaxpr).bind(in), out;
  Values linear = spread(r, t->nonzero);
  size_t k = 0;
  for (const TransposeArg& a : args) out.push_back(a.linear ? linear[k++] : Value());
  return out;
}

BatchOut batch(const Call& call, const AxisData& axis, Args in, const MappedAxes& axes) {
  Mask mapped;
  Values moved;
  for (size_t i = 0; i < in.size(); ++i) {
    mapped.push_back(axes[i] != kUnmapped);
    moved.push_back(mapped[i] ? move_axis(in[i], axes[i], 0) : in[i]);
  }
  auto j = batch_jaxpr(call.jaxpr, axis, mapped, Mask(call.jaxpr.jaxpr->outs.size(), false));
  BatchOut r{call.with(j->jaxpr).bind(moved), {}};
  for (bool m : j->mapped_out) r.axes.push_back(m ? 0 : kUnmapped);
  return r;
}

std::pair<Op, Mask> dce(const Call& call, const Mask& used) {
  Mask used_in;
  ClosedJaxpr j = covector::dce(call.jaxpr, used, &used_in, true);
  return {call.with(std::move(j)), used_in};
}

Values discharge(const Call& call, Args args) {
  auto d = covector::discharge(call.jaxpr.jaxpr);
  ReferenceContents refs(args);
  Values in = lists::joined({d->jaxpr.consts, refs.contents});
  Values r = call.with(open_consts(d->jaxpr)).bind(in);
  size_t n = call.jaxpr.jaxpr->outs.size();
  refs.set(Args(r).subspan(n), d->written);
  r.resize(n);
  return r;
}

Avals abstract_eval(const Op& op, const ClosedJaxpr& c, AvalSpan in) {
  const Jaxpr& j = *c.jaxpr;
  require<TypeError>(in.size() == j.invars.size(), op.name(), ": called with ", in.size(),
                     " operands, its jaxpr takes ", j.invars.size());
  for (size_t i = 0; i < in.size(); ++i)
    require<TypeError>(in[i].same_type(j.vars[j.invars[i]]), op.name(), ": operand ", i,
                       " has type ", in[i], ", its jaxpr takes ", j.vars[j.invars[i]]);
  return c.out_avals();
}

}  // namespace covector::inner_call
