#include "covector/core/stage.h"

#include <atomic>

#include "covector/core/config.h"
#include "covector/core/leaks.h"
#include "covector/core/reference.h"

namespace covector {
namespace {
std::atomic<StageCustomJvp> stage_custom_jvp{nullptr};
}

struct JaxprTrace::T final : Tracer {
  T(Ref<Trace> t, Aval a, VarId v, Source s) : Tracer(std::move(t), a), var(v), source(s) {}
  const VarId var;
  const Source source;
};

JaxprTrace::JaxprTrace() : jaxpr_(make_ref<Jaxpr>()) {}
JaxprTrace::~JaxprTrace() = default;

void set_stage_custom_jvp(StageCustomJvp f) { stage_custom_jvp = f; }

Value JaxprTrace::new_tracer(VarId v, Source s) {
  return make_ref<const T>(Ref<Trace>(this), jaxpr_->vars[v], v, s);
}

Value JaxprTrace::new_arg(const Aval& a) {
  VarId v = jaxpr_->new_var(a);
  jaxpr_->invars.push_back(v);
  return new_tracer(v, nullptr);
}

Source JaxprTrace::source_of(const Value& x) const {
  auto* t = x.tracer_of<T>(this);
  return t ? t->source : nullptr;
}

VarId JaxprTrace::var_of(const Value& x) {
  if (auto* t = x.tracer_of<T>(this)) return t->var;
  if (const Tracer* t = x.tracer(); t && !t->trace->alive()) leaked_tracer(*t, "a traced function");
  auto [it, fresh] = const_ids_.try_emplace(x.node(), 0);
  if (fresh) {
    it->second = jaxpr_->new_var(x.aval());
    jaxpr_->constvars.push_back(it->second);
    consts_.push_back(x);
  }
  return it->second;
}

// Scalars whose value the host knows become literals; other arrays, however
// small, are constants, so that staging never waits for a device.
Atom JaxprTrace::atom_of(const Value& x) {
  const Array* a = x.array();
  if (a && a->scalar() && !is_extended(a->aval.dtype())) return {0, x};
  return {var_of(x), {}};
}

Values JaxprTrace::process(const Op& op, Args args) {
  require<UnexpectedTracerError>(alive(), op.name(),
                                 ": the function that was being staged has returned");
  Eqn eqn;
  Avals in;
  const PrimitiveDef& def = op.prim->def();
  for (const Value& a : args) {
    if (a.aval().is_reference() && !def.takes_references) refuse_reference(op, a);
    eqn.in.push_back(atom_of(a));
    in.push_back(a.aval());
  }
  Avals out_avals = def.abstract_eval(op, in);
  eqn.source = current_source();
  Values out;
  for (const Aval& a : out_avals) {
    eqn.out.push_back(jaxpr_->new_var(a));
    out.push_back(new_tracer(eqn.out.back(), eqn.source));
  }
  if (def.effects) {
    eqn.effects = def.effects(op);
    merge_effects(jaxpr_->effects, eqn.effects);
  }
  eqn.op = op;
  jaxpr_->eqns.push_back(std::move(eqn));
  return out;
}

Values JaxprTrace::process_custom_jvp(const Ref<const CustomJvp>& f, Args args) {
  StageCustomJvp stage = stage_custom_jvp;
  invariant(stage != nullptr, "control/ is not linked");
  return stage(*this, f, args);
}

ClosedJaxpr JaxprTrace::finish(Args outs) {
  for (const Value& o : outs) jaxpr_->outs.push_back(atom_of(o));
  jaxpr_->effects = outer_effects(*jaxpr_, std::move(jaxpr_->effects));
  close();
  const_ids_.clear();
  // Not kept here: an equation may hold a function that closed over a tracer of this trace, and
  // then each would keep the other alive.
  Ref<const Jaxpr> jaxpr = std::move(jaxpr_);
  if (flag(Option::kCheckIr)) check_jaxpr(*jaxpr);
  return {std::move(jaxpr), std::move(consts_)};
}

ClosedJaxpr stage(const Fun& f, AvalSpan avals, Ref<const DebugInfo> debug) {
  auto trace = make_ref<JaxprTrace>();
  if (debug) {
    trace->origin = debug->file.empty()
                        ? debug->function
                        : str(debug->file, ":", debug->line, " (", debug->function, ")");
    trace->set_debug(std::move(debug));
  }
  ClosedJaxpr r;
  {
    Values args;
    for (const Aval& a : avals) args.push_back(trace->new_arg(a));
    WithTrace with(*trace);
    CloseTrace close(*trace);
    r = trace->finish(f(args));
  }
  check_leaks(*trace, 1);
  return r;
}

}  // namespace covector
