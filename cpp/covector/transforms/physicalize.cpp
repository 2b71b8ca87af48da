// Extended dtypes (typed PRNG keys) become arrays of their physical type before
// lowering. An operation on the structure of such an array (a slice, a reshape,
// a select) is the same operation mapped over the trailing physical axis: its
// batching rule gives it, so no structural primitive knows of extended dtypes.

#include <algorithm>

#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

Aval physical(const Aval& a) {
  if (!is_extended(a.dtype())) return a;
  Shape s = a.shape();
  for (int64_t d : a.dtype()->element_shape) s.push_back(d);
  return Aval(DType(a.dtype()->physical), s);
}

class PhysicalTrace final : public Trace {
 public:
  explicit PhysicalTrace(Trace& parent) : parent_(&parent) {}
  std::string_view kind() const override { return "physicalize"; }

  struct T final : Tracer {
    T(Ref<Trace> t, Aval a, Value v) : Tracer(std::move(t), a), value(std::move(v)) {}
    const Value value;
  };
  Value box(const Aval& a, Value v) {
    if (!is_extended(a.dtype())) return v;
    return make_ref<const T>(Ref<Trace>(this), a, std::move(v));
  }
  Value unbox(const Value& x) const {
    auto* t = x.tracer_of<T>(this);
    return t ? t->value : x;
  }

  Values process(const Op& op, Args args) override {
    Avals in;
    Values values;
    MappedAxes axes;
    bool any = false;
    for (const Value& a : args) {
      bool extended = is_extended(a.dtype());
      any |= extended;
      in.push_back(a.aval());
      values.push_back(unbox(a));
      axes.push_back(extended ? static_cast<int>(a.rank()) : kUnmapped);
    }
    const PrimitiveDef& def = op.prim->def();
    Avals out = def.abstract_eval(op, in);
    for (const Aval& a : out) any |= is_extended(a.dtype());
    WithTrace with(*parent_);
    if (!any && !def.physical) return op.bind(values);
    Values r = def.physical ? def.physical(op, values) : mapped(op, in, values, axes, out);
    for (size_t i = 0; i < r.size(); ++i) r[i] = box(out[i], std::move(r[i]));
    return r;
  }
  Values process_custom_jvp(const Ref<const CustomJvp>& f, Args args) override {
    return f->fun(args);  // nothing is differentiated after this
  }

 private:
  // The batch rule over the trailing axis of every extended operand.
  static Values mapped(const Op& op, AvalSpan in, Args values, const MappedAxes& axes,
                       AvalSpan out) {
    const PrimitiveDef& def = op.prim->def();
    if (!def.batch) missing_rule("batching (for an extended dtype)", op);
    int64_t size = 0;
    for (const Aval& a : in)
      if (is_extended(a.dtype())) size = a.dtype()->element_shape[0];
    BatchOut r = def.batch(op, AxisData{size}, values, axes);
    for (size_t i = 0; i < out.size(); ++i) {
      if (!is_extended(out[i].dtype())) continue;
      Value front = batch_to_front(r.values[i], size, r.axes[i]);
      r.values[i] = move_axis(front, 0, static_cast<int>(out[i].rank()));
    }
    return std::move(r.values);
  }

  const Ref<Trace> parent_;
};

bool any_extended(const Jaxpr& j) {
  return std::any_of(j.vars.begin(), j.vars.end(),
                     [](const Aval& a) { return is_extended(a.dtype()); });
}

// Jaxprs inside may hold extended types even where the outer one does not.
bool any_inner(const Jaxpr& j) {
  return std::any_of(j.eqns.begin(), j.eqns.end(),
                     [](const Eqn& e) { return static_cast<bool>(e.op.prim->def().physical); });
}

}  // namespace

ClosedJaxpr physicalize(const ClosedJaxpr& c) {
  const Jaxpr& j = *c.jaxpr;
  if (!any_extended(j) && !any_inner(j)) return c;
  Avals in;
  for (VarId v : j.constvars) in.push_back(physical(j.vars[v]));
  for (VarId v : j.invars) in.push_back(physical(j.vars[v]));
  size_t n = j.constvars.size();
  ClosedJaxpr staged = stage(
      [&](Args args) {
        auto trace = make_ref<PhysicalTrace>(current_trace());
        CloseTrace close(*trace);
        Values boxed;
        for (size_t i = 0; i < args.size(); ++i)
          boxed.push_back(trace->box(j.vars[i < n ? j.constvars[i] : j.invars[i - n]], args[i]));
        Values out;
        {
          WithTrace with(*trace);
          Args all(boxed);
          out = eval_jaxpr(j, all.first(n), all.subspan(n));
        }
        for (Value& v : out) v = trace->unbox(v);
        return out;
      },
      in, j.debug);
  // The leading inputs are the constants again.
  auto r = make_ref<Jaxpr>();
  const Jaxpr& s = *staged.jaxpr;
  r->vars = s.vars;
  r->eqns = s.eqns;
  r->outs = s.outs;
  r->effects = s.effects;
  r->debug = s.debug;
  r->constvars.assign(s.invars.begin(), s.invars.begin() + static_cast<ptrdiff_t>(n));
  r->constvars.insert(r->constvars.end(), s.constvars.begin(), s.constvars.end());
  r->invars.assign(s.invars.begin() + static_cast<ptrdiff_t>(n), s.invars.end());
  Values consts = c.consts;
  consts.append(staged.consts);
  return {r, std::move(consts)};
}

}  // namespace covector
