#include "covector/pjrt/topology.h"

#include <cstdlib>

#include "covector/pjrt/discovery.h"
#include "covector/pjrt/mapped_file.h"
#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::cpu_client;
using testing::double_module;
using testing::four_devices;
using testing::throws;

TEST(Topology, OfAClientListsItsDevices) {
  auto t = Topology::of(four_devices());
  EXPECT_EQ(t->platform_name(), "cpu");
  ASSERT_EQ(t->devices().size(), 4u);
  EXPECT_EQ(t->devices()[3].id, 3);
  EXPECT_EQ(t->devices()[3].kind, "cpu");
  EXPECT_NO_THROW(t->attributes());
}

TEST(Topology, CompilesForItsDevices) {
  Ref<Executable> p;
  try {
    p = Topology::of(cpu_client())->compile(double_module(3), {});
  } catch (const DeviceError& e) {
    EXPECT_EQ(e.code, static_cast<int>(ErrorCode::kNotFound)) << e.what();
    GTEST_SKIP() << "the plugin compiles for clients only";
  }
  ASSERT_EQ(p->outputs().size(), 1u);
  EXPECT_EQ(p->outputs()[0].dims, std::vector<int64_t>{3});
  auto q = LoadedExecutable::deserialize(cpu_client(), p->serialize());
  auto y = testing::run(*q, {testing::put(cpu_client(), {1, 2, 3})})[0];
  EXPECT_EQ(testing::get(*y), (std::vector<float>{2, 4, 6}));
}

TEST(Topology, FailuresAreErrors) {
  CompileOptions none;
  none.num_replicas = 0;
  EXPECT_THROW(Topology::of(cpu_client())->compile(double_module(3), none), ValueError);
  EXPECT_THROW(Topology::create(Plugin::load(testing::fake_plugin("strict")), ""), DeviceError);
}

// Accelerators can be compiled for without being there. Needs their plugins:
// COVECTOR_PLUGINS="tpu=...;cuda=...".
TEST(Topology, CompilesForTpusThatAreNotHere) {
  PluginLocation tpu = find_plugin("tpu", {});
  if (!tpu.found()) GTEST_SKIP() << tpu.reason;
  const Plugin& plugin = Plugin::load(tpu.path);
  auto t = Topology::create(plugin, "v5e:2x2");
  EXPECT_EQ(t->platform_name(), "tpu");
  EXPECT_EQ(t->devices().size(), 4u);
  EXPECT_GT(t->compile(double_module(1024), {})->serialize().size(), 100u);
  EXPECT_TRUE(throws<DeviceError>([&] { Topology::create(plugin, "v7x:2x2"); }, "v7x"));
}

// COVECTOR_TEST_GPU_TARGET names a file with a GpuTargetConfigProto as text.
TEST(Topology, CompilesForGpusThatAreNotHere) {
  PluginLocation cuda = find_plugin("cuda", {});
  const char* path = std::getenv("COVECTOR_TEST_GPU_TARGET");
  if (!cuda.found() || !path) GTEST_SKIP() << "no plugin or no target";
  MappedFile target(path);
  std::vector<NamedValue> options = {{"target_config", std::string(target.bytes())},
                                     {"topology", "1x1x4"}};
  auto t = Topology::create(Plugin::load(cuda.path), "", options);
  EXPECT_EQ(t->platform_name(), "cuda");
  EXPECT_EQ(t->devices().size(), 4u);
  auto add_integers =
      "func.func public @main(%a: tensor<8xi32>) -> tensor<8xi32> {\n"
      "  %0 = stablehlo.add %a, %a : tensor<8xi32>\n  return %0 : tensor<8xi32>\n}\n";
  try {
    EXPECT_GT(t->compile(add_integers, {})->serialize().size(), 100u);
  } catch (const DeviceError& e) {
    GTEST_SKIP() << "no CUDA assembler here: " << e.what();
  }
}

TEST(Topology, GpuPluginsSayThatNoneIsHere) {
  PluginLocation cuda = find_plugin("cuda", {});
  if (!cuda.found()) GTEST_SKIP() << cuda.reason;
  if (std::getenv("COVECTOR_TEST_HAS_GPU")) GTEST_SKIP() << "there is one";
  const Plugin& plugin = Plugin::load(cuda.path);
  EXPECT_TRUE(throws<DeviceError>([&] { Topology::create(plugin, ""); }, "No visible GPU"));
  EXPECT_TRUE(throws<DeviceError>([&] { Client::create(plugin); }, "No visible GPU"));
}

}  // namespace
}  // namespace covector::pjrt
