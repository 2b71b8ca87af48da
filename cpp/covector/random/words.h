#pragma once

// Private to the generators: arrays of raw keys taken apart into words, and the
// numbers that they encrypt.

#include <span>
#include <utility>

#include "covector/lax/rules.h"

namespace covector::random {

// The words of keys[..., words], each with `extra` further axes of size 1.
Values key_words(const Value& keys, int64_t extra);
// Back: the words, of one shape, become the last axis.
Value keys_of_words(Args words);
Value with_last_axis(const Value&);

// The upper and the lower word of the position of each element of an array of
// this shape, with `leading` axes of size 1. A scalar zero stands for an upper word
// that is zero everywhere.
std::pair<Value, Value> positions(int64_t leading, std::span<const int64_t> shape);

// The type of uniform bits; raises TypeError for a width that there is none of.
DType bits_dtype(int64_t width);
Value join_words(const Value& high, const Value& low);

}  // namespace covector::random
