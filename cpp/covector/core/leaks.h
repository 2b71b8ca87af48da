#pragma once

#include <cstdint>

#include "covector/core/trace.h"

namespace covector {

// Called when a function has been staged: `expected` references to its trace are
// accounted for, any other is a tracer's that outlives it. A front end installs
// one that lets go of what its collector holds, looks again, and throws.
using LeakCheck = void (*)(const Trace&, uint32_t expected);
void set_leak_check(LeakCheck);
// Does nothing if none is installed.
void check_leaks(const Trace&, uint32_t expected);

}  // namespace covector
