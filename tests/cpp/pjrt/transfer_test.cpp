#include "covector/pjrt/transfer.h"

#include <array>
#include <atomic>
#include <cstring>
#include <memory>

#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::cpu_client;
using testing::get;
using testing::throws;
using Dims = std::vector<int64_t>;
using Floats = std::vector<float>;

const Device& device() { return cpu_client().device(0); }

struct alignas(64) Aligned {
  std::array<float, 32> data{};
};

void wait_until(const std::atomic<int>& x, int value) {
  for (int i = 0; i < 5000 && x != value; ++i) usleep(1000);
}

class EveryType : public ::testing::TestWithParam<int> {};

TEST_P(EveryType, RoundTrips) {
  auto type = static_cast<ElementType>(GetParam());
  if (bit_width(type) == 0) GTEST_SKIP() << "has no elements";
  Dims dims = {3, 5};
  std::vector<std::byte> in(host_size(type, dims)), out(in.size(), std::byte{0xaa});
  int limit = type == ElementType::kPred ? 2 : 256;
  if (is_sub_byte(type)) limit = 1 << (bit_width(type) - 1);  // signed ones stay positive
  for (size_t i = 0; i < in.size(); ++i)
    in[i] = static_cast<std::byte>((i * 37 + 11) % static_cast<size_t>(limit));
  auto x = to_device({in.data(), type, dims}, device());
  EXPECT_EQ(x->element_type(), type);
  EXPECT_EQ(x->host_data() == nullptr, is_sub_byte(type));
  x->to_host(out);
  EXPECT_EQ(in, out) << type_name(type);
}
INSTANTIATE_TEST_SUITE_P(Transfer, EveryType, ::testing::Range(1, 30));

TEST(Transfer, SubByteElementsAreTheLowBits) {
  std::array<uint8_t, 4> in = {0xf8, 0xff, 0x07, 0x30}, out{};
  auto x = to_device({in.data(), ElementType::kS4, Dims{4}}, device());
  EXPECT_EQ(x->on_device_size(), 2u);
  x->to_host(std::as_writable_bytes(std::span(out)));
  EXPECT_EQ(out, (std::array<uint8_t, 4>{0x08, 0x0f, 0x07, 0x00}));
}

