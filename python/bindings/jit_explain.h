#pragma once

#include <vector>

#include "jit_call.h"

namespace covector::bindings {

// Logs why no trace fits a call: what is other than in the nearest of the
// signatures that were traced before.
void log_miss(const JitSpec&, const JitArguments& now,
              const std::vector<const JitArguments*>& before);

}  // namespace covector::bindings
