#pragma once

#include <vector>

#include "covector/control/remat.h"

namespace covector {

// A program divided by what a policy keeps of it, also inside of loops and branches.
struct Keeping {
  Ref<Jaxpr> jaxpr;  // the same program; what is kept inside of an equation is a result of it
  Values consts;
  std::vector<VarId> kept;
  std::vector<Eqn> again;  // make the other variables, from the inputs and what is kept
};
// An operation that holds jaxprs, in two: what a `divide` rule gives.
struct Divided {
  Op known;     // operands -> (results..., kept...)
  Op again;     // (operands..., kept...) -> results
  Values more;  // further operands of both, in front of the one at `place`
  size_t place = 0;
  Avals kept;
  bool all = false;  // nothing is left to be computed again
};
Divided divided_scan(const Op&, const RematPolicy&);
Divided divided_cond(const Op&, const RematPolicy&);

// Without a policy nothing is kept.
Keeping keep(const ClosedJaxpr&, const RematPolicy*);

// Variables, inputs and debugging information of a jaxpr; no equations, no results.
Ref<Jaxpr> same_vars(const Jaxpr&);

}  // namespace covector
