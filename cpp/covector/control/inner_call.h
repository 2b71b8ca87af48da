#pragma once

#include <functional>

#include "covector/core/primitive.h"
#include "covector/transforms/transforms.h"

// Rules of primitives that run one jaxpr on all of their operands: each
// transforms the jaxpr and binds the primitive with it. The jaxpr has no
// constants, or they do not depend on what is transformed.
namespace covector::inner_call {

// Such an operation: its jaxpr, and the operation with another one in its place.
struct Call {
  const ClosedJaxpr& jaxpr;
  std::function<Op(ClosedJaxpr)> with;
};

JvpOut jvp(const Call&, Args primals, Args tangents);
LinearizeOut linearize(const Call&, Args primals, const Mask& nonzero);
Values transpose(const Call&, Args cts, TransposeArgs);
BatchOut batch(const Call&, const AxisData&, Args, const MappedAxes&);
std::pair<Op, Mask> dce(const Call&, const Mask& used);
Values discharge(const Call&, Args);
// Operands are as many as the jaxpr has inputs, and of their types.
Avals abstract_eval(const Op&, const ClosedJaxpr&, AvalSpan in);

Mask mask_of(Args tangents);
// Values at the places that `mask` marks, null elsewhere.
Values spread(Args values, const Mask& mask);

}  // namespace covector::inner_call
