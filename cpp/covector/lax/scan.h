#pragma once

// Prefix scans with an associative operation, made of elementwise operations
// on strided slices: linear work, logarithmic depth, differentiable.

#include <functional>

#include "covector/lax/lax.h"

namespace covector::rules {

// Combines two tuples of arrays, element by element.
using Combine = std::function<Values(Args, Args)>;

// Scans forward what is short enough for it; gives nothing for longer arrays.
using ShortScan = std::function<Values(Args)>;

// For each index along the axis the combination of all elements up to it, or
// from it on if reversed. All elements have one shape.
Values associative_scan(const Combine&, Args elements, int64_t axis, bool reverse,
                        const ShortScan& short_scan = {});

}  // namespace covector::rules
