#include "covector/core/reference.h"

#include <algorithm>

#include "covector/core/inner_jaxprs.h"
#include "covector/core/source_scope.h"
#include "covector/core/stage.h"
#include "covector/core/trace.h"

namespace covector {

const Value& Reference::content() const {
  require<ValueError>(static_cast<bool>(content_), "a reference of type ", aval,
                      " is used after it was freed");
  return content_;
}

void Reference::set(Value v) const {
  content();
  content_ = std::move(v);
}

void Reference::free() const {
  content();
  content_ = {};
}

bool any_reference(Args args) { return std::any_of(args.begin(), args.end(), is_reference); }

bool has_references(const Effects& effects) {
  return std::find(effects.begin(), effects.end(), &kReferences) != effects.end();
}

Effects outer_effects(const Jaxpr& j, Effects effects) {
  auto is_outer = [&](VarId v) { return j.vars[v].is_reference(); };
  if (std::any_of(j.constvars.begin(), j.constvars.end(), is_outer) ||
      std::any_of(j.invars.begin(), j.invars.end(), is_outer))
    return effects;
  Effects outer;
  for (const Effect* e : effects)
    if (e != &kWritesReference) outer.push_back(e);
  return outer;
}

namespace {

// A function with rules of its own, as the function that it is.
Values run_inlined(const Op& op, Args in) {
  Values out;
  bool done = false;
  for_each_inner_jaxpr(op, [&](std::string_view, const ClosedJaxpr& c, bool) {
    if (!done) out = eval_discharged(*c.jaxpr, c.consts, in);
    done = true;
  });
  return out;
}

// What uses no references is done as it is.
Values run(const Eqn& e, Args in) {
  const PrimitiveDef& def = e.op.prim->def();
  if (has_references(e.effects) || any_reference(in)) {
    if (def.discharge) return def.discharge(e.op, in);
    if (def.access == Access::kInlined) return run_inlined(e.op, in);
    if (def.access != Access::kNone || def.makes_reference) return def.eager(e.op, in);
  }
  return e.op.bind(in);
}

}  // namespace

Values eval_discharged(const Jaxpr& j, Args consts, Args args) {
  Values env(j.vars.size());
  for (size_t i = 0; i < consts.size(); ++i) env[j.constvars[i]] = consts[i];
  for (size_t i = 0; i < args.size(); ++i) env[j.invars[i]] = args[i];
  auto read = [&](const Atom& a) -> const Value& { return a.literal ? a.literal : env[a.var]; };
  Values in, out;
  for (const Eqn& e : j.eqns) {
    in.clear();
    for (const Atom& a : e.in) in.push_back(read(a));
    WithSource with(e.source);
    Values results = run(e, in);
    for (size_t i = 0; i < results.size(); ++i) env[e.out[i]] = std::move(results[i]);
  }
  for (const Atom& a : j.outs) out.push_back(read(a));
  return out;
}

namespace {

// Whether a function with rules of its own touches references, so that discharging it loses those.
bool loses_rules(const Jaxpr& j) {
  auto is_reference = [&](const Atom& a) { return !a.literal && j.vars[a.var].is_reference(); };
  return std::any_of(j.eqns.begin(), j.eqns.end(), [&](const Eqn& e) {
    if (!has_references(e.effects) && std::none_of(e.in.begin(), e.in.end(), is_reference))
      return false;
    bool lost = e.op.prim->def().access == Access::kInlined;
    for_each_inner_jaxpr(e.op, [&](std::string_view, const ClosedJaxpr& c, bool) {
      lost = lost || loses_rules(*c.jaxpr);
    });
    return lost;
  });
}

}  // namespace

Ref<const Discharged> discharge(const Ref<const Jaxpr>& j) {
  auto make = [&]() -> Ref<const RefCounted> {
    auto r = make_ref<Discharged>();
    r->loses_rules = loses_rules(*j);
    std::vector<VarId> inputs = j->constvars;
    inputs.insert(inputs.end(), j->invars.begin(), j->invars.end());
    Avals avals;
    for (VarId v : inputs) avals.push_back(j->vars[v].referent());
    auto body = [&](Args a) {
      Values in;
      for (size_t i = 0; i < inputs.size(); ++i)
        in.push_back(j->vars[inputs[i]].is_reference() ? Value(make_ref<const Reference>(a[i]))
                                                       : a[i]);
      size_t n = j->constvars.size();
      Values out = eval_discharged(*j, Args(in).first(n), Args(in).subspan(n));
      for (size_t i = 0; i < in.size(); ++i) {
        const Reference* cell = cell_of(in[i]);
        r->written.push_back(cell && !(cell->content() == a[i]));
        if (r->written.back()) out.push_back(cell->content());
      }
      return out;
    };
    r->jaxpr = stage(body, avals, j->debug);
    return r;
  };
  auto made = j->memo(9, "", make);
  Ref<const Discharged> r(static_cast<const Discharged*>(made.get()));
  require<NotImplemented>(
      !r->loses_rules || is_eager() || current_trace().records(),
      "a loop, branch or checkpoint can't be differentiated or mapped while a custom_vjp or "
      "custom_jvp function inside of it uses references: give that function values, and let the "
      "loop read and write the references");
  return r;
}

ClosedJaxpr without_references(const ClosedJaxpr& c) {
  if (!has_references(c.jaxpr->effects)) return c;
  return stage([&](Args a) { return eval_discharged(*c.jaxpr, c.consts, a); }, c.in_avals(),
               c.jaxpr->debug);
}

bool must_discharge(const Op& op, Args args) {
  if (current_trace().records()) return false;
  const auto& effects = op.prim->def().effects;
  return any_reference(args) || (effects && has_references(effects(op)));
}

void refuse_reference(const Op& op, const Value& x) {
  fail<TypeError>(op.name(), " requires ndarray or scalar arguments, got a reference of type ",
                  x.aval(), ": read it first, as x[...]");
}

}  // namespace covector
