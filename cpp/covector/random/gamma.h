#pragma once

// Samples of the gamma distribution (random/gamma.cpp).

#include "covector/core/trace.h"

namespace covector::random {

// A sample for each element of `a`, the shape parameter; its logarithm if asked
// for. Typed or raw keys; an array of keys has the leading axes of `a`.
Value random_gamma(const Value& keys, const Value& a, bool log_space);

}  // namespace covector::random
