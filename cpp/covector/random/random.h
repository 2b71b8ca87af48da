#pragma once

// Random bits from keys. A key is typed (of dtype key<fry>, or of another
// generator's), or raw: uint32[2]. Both kinds work in all functions, and keys
// that come out are of the kind that went in. Bits are those of JAX, in both modes of
// Option::kThreefryPartitionable.

#include "covector/lax/lax.h"
#include "covector/random/generator.h"

namespace covector::random {

// A typed key for each of an array of integers, and the same of one integer.
Value random_seed(const Value& seeds, const Generator& = threefry_generator());
Value random_key(int64_t seed);

// An array of independent keys of this shape.
Value random_split(const Value& key, std::span<const int64_t> shape);
// A key that depends on the key and on an integer (converted to uint32). Typed
// keys and integers may be arrays, which broadcast as elementwise operands do.
Value random_fold_in(const Value& key, const Value& data);
// Uniform bits: an unsigned integer type of 8, 16, 32 or 64 bits.
Value random_bits(const Value& key, int64_t bit_width, std::span<const int64_t> shape);

// Between uint32[..., 2] and key<fry>[...]; costs nothing at run time.
Value random_wrap(const Value& raw, const Generator& = threefry_generator());
Value random_unwrap(const Value& keys);
Value random_clone(const Value& key);

// On raw keys: arrays of them, uint32[..., 2], whose leading axes also lead the
// results (random/threefry.cpp). What the functions above become in programs.
namespace threefry {

Value seed(const Value& seeds);
Value split(const Value& keys, std::span<const int64_t> shape);
Value fold_in(const Value& keys, const Value& data);
Value bits(const Value& keys, int64_t bit_width, std::span<const int64_t> shape);

}  // namespace threefry

}  // namespace covector::random
