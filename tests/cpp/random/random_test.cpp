// Keys and bits, in both modes of the generator.

#include "covector/random/random.h"
#include "covector/runtime/transfer.h"
#include "transforms/transforms_testing.h"

namespace covector::transforms_testing {
namespace {

using namespace random;

class RandomTest : public Computing {};

std::vector<uint32_t> words(const Value& x) {
  Value raw = x.dtype() == kKeyFry ? random_unwrap(x) : x;
  std::vector<uint32_t> r(static_cast<size_t>(raw.aval().size()));
  runtime::read(*raw.array(), r.data());
  return r;
}

using Words = std::vector<uint32_t>;

// The values are those of Salmon et al.'s reference implementation.
TEST_F(RandomTest, CipherIsThreefry2x32With20Rounds) {
  auto word = [](uint32_t x) { return scalar_of(kUint32, int64_t{x}); };
  Values zero = threefry2x32(word(0), word(0), word(0), word(0));
  EXPECT_EQ(words(zero[0]), Words{0x6b200159});
  EXPECT_EQ(words(zero[1]), Words{0x99ba4efe});
  Values pi = threefry2x32(word(0x13198a2e), word(0x03707344), word(0x243f6a88), word(0x85a308d3));
  EXPECT_EQ(words(pi[0]), Words{0xc4923a9c});
  EXPECT_EQ(words(pi[1]), Words{0x483df7a0});
}

TEST_F(RandomTest, SplitsAsJaxDoes) {
  int64_t two[] = {2};
  Value key = random_key(42);
  {
    WithOption mode(Option::kThreefryPartitionable, 0);
    EXPECT_EQ(words(random_split(key, two)), (Words{2465931498, 3679230171, 255383827, 267815257}));
  }
  WithOption mode(Option::kThreefryPartitionable, 1);
  EXPECT_EQ(words(random_split(key, two)), (Words{1832780943, 270669613, 64467757, 2916123636}));
}

TEST_F(RandomTest, RawKeysGiveRawKeysAndTheSameBits) {
  Value key = random_key(7), raw = random_unwrap(key);
  EXPECT_EQ(raw.aval(), Aval(kUint32, {2}));
  EXPECT_EQ(random_fold_in(raw, Value(3)).aval(), raw.aval());
  EXPECT_EQ(words(random_fold_in(raw, Value(3))), words(random_fold_in(key, Value(3))));
  int64_t shape[] = {3};
  EXPECT_EQ(words(random_bits(raw, 32, shape)), words(random_bits(key, 32, shape)));
  EXPECT_TRUE(throws<TypeError>([&] { random_bits(vec({1, 2}), 32, shape); }, "random key"));
  EXPECT_TRUE(throws<TypeError>([&] { random_bits(key, 12, shape); }, "field width"));
}

// Arrays of keys give what their keys give one by one.
TEST_F(RandomTest, BatchesAreLoops) {
  int64_t four[] = {4}, shape[] = {5};
  for (int64_t mode : {0, 1}) {
    WithOption with(Option::kThreefryPartitionable, mode);
    Value keys = random_split(random_key(1), four);
    for (int64_t width : {8, 16, 32, 64}) {
      Value all = convert_element_type(random_bits(keys, width, shape), kFloat64);
      for (int64_t i = 0; i < 4; ++i) {
        Value one = convert_element_type(random_bits(row(keys, i), width, shape), kFloat64);
        EXPECT_EQ(get(row(all, i)), get(one)) << width;
      }
    }
  }
}

}  // namespace
}  // namespace covector::transforms_testing
