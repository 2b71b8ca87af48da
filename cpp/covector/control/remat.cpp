// Rematerialization. Linearization splits the primal computation in two: what
// runs now, and what is run again in front of the tangent computation to make
// the residuals. The tangent computation is an operation of the same kind, so
// that its transpose is too, and nested ones nest.
//
// Griewank and Walther, "Evaluating Derivatives" (2008), chapter 12.

#include "covector/control/remat.h"

#include "covector/control/control.h"
#include "covector/control/inner_call.h"
#include "covector/control/keeping.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"

namespace covector {

void RematParams::fields(FieldVisitor& f) const {
  f("differentiated", differentiated);
  f("jaxpr", &jaxpr);
  Param shown = Param::None{};
  if (policy && policy->shown) shown = policy->shown;
  f("policy", &shown);
  Param cse(Param::Tuple{});
  for (bool b : prevent_cse) std::get<Param::Tuple>(cse.v).items.emplace_back(b);
  if (prevent_cse.size() == 1) cse = Param(static_cast<bool>(prevent_cse[0]));
  f("prevent_cse", &cse);
}

bool RematParams::operator==(const RematParams& o) const {
  auto same_policy = [&] {
    if (policy == o.policy) return true;
    return policy && o.policy && policy->shown && o.policy->shown &&
           policy->shown->equals(*o.policy->shown);
  };
  return jaxpr == o.jaxpr && prevent_cse == o.prevent_cse && differentiated == o.differentiated &&
         same_policy();
}

namespace {

bool any(const Mask& m) { return std::find(m.begin(), m.end(), true) != m.end(); }

RematParams with_jaxpr(const RematParams& p, ClosedJaxpr jaxpr) {
  RematParams r = p;
  if (jaxpr.jaxpr->invars.size() != p.jaxpr.jaxpr->invars.size())
    r.prevent_cse = Mask(1, any(p.prevent_cse));
  r.jaxpr = std::move(jaxpr);
  return r;
}

inner_call::Call call_of(const Op& op) {
  return {op.get<RematParams>().jaxpr, [op](ClosedJaxpr j) {
            return remat_p.with(with_jaxpr(op.get<RematParams>(), std::move(j)));
          }};
}

// in -> (out..., residuals...) as two programs:
//   known: in -> (out..., saved...)
//   again: (saved..., in where `used`...) -> residuals...
struct Split {
  ClosedJaxpr known, again;
  Mask used;
};

Split split(const ClosedJaxpr& primal, size_t outs, const RematPolicy* policy) {
  Keeping k = keep(primal, policy);
  const Jaxpr& j = *k.jaxpr;
  auto middle = j.outs.begin() + static_cast<ptrdiff_t>(outs);

  Ref<Jaxpr> again = same_vars(j);
  again->invars = k.kept;
  again->invars.insert(again->invars.end(), j.invars.begin(), j.invars.end());
  again->eqns = std::move(k.again);
  again->outs.assign(middle, j.outs.end());
  Split r;
  Mask used;
  r.again = dce({again, k.consts}, Mask(again->outs.size(), true), &used, true);
  r.used = Mask(used.begin() + k.kept.size(), used.end());

  Ref<Jaxpr> known = same_vars(j);
  known->eqns = j.eqns;
  known->outs.assign(j.outs.begin(), middle);
  for (size_t i = 0; i < k.kept.size(); ++i)
    if (used[i]) known->outs.push_back({k.kept[i], {}});
  r.known = dce({known, k.consts}, Mask(known->outs.size(), true));
  return r;
}

// (saved..., used operands..., nonzero tangents...) -> nonzero tangents
ClosedJaxpr tangent_jaxpr(const ClosedJaxpr& again, const ClosedJaxpr& tangent) {
  Avals avals = again.in_avals();
  size_t n = avals.size(), residuals = again.jaxpr->outs.size();
  Avals all = tangent.in_avals();
  avals.append(all.begin() + residuals, all.end());
  return stage(
      [&](Args a) {
        Values in = eval_jaxpr(again, a.first(n));
        in.append(a.subspan(n));
        return eval_jaxpr(tangent, in);
      },
      avals, tangent.jaxpr->debug);
}

LinearizeOut remat_linearize(const Op& op, Args primals, const Mask& nonzero) {
  const auto& p = op.get<RematParams>();
  size_t n = p.jaxpr.jaxpr->outs.size();
  auto lin = linearize_jaxpr(p.jaxpr, nonzero, Mask(n, false));
  Split parts = split(lin->primal, n, p.policy.get());
  Values out = eval_jaxpr(parts.known, primals);
  ClosedJaxpr body = tangent_jaxpr(parts.again, lin->tangent);
  Values operands = body.consts;
  operands.append(Args(out).subspan(n));
  Mask cse(operands.size(), true);
  for (size_t i = 0; i < primals.size(); ++i) {
    if (!parts.used[i]) continue;
    operands.push_back(primals[i]);
    cse.push_back(p.prevent_cse.size() == 1 ? p.prevent_cse[0] : p.prevent_cse[i]);
  }
  RematParams params = p;
  params.jaxpr = {consts_to_inputs(body).jaxpr, {}};
  params.differentiated = true;
  auto tangents_in = static_cast<size_t>(std::count(nonzero.begin(), nonzero.end(), true));
  if (p.prevent_cse.size() != 1) {
    cse.resize(cse.size() + tangents_in, true);
    params.prevent_cse = cse;
  }
  auto apply = [params, operands, mask = lin->nonzero_out](Args tangents) {
    Values in = operands;
    for (const Value& t : tangents)
      if (t) in.push_back(t);
    return inner_call::spread(remat_p.with(params).bind(in), mask);
  };
  out.resize(n);
  return {std::move(out), apply};
}

// The values, behind what the compiler does not look through.
hlo::Results barrier(hlo::Builder& b, hlo::Operands in) {
  int32_t id = b.fresh();
  b.text() += str("    %", id, in.size() > 1 ? str(":", in.size()) : "",
                  " = stablehlo.optimization_barrier ");
  b.names(in);
  b.text() += " : ";
  hlo::Results out;
  for (size_t i = 0; i < in.size(); ++i) {
    b.text() += str(i ? ", " : "", hlo::Builder::type(in[i].aval));
    out.push_back({id, in.size() > 1 ? static_cast<int32_t>(i) : -1, in[i].aval});
  }
  b.text() += '\n';
  return out;
}

hlo::Results remat_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) {
  const auto& p = op.get<RematParams>();
  hlo::Results args(in.begin(), in.end()), behind;
  auto prevents = [&](size_t i) { return p.prevent_cse[p.prevent_cse.size() == 1 ? 0 : i]; };
  for (size_t i = 0; i < in.size(); ++i) {
    if (!p.differentiated || !prevents(i)) continue;
    behind.push_back(in[i]);
  }
  if (!behind.empty()) {
    hlo::Results out = barrier(b, behind);
    size_t k = 0;
    for (size_t i = 0; i < in.size(); ++i)
      if (prevents(i)) args[i] = out[k++];
  }
  return b.inline_jaxpr(p.jaxpr, args);
}

}  // namespace

