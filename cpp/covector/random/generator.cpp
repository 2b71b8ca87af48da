#include "covector/random/generator.h"

#include <algorithm>

#include "covector/lax/rng.h"
#include "covector/lax/rules.h"
#include "covector/random/random.h"

namespace covector::random {

namespace {

constexpr auto kRbgId = static_cast<DTypeId>(102), kUrbgId = static_cast<DTypeId>(103);

constinit const DTypeInfo kRbgInfo{kRbgId, DTypeKind::kExtended, 128, 16, "key<rbg>", "key<rbg>",
                                   "ui32", &detail::kUint32Info, {4}};
constinit const DTypeInfo kUrbgInfo{kUrbgId, DTypeKind::kExtended, 128,
                                    16,      "key<urbg>",          "key<urbg>",
                                    "ui32",  &detail::kUint32Info, {4}};

// A key of four words as two keys of Threefry.
Value as_halves(const Value& keys) {
  Shape shape(keys.shape().begin(), keys.shape().end() - 1);
  shape.push_back(2), shape.push_back(2);
  return reshape(keys, shape);
}

Value joined_halves(const Value& halves) {
  Shape shape(halves.shape().begin(), halves.shape().end() - 2);
  shape.push_back(4);
  return reshape(halves, shape);
}

Value rbg_seed(const Value& seeds) {
  Value half = threefry::seed(seeds), both[] = {half, half};
  return concatenate(both, half.rank() - 1);
}

Value rbg_split(const Value& keys, std::span<const int64_t> shape) {
  Value parts = threefry::split(as_halves(keys), shape);  // the axis of halves leads the shape
  auto from = static_cast<int>(keys.rank() - 1), to = static_cast<int>(parts.rank() - 2);
  return joined_halves(move_axis(parts, from, to));
}

// With leading axes of size 1 up to this rank.
Value with_rank(const Value& x, int64_t rank) {
  return expand_dims(x, rules::iota_axes(std::max<int64_t>(rank - x.rank(), 0)));
}

Value rbg_fold_in(const Value& keys, const Value& data) {
  int64_t last = data.rank();
  if (last == 0) return joined_halves(threefry::fold_in(as_halves(keys), data));
  Value each = expand_dims(data, std::span(&last, 1));
  return joined_halves(threefry::fold_in(as_halves(with_rank(keys, last + 1)), each));
}

// Several keys draw all their bits by the first, as a batch does.
Value rbg_bits(const Value& keys, int64_t width, std::span<const int64_t> shape) {
  DType d = dtype_by_name(str("uint", width));
  require<TypeError>(d && width >= 8, "requires 8-, 16-, 32- or 64-bit field width.");
  Shape all(keys.shape().begin(), keys.shape().end() - 1), flat{keys.aval().size() / 4, 4};
  bool empty = flat[0] == 0;
  all.append(Shape(shape.begin(), shape.end()));
  if (empty) return zeros(Aval(d, all));
  Shape start{0, 0}, limit{1, 4}, one{4};
  Value first = reshape(slice(reshape(keys, flat), start, limit), one);
  return rng_bit_generator(first, d, all)[1];
}

Value urbg_split(const Value& keys, std::span<const int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape) n *= d;
  int64_t drawn[] = {10 * n, 4};
  Value words = rbg_bits(keys, 32, drawn);
  Shape start(words.shape().size(), 0), strides(start.size(), 1);
  strides[strides.size() - 2] = 10;
  Shape result(keys.shape().begin(), keys.shape().end() - 1);
  result.append(Shape(shape.begin(), shape.end()));
  result.push_back(4);
  return reshape(slice(words, start, words.shape(), strides), result);
}

Value urbg_fold_in(const Value& keys, const Value& data) {
  int64_t drawn[] = {10, 4};
  Value words = rbg_bits(rbg_seed(data), 32, drawn);
  Shape start(words.shape().size(), 0), limit = words.shape();
  start[start.size() - 2] = 9;
  int64_t axis = words.rank() - 2;
  Value last = squeeze(slice(words, start, limit), std::span(&axis, 1));
  int64_t rank = std::max(keys.rank(), last.rank());
  return bitwise_xor(with_rank(keys, rank), with_rank(last, rank));
}

const Generator kGenerators[] = {
    {"threefry2x32", "fry", kKeyFry, threefry::seed, threefry::split, threefry::fold_in,
     threefry::bits},
    {"rbg", "rbg", DType(&kRbgInfo), rbg_seed, rbg_split, rbg_fold_in, rbg_bits},
    {"unsafe_rbg", "urbg", DType(&kUrbgInfo), rbg_seed, urbg_split, urbg_fold_in, rbg_bits},
};

}  // namespace

std::span<const Generator> generators() { return kGenerators; }
const Generator& threefry_generator() { return kGenerators[0]; }

const Generator* generator_of(DType d) {
  for (const Generator& g : kGenerators)
    if (g.dtype == d) return &g;
  return nullptr;
}

const Generator& generator_named(std::string_view name) {
  for (const Generator& g : kGenerators)
    if (g.name == name || g.tag == name || g.dtype->name == name) return g;
  fail<ValueError>("unrecognized PRNG implementation \"", name,
                   "\". Did you mean one of: \"threefry2x32\", \"rbg\", \"unsafe_rbg\"?");
}

}  // namespace covector::random
