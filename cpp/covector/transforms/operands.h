#pragma once

#include "covector/core/primitive.h"
#include "covector/core/value.h"

namespace covector {

// Derivative and batch rules take for granted that parameters and operands fit. What does not,
// fails as it does where nothing is transformed. A primitive of the front end may do without
// abstract evaluation as long as nothing stages it.
inline void check_operands(const Op& op, Args args) {
  Avals avals;
  for (const Value& a : args) avals.push_back(a.aval());
  try {
    op.prim->def().abstract_eval(op, avals);
  } catch (const NotImplemented&) {
  }
}

}  // namespace covector
