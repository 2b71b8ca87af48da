#pragma once

// The generators of random bits: what each does with arrays of raw keys, whose
// last axis is that of the words of a key and whose other axes lead the results.

#include <span>
#include <string_view>

#include "covector/core/value.h"

namespace covector::random {

struct Generator {
  std::string_view name, tag;  // as in random.key(0, impl=name), and in key<tag>
  DType dtype;                 // of its typed keys
  Value (*seed)(const Value& seeds);
  Value (*split)(const Value& keys, std::span<const int64_t> shape);
  Value (*fold_in)(const Value& keys, const Value& data);
  Value (*bits)(const Value& keys, int64_t bit_width, std::span<const int64_t> shape);

  int64_t words() const { return dtype->element_shape[0]; }
};

// Threefry, in whose two modes bits are the same on all devices; the device's
// own generator (with new keys by Threefry); and the same with new keys by it.
std::span<const Generator> generators();
const Generator& threefry_generator();

// Null if this is no dtype of keys.
const Generator* generator_of(DType);
// By name or tag; raises ValueError if there is none.
const Generator& generator_named(std::string_view);

}  // namespace covector::random
