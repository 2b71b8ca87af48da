// The rules that every jaxpr keeps, as a check.

#include <deque>
#include <unordered_set>

#include "covector/core/inner_jaxprs.h"
#include "covector/core/jaxpr.h"
#include "covector/core/reference.h"

namespace covector {
namespace {

// Checks one jaxpr and hands the jaxprs inside it to `found`.
class Checker {
 public:
  Checker(const Jaxpr& j, std::deque<Ref<const Jaxpr>>& found)
      : j_(j), found_(found), defined_(j.vars.size()) {}

  void run() {
    for (size_t i = 0; i < j_.vars.size(); ++i)
      expect(static_cast<bool>(j_.vars[i]), "variable ", i, " has no type");
    for (VarId v : j_.constvars) define(v);
    for (VarId v : j_.invars) define(v);
    for (eqn_ = 0; eqn_ < j_.eqns.size(); ++eqn_) check(j_.eqns[eqn_]);
    for (const Atom& a : j_.outs) use(a);
    expect(outer_effects(j_, effects_) == j_.effects, "its effects are not those of its equations");
  }

 private:
  template <class... A>
  void expect(bool ok, const A&... a) const {
    if (ok) [[likely]]
      return;
    const DebugInfo* debug = j_.debug.get();
    std::string at = debug ? str(" of ", debug->function) : "";
    if (eqn_ < j_.eqns.size())
      fail<InternalError>("check_jaxpr: equation ", eqn_, " (", j_.eqns[eqn_].op.name(), ")", at,
                          ": ", a...);
    fail<InternalError>("check_jaxpr: jaxpr", at, ": ", a...);
  }

  void define(VarId v) {
    expect(v < defined_.size(), "defines variable ", v, " of ", defined_.size());
    expect(!defined_[v], "defines variable ", v, " again");
    defined_[v] = true;
  }

  const Aval& use(const Atom& a) const {
    if (!a.literal) {
      expect(a.var < defined_.size(), "uses variable ", a.var, " of ", defined_.size());
      expect(defined_[a.var], "uses variable ", a.var, " before its definition");
      return j_.vars[a.var];
    }
    expect(a.literal.array() != nullptr, "has a literal that is not concrete: a tracer of type ",
           a.literal.aval());
    expect(a.literal.rank() == 0, "has a literal of type ", a.literal.aval(),
           ", literals have rank 0");
    return a.literal.aval();
  }

  void check(const Eqn& e) {
    Avals in;
    for (const Atom& a : e.in) in.push_back(use(a));
    check_inner(e.op);
    check_types(e, in);
    Effects effects = e.op.prim->def().effects ? e.op.prim->def().effects(e.op) : Effects();
    expect(e.effects == effects, "does not have the effects of its primitive");
    merge_effects(effects_, effects);
    for (VarId v : e.out) define(v);
  }

  void check_inner(const Op& op) {
    for_each_inner_jaxpr(op, [&](std::string_view field, const ClosedJaxpr& c, bool) {
      expect(static_cast<bool>(c.jaxpr), "has no jaxpr in ", field);
      expect(c.consts.size() == c.jaxpr->constvars.size(), "has ", c.consts.size(),
             " constants in ", field, " for ", c.jaxpr->constvars.size(), " variables");
      found_.push_back(c.jaxpr);
    });
  }

  void check_types(const Eqn& e, AvalSpan in) const {
    Avals out;
    try {
      out = e.op.prim->def().abstract_eval(e.op, in);
    } catch (const Error& error) {
      expect(false, "its operands are refused: ", error.what());
    }
    expect(out.size() == e.out.size(), "has ", e.out.size(), " results, its primitive gives ",
           out.size());
    for (size_t i = 0; i < out.size(); ++i) {
      expect(e.out[i] < j_.vars.size(), "defines variable ", e.out[i], " of ", j_.vars.size());
      const Aval& declared = j_.vars[e.out[i]];
      expect(declared.same_type(out[i]), "declares result ", i, " as ", declared,
             ", its primitive gives ", out[i]);
      expect(declared == out[i], "declares result ", i, " of type ", declared, " as ",
             declared.weak_type() ? "weakly" : "strongly", " typed, its primitive does not");
    }
  }

  const Jaxpr& j_;
  std::deque<Ref<const Jaxpr>>& found_;
  std::vector<bool> defined_;
  Effects effects_;
  size_t eqn_ = ~size_t{0};  // the equation being checked
};

}  // namespace

void check_jaxpr(const Jaxpr& top) {
  std::deque<Ref<const Jaxpr>> queue;
  std::unordered_set<const Jaxpr*> seen;
  Checker(top, queue).run();
  for (; !queue.empty(); queue.pop_front())
    if (seen.insert(queue.front().get()).second) {
      Ref<const Jaxpr> j = queue.front();
      Checker(*j, queue).run();
    }
}

}  // namespace covector