const Primitive remat_p{{
    .name = "remat2",
    .multiple_results = true,
    .abstract_eval =
        [](const Op& op, AvalSpan in) {
          return inner_call::abstract_eval(op, op.get<RematParams>().jaxpr, in);
        },
    .jvp = [](const Op& op, Args primals,
              Args tangents) { return inner_call::jvp(call_of(op), primals, tangents); },
    .linearize = remat_linearize,
    .transpose = [](const Op& op, Args cts,
                    TransposeArgs args) { return inner_call::transpose(call_of(op), cts, args); },
    .batch = [](const Op& op, const AxisData& axis, Args in,
                const MappedAxes& axes) { return inner_call::batch(call_of(op), axis, in, axes); },
    .lower = remat_lower,
    .dce = [](const Op& op, const Mask& used) { return inner_call::dce(call_of(op), used); },
    .physical =
        [](const Op& op, Args in) {
          return call_of(op).with(physicalize(op.get<RematParams>().jaxpr)).bind(in);
        },
    .effects = [](const Op& op) { return op.get<RematParams>().jaxpr.jaxpr->effects; },
    .eager = [](const Op& op, Args in) { return eval_jaxpr(op.get<RematParams>().jaxpr, in); },
    .takes_references = true,
    .discharge = [](const Op& op, Args in) { return inner_call::discharge(call_of(op), in); },
}};

Values remat(RematParams p, Args args) {
  Values operands = p.jaxpr.consts;
  if (p.prevent_cse.size() != 1) {
    Mask all(operands.size(), false);
    all.append(p.prevent_cse);
    p.prevent_cse = all;
  }
  operands.append(args);
  p.jaxpr = {consts_to_inputs(p.jaxpr).jaxpr, {}};
  return remat_p.with(std::move(p)).bind(operands);
}

}  // namespace covector
