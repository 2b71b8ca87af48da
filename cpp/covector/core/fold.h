#pragma once

#include <memory>
#include <vector>

#include "covector/core/trace.h"

namespace covector {

// A trace that computes at once what depends on no tracer, and leaves the rest to `outer`, the
// transformation under way.
Ref<Trace> folding_trace(Trace& outer);

// While entered, operations on known values run at once although a transformation is under way.
// Scopes of one thread nest, also those of one object, and end in reverse order.
class EagerScope {
 public:
  void enter();
  void exit();

 private:
  std::vector<Ref<Trace>> traces_;
  std::vector<std::unique_ptr<WithTrace>> scopes_;
};

}  // namespace covector
