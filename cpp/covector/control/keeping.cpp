// What a policy of rematerialization keeps. A loop or branches are divided as
// the program around them is: one operation gives what is kept inside behind its
// results, another makes the results from that and the operands.

#include "covector/control/keeping.h"

#include <optional>

#include "covector/control/cond.h"
#include "covector/control/scan.h"
#include "covector/core/source_scope.h"
#include "covector/core/stage.h"
#include "covector/lax/lax.h"

namespace covector {
namespace {

using namespace lists;

// Nested calls as part of the program, so that a policy sees what they do.
Values eval_inlined(const Jaxpr& j, Args consts, Args args) {
  Values env(j.vars.size());
  for (size_t i = 0; i < consts.size(); ++i) env[j.constvars[i]] = consts[i];
  for (size_t i = 0; i < args.size(); ++i) env[j.invars[i]] = args[i];
  auto read = [&](const Atom& a) { return a.literal ? a.literal : env[a.var]; };
  for (const Eqn& e : j.eqns) {
    Values in;
    for (const Atom& a : e.in) in.push_back(read(a));
    Values out;
    WithSource with(e.source);
    if (e.op.prim == &jit_p) {
      const ClosedJaxpr& body = e.op.get<CallParams>().jaxpr;
      out = eval_inlined(*body.jaxpr, body.consts, in);
    } else {
      out = e.op.bind(in);
    }
    for (size_t i = 0; i < out.size(); ++i) env[e.out[i]] = std::move(out[i]);
  }
  Values out;
  for (const Atom& a : j.outs) out.push_back(read(a));
  return out;
}

// Inputs -> (results..., kept...)
ClosedJaxpr known_of(const Keeping& k) {
  Ref<Jaxpr> j = same_vars(*k.jaxpr);
  j->eqns = k.jaxpr->eqns;
  j->outs = k.jaxpr->outs;
  for (VarId v : k.kept) j->outs.push_back({v, {}});
  return {j, k.consts};
}

// (inputs..., kept...) -> results
ClosedJaxpr again_of(const Keeping& k) {
  Ref<Jaxpr> j = same_vars(*k.jaxpr);
  j->invars.insert(j->invars.end(), k.kept.begin(), k.kept.end());
  j->eqns = k.again;
  j->outs = k.jaxpr->outs;
  return {j, k.consts};
}

}  // namespace

Divided divided_scan(const Op& op, const RematPolicy& policy) {
  const auto& p = op.get<scan_rules::ScanParams>();
  Keeping k = keep(p.jaxpr, &policy);
  auto loop = [&](const ClosedJaxpr& body) {
    return scan_p.with(p.with(open_consts(body), p.consts() + k.consts.size(), p.carry()));
  };
  Divided r{loop(known_of(k)), loop(again_of(k)), k.consts, 0, {}, k.again.empty()};
  for (VarId v : k.kept) {
    const Aval& a = k.jaxpr->vars[v];
    r.kept.push_back(a.with_axis(0, p.length));
  }
  return r;
}

namespace {

// Places that branches share for what each of them keeps, as far as types allow.
struct Slots {
  Avals avals;
  std::vector<Order> of;  // for each branch, where what it keeps is

