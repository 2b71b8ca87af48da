#pragma once

// Lowerings with loops, for functions that no operation of the dialect covers,
// and a notation for their formulas.

#include "covector/core/trace.h"
#include "covector/lax/elementwise.h"

namespace covector::rules {

// A composition of primitives, written in line.
hlo::Results lower_fun(hlo::Builder&, const Fun&, hlo::Operands);

// Repeats `body` on the state while `condition` of it holds. Neither may use
// operands from outside: what they need is part of the state.
hlo::Results lower_while(hlo::Builder&, const Fun& condition, const Fun& body, hlo::Operands state);

// The operands of an elementwise function of floats, broadcast to the shape of
// the result. Half precisions are computed in float32.
hlo::Results working_operands(hlo::Builder&, hlo::Operands, const Aval& out);

namespace formula {

inline Value is(const Value& x, double c) { return eq(x, like(x, c)); }
inline Value is_nan(const Value& x) { return ne(x, x); }
inline Value operator|(const Value& p, const Value& q) { return bitwise_or(p, q); }
inline Value operator&(const Value& p, const Value& q) { return bitwise_and(p, q); }
inline Value operator~(const Value& p) { return bitwise_not(p); }
inline Value any(const Value& p) { return reduce_or(p, iota_axes(p.rank())); }
// c where the predicate holds, else x.
inline Value put(const Value& p, double c, const Value& x) {
  return select(p, full(x.aval(), c), x);
}

}  // namespace formula

}  // namespace covector::rules
