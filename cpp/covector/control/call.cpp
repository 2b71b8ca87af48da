// `jit` inside a transformation: a call of a staged function.

#include <algorithm>

#include "covector/control/control.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {

void CallParams::fields(FieldVisitor& f) const {
  f("name", std::string_view(name));
  f("jaxpr", &jaxpr);
  f.maybe(inline_, "inline", inline_);
  f.maybe(keep_unused, "keep_unused", keep_unused);
  Param donated_invars(Param::Tuple{});
  auto& items = std::get<Param::Tuple>(donated_invars.v).items;
  for (size_t i = 0; i < jaxpr.jaxpr->invars.size(); ++i)
    items.emplace_back(i < donated.size() && donated[i]);
  f.maybe(!donated.empty(), "donated_invars", &donated_invars);
}

namespace {

Op with_jaxpr(const Op& op, ClosedJaxpr jaxpr) {
  CallParams p = op.get<CallParams>();
  p.jaxpr = std::move(jaxpr);
  p.donated.clear();  // the operands are others now
  return op.prim->with(std::move(p));
}

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

JvpOut call_jvp(const Op& op, Args primals, Args tangents) {
  const CallParams& p = op.get<CallParams>();
  size_t n = p.jaxpr.jaxpr->outs.size();
  auto j = jvp_jaxpr(p.jaxpr, mask_of(tangents), Mask(n, false));
  Values in(primals.begin(), primals.end());
  for (const Value& t : tangents)
    if (t) in.push_back(t);
  Values r = with_jaxpr(op, j->jaxpr).bind(in);
  Args all(r);
  return {Values(r.begin(), r.begin() + n), spread(all.subspan(n), j->nonzero_out)};
}

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

LinearizeOut call_linearize(const Op& op, Args primals, const Mask& nonzero) {
  const CallParams& p = op.get<CallParams>();
  size_t n = p.jaxpr.jaxpr->outs.size();
  auto lin = linearize_jaxpr(p.jaxpr, nonzero, Mask(n, false));
  Residuals residuals(lin->primal, n);
  Values r = with_jaxpr(op, residuals.primal).bind(primals);
  Values kept = residuals.pick(primals, r);
  auto apply = [op, lin, kept](Args tangents) {
    Values in = kept;
    for (const Value& t : tangents)
      if (t) in.push_back(t);
    return spread(with_jaxpr(op, lin->tangent).bind(in), lin->nonzero_out);
  };
  return {Values(r.begin(), r.begin() + n), apply};
}

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

Values call_transpose(const Op& op, Args cts, TransposeArgs args) {
  const ClosedJaxpr& body = op.get<CallParams>().jaxpr;
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
  Values r = with_jaxpr(op, t->jaxpr).bind(in), out;
  Values linear = spread(r, t->nonzero);
  size_t k = 0;
  for (const TransposeArg& a : args) out.push_back(a.linear ? linear[k++] : Value());
  return out;
}

BatchOut call_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  const CallParams& p = op.get<CallParams>();
  Mask mapped;
  Values moved;
  for (size_t i = 0; i < in.size(); ++i) {
    mapped.push_back(axes[i] != kUnmapped);
    moved.push_back(mapped[i] ? move_axis(in[i], axes[i], 0) : in[i]);
  }
  auto j = batch_jaxpr(p.jaxpr, axis, mapped, Mask(p.jaxpr.jaxpr->outs.size(), false));
  BatchOut r{with_jaxpr(op, j->jaxpr).bind(moved), {}};
  for (bool m : j->mapped_out) r.axes.push_back(m ? 0 : kUnmapped);
  return r;
}

std::pair<Op, Mask> call_dce(const Op& op, const Mask& used) {
  Mask used_in;
  ClosedJaxpr j = dce(op.get<CallParams>().jaxpr, used, &used_in, true);
  return {with_jaxpr(op, std::move(j)), used_in};
}

}  // namespace

const Primitive jit_p{{
    .name = "jit",
    .multiple_results = true,
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      const Jaxpr& j = *op.get<CallParams>().jaxpr.jaxpr;
      require<TypeError>(in.size() == j.invars.size(), "jit: called with ", in.size(),
                         " operands, its jaxpr takes ", j.invars.size());
      for (size_t i = 0; i < in.size(); ++i)
        require<TypeError>(in[i].same_type(j.vars[j.invars[i]]), "jit: operand ", i, " has type ",
                           in[i], ", its jaxpr takes ", j.vars[j.invars[i]]);
      return op.get<CallParams>().jaxpr.out_avals();
    },
    .jvp = call_jvp,
    .linearize = call_linearize,
    .transpose = call_transpose,
    .batch = call_batch,
    .lower =
        [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) {
          const CallParams& p = op.get<CallParams>();
          return b.call(p.name, p.jaxpr, in);
        },
    .dce = call_dce,
    .physical =
        [](const Op& op, Args in) {
          return with_jaxpr(op, physicalize(op.get<CallParams>().jaxpr)).bind(in);
        },
    .effects = [](const Op& op) { return op.get<CallParams>().jaxpr.jaxpr->effects; },
}};

Values call(const CallParams& p, Args args) {
  if (p.inline_) return eval_jaxpr(p.jaxpr, args);
  return jit_p.with(p).bind(args);
}

}  // namespace covector
