#pragma once

#include "covector/core/jaxpr.h"
#include "covector/core/stage.h"
#include "covector/core/trace.h"

namespace covector {

// Forward mode --------------------------------------------------------------

struct Dual {
  Value primal, tangent;
};
// Runs f with the given tangents (null: zero).
JvpOut jvp(const Fun& f, Args primals, Args tangents);

// (primals..., nonzero tangents...) -> (primals..., tangents where `nonzero_out`).
struct JvpJaxpr : RefCounted {
  ClosedJaxpr jaxpr;
  Mask nonzero_out;
};
Ref<const JvpJaxpr> jvp_jaxpr(const ClosedJaxpr&, const Mask& nonzero, const Mask& instantiate);

// Batching ------------------------------------------------------------------

BatchOut batch(const Fun&, const AxisData&, Args, const MappedAxes&);

// Batched inputs and outputs carry their axis in front.
struct BatchJaxpr : RefCounted {
  ClosedJaxpr jaxpr;
  Mask mapped_out;
};
Ref<const BatchJaxpr> batch_jaxpr(const ClosedJaxpr&, const AxisData&, const Mask& mapped,
                                  const Mask& instantiate);

// Reverse mode --------------------------------------------------------------

// Values of the primal computation, and the linear map as a jaxpr of the
// nonzero tangents whose constants are the residuals.
struct Linearized {
  Values primals;
  Mask nonzero;         // of the results
  ClosedJaxpr tangent;  // nonzero tangents in -> nonzero tangents out
};
Linearized linearize(const Fun&, Args primals, const Mask& nonzero_in,
                     const Mask& instantiate = {});

// Primal: in -> (out..., residuals...).
// Tangent: (residuals..., nonzero tangents...) -> nonzero tangents.
struct LinearizedJaxpr : RefCounted {
  ClosedJaxpr primal, tangent;
  size_t residuals = 0;
  Mask nonzero_out;
};
Ref<const LinearizedJaxpr> linearize_jaxpr(const ClosedJaxpr&, const Mask& nonzero,
                                           const Mask& instantiate);

// Cotangents of the linear arguments of a jaxpr, null where known or zero.
// Equations that do not depend on linear arguments are evaluated forward.
Values backward_pass(const Jaxpr&, Args consts, TransposeArgs, Args cts);
// The transpose of a linearized function: cotangents of its results (null:
// zero) to cotangents of its inputs (null: zero), one for each entry of
// `nonzero_in` that is set.
Values apply_transpose(const Linearized&, Args cts);

// Gradient of a function with one real scalar result; with its value in front.
Values value_and_grad(const Fun&, Args primals, const Mask& wrt);

// Partial evaluation ----------------------------------------------------------

// Results that depend only on known values; null are the others, which `unknown`
// computes from the unknown arguments.
struct PartialOut {
  Values known;
  Avals avals;  // of all results
  ClosedJaxpr unknown;
};
// `known` is null where an argument is not known. Results in `instantiate` are
// left to the jaxpr even if they are known.
PartialOut partial_eval(const Fun&, Args known, AvalSpan avals, const Mask& instantiate = {},
                        bool instantiate_all = false);

// Clean-up ------------------------------------------------------------------

// The jaxpr without the equations that the outputs in `used` do not need.
// `used_in` receives which inputs remain needed; the signature is unchanged
// but for the dropped outputs unless `drop_inputs`.
ClosedJaxpr dce(const ClosedJaxpr&, const Mask& used, Mask* used_in = nullptr,
                bool drop_inputs = false);

// A jaxpr over physical arrays only: every equation on an extended dtype is
// replaced by its batch over the trailing physical axes.
ClosedJaxpr physicalize(const ClosedJaxpr&);

// The same jaxpr with its constants as leading inputs.
ClosedJaxpr consts_to_inputs(const ClosedJaxpr&);

}  // namespace covector
