#pragma once

#include "covector/core/trace.h"
#include "covector/transforms/transforms.h"

namespace covector {

// A function with a derivative rule that says itself what its batched form is,
// so that it stays of its kind. Of others the batched function and rule are
// derived by running them under the batching trace.
struct SelfBatching : CustomJvp {
  virtual Ref<const CustomJvp> batched(const AxisData&, const MappedAxes&) const = 0;
};

// The function mapped, with the mapped axis of every result in front: two that
// have to agree (a function and its rule) do so whichever of them runs.
Fun batched_in_front(const Fun&, const AxisData&, const MappedAxes&);

}  // namespace covector
