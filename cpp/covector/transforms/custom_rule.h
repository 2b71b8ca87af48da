#pragma once

#include <memory>
#include <optional>

#include "covector/core/trace.h"
#include "covector/transforms/transforms.h"

namespace covector {

// Maps a function and its rule for one use under a batching trace, whenever they
// run. They may close over tracers of that trace, also when it has returned.
class Batcher {
 public:
  // Of a batching of its own.
  explicit Batcher(const AxisData& axis) : axis_(axis) {}
  // `tag` is that of the trace under way. With `discover`, nothing is known to be
  // mapped: whether results are follows from what the function closes over.
  Batcher(const AxisData& axis, Ref<const RefCounted> tag, bool discover);

  const AxisData& axis() const { return axis_; }
  BatchOut operator()(const Fun&, Args, const MappedAxes&) const;
  // All results mapped alike, so that the function and its rule agree whichever
  // of them runs: with the axis in front, or all without it.
  Values settled(BatchOut) const;
  Fun settled(const Fun&, const MappedAxes&) const;
  // The axis of each result that was settled.
  int result_axis() const { return mapped_ && !mapped_->value_or(false) ? kUnmapped : 0; }

 private:
  AxisData axis_;
  Ref<const RefCounted> tag_;
  std::shared_ptr<std::optional<bool>> mapped_;  // null: yes
};

// A function with a derivative rule that says itself what its batched form is,
// so that it stays of its kind. Of others the batched function and rule are
// derived by running them under the batching trace.
struct SelfBatching : CustomJvp {
  virtual Ref<const CustomJvp> batched(const Batcher&, const MappedAxes&) const = 0;
};

}  // namespace covector
