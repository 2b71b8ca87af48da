// Linearization: primal operations run in the parent trace at once, operations
// on tangents are recorded in a jaxpr. No first-order primitive needs a rule
// for it: its jvp rule runs under a trace that sorts the rule's operations.

#include "covector/core/reference.h"
#include "covector/lax/lax.h"
#include "covector/transforms/operands.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

// Sends an op to the tangent trace if any operand lives there, else to the parent.
class SplitTrace final : public Trace {
 public:
  SplitTrace(Trace& parent, Trace& tangent) : parent_(&parent), tangent_(&tangent) {}
  std::string_view kind() const override { return "linearize"; }
  Values process(const Op& op, Args args) override { return pick(args).process(op, args); }
  // A custom rule met inside a rule: if it is on tangents it is linear there
  // and is not differentiated again, so the function itself is staged.
  Values process_custom_jvp(const Ref<const CustomJvp>& f, Args args) override {
    Trace& t = pick(args);
    return &t == tangent_.get() ? f->fun(args) : t.process_custom_jvp(f, args);
  }

 private:
  Trace& pick(Args args) const {
    for (const Value& a : args)
      if (a.tracer_of<Tracer>(tangent_.get())) return *tangent_;
    return *parent_;
  }
  const Ref<Trace> parent_, tangent_;
};

class LinearizeTrace final : public Trace {
 public:
  LinearizeTrace(Trace& parent, JaxprTrace& tangent)
      : parent_(&parent), tangent_(&tangent), split_(make_ref<SplitTrace>(parent, tangent)) {}
  std::string_view kind() const override { return "grad"; }

  struct T final : Tracer {
    T(Ref<Trace> t, Dual d) : Tracer(std::move(t), d.primal.aval()), dual(std::move(d)) {}
    const Array* known() const override { return dual.primal.known(); }
    const Dual dual;
  };
  Value box(Dual d) {
    return d.tangent ? Value(make_ref<const T>(Ref<Trace>(this), std::move(d))) : d.primal;
  }
  Dual unbox(const Value& x) const {
    auto* t = x.tracer_of<T>(this);
    return t ? t->dual : Dual{x, {}};
  }

  Values process(const Op& op, Args args) override {
    Values primals, tangents;
    Mask nonzero;
    const PrimitiveDef& def = op.prim->def();
    if (!split(args, primals, tangents, nonzero) && !def.makes_reference) {
      WithTrace with(*parent_);
      return op.bind(primals);
    }
    check_operands(op, args);
    if (def.linearize) return by_linearize_rule(op, primals, tangents, nonzero);
    if (!def.jvp) missing_rule("differentiation", op);
    WithTrace with(*split_);
    return boxes(def.jvp(op, primals, tangents));
  }

  Values process_custom_jvp(const Ref<const CustomJvp>& f, Args args) override {
    Values primals, tangents;
    Mask nonzero;
    if (!split(args, primals, tangents, nonzero)) {
      WithTrace with(*parent_);
      return parent_->process_custom_jvp(f, primals);
    }
    if (!f->symbolic_zeros) {
      WithTrace with(*tangent_);
      for (size_t i = 0; i < tangents.size(); ++i)
        tangents[i] = instantiate(tangents[i], primals[i].aval());
    }
    WithTrace with(*split_);
    return boxes(f->jvp(primals, tangents));
  }

 private:
  Values by_linearize_rule(const Op& op, Args primals, Args tangents, const Mask& nonzero) {
    LinearizeOut lin;
    {
      WithTrace with(*parent_);
      lin = op.prim->def().linearize(op, primals, nonzero);
    }
    WithTrace with(*tangent_);
    return boxes({std::move(lin.primals), lin.apply(tangents)});
  }

  bool split(Args args, Values& primals, Values& tangents, Mask& nonzero) const {
    bool any = false;
    for (const Value& a : args) {
      Dual d = unbox(a);
      nonzero.push_back(static_cast<bool>(d.tangent));
      any |= static_cast<bool>(d.tangent);
      primals.push_back(std::move(d.primal));
      tangents.push_back(std::move(d.tangent));
    }
    return any;
  }
  Values boxes(JvpOut out) {
    Values r;
    for (size_t i = 0; i < out.primals.size(); ++i)
      r.push_back(box({std::move(out.primals[i]), std::move(out.tangents[i])}));
    return r;
  }

