#pragma once

#include <functional>

#include "covector/core/jaxpr.h"

namespace covector {

// Results of a batching rule, and which of them have the mapped axis in front.
struct VmapOut {
  Values values;
  Mask mapped;
};
// A batching rule of a function: mapped operands have their axis in front.
using VmapRule = std::function<VmapOut(const AxisData&, Args, const Mask& mapped)>;

// Runs the jaxpr; mapped, runs the rule in its place. `rule_name` is for jaxprs
// to show.
Values custom_vmap_call(const ClosedJaxpr& call, VmapRule rule, std::string rule_name, Args);
extern const Primitive custom_vmap_call_p;

}  // namespace covector
