#pragma once

// Discrete Fourier transforms (lax/fft.cpp).

#include "covector/lax/lax.h"

namespace covector {

enum class FftType : int8_t { kFft = 0, kIfft = 1, kRfft = 2, kIrfft = 3 };

// Transforms over the last axes, as many as there are lengths. Operands of the
// complex kinds are complex; of kRfft real, and of kIrfft the result is. The
// last axis of the half that these leave has length / 2 + 1 elements.
Value fft(const Value&, FftType, std::span<const int64_t> lengths);

}  // namespace covector
