#pragma once

#include <functional>

#include "covector/core/jaxpr.h"

namespace covector {

// Which results of a function that is computed again backward are kept all the
// same: those of the operations that `saveable` answers for with true.
struct RematPolicy : RefCounted {
  std::function<bool(const Op&, AvalSpan in)> saveable;
  Ref<const HostObject> shown;  // for jaxprs, and to compare
};

struct RematParams {
  ClosedJaxpr jaxpr;              // without constants
  Ref<const RematPolicy> policy;  // null: nothing is saved
  // Whether the compiler must not merge what is computed again with what was
  // computed first; for each operand, or one for all.
  Mask prevent_cse = Mask(1, true);
  bool differentiated = false;

  void fields(FieldVisitor&) const;
  bool operator==(const RematParams&) const;
};

// Runs the jaxpr. Its linearization keeps the operands (and what the policy
// allows) in place of residuals, which the tangent computation makes again.
extern const Primitive remat_p;
Values remat(RematParams, Args);

}  // namespace covector
