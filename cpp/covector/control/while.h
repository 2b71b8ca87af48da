#pragma once

// Private to the sources of the loop.

#include "covector/control/control.h"
#include "covector/control/jaxpr_parts.h"
#include "covector/hlo/builder.h"

namespace covector::while_rules {

// Operands: constants of the condition, constants of the body, initial carry.
// Neither jaxpr has constants of its own. The predicate may have axes, which
// then are the leading ones of all of the carry: each element of these goes on
// while its own predicate holds.
struct WhileParams {
  ClosedJaxpr body_jaxpr;
  int64_t body_nconsts = 0;
  ClosedJaxpr cond_jaxpr;
  int64_t cond_nconsts = 0;
  // No more steps than this, which the condition sees to; negative: not known. What
  // reverse mode needs for its memory.
  int64_t max_steps = -1;

  void fields(FieldVisitor& f) const {
    f("body_jaxpr", &body_jaxpr);
    f("body_nconsts", body_nconsts);
    f("cond_jaxpr", &cond_jaxpr);
    f("cond_nconsts", cond_nconsts);
    if (max_steps >= 0) f("max_steps", max_steps);
  }
  bool operator==(const WhileParams&) const = default;

  size_t cond_consts() const { return static_cast<size_t>(cond_nconsts); }
  size_t body_consts() const { return static_cast<size_t>(body_nconsts); }
  size_t carry() const { return body_jaxpr.jaxpr->outs.size(); }
  const Aval& pred() const { return cond_jaxpr.jaxpr->aval(cond_jaxpr.jaxpr->outs[0]); }
};

template <class T>
struct Groups {
  Groups(const WhileParams& p, std::span<const T> all)
      : cond(all.first(p.cond_consts())),
        body(all.subspan(p.cond_consts(), p.body_consts())),
        carry(all.subspan(p.cond_consts() + p.body_consts())) {}
  std::span<const T> cond, body, carry;
};

// Binds a loop whose jaxprs may have constants: they become operands.
Values bind_while(ClosedJaxpr cond, Args cond_consts, ClosedJaxpr body, Args body_consts, Args init,
                  int64_t max_steps);

JvpOut while_jvp(const Op&, Args primals, Args tangents);
LinearizeOut while_linearize(const Op&, Args primals, const Mask& nonzero);
Values while_transpose(const Op&, Args cts, TransposeArgs);
Values while_discharge(const Op&, Args);
hlo::Results while_lower(const Op&, hlo::Builder&, hlo::Operands in, AvalSpan out);

}  // namespace covector::while_rules

namespace covector {
extern const Primitive while_p;
}
