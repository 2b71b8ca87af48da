// Generators whose bits are positions, encrypted by a cipher of J. Salmon, M. Moraes,
// R. Dror and D. Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011), in the
// rounds of their library Random123.

#include "covector/random/random.h"
#include "covector/random/words.h"

namespace covector::random {

using namespace rules;

namespace {

// A cipher and how keys come of its blocks. All words have one shape.
struct Cipher {
  size_t key_words, block_words;
  Values (*encrypt)(Values key, Values block);
  // The key and the block that a seed's two words become.
  std::pair<Values, Values> (*of_seed)(const Value& high, const Value& low);
  // The two words that make one of 64 bits.
  std::pair<Value, Value> (*halves)(Args block);
};

Value word(int64_t x) { return scalar_of(kUint32, x); }
Value zero() { return word(0); }
// This number in the shape of x.
Value filled(const Value& x, int64_t number) { return broadcast_to_shape(word(number), x.shape()); }

// Scalars and axes of size 1 stretch to the shape that all have together.
void to_one_shape(Values& key, Values& block) {
  Avals avals;
  for (Values* list : {&key, &block})
    for (const Value& v : *list) avals.push_back(v.aval());
  Shape shape;
  for (const Aval& a : avals)
    if (a.rank() > static_cast<int64_t>(shape.size())) shape = Shape(a.shape().size(), 1);
  for (const Aval& a : avals)
    for (int64_t i = 0; i < a.rank(); ++i)
      if (a.dim(i) != 1) shape[static_cast<size_t>(i)] = a.dim(i);
  for (Values* list : {&key, &block})
    for (Value& v : *list) v = broadcast_to_shape(v, shape);
}

Values encrypted(const Cipher& c, Values key, Values block) {
  to_one_shape(key, block);
  return c.encrypt(std::move(key), std::move(block));
}

// Philox ------------------------------------------------------------------------------

constexpr int64_t kWeyl[] = {0x9E3779B9, 0xBB67AE85};
constexpr int kPhiloxRounds = 10;

Values philox2x32(Values k, Values x) {
  Value multiplier = filled(x[0], 0xD256D193);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    if (round) k[0] = add(k[0], filled(k[0], kWeyl[0]));
    Value high = mulhi(multiplier, x[0]);
    x = {bitwise_xor(bitwise_xor(high, x[1]), k[0]), mul(multiplier, x[0])};
  }
  return x;
}

Values philox4x32(Values k, Values x) {
  Value m0 = filled(x[0], 0xD2511F53), m1 = filled(x[0], 0xCD9E8D57);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    for (size_t i = 0; round && i < 2; ++i) k[i] = add(k[i], filled(k[i], kWeyl[i]));
    Value high0 = mulhi(m0, x[0]), high1 = mulhi(m1, x[2]);
    x = {bitwise_xor(bitwise_xor(high1, x[1]), k[0]), mul(m1, x[2]),
         bitwise_xor(bitwise_xor(high0, x[3]), k[1]), mul(m0, x[0])};
  }
  return x;
}

// Threefry ----------------------------------------------------------------------------

Value rotated_left(const Value& x, int64_t bits) {
  return bitwise_or(shift_left(x, filled(x, bits)), shift_right_logical(x, filled(x, 32 - bits)));
}

void mix(Value& a, Value& b, int64_t rotation) {
  a = add(a, b);
  b = bitwise_xor(rotated_left(b, rotation), a);
}

Values threefry4x32(Values k, Values x) {
  constexpr int64_t kRotations[8][2] = {{10, 26}, {11, 21}, {13, 27}, {23, 5},
                                        {6, 20},  {17, 11}, {25, 10}, {18, 20}};
  Value parity = filled(k[0], 0x1BD11BDA);
  for (const Value& v : Values(k)) parity = bitwise_xor(parity, v);
  k.push_back(parity);
  for (size_t i = 0; i < 4; ++i) x[i] = add(x[i], k[i]);
  for (size_t round = 0; round < 20; ++round) {
    const auto& r = kRotations[round % 8];
    bool odd = round % 2;
    mix(x[0], x[odd ? 3 : 1], r[0]);
    mix(x[2], x[odd ? 1 : 3], r[1]);
    if (round % 4 != 3) continue;
    size_t group = round / 4 + 1;
    for (size_t i = 0; i < 4; ++i) x[i] = add(x[i], k[(group + i) % 5]);
    x[3] = add(x[3], filled(x[3], static_cast<int64_t>(group)));
  }
  return x;
}