TEST(Transfer, TakesAnyStrides) {
  std::array<float, 6> m = {0, 1, 2, 3, 4, 5};
  auto strided = [&](const float* data, Dims dims, Dims strides) {
    return get(*to_device({data, ElementType::kF32, dims, strides}, device()));
  };
  EXPECT_EQ(strided(m.data(), {3, 2}, {4, 12}), (Floats{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(strided(m.data() + 5, {6}, {-4}), (Floats{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(strided(m.data() + 2, {3}, {0}), (Floats{2, 2, 2}));
  EXPECT_EQ(strided(m.data(), {3}, {8}), (Floats{0, 2, 4}));
}

TEST(Transfer, TakesScalarsAndNothing) {
  float pi = 3.14f;
  EXPECT_EQ(get(*to_device({&pi, ElementType::kF32, {}}, device())), Floats{3.14f});
  EXPECT_EQ(get(*to_device({nullptr, ElementType::kF32, Dims{2, 0}}, device())), Floats{});
}

TEST(Transfer, PutsIntoANamedMemory) {
  float one = 1;
  const Memory& memory = *device().memories().back();
  auto x = to_device({&one, ElementType::kF32, {}}, device(), &memory);
  EXPECT_EQ(x->memory().kind(), memory.kind());
}

TEST(Transfer, RefusesWhatEndsTheProcess) {
  float x[4] = {};
  auto put = [&](HostArray a) { return [=] { to_device(a, device()); }; };
  EXPECT_TRUE(throws<ValueError>(put({x, ElementType::kInvalid, Dims{4}}), "no array has"));
  EXPECT_TRUE(throws<ValueError>(put({x, static_cast<ElementType>(99), Dims{4}}), "no array has"));
  EXPECT_TRUE(throws<ValueError>(put({x, ElementType::kToken, Dims{4}}), "no array has"));
  EXPECT_TRUE(throws<ValueError>(put({x, ElementType::kF32, Dims{-4}}), "negative"));
  EXPECT_TRUE(throws<ValueError>(put({nullptr, ElementType::kF32, Dims{4}}), "no data for 16"));
  EXPECT_TRUE(throws<ValueError>(put({x, ElementType::kF32, Dims{2, 2}, Dims{4}}),
                                 "2 dimensions has 1 strides"));
}

TEST(Transfer, KnowsWhatCanBeAliased) {
  Aligned a;
  EXPECT_TRUE(can_alias({a.data.data(), ElementType::kF32, Dims{4, 8}}));
  EXPECT_TRUE(can_alias({a.data.data(), ElementType::kF32, Dims{4, 8}, Dims{32, 4}}));
  EXPECT_TRUE(can_alias({a.data.data(), ElementType::kF32, Dims{1, 8}, Dims{999, 4}}));
  EXPECT_FALSE(can_alias({a.data.data(), ElementType::kF32, Dims{8, 4}, Dims{4, 32}}));
  EXPECT_FALSE(can_alias({a.data.data() + 1, ElementType::kF32, Dims{4}}));
  EXPECT_FALSE(can_alias({a.data.data(), ElementType::kS4, Dims{4}}));
}

TEST(ZeroCopy, AliasesAlignedMemoryUntilTheBufferDies) {
  auto memory = std::make_shared<Aligned>();
  memory->data[3] = 5;
  std::weak_ptr<Aligned> watch = memory;
  std::atomic<int> calls = 0;
  auto x = to_device({memory->data.data(), ElementType::kF32, Dims{32}}, device(), nullptr,
                     HostSemantics::kImmutableZeroCopy, [memory, &calls] { ++calls; });
  EXPECT_EQ(x->host_data(), memory->data.data());
  memory = nullptr;
  EXPECT_EQ(calls, 0);
  ASSERT_FALSE(watch.expired());
  EXPECT_EQ(get(*x)[3], 5.0f);
  x = nullptr;
  wait_until(calls, 1);
  EXPECT_EQ(calls, 1);
  for (int i = 0; i < 1000 && !watch.expired(); ++i) usleep(1000);
  EXPECT_TRUE(watch.expired());
}

TEST(ZeroCopy, LivesOnInAProgramThatRuns) {
  auto program = testing::compile(testing::async_client(), testing::double_module(1 << 16));
  std::vector<float> storage((1 << 16) + 16, 1.5f);
  auto at = reinterpret_cast<uintptr_t>(storage.data());
  auto* data = storage.data() + (64 - at % 64) % 64 / sizeof(float);
  std::atomic<int> calls = 0;
  auto x = to_device({data, ElementType::kF32, Dims{1 << 16}}, testing::async_client().device(0),
                     nullptr, HostSemantics::kImmutableZeroCopy, [&] { ++calls; });
  auto y = testing::run(*program, {x})[0];
  x = nullptr;
  EXPECT_EQ(get(*y)[(1 << 16) - 1], 3.0f);
  wait_until(calls, 1);
  EXPECT_EQ(calls, 1);
}

TEST(ZeroCopy, CopiesWhatIsNotAligned) {
  Aligned a;
  a.data[1] = 7;
  std::atomic<int> calls = 0;
  auto x = to_device({a.data.data() + 1, ElementType::kF32, Dims{4}}, device(), nullptr,
                     HostSemantics::kImmutableZeroCopy, [&] { ++calls; });
  EXPECT_NE(x->host_data(), a.data.data() + 1);
  EXPECT_EQ(get(*x)[0], 7.0f);
  x = nullptr;
  wait_until(calls, 1);
  EXPECT_EQ(calls, 1);
}

TEST(Transfer, ReleasesTheHostMemoryOnce) {
  Floats data(1 << 20, 2.0f);
  Dims dims = {1 << 20};
  for (auto semantics : {HostSemantics::kOnlyDuringCall, HostSemantics::kUntilTransferCompletes}) {
    std::atomic<int> calls = 0;
    auto x = to_device({data.data(), ElementType::kF32, dims}, device(), nullptr, semantics,
                       [&] { ++calls; });
    wait_until(calls, 1);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(get(*x)[77], 2.0f);
    x = nullptr;
    EXPECT_EQ(calls, 1);
  }
}

TEST(Transfer, AFailedOneDropsTheCallbackUncalled) {
  auto token = std::make_shared<int>(1);
  std::atomic<int> calls = 0;
  float x = 0;
  EXPECT_THROW(to_device({&x, ElementType::kInvalid, {}}, device(), nullptr,
                         HostSemantics::kImmutableZeroCopy, [token, &calls] { ++calls; }),
               ValueError);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(token.use_count(), 1);
}

TEST(View, UsesForeignMemoryInPlace) {
  Aligned a;
  a.data[2] = 9;
  std::atomic<int> calls = 0;
  auto x = view_of_device_memory(a.data.data(), ElementType::kF32, Dims{4, 8}, device(),
                                 [&] { ++calls; });
  EXPECT_EQ(x->host_data(), a.data.data());
  EXPECT_EQ(get(*x)[2], 9.0f);
  EXPECT_EQ(calls, 0);
  x = nullptr;
  wait_until(calls, 1);
  EXPECT_EQ(calls, 1);
  EXPECT_NO_THROW(view_of_device_memory(a.data.data(), ElementType::kF32, Dims{4}, device()));
}

TEST(View, RefusesWhatPluginsCannotView) {
  Aligned a;
  auto view = [&](float* p, ElementType t) {
    return [=] { view_of_device_memory(p, t, Dims{4}, device()); };
  };
  EXPECT_TRUE(throws<ValueError>(view(a.data.data() + 1, ElementType::kF32), "aligned to 64"));
  EXPECT_TRUE(throws<ValueError>(view(a.data.data(), ElementType::kS4), "packed on devices"));
  EXPECT_TRUE(throws<ValueError>(view(a.data.data(), ElementType::kInvalid), "no array has"));
  EXPECT_TRUE(throws<ValueError>(view(nullptr, ElementType::kF32), "no data"));
}

}  // namespace
}  // namespace covector::pjrt
