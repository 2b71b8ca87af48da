#include "covector/pjrt/loaded_executable.h"

#include <thread>

#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::compile;
using testing::cpu_client;
using testing::double_module;
using testing::four_devices;
using testing::get;
using testing::put;
using testing::run;
using testing::throws;
using Floats = std::vector<float>;

// x + x into the memory of x. "must" alias or "may".
std::string donating_module(std::string_view attribute) {
  return str("func.func public @main(%a: tensor<4xf32> {", attribute,
             "}) -> tensor<4xf32> {\n  %0 = stablehlo.add %a, %a : tensor<4xf32>\n"
             "  return %0 : tensor<4xf32>\n}\n");
}
const std::string kMustAlias = donating_module("tf.aliasing_output = 0 : i32");
const std::string kMayAlias = donating_module("jax.buffer_donor = true");

TEST(Compile, ErrorsPointAtTheProgram) {
  auto fails = [](std::string_view program, std::string_view text) {
    return throws<DeviceError>([&] { compile(cpu_client(), program); }, text);
  };
  EXPECT_TRUE(fails("", "UNKNOWN"));
  EXPECT_TRUE(fails("nonsense", "UNKNOWN"));
  EXPECT_TRUE(fails(std::string_view("ML\xefR\0\1\2\3", 8), "UNKNOWN"));
  EXPECT_TRUE(
      fails("func.func public @main(%a: tensor<2xf32>) -> tensor<3xf32> {\n"
            "  %0 = stablehlo.add %a, %a : tensor<3xf32>\n  return %0 : tensor<3xf32>\n}",
            ":2:"));
}

TEST(Compile, WrongDevicesAreErrors) {
  CompileOptions o;
  o.device_ids = {7};
  EXPECT_THROW(compile(four_devices(), double_module(2), o), DeviceError);
}

TEST(Execute, Computes) {
  auto p = compile(cpu_client(), double_module(3));
  EXPECT_EQ(get(*run(*p, {put(cpu_client(), {1, 2, 3})})[0]), (Floats{2, 4, 6}));
}

TEST(Execute, TakesNoArguments) {
  auto p = compile(cpu_client(),
                   "func.func public @main() -> tensor<2xf32> {\n"
                   "  %0 = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf32>\n"
                   "  return %0 : tensor<2xf32>\n}\n");
  EXPECT_EQ(get(*run(*p, {})[0]), (Floats{1, 2}));
}

TEST(Execute, TakesManyArguments) {
  std::string parameters, sum = "%a0";
  std::string body;
  for (int i = 0; i < 100; ++i) {
    parameters += str(i ? ", " : "", "%a", i, ": tensor<f32>");
    if (i == 0) continue;
    body += str("  %s", i, " = stablehlo.add ", sum, ", %a", i, " : tensor<f32>\n");
    sum = str("%s", i);
  }
  auto p = compile(cpu_client(), str("func.func public @main(", parameters, ") -> tensor<f32> {\n",
                                     body, "  return ", sum, " : tensor<f32>\n}\n"));
  std::vector<Ref<Buffer>> args;
  for (int i = 0; i < 100; ++i)
    args.push_back(to_device({std::vector<float>{float(i)}.data(), ElementType::kF32, {}},
                             cpu_client().device(0)));
  EXPECT_EQ(get(*run(*p, args)[0]), Floats{4950});
}

TEST(Execute, GuardsItsArguments) {
  auto p = compile(cpu_client(), double_module(8));
  PJRT_Buffer* out = nullptr;
  std::vector<PJRT_Buffer*> nulls = {nullptr};
  EXPECT_TRUE(
      throws<ValueError>([&] { p->execute(nulls, nullptr, &out); }, "argument 0 is no buffer"));
  EXPECT_TRUE(throws<DeviceError>([&] { run(*p, {}); }, "supplied 0 "));
  auto x = put(cpu_client(), Floats(8, 1));
  EXPECT_TRUE(throws<DeviceError>([&] { run(*p, {x, x}); }, "supplied 2 "));
  EXPECT_THROW(run(*p, {put(cpu_client(), {1, 2})}), DeviceError);
  x->delete_memory();
  EXPECT_TRUE(throws<DeviceError>([&] { run(*p, {x}); }, "deleted or donated"));
  EXPECT_TRUE(throws<ValueError>([&] { run(*p, {x}, &four_devices().device(0)); },
                                 "a device of another client"));
}

TEST(Execute, GuardsItsDevice) {
  auto p = compile(four_devices(), double_module(2));
  EXPECT_TRUE(
      throws<DeviceError>([&] { run(*p, {put(four_devices(), {1, 2}, {}, 3)}); }, "is on device"));
}

