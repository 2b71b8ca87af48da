// Reverse mode: transposition of a linear jaxpr, equation by equation from the
// last to the first.

#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

// The forward part of a backward pass: evaluates what is known, and lists the
// equations that are linear.
class Environment {
 public:
  Environment(const Jaxpr& j, Args consts, TransposeArgs args)
      : jaxpr_(j), known_(j.vars.size()), linear_(j.vars.size()) {
    for (size_t i = 0; i < consts.size(); ++i) known_[j.constvars[i]] = consts[i];
    for (size_t i = 0; i < args.size(); ++i) {
      if (args[i].linear)
        linear_[j.invars[i]] = true;
      else
        known_[j.invars[i]] = args[i].value;
    }
  }

  bool is_linear(const Atom& a) const { return !a.literal && linear_[a.var]; }
  TransposeArg read(const Atom& a) const {
    if (a.literal) return {a.literal, a.literal.aval(), false};
    return {known_[a.var], jaxpr_.vars[a.var], linear_[a.var]};
  }

  // Runs the equations that do not depend on linear inputs; returns the others.
  std::vector<const Eqn*> run_forward() {
    std::vector<const Eqn*> linear;
    Values in;
    for (const Eqn& e : jaxpr_.eqns) {
      if (std::any_of(e.in.begin(), e.in.end(), [&](const Atom& a) { return is_linear(a); })) {
        for (VarId v : e.out) linear_[v] = true;
        linear.push_back(&e);
        continue;
      }
      in.clear();
      for (const Atom& a : e.in) in.push_back(a.literal ? a.literal : known_[a.var]);
      Values out = e.op.bind(in);
      for (size_t i = 0; i < out.size(); ++i) known_[e.out[i]] = std::move(out[i]);
    }
    return linear;
  }

 private:
  const Jaxpr& jaxpr_;
  Values known_;
  std::vector<bool> linear_;
};

// Cotangents of one equation's operands, added to what they have already.
void transpose_eqn(const Eqn& e, const Environment& env, Values& ct) {
  Values out_cts;
  bool any = false;
  for (VarId v : e.out) {
    out_cts.push_back(std::move(ct[v]));
    any |= static_cast<bool>(out_cts.back());
  }
  if (!any) return;
  SmallVector<TransposeArg, 3> in;
  for (const Atom& a : e.in) in.push_back(env.read(a));
  const PrimitiveDef& def = e.op.prim->def();
  if (!def.transpose) missing_rule("transpose", e.op);
  Values in_cts = def.transpose(e.op, out_cts, in);
  for (size_t i = 0; i < in_cts.size(); ++i)
    if (in_cts[i] && in[i].linear) ct[e.in[i].var] = add_any(ct[e.in[i].var], in_cts[i]);
}

}  // namespace

Values backward_pass(const Jaxpr& j, Args consts, TransposeArgs args, Args cts) {
  Environment env(j, consts, args);
  std::vector<const Eqn*> linear = env.run_forward();
  Values ct(j.vars.size());
  for (size_t i = 0; i < cts.size(); ++i)
    if (cts[i] && env.is_linear(j.outs[i])) ct[j.outs[i].var] = add_any(ct[j.outs[i].var], cts[i]);
  for (auto it = linear.rbegin(); it != linear.rend(); ++it) transpose_eqn(**it, env, ct);
  Values r;
  for (size_t i = 0; i < args.size(); ++i)
    r.push_back(args[i].linear ? std::move(ct[j.invars[i]]) : Value());
  return r;
}

Values apply_transpose(const Linearized& lin, Args cts) {
  const Jaxpr& j = *lin.tangent.jaxpr;
  SmallVector<TransposeArg, 4> args;
  for (VarId v : j.invars) args.push_back({{}, j.vars[v], true});
  Values nonzero;
  for (size_t i = 0; i < cts.size(); ++i)
    if (lin.nonzero[i]) nonzero.push_back(cts[i]);
  return backward_pass(j, lin.tangent.consts, args, nonzero);
}

Values value_and_grad(const Fun& f, Args primals, const Mask& wrt) {
  Linearized lin = linearize(f, primals, wrt);
  require<TypeError>(lin.primals.size() == 1 && lin.primals[0].rank() == 0,
                     "Gradient only defined for scalar-output functions. Output was: ",
                     lin.primals.empty() ? "nothing" : str(lin.primals[0].aval()), ".");
  Values cts{lin.nonzero[0] ? ones(lin.primals[0].aval()) : Value()};
  Values grads = apply_transpose(lin, cts);
  Values r{lin.primals[0]};
  size_t k = 0;
  for (size_t i = 0; i < primals.size(); ++i)
    if (wrt[i]) r.push_back(instantiate(grads[k++], primals[i].aval()));
  return r;
}

}  // namespace covector