  const Ref<Trace> parent_;
  const Ref<JaxprTrace> tangent_;
  const Ref<SplitTrace> split_;
};

}  // namespace

Linearized linearize(const Fun& f, Args primals, const Mask& nonzero_in, const Mask& instantiated) {
  auto tangent = make_ref<JaxprTrace>();
  auto trace = make_ref<LinearizeTrace>(current_trace(), *tangent);
  CloseTrace close(*trace), close_tangent(*tangent);
  Values in, outs, tangents_out;
  for (size_t i = 0; i < primals.size(); ++i) {
    Value t = nonzero_in[i] ? tangent->new_arg(tangent_aval(primals[i].aval())) : Value();
    // The tangent of an integer is always zero: it is an input that nothing uses.
    if (t && t.dtype() == kFloat0) t = Value();
    in.push_back(trace->box({primals[i], std::move(t)}));
  }
  {
    WithTrace with(*trace);
    outs = f(in);
  }
  Linearized r;
  for (size_t i = 0; i < outs.size(); ++i) {
    Dual d = trace->unbox(outs[i]);
    if (!d.tangent && !instantiated.empty() && instantiated[i])
      d.tangent = instantiate({}, d.primal.aval());
    r.nonzero.push_back(static_cast<bool>(d.tangent));
    if (d.tangent) tangents_out.push_back(std::move(d.tangent));
    r.primals.push_back(std::move(d.primal));
  }
  r.tangent = without_references(tangent->finish(tangents_out));
  return r;
}

ClosedJaxpr consts_to_inputs(const ClosedJaxpr& c) {
  if (c.jaxpr->constvars.empty()) return c;
  auto j = make_ref<Jaxpr>();
  j->vars = c.jaxpr->vars;
  j->eqns = c.jaxpr->eqns;
  j->outs = c.jaxpr->outs;
  j->effects = c.jaxpr->effects;
  j->debug = c.jaxpr->debug;
  j->invars = c.jaxpr->constvars;
  j->invars.insert(j->invars.end(), c.jaxpr->invars.begin(), c.jaxpr->invars.end());
  return {j, {}};
}

namespace {

Ref<const LinearizedJaxpr> make_linearized_jaxpr(const ClosedJaxpr& j, const Mask& nonzero,
                                                 const Mask& instantiated) {
  auto r = make_ref<LinearizedJaxpr>();
  r->primal = stage(
      [&](Args args) {
        Linearized lin =
            linearize([&](Args a) { return eval_jaxpr(j, a); }, args, nonzero, instantiated);
        lin.tangent = dce(lin.tangent, Mask(lin.tangent.jaxpr->outs.size(), true));
        Values out = std::move(lin.primals);
        out.append(lin.tangent.consts);
        r->nonzero_out = lin.nonzero;
        r->residuals = lin.tangent.consts.size();
        r->tangent = consts_to_inputs(lin.tangent);
        r->tangent.consts.clear();
        return out;
      },
      j.in_avals(), j.jaxpr->debug);
  return r;
}

}  // namespace

Ref<const LinearizedJaxpr> linearize_jaxpr(const ClosedJaxpr& j, const Mask& nonzero,
                                           const Mask& instantiate) {
  if (!j.consts.empty()) return make_linearized_jaxpr(j, nonzero, instantiate);
  std::string key;
  for (bool x : nonzero) key += x ? '1' : '0';
  key += '/';
  for (bool x : instantiate) key += x ? '1' : '0';
  auto made = j.jaxpr->memo(3, std::move(key),
                            [&] { return make_linearized_jaxpr(j, nonzero, instantiate); });
  return Ref<const LinearizedJaxpr>(static_cast<const LinearizedJaxpr*>(made.get()));
}

}  // namespace covector
