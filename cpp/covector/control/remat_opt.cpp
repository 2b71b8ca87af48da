// Forward rules that need not run where none of their residuals is used.

#include "covector/control/remat_opt.h"

#include "covector/control/cond.h"
#include "covector/control/control.h"
#include "covector/control/inner_call.h"
#include "covector/control/keeping.h"
#include "covector/control/lists.h"
#include "covector/core/stage.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"

namespace covector {
namespace {

using namespace lists;

// Both jaxprs take all operands, and have no constants.
struct RematOptParams {
  ClosedJaxpr fwd_jaxpr;  // -> (residuals..., results...)
  ClosedJaxpr fun_jaxpr;  // -> results
  int64_t num_res = 0;

  void fields(FieldVisitor& f) const {
    f("fun_jaxpr", &fun_jaxpr);
    f("fwd_jaxpr", &fwd_jaxpr);
    f("num_res", num_res);
  }
  bool operator==(const RematOptParams&) const = default;
};

BatchOut remat_opt_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  const auto& p = op.get<RematOptParams>();
  auto residuals = static_cast<size_t>(p.num_res);
  Values moved;
  for (size_t i = 0; i < in.size(); ++i)
    moved.push_back(axes[i] == kUnmapped ? in[i] : move_axis(in[i], axes[i], 0));
  Mask mapped;
  for (int a : axes) mapped.push_back(a != kUnmapped);
  // Both functions have to map the same results.
  Mask results = batch_jaxpr(p.fun_jaxpr, axis, mapped, Mask(p.fun_jaxpr.jaxpr->outs.size(), false))
                     ->mapped_out;
  Mask all(residuals, false);
  all.append(results);
  auto fwd = batch_jaxpr(p.fwd_jaxpr, axis, mapped, all);
  results = Mask(fwd->mapped_out.begin() + p.num_res, fwd->mapped_out.end());
  auto fun = batch_jaxpr(p.fun_jaxpr, axis, mapped, results);
  Op batched = remat_opt_p.with(RematOptParams{fwd->jaxpr, fun->jaxpr, p.num_res});
  BatchOut r{batched.bind(moved), {}};
  for (bool m : fwd->mapped_out) r.axes.push_back(m ? 0 : kUnmapped);
  return r;
}

Op call_of(std::string name, ClosedJaxpr j) {
  CallParams p;
  p.name = std::move(name);
  p.jaxpr = std::move(j);
  return jit_p.with(std::move(p));
}

// Uses of residuals may vanish later, so while there are any all stays as it is.
std::pair<Op, Mask> remat_opt_dce(const Op& op, const Mask& used) {
  const auto& p = op.get<RematOptParams>();
  auto results = used.begin() + p.num_res;
  if (std::find(used.begin(), results, true) != results)
    return {op, Mask(p.fwd_jaxpr.jaxpr->invars.size() + used.size(), true)};
  Mask used_in;
  ClosedJaxpr fun = dce(p.fun_jaxpr, Mask(results, used.end()), &used_in, true);
  return {call_of("fun", std::move(fun)), used_in};
}

// A forward rule. Residuals that it only hands on are no results of the jaxpr.
struct Staged {
  ClosedJaxpr fwd;  // -> (computed residuals..., results...)
  std::vector<Atom> residuals;
  std::function<Values(Args, Args)> backward;
  size_t computed = 0;
};

Staged stage_forward(const CustomVjp::Forward& forward, Args primals, const Mask& nonzero) {
  Staged s;
  size_t results = 0;
  ClosedJaxpr c = stage(
      [&](Args a) {
        VjpForward r = forward(a, nonzero);
        s.backward = std::move(r.backward);
        results = r.primals.size();
        return joined({r.residuals, r.primals});
      },
      avals_of(primals));
  auto middle = c.jaxpr->outs.end() - static_cast<ptrdiff_t>(results);
  s.residuals.assign(c.jaxpr->outs.begin(), middle);
  Mask given(c.jaxpr->vars.size(), false);
  for (VarId v : c.jaxpr->invars) given[v] = true;
  for (VarId v : c.jaxpr->constvars) given[v] = true;
  Ref<Jaxpr> j = same_vars(*c.jaxpr);
  j->eqns = c.jaxpr->eqns;
  for (const Atom& a : s.residuals)
    if (!a.literal && !given[a.var]) j->outs.push_back(a);
  s.computed = j->outs.size();
  j->outs.insert(j->outs.end(), middle, c.jaxpr->outs.end());
  s.fwd = {j, c.consts};
  return s;
}

// Residuals in the rule's order: known ones, operands, or what was computed.
Values residuals_of(const Staged& s, Args primals, Args computed) {
  const Jaxpr& j = *s.fwd.jaxpr;
  Values env(j.vars.size()), r;
  for (size_t i = 0; i < primals.size(); ++i) env[j.invars[i]] = primals[i];
  for (size_t i = 0; i < s.fwd.consts.size(); ++i) env[j.constvars[i]] = s.fwd.consts[i];
  size_t k = 0;
  for (const Atom& a : s.residuals)
    r.push_back(a.literal ? a.literal : env[a.var] ? env[a.var] : computed[k++]);
  return r;
}

VjpForward run(const Fun& fun, const CustomVjp::Forward& forward, Args primals,
               const Mask& nonzero) {
  Staged s = stage_forward(forward, primals, nonzero);
  ClosedJaxpr plain = stage(fun, avals_of(primals));
  if (!s.fwd.jaxpr->effects.empty() || !plain.jaxpr->effects.empty())
    return forward(primals, nonzero);
  cond_rules::Branches both = cond_rules::with_common_consts({s.fwd, plain});
  Op op = remat_opt_p.with(
      RematOptParams{both.branches[0], both.branches[1], static_cast<int64_t>(s.computed)});
  Values out = op.bind(joined({both.consts, primals}));
  VjpForward r;
  r.primals = Values(out.begin() + s.computed, out.end());
  r.residuals = residuals_of(s, primals, out);
  r.backward = std::move(s.backward);
  return r;
}

}  // namespace

// Derivatives are those of the rule: of higher order there is nothing left to save.
const Primitive remat_opt_p{{
    .name = "remat_opt",
    .multiple_results = true,
    .abstract_eval =
        [](const Op& op, AvalSpan in) {
          return inner_call::abstract_eval(op, op.get<RematOptParams>().fwd_jaxpr, in);
        },
    .jvp =
        [](const Op& op, Args primals, Args tangents) {
          auto f = [c = op.get<RematOptParams>().fwd_jaxpr](Args a) { return eval_jaxpr(c, a); };
          return jvp(f, primals, tangents);
        },
    .linearize =
        [](const Op& op, Args primals, const Mask& nonzero) {
          Op call = call_of("fwd", op.get<RematOptParams>().fwd_jaxpr);
          return jit_p.def().linearize(call, primals, nonzero);
        },
    .batch = remat_opt_batch,
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in,
                AvalSpan) { return b.inline_jaxpr(op.get<RematOptParams>().fwd_jaxpr, in); },
    .dce = remat_opt_dce,
    .physical =
        [](const Op& op, Args in) {
          return eval_jaxpr(physicalize(op.get<RematOptParams>().fwd_jaxpr), in);
        },
    .eager = [](const Op& op,
                Args in) { return eval_jaxpr(op.get<RematOptParams>().fwd_jaxpr, in); },
}};

CustomVjp::Forward optimized_for_remat(Fun fun, CustomVjp::Forward forward) {
  return [fun = std::move(fun), forward = std::move(forward)](Args primals, const Mask& nonzero) {
    return run(fun, forward, primals, nonzero);
  };
}

}  // namespace covector
