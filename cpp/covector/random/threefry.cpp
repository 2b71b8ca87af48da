#include "covector/core/config.h"
#include "covector/lax/rules.h"
#include "covector/random/random.h"
#include "covector/random/words.h"

namespace covector::random::threefry {

using namespace rules;

namespace {

// Encrypts 0, 1, ..., n-1, taken as n/2 pairs of (i, i + n/2); an odd count is
// padded with a zero. Gives [..., n].
Value encrypt_counts(const Value& keys, int64_t n) {
  Values k = key_words(keys, 1);
  int64_t half = (n + 1) / 2, rank = k[0].rank();
  Value counts = iota(kUint32, std::span(&n, 1), 0);
  if (n % 2) {
    PadDim one{0, 1, 0};
    counts = pad(counts, zeros(Aval(kUint32, {})), std::span(&one, 1));
  }
  int64_t halves[] = {half, half};
  Values x = split(counts, halves, 0);
  Shape shape(static_cast<size_t>(rank), 1);
  shape.back() = half;
  for (Value& v : x) v = reshape(v, shape);
  Value both = concatenate(threefry2x32(k[0], k[1], x[0], x[1]), rank - 1);
  if (n % 2 == 0) return both;
  Shape limit = both.shape();
  limit.back() = n;
  return slice(both, Shape(limit.size(), 0), limit);
}

// Encrypts the positions in an array of this shape, as 64-bit numbers.
Values encrypt_positions(const Value& keys, std::span<const int64_t> shape) {
  Values k = key_words(keys, static_cast<int64_t>(shape.size()));
  auto [high, low] = positions(keys.rank() - 1, shape);
  // Every word has the shape of the result even where the position is a scalar.
  return threefry2x32(k[0], k[1], high, low);
}

Shape joined(const Value& keys, std::span<const int64_t> shape) {
  Shape r(keys.shape().begin(), keys.shape().end() - 1);
  r.append(shape);
  return r;
}

// Counts are 32-bit numbers: longer streams take a key for each block.
Value stream(const Value& keys, int64_t n) {
  constexpr int64_t kBlock = UINT32_MAX;
  if (n < kBlock) return encrypt_counts(keys, n);
  int64_t blocks = n / kBlock, pairs[] = {blocks + 1, 2};
  Value subkeys = reshape(encrypt_counts(keys, 2 * (blocks + 1)), joined(keys, pairs));
  int64_t axis = subkeys.rank() - 2, sizes[] = {blocks, 1};
  Values parts = covector::split(subkeys, sizes, axis);
  int64_t flat[] = {blocks * kBlock};
  Value whole = reshape(encrypt_counts(parts[0], kBlock), joined(keys, flat));
  Value last = encrypt_counts(squeeze(parts[1], std::span(&axis, 1)), n % kBlock);
  Value both[] = {whole, last};
  return concatenate(both, axis);
}

// Each word gives 4 bytes or 2 halves, the least significant first.
Value narrow_words(const Value& words32, int64_t width, DType d) {
  int64_t parts = 32 / width;
  Shape grid(words32.shape().size(), 1);
  grid.push_back(parts);
  Value shift = mul(scalar_of(kUint32, width), iota(kUint32, grid, words32.rank()));
  Value shifted = shift_right_logical(with_last_axis(words32), shift);
  Value masked = bitwise_and(shifted, scalar_of(kUint32, (int64_t{1} << width) - 1));
  Shape flat = words32.shape();
  flat.back() *= parts;
  return convert_element_type(reshape(masked, flat), d);
}

Value first_elements(const Value& x, int64_t n) {
  Shape limit = x.shape();
  if (limit.back() == n) return x;
  limit.back() = n;
  return slice(x, Shape(limit.size(), 0), limit);
}

Value sequential_bits(const Value& keys, int64_t width, std::span<const int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape) n *= d;
  DType d = bits_dtype(width);
  Value out = stream(keys, (width * n + 31) / 32);
  if (width == 64) {
    int64_t halves[] = {n, n};
    Values w = covector::split(out, halves, out.rank() - 1);
    out = join_words(w[0], w[1]);
  } else if (width < 32) {
    out = first_elements(narrow_words(out, width, d), n);
  }
  return reshape(out, joined(keys, shape));
}

}  // namespace

Value seed(const Value& seeds) {
  DType d = seeds.dtype();
  require<TypeError>(is_integer(d), "PRNG key seed must be an integer; got ", seeds.aval());
  Value high = zeros(Aval(kUint32, seeds.shape()));
  if (d->bits == 64)
    high = convert_element_type(shift_right_logical(seeds, scalar_of(d, int64_t{32})), kUint32);
  Value halves[] = {high, convert_element_type(seeds, kUint32)};
  return keys_of_words(halves);
}

Value split(const Value& keys, std::span<const int64_t> shape) {
  Shape with_words(shape.begin(), shape.end());
  with_words.push_back(2);
  if (flag(Option::kThreefryPartitionable)) return keys_of_words(encrypt_positions(keys, shape));
  int64_t n = 2;
  for (int64_t d : shape) n *= d;
  return reshape(encrypt_counts(keys, n), joined(keys, with_words));
}

Value fold_in(const Value& keys, const Value& data) {
  Values k = key_words(keys, 0);
  Values w =
      threefry2x32(k[0], k[1], zeros(Aval(kUint32, {})), convert_element_type(data, kUint32));
  return keys_of_words(w);
}

Value bits(const Value& keys, int64_t width, std::span<const int64_t> shape) {
  DType d = bits_dtype(width);
  if (!flag(Option::kThreefryPartitionable)) return sequential_bits(keys, width, shape);
  Values w = encrypt_positions(keys, shape);
  if (width == 64) return join_words(w[0], w[1]);
  return convert_element_type(bitwise_xor(w[0], w[1]), d);
}

}  // namespace covector::random::threefry
