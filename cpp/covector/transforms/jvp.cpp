// Forward mode: a tracer carries a primal and a tangent of the parent trace.

#include "covector/lax/lax.h"
#include "covector/transforms/operands.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

class JvpTrace final : public Trace {
 public:
  explicit JvpTrace(Trace& parent) : parent_(&parent) {}
  std::string_view kind() const override { return "jvp"; }

  struct T final : Tracer {
    T(Ref<Trace> t, Dual d) : Tracer(std::move(t), d.primal.aval()), dual(std::move(d)) {}
    const Array* known() const override { return dual.primal.known(); }
    const Dual dual;
  };

  Value box(Value primal, Value tangent) {
    if (!tangent) return primal;
    return make_ref<const T>(Ref<Trace>(this), Dual{std::move(primal), std::move(tangent)});
  }
  Dual unbox(const Value& x) const {
    auto* t = x.tracer_of<T>(this);
    return t ? t->dual : Dual{x, {}};
  }

  Values process(const Op& op, Args args) override {
    Values primals, tangents;
    const PrimitiveDef& def = op.prim->def();
    bool any = split(args, primals, tangents) || def.makes_reference;
    WithTrace with(*parent_);
    if (!any) return op.bind(primals);
    if (!def.jvp) missing_rule("differentiation", op);
    check_operands(op, args);
    return boxes(def.jvp(op, primals, tangents));
  }

  Values process_custom_jvp(const Ref<const CustomJvp>& f, Args args) override {
    Values primals, tangents;
    bool any = split(args, primals, tangents);
    WithTrace with(*parent_);
    if (!any) return parent_->process_custom_jvp(f, primals);
    if (!f->symbolic_zeros)
      for (size_t i = 0; i < tangents.size(); ++i)
        tangents[i] = instantiate(tangents[i], primals[i].aval());
    return boxes(f->jvp(primals, tangents));
  }

 private:
  bool split(Args args, Values& primals, Values& tangents) const {
    bool any = false;
    for (const Value& a : args) {
      Dual d = unbox(a);
      any |= static_cast<bool>(d.tangent);
      primals.push_back(std::move(d.primal));
      tangents.push_back(std::move(d.tangent));
    }
    return any;
  }
  Values boxes(JvpOut out) {
    Values r;
    for (size_t i = 0; i < out.primals.size(); ++i)
      r.push_back(box(std::move(out.primals[i]), std::move(out.tangents[i])));
    return r;
  }

  const Ref<Trace> parent_;
};

}  // namespace

JvpOut jvp(const Fun& f, Args primals, Args tangents) {
  auto trace = make_ref<JvpTrace>(current_trace());
  CloseTrace close(*trace);
  Values in, outs;
  for (size_t i = 0; i < primals.size(); ++i) in.push_back(trace->box(primals[i], tangents[i]));
  {
    WithTrace with(*trace);
    outs = f(in);
  }
  JvpOut r;
  for (const Value& o : outs) {
    Dual d = trace->unbox(o);
    r.primals.push_back(std::move(d.primal));
    r.tangents.push_back(std::move(d.tangent));
  }
  return r;
}

namespace {

// The key of a memo: one character for each entry of the masks.
std::string mask_key(const Mask& a, const Mask& b) {
  std::string s;
  for (bool x : a) s += x ? '1' : '0';
  s += '/';
  for (bool x : b) s += x ? '1' : '0';
  return s;
}

Ref<const JvpJaxpr> make_jvp_jaxpr(const ClosedJaxpr& j, const Mask& nonzero,
                                   const Mask& instantiated) {
  Avals in = j.in_avals();
  size_t n = in.size();
  for (size_t i = 0; i < n; ++i)
    if (nonzero[i]) in.push_back(tangent_aval(in[i]));
  auto r = make_ref<JvpJaxpr>();
  r->jaxpr = stage(
      [&](Args args) {
        Values tangents;
        size_t next = n;
        for (bool nz : nonzero) tangents.push_back(nz ? args[next++] : Value());
        JvpOut d = jvp([&](Args a) { return eval_jaxpr(j, a); }, args.first(n), tangents);
        Values out = d.primals;
        for (size_t i = 0; i < d.primals.size(); ++i) {
          Value& t = d.tangents[i];
          if (!t && instantiated[i]) t = instantiate(t, d.primals[i].aval());
          r->nonzero_out.push_back(static_cast<bool>(t));
          if (t) out.push_back(t);
        }
        return out;
      },
      in, j.jaxpr->debug);
  return r;
}

}  // namespace

Ref<const JvpJaxpr> jvp_jaxpr(const ClosedJaxpr& j, const Mask& nonzero, const Mask& instantiate) {
  if (!j.consts.empty()) return make_jvp_jaxpr(j, nonzero, instantiate);
  auto made = j.jaxpr->memo(1, mask_key(nonzero, instantiate),
                            [&] { return make_jvp_jaxpr(j, nonzero, instantiate); });
  return Ref<const JvpJaxpr>(static_cast<const JvpJaxpr*>(made.get()));
}

}  // namespace covector
