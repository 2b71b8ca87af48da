#pragma once

// Random bits of the device's own generator (lax/rng.cpp).

#include "covector/core/trace.h"

namespace covector {

// The state that follows, and bits of an unsigned integer type. The state is
// uint32[4] or uint64[2].
Values rng_bit_generator(const Value& state, DType, std::span<const int64_t> shape);

}  // namespace covector