  void add(const Keeping& k) {
    Mask taken(avals.size(), false);
    of.emplace_back();
    for (VarId v : k.kept) {
      Aval a = k.jaxpr->vars[v].strong();
      size_t i = 0;
      while (i < avals.size() && (taken[i] || !avals[i].same_type(a))) ++i;
      if (i == avals.size()) {
        avals.push_back(a);
        taken.push_back(false);
      }
      taken[i] = true;
      of.back().push_back(static_cast<uint32_t>(i));
    }
  }
};

ClosedJaxpr into_slots(const ClosedJaxpr& known, const Order& of, AvalSpan slots) {
  size_t n = known.jaxpr->outs.size() - of.size();
  auto f = [&](Args a) {
    Values all = eval_jaxpr(known, a), r(all.begin(), all.begin() + n), kept(slots.size());
    for (size_t i = 0; i < of.size(); ++i) kept[of[i]] = all[n + i];
    for (size_t i = 0; i < slots.size(); ++i) r.push_back(kept[i] ? kept[i] : zeros(slots[i]));
    return r;
  };
  return stage(f, known.in_avals(), known.jaxpr->debug);
}

ClosedJaxpr from_slots(const ClosedJaxpr& again, const Order& of, AvalSpan slots) {
  Avals in = again.in_avals();
  size_t n = in.size() - of.size();
  in.resize(n);
  in.append(slots);
  auto f = [&](Args a) {
    Values all(a.begin(), a.begin() + n);
    for (uint32_t i : of) all.push_back(a[n + i]);
    return eval_jaxpr(again, all);
  };
  return stage(f, in, again.jaxpr->debug);
}

}  // namespace

Divided divided_cond(const Op& op, const RematPolicy& policy) {
  const auto& p = op.get<cond_rules::CondParams>();
  Slots slots;
  std::vector<ClosedJaxpr> known, again;
  bool all = true;
  for (const ClosedJaxpr& b : p.branches) {
    Keeping k = keep(b, &policy);
    slots.add(k);
    known.push_back(known_of(k));
    again.push_back(again_of(k));
    all = all && k.again.empty();
  }
  cond_rules::Branches to = cond_rules::with_common_consts(known);
  cond_rules::Branches from = cond_rules::with_common_consts(again);
  cond_rules::CondParams q = p, r = p;
  for (size_t i = 0; i < p.branches.size(); ++i) {
    q.branches[i] = into_slots(to.branches[i], slots.of[i], slots.avals);
    r.branches[i] = from_slots(from.branches[i], slots.of[i], slots.avals);
    invariant(q.branches[i].consts.empty() && r.branches[i].consts.empty(),
              "a branch was divided and has constants");
  }
  return {cond_p.with(q), cond_p.with(r), to.consts, 1, slots.avals, all};
}

namespace {

std::optional<Divided> divided(const Op& op, const RematPolicy& policy) {
  const auto& rule = op.prim->def().divide;
  if (!rule) return {};
  return rule(op, policy);
}

void keep_inside(const Eqn& e, const Divided& d, Keeping& r) {
  Eqn known = e, again = e;
  known.op = d.known;
  again.op = d.again;
  SmallVector<Atom, 3> in;
  for (size_t i = 0; i < d.place; ++i) in.push_back(e.in[i]);
  for (const Value& v : d.more) {
    in.push_back({r.jaxpr->new_var(v.aval()), {}});
    r.jaxpr->constvars.push_back(in.back().var);
    r.consts.push_back(v);
  }
  for (size_t i = d.place; i < e.in.size(); ++i) in.push_back(e.in[i]);
  known.in = again.in = in;
  for (const Aval& a : d.kept) {
    VarId v = r.jaxpr->new_var(a);
    known.out.push_back(v);
    again.in.push_back({v, {}});
    r.kept.push_back(v);
  }
  r.jaxpr->eqns.push_back(std::move(known));
  r.again.push_back(std::move(again));
}

bool is_saveable(const Eqn& e, const Jaxpr& j, const RematPolicy& policy) {
  Avals in;
  for (const Atom& a : e.in) in.push_back(j.aval(a));
  return policy.saveable(e.op, in);
}

}  // namespace

Ref<Jaxpr> same_vars(const Jaxpr& j) {
  auto r = make_ref<Jaxpr>();
  r->vars = j.vars;
  r->constvars = j.constvars;
  r->invars = j.invars;
  r->effects = j.effects;
  r->debug = j.debug;
  return r;
}

Keeping keep(const ClosedJaxpr& primal, const RematPolicy* policy) {
  ClosedJaxpr c = primal;
  if (policy) {
    c = stage([&](Args a) { return eval_inlined(*primal.jaxpr, primal.consts, a); },
              primal.in_avals(), primal.jaxpr->debug);
  }
  Keeping r{same_vars(*c.jaxpr), c.consts, {}, {}};
  r.jaxpr->outs = c.jaxpr->outs;
  for (const Eqn& e : c.jaxpr->eqns) {
    std::optional<Divided> d = policy ? divided(e.op, *policy) : std::nullopt;
    bool whole = d ? d->all && !d->kept.empty() : policy && is_saveable(e, *c.jaxpr, *policy);
    if (d && !whole && !d->kept.empty()) {
      keep_inside(e, *d, r);
      continue;
    }
    if (whole)
      r.kept.insert(r.kept.end(), e.out.begin(), e.out.end());
    else
      r.again.push_back(e);
    r.jaxpr->eqns.push_back(e);
  }
  return r;
}

}  // namespace covector