TEST(Execute, APortableProgramRunsOnEveryDevice) {
  CompileOptions o;
  o.portable = true;
  auto p = compile(four_devices(), double_module(2), o);
  EXPECT_TRUE(p->devices().empty());
  for (int d : {0, 3, 1}) {
    const Device& device = four_devices().device(d);
    auto y = run(*p, {put(four_devices(), {1, 2}, {}, d)}, &device)[0];
    EXPECT_EQ(get(*y), (Floats{2, 4}));
    EXPECT_EQ(&y->device(), &device);
  }
}

TEST(Execute, ManyThreadsMay) {
  auto p = compile(cpu_client(), double_module(4));
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        auto y = run(*p, {put(cpu_client(), Floats(4, float(t + i)))})[0];
        wrong += get(*y) != Floats(4, 2.0f * float(t + i));
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Execute, EverythingMayGoWhileItRuns) {
  auto p = compile(testing::async_client(), double_module(1 << 18));
  Ref<Buffer> y;
  {
    auto x = put(testing::async_client(), Floats(1 << 18, 3.0f));
    y = run(*p, {x})[0];
  }
  p = nullptr;
  EXPECT_EQ(get(*y)[1 << 17], 6.0f);
}

TEST(Donation, ConsumesTheArgument) {
  for (const std::string& module : {kMustAlias, kMayAlias}) {
    auto p = compile(cpu_client(), module);
    auto x = put(cpu_client(), {1, 2, 3, 4});
    const void* memory = x->host_data();
    auto y = run(*p, {x})[0];
    EXPECT_TRUE(x->is_deleted());
    EXPECT_EQ(y->host_data(), memory);
    EXPECT_EQ(get(*y), (Floats{2, 4, 6, 8}));
    EXPECT_TRUE(throws<DeviceError>([&] { run(*p, {x}); }, "deleted or donated"));
    EXPECT_THROW(get(*x), DeviceError);
  }
}

TEST(Donation, CanBeRefusedPerCall) {
  auto p = compile(cpu_client(), kMustAlias);
  auto x = put(cpu_client(), {1, 2, 3, 4});
  const int64_t keep[] = {0};
  auto y = run(*p, {x}, nullptr, keep)[0];
  EXPECT_FALSE(x->is_deleted());
  EXPECT_NE(y->host_data(), x->host_data());
  EXPECT_EQ(get(*x), (Floats{1, 2, 3, 4}));
}

TEST(Donation, LeavesWhatIsViewedAlone) {
  auto p = compile(cpu_client(), kMustAlias);
  auto x = put(cpu_client(), {1, 2, 3, 4});
  {
    ExternalReference view(x);
    auto y = run(*p, {x})[0];
    EXPECT_EQ(get(*y), (Floats{2, 4, 6, 8}));
    EXPECT_FALSE(x->is_deleted());
    EXPECT_EQ(static_cast<float*>(view.data())[3], 4.0f);
  }
  run(*p, {x});
  EXPECT_TRUE(x->is_deleted());
}

TEST(Donation, NeverWritesIntoImmutableHostMemory) {
  auto p = compile(cpu_client(), kMustAlias);
  alignas(64) float data[4] = {1, 2, 3, 4};
  auto x = to_device({data, ElementType::kF32, std::vector<int64_t>{4}}, cpu_client().device(0),
                     nullptr, HostSemantics::kImmutableZeroCopy);
  EXPECT_EQ(get(*run(*p, {x})[0]), (Floats{2, 4, 6, 8}));
  EXPECT_EQ(data[3], 4.0f);
}

TEST(Donation, OfOneBufferTwiceIsAnError) {
  auto p = compile(cpu_client(),
                   "func.func public @main(%a: tensor<2xf32> {tf.aliasing_output = 0 : i32}, "
                   "%b: tensor<2xf32>) -> tensor<2xf32> {\n"
                   "  %0 = stablehlo.add %a, %b : tensor<2xf32>\n  return %0 : tensor<2xf32>\n}\n");
  auto x = put(cpu_client(), {1, 2});
  EXPECT_TRUE(throws<DeviceError>([&] { run(*p, {x, x}); }, "donate"));
}

TEST(LoadedExecutable, DeletesItsCode) {
  auto p = compile(cpu_client(), double_module(2));
  EXPECT_FALSE(p->is_deleted());
  auto x = put(cpu_client(), {1, 2});
  auto y = run(*p, {x})[0];
  p->delete_code();
  p->delete_code();
  EXPECT_TRUE(p->is_deleted());
  EXPECT_TRUE(throws<RuntimeError>([&] { run(*p, {x}); }, "the program has been deleted"));
  EXPECT_EQ(get(*y), (Floats{2, 4}));
}

TEST(LoadedExecutable, LeavesNoBuffersBehind) {
  int64_t before = Buffer::live_count();
  {
    auto p = compile(cpu_client(), double_module(3));
    auto y = run(*p, {put(cpu_client(), {1, 2, 3})});
    EXPECT_GT(Buffer::live_count(), before);
  }
  EXPECT_EQ(Buffer::live_count(), before);
}

}  // namespace
}  // namespace covector::pjrt
