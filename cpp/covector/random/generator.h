#pragma once

// The generators of random bits: what each does with arrays of raw keys, whose
// last axis is that of the words of a key and whose other axes lead the results.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "covector/core/value.h"

namespace covector::random {

struct Generator {
  std::string name, tag;  // as in random.key(0, impl=name), and in key<tag>
  Shape key_shape;        // of one raw key as users see it; its elements are the words
  std::function<Value(const Value& seeds)> seed = {};
  std::function<Value(const Value& keys, std::span<const int64_t> shape)> split = {};
  std::function<Value(const Value& keys, const Value& data)> fold_in = {};
  std::function<Value(const Value& keys, int64_t bit_width, std::span<const int64_t> shape)> bits =
      {};
  DType dtype = {};  // of its typed keys; given by add_generator where it is none

  int64_t words() const { return dtype->element_shape[0]; }
};

// Threefry, in whose two modes bits are the same on all devices; the device's
// own generator (with new keys by Threefry); the same with new keys by it; the
// further ciphers of random/counters.cpp; and those that were added. They live as
// long as the process.
std::vector<const Generator*> generators();
const Generator& threefry_generator();
// Makes a generator known, with a dtype of its own for its keys.
const Generator& add_generator(Generator);

// Null if this is no dtype of keys.
const Generator* generator_of(DType);
// By name or tag, the latest first; raises ValueError if there is none.
const Generator& generator_named(std::string_view);

// Ciphers that encrypt positions (random/counters.cpp).
Generator philox2x32_generator();
Generator philox4x32_generator();
Generator threefry4x32_generator();

}  // namespace covector::random
