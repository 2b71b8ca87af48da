#include "covector/pjrt/buffer.h"

#include <algorithm>
#include <numeric>

#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::cpu_client;
using testing::four_devices;
using testing::get;
using testing::put;
using testing::throws;
using Floats = std::vector<float>;

Floats range(size_t n) {
  Floats x(n);
  std::iota(x.begin(), x.end(), 0.0f);
  return x;
}

TEST(Buffer, KnowsWhatItIs) {
  auto x = put(four_devices(), range(6), {2, 3}, 2);
  EXPECT_EQ(x->element_type(), ElementType::kF32);
  EXPECT_TRUE(std::ranges::equal(x->dims(), std::vector<int64_t>{2, 3}));
  EXPECT_EQ(&x->device(), &four_devices().device(2));
  EXPECT_EQ(&x->memory(), four_devices().device(2).default_memory());
  EXPECT_EQ(&x->client(), &four_devices());
  EXPECT_EQ(x->on_device_size(), 24u);
  EXPECT_TRUE(x->is_row_major());
  EXPECT_FALSE(x->is_deleted());
}

TEST(Buffer, IsCounted) {
  int64_t before = Buffer::live_count();
  {
    auto x = put(cpu_client(), {1.0f});
    auto y = x;
    EXPECT_EQ(Buffer::live_count(), before + 1);
  }
  EXPECT_EQ(Buffer::live_count(), before);
}

TEST(Buffer, CanBeReadInPlace) {
  auto x = put(cpu_client(), range(5));
  x->await();
  EXPECT_TRUE(x->is_ready());
  const auto* data = static_cast<const float*>(x->host_data());
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(data, x->unsafe_pointer());
  EXPECT_EQ(Floats(data, data + 5), range(5));
}

TEST(Buffer, CopiesToTheHost) {
  auto x = put(cpu_client(), range(4));
  std::vector<std::byte> room(20, std::byte{7});
  x->to_host(room);
  EXPECT_EQ(room[16], std::byte{7});
  EXPECT_EQ(reinterpret_cast<float*>(room.data())[3], 3.0f);
  EXPECT_TRUE(throws<ValueError>([&] { x->to_host(std::span(room).first(15)); },
                                 "the array has 16 bytes, got room for 15"));
}

TEST(Buffer, OfNoElementsHasNoBytes) {
  auto x =
      to_device({nullptr, ElementType::kS32, std::vector<int64_t>{0, 3}}, cpu_client().device(0));
  EXPECT_NO_THROW(x->to_host({}));
}

TEST(Buffer, ComesOutRowMajorWhateverItsLayout) {
  // The result is asked for with its first dimension fastest.
  auto program = testing::compile(
      cpu_client(),
      "module attributes {mhlo.num_replicas = 1 : i32} {\n"
      "func.func public @main(%a: tensor<2x3xf32>) -> "
      "(tensor<2x3xf32> {mhlo.layout_mode = \"{0,1}\"}) {\n"
      "  %0 = stablehlo.add %a, %a : tensor<2x3xf32>\n  return %0 : tensor<2x3xf32>\n}\n}\n");
  auto y = testing::run(*program, {put(cpu_client(), range(6), {2, 3})})[0];
  EXPECT_EQ(get(*y), (Floats{0, 2, 4, 6, 8, 10}));
  if (y->is_row_major()) GTEST_SKIP() << "the plugin does not honour the layout";
  EXPECT_EQ(y->host_data(), nullptr);
  EXPECT_EQ(static_cast<float*>(y->unsafe_pointer())[1], 6.0f);
}

TEST(Buffer, DeletesItsMemory) {
  auto x = put(cpu_client(), {1.0f});
  x->delete_memory();
  EXPECT_TRUE(x->is_deleted());
  EXPECT_TRUE(throws<DeviceError>([&] { x->await(); }, "deleted"));
  EXPECT_TRUE(throws<DeviceError>([&] { get(*x); }, "deleted"));
  EXPECT_TRUE(throws<DeviceError>([&] { x->unsafe_pointer(); }, "deleted"));
  EXPECT_TRUE(throws<DeviceError>([&] { x->copy_to(cpu_client().device(0)); }, "deleted"));
  EXPECT_NO_THROW(x->delete_memory());
}

TEST(Buffer, SeenReadyThenDeletedIsStillDeleted) {
  auto x = put(cpu_client(), {1.0f});
  x->await();
  x->delete_memory();
  EXPECT_TRUE(throws<DeviceError>([&] { get(*x); }, "deleted"));
}

TEST(Buffer, IsCopiedBetweenDevices) {
  auto x = put(four_devices(), range(3), {}, 1);
  auto y = x->copy_to(four_devices().device(3));
  EXPECT_EQ(&y->device(), &four_devices().device(3));
  EXPECT_EQ(get(*y), range(3));
  EXPECT_EQ(get(*x), range(3));
  EXPECT_TRUE(throws<ValueError>([&] { x->copy_to(cpu_client().device(0)); },
                                 "is a device of another client"));
}

TEST(Buffer, IsCopiedBetweenMemories) {
  auto x = put(cpu_client(), range(3));
  for (const Memory* m : cpu_client().device(0).memories()) {
    auto y = x->copy_to(*m);
    EXPECT_EQ(y->memory().kind(), m->kind());
    EXPECT_EQ(get(*y), range(3));
  }
}

TEST(Buffer, AnExternalReferenceKeepsTheMemory) {
  auto x = put(cpu_client(), range(3));
  x->await();
  ExternalReference view(x);
  EXPECT_EQ(view.data(), x->host_data());
  ExternalReference moved = std::move(view);
  EXPECT_EQ(moved.buffer(), x);
  EXPECT_FALSE(view.buffer());  // NOLINT: that it is empty is what is tested
}

}  // namespace
}  // namespace covector::pjrt
