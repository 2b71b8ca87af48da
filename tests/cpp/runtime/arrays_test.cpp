// Arrays of the runtime: donated, deleted, committed to devices, not a number.

#include <cmath>
#include <limits>

#include "covector/core/stage.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/jit.h"
#include "covector/runtime/program.h"
#include "covector/runtime/sharded.h"
#include "covector/runtime/transfer.h"
#include "transforms/transforms_testing.h"

namespace covector::runtime {
namespace {

using namespace covector::transforms_testing;

using JitDonation = Computing;
using Deletion = Computing;
using Placing = Computing;
using DebugNans = Computing;

Value on_default(const Value& v) { return put(v, default_device(), false); }
bool is_deleted(const Value& v) { return v.array()->buffer()->deleted(); }

JitOptions donating(Mask m) { return {.name = "f", .donated = std::move(m)}; }

TEST_F(JitDonation, ConsumesTheArgument) {
  Fun f = jit([](Args a) { return list({a[0] + a[1]}); }, donating({true, false}));
  Value x = on_default(vec({1, 2, 3})), y = on_default(vec({4, 5, 6}));
  block_until_ready(*x.array());
  Values r = f(list({x, y}));
  EXPECT_TRUE(near(r[0], vec({5, 7, 9})));
  EXPECT_TRUE(is_deleted(x));
  EXPECT_FALSE(is_deleted(y));
  Doubles out(3);
  EXPECT_TRUE(throws<RuntimeError>([&] { read(*x.array(), out.data()); }, "has been deleted"));
  EXPECT_TRUE(throws<RuntimeError>([&] { f(list({x, y})); }, "deleted"));
  EXPECT_TRUE(throws<RuntimeError>([&] { x + y; }, "deleted"));
}

TEST_F(JitDonation, AMaskMayBeShorterThanTheArguments) {
  Fun f = jit([](Args a) { return list({a[0] + a[1]}); }, donating({true}));
  Value x = on_default(vec({1, 2, 3})), y = on_default(vec({4, 5, 6}));
  EXPECT_TRUE(near(f(list({x, y}))[0], vec({5, 7, 9})));
  EXPECT_TRUE(is_deleted(x));
  EXPECT_FALSE(is_deleted(y));
}

TEST_F(JitDonation, UnusableOnesAreToldOfAndStay) {
  ClosedJaxpr c = stage([](Args a) { return list({total(a[0])}); }, Avals{Aval(kFloat64, {3})});
  Lowered l(c, {.name = "f", .donated = {true}, .keep_unused = false, .arg_names = {}});
  EXPECT_EQ(l.unusable_donations(), std::vector<uint32_t>{0});
  Fun f = jit([](Args a) { return list({total(a[0])}); }, donating({true}));
  Value x = on_default(vec({1, 2, 3}));
  EXPECT_EQ(number(f(Values{x})[0]), 6);
  EXPECT_FALSE(is_deleted(x));
}

// Its memory is the result's, so it can't be handed through.
TEST_F(JitDonation, OfAResult) {
  Fun f = jit([](Args a) { return list({a[0], a[0] + 1.0}); }, donating({true}));
  Value x = on_default(vec({1, 2, 3}));
  EXPECT_TRUE(near(f(Values{x}), list({vec({1, 2, 3}), vec({2, 3, 4})})));
}

TEST_F(JitDonation, OfOneArrayTwice) {
  Fun f = jit([](Args a) { return list({a[0] + 1.0, a[1] + 2.0}); }, donating({true, true}));
  Value x = on_default(vec({1, 2, 3}));
  EXPECT_TRUE(throws<Error>([&] { f(list({x, x})); }, ""));
}

TEST_F(JitDonation, IsIgnoredInsideATransformation) {
  Fun f = jit([](Args a) { return list({a[0] * a[0]}); }, donating({true}));
  Value x = on_default(vec({1, 2, 3}));
  EXPECT_TRUE(near(vmap(f)(Values{x}), list({vec({1, 4, 9})})));
  Value y = on_default(vec({1, 2, 3}));
  Fun loss = [f](Args a) { return list({total(f(a)[0])}); };
  EXPECT_TRUE(near(grad(loss)(Values{y}), list({vec({2, 4, 6})})));
  EXPECT_FALSE(is_deleted(y));
}

TEST_F(Deletion, OfADeletedArrayNothingIsLeft) {
  Value x = on_default(vec({1, 2, 3}));
  delete_array(*x.array());
  EXPECT_TRUE(is_deleted(x));
  Doubles out(3);
  for (const char* part : {"has been deleted", "float64[3]"}) {
    EXPECT_TRUE(throws<RuntimeError>([&] { read(*x.array(), out.data()); }, part));
    EXPECT_TRUE(throws<RuntimeError>([&] { host_data(*x.array()); }, part));
    EXPECT_TRUE(throws<RuntimeError>([&] { block_until_ready(*x.array()); }, part));
    EXPECT_TRUE(throws<RuntimeError>([&] { put(x, *devices()[1]); }, part));
  }
  EXPECT_TRUE(throws<RuntimeError>([&] { sin(x); }, "deleted"));
  EXPECT_TRUE(throws<RuntimeError>(
      [&] { jit([](Args a) { return list({sin(a[0])}); })(Values{x}); }, "deleted"));
  delete_array(*x.array());  // again: nothing happens
}

TEST_F(Placing, FollowsCommittedArguments) {
  ASSERT_EQ(devices().size(), 2u);
  const pjrt::Device& second = *devices()[1];
  Value a = put(vec({1, 2, 3}), second), b = on_default(vec({4, 5, 6}));
  EXPECT_TRUE(a.array()->committed());
  EXPECT_EQ(device_of(*a.array()), &second);
  Fun f = jit([](Args v) { return list({v[0] * v[1], sin(v[1])}); });
  for (const Values& r : {f(list({a, b})), list({a * b, sin(a)})}) {
    EXPECT_EQ(device_of(*r[0].array()), &second);
    EXPECT_TRUE(r[0].array()->committed());
    EXPECT_TRUE(near(r[0], vec({4, 10, 18})));
  }
  Value c = b * b;
  EXPECT_EQ(device_of(*c.array()), &default_device());
  EXPECT_FALSE(c.array()->committed());
}

struct NoDescription final : HostObject {
  bool equals(const HostObject& o) const override { return this == &o; }
  size_t hash() const override { return 0; }
  std::string repr() const override { return "none"; }
};

// Columns 0 and 1 on one device, column 2 on another.
Value two_parts(const Value& left, const Value& right) {
  std::vector<ShardedBuffer::Shard> shards{{put(left, *devices()[1]), {0, 0}},
                                           {put(right, *devices()[0]), {0, 2}}};
  return sharded_array(Aval(kFloat64, {2, 3}), std::move(shards), make_ref<const NoDescription>());
}

TEST_F(Placing, ShardsArePutTogetherWhereAProgramRuns) {
  Value x = two_parts(reshape(vec({1, 2, 4, 5}), Shape{2, 2}), reshape(vec({3, 6}), Shape{2, 1}));
  EXPECT_TRUE(x.array()->committed());
  EXPECT_EQ(device_of(*x.array()), devices()[1]);
  block_until_ready(*x.array());
  EXPECT_TRUE(is_ready(*x.array()));
  EXPECT_EQ(host_data(*x.array()), nullptr);
  Doubles out(6);
  read(*x.array(), out.data());
  EXPECT_EQ(out, (Doubles{1, 2, 3, 4, 5, 6}));
  Value y = x + x;
  EXPECT_EQ(device_of(*y.array()), devices()[1]);
  EXPECT_TRUE(near(reshape(y, Shape{6}), vec({2, 4, 6, 8, 10, 12})));
  delete_array(*x.array());
  EXPECT_TRUE(is_deleted(x));
  EXPECT_TRUE(throws<RuntimeError>([&] { x + x; }, "deleted"));
}

TEST_F(Placing, ShardsMustLieWithinTheWhole) {
  Value column = reshape(vec({1, 2}), Shape{2, 1}), three = reshape(vec({1, 2, 3}), Shape{3, 1});
  EXPECT_TRUE(throws<ValueError>([&] { two_parts(three, column); }, "not within"));
  EXPECT_TRUE(throws<ValueError>([&] { two_parts(column, vec({1})); }, "not within"));
  EXPECT_TRUE(throws<ValueError>([&] { two_parts(column, convert_element_type(column, kFloat32)); },
                                 "matching dtypes"));
}

TEST_F(Placing, RefusesTwoDevices) {
  Value a = put(vec({1, 2, 3}), *devices()[0]), b = put(vec({1, 2, 3}), *devices()[1]);
  const char* text = "Received incompatible devices for jitted computation";
  EXPECT_TRUE(throws<ValueError>([&] { a + b; }, text));
  EXPECT_TRUE(throws<ValueError>(
      [&] { jit([](Args v) { return list({v[0] + v[1]}); })(list({a, b})); }, text));
  EXPECT_TRUE(near(a + put(b, *devices()[0]), vec({2, 4, 6})));
}

TEST_F(Placing, TheThreadsDefaultDeviceIsObeyed) {
  set_thread_default_device(devices()[1]);
  Value x = vec({1, 2, 3}) + vec({1, 1, 1});
  set_thread_default_device(nullptr);
  EXPECT_EQ(device_of(*x.array()), devices()[1]);
  EXPECT_FALSE(x.array()->committed());
  EXPECT_EQ(device_of(*(vec({1}) + vec({1})).array()), devices()[0]);
}

// A scalar that was on one device is used on another.
TEST_F(Placing, HostValuesGoWhereTheyAreNeeded) {
  Value two = scalar_of(kFloat64, 2.0), host = vec({1, 2, 3});
  for (int i = 0; i < 3; ++i)
    for (const pjrt::Device* d : devices()) {
      Value a = put(vec({1, 2, 3}), *d);
      EXPECT_TRUE(near(a * two, vec({2, 4, 6})));
      EXPECT_TRUE(near(a + host, vec({2, 4, 6})));
    }
}

TEST_F(DebugNans, RaisesInEagerAndCompiledCode) {
  Value zero = vec({0, 1});
  auto f = [](Args a) { return list({log(a[0] - 1.0) * 2.0}); };
  EXPECT_TRUE(std::isnan(get(f(Values{zero})[0])[0]));
  WithOption on(Option::kDebugNans, 1);
  EXPECT_TRUE(throws<FloatingPointError>([&] { f(Values{zero}); }, "nan) encountered in log"));
  EXPECT_TRUE(throws<FloatingPointError>([&] { jit(f)(Values{zero}); }, "nan) encountered in log"));
  EXPECT_NO_THROW(f(list({vec({2, 3})})));
  EXPECT_TRUE(throws<FloatingPointError>(
      [&] {
        grad([](Args a) { return list({sqrt(a[0]) * 0.0}); })(list({scalar_of(kFloat64, 0.0)}));
      },
      "nan"));
}

TEST_F(DebugNans, OfComplexAndNarrowTypes) {
  Value nan = vec({std::nan("")});
  Value zero = complex(vec({0}), nan);
  Value half = convert_element_type(nan, kBfloat16);
  WithOption on(Option::kDebugNans, 1);
  EXPECT_TRUE(throws<FloatingPointError>([&] { zero + zero; }, "add"));
  EXPECT_TRUE(throws<FloatingPointError>([&] { half + half; }, "add"));
  EXPECT_NO_THROW(is_finite(nan));
}

TEST_F(DebugNans, InfinitiesHaveAnOptionOfTheirOwn) {
  Value x = vec({1}), zero = vec({0});
  {
    WithOption nans(Option::kDebugNans, 1);
    EXPECT_NO_THROW(x / zero);
  }
  WithOption infs(Option::kDebugInfs, 1);
  EXPECT_TRUE(throws<FloatingPointError>([&] { x / zero; }, "inf) encountered in div"));
  EXPECT_NO_THROW(zero / zero);
}

}  // namespace
}  // namespace covector::runtime