// Their generators ----------------------------------------------------------------------

const Cipher kPhilox2x32{1, 2, philox2x32,
                         [](const Value& high, const Value& low) {
                           return std::pair(Values{zero()}, Values{high, low});
                         },
                         [](Args b) { return std::pair(b[0], b[1]); }};

const Cipher kPhilox4x32{2, 4, philox4x32,
                         [](const Value& high, const Value& low) {
                           return std::pair(Values{zero(), zero()},
                                            Values{high, low, zero(), zero()});
                         },
                         [](Args b) { return std::pair(b[0], b[1]); }};

const Cipher kThreefry4x32{
    4, 4, threefry4x32,
    [](const Value& high, const Value& low) {
      return std::pair(Values{high, low, zero(), zero()}, Values(4, zero()));
    },
    [](Args b) { return std::pair(bitwise_xor(b[0], b[2]), bitwise_xor(b[1], b[3])); }};

// Keys come of blocks that end with a number, bits of blocks that begin with one.
Values block_of(const Cipher& c, const Value& high, const Value& low, bool at_end) {
  Values block(c.block_words, zero());
  size_t first = at_end ? c.block_words - 2 : 0;
  block[first] = high, block[first + 1] = low;
  return block;
}

Value key_of(const Cipher& c, const Values& block) {
  return keys_of_words(Args(block.begin(), c.key_words));
}

Value bits_of(const Cipher& c, const Value& keys, int64_t width, std::span<const int64_t> shape) {
  DType d = bits_dtype(width);
  auto [high, low] = positions(keys.rank() - 1, shape);
  Values block = encrypted(c, key_words(keys, static_cast<int64_t>(shape.size())),
                           block_of(c, high, low, /*at_end=*/false));
  if (width == 64) {
    auto [upper, lower] = c.halves(block);
    return join_words(upper, lower);
  }
  Value all = block[0];
  for (size_t i = 1; i < block.size(); ++i) all = bitwise_xor(all, block[i]);
  return convert_element_type(all, d);
}

Generator generator_by(const Cipher& c, std::string name, std::string tag) {
  Generator g{std::move(name), std::move(tag), Shape{static_cast<int64_t>(c.key_words)}};
  g.seed = [&c](const Value& seeds) {
    Values halves = key_words(threefry::seed(seeds), 0);
    auto [key, block] = c.of_seed(halves[0], halves[1]);
    return key_of(c, encrypted(c, std::move(key), std::move(block)));
  };
  g.split = [&c](const Value& keys, std::span<const int64_t> shape) {
    auto [high, low] = positions(keys.rank() - 1, shape);
    Values key = key_words(keys, static_cast<int64_t>(shape.size()));
    return key_of(c, encrypted(c, std::move(key), block_of(c, high, low, /*at_end=*/true)));
  };
  g.fold_in = [&c](const Value& keys, const Value& data) {
    Value low = convert_element_type(data, kUint32);
    return key_of(c, encrypted(c, key_words(keys, 0), block_of(c, zero(), low, /*at_end=*/true)));
  };
  g.bits = [&c](const Value& keys, int64_t width, std::span<const int64_t> shape) {
    return bits_of(c, keys, width, shape);
  };
  return g;
}

}  // namespace

Generator philox2x32_generator() { return generator_by(kPhilox2x32, "philox2x32", "phx2"); }
Generator philox4x32_generator() { return generator_by(kPhilox4x32, "philox4x32", "phx4"); }
Generator threefry4x32_generator() { return generator_by(kThreefry4x32, "threefry4x32", "fry4"); }

}  // namespace covector::random
