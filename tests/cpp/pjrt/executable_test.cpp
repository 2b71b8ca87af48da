#include "covector/pjrt/executable.h"

#include <algorithm>

#include "covector/pjrt/hlo_proto.h"
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

constexpr std::string_view kThreeResults =
    "module @three {\n"
    "func.func public @main(%a: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<i32>, tensor<0xi1>) "
    "{\n"
    "  %0 = stablehlo.add %a, %a : tensor<2x3xf32>\n"
    "  %1 = stablehlo.constant dense<7> : tensor<i32>\n"
    "  %2 = stablehlo.constant dense<> : tensor<0xi1>\n"
    "  return %0, %1, %2 : tensor<2x3xf32>, tensor<i32>, tensor<0xi1>\n}\n}\n";

TEST(Executable, KnowsItsOutputs) {
  auto p = compile(cpu_client(), kThreeResults);
  ASSERT_EQ(p->num_outputs(), 3u);
  EXPECT_EQ(p->outputs()[0].type, ElementType::kF32);
  EXPECT_EQ(p->outputs()[0].dims, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(p->outputs()[1].type, ElementType::kS32);
  EXPECT_TRUE(p->outputs()[1].dims.empty());
  EXPECT_EQ(p->outputs()[2].type, ElementType::kPred);
  EXPECT_EQ(p->outputs()[2].dims, std::vector<int64_t>{0});
  EXPECT_NE(p->executable().name().find("three"), std::string::npos);
  EXPECT_EQ(p->executable().num_replicas(), 1u);
  EXPECT_EQ(p->executable().num_partitions(), 1u);
}

TEST(Executable, OfNoOutputs) {
  auto p = compile(cpu_client(), "func.func public @main(%a: tensor<f32>) { return }");
  EXPECT_EQ(p->num_outputs(), 0u);
  EXPECT_TRUE(run(*p, {put(cpu_client(), {1.0f})}).empty());
}

TEST(Executable, IsMeasured) {
  auto p = compile(cpu_client(), double_module(1000));
  if (auto costs = p->executable().cost_analysis()) {  // some CPU plugins have none
    const auto* flops = find_value(*costs, "flops");
    ASSERT_NE(flops, nullptr);
    EXPECT_EQ(std::get<float>(*flops), 1000.0f);
  }
  auto memory = p->executable().memory_stats();
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->argument_size, 4000);
  EXPECT_EQ(memory->output_size, 4000);
  EXPECT_EQ(memory->alias_size, 0);
}

TEST(Executable, KnowsItsParameters) {
  auto p = compile(cpu_client(),
                   "func.func public @main(%a: tensor<2x3xf32>, %b: tensor<i1>, %c: "
                   "tensor<0xbf16>, %d: tensor<300xcomplex<f32>>) -> tensor<i1> {\n"
                   "  return %b : tensor<i1>\n}\n");
  auto parameters = p->executable().parameters();
  ASSERT_TRUE(parameters.has_value());
  EXPECT_EQ(*parameters, (std::vector<ParameterSpec>{{ElementType::kF32, {2, 3}},
                                                     {ElementType::kPred, {}},
                                                     {ElementType::kBF16, {0}},
                                                     {ElementType::kC64, {300}}}));
}

TEST(HloProto, TakesWhateverItIsGiven) {
  auto good = compile(cpu_client(), double_module(10))->executable().optimized_program();
  ASSERT_TRUE(good && read_parameters(*good));
  EXPECT_EQ(read_parameters({"mlir", good->code}), std::nullopt);
  EXPECT_EQ(read_parameters({"hlo", ""}), std::nullopt);
  EXPECT_EQ(read_parameters({"hlo", "\xff\xff"}), std::nullopt);
  for (size_t n = 0; n < good->code.size(); n += 7)
    EXPECT_NO_THROW(read_parameters({good->format, good->code.substr(0, n)}));
}

TEST(Executable, MayHaveAFingerprint) {
  auto a = compile(cpu_client(), double_module(10))->executable().fingerprint();
  auto b = compile(cpu_client(), double_module(10))->executable().fingerprint();
  auto c = compile(cpu_client(), double_module(11))->executable().fingerprint();
  EXPECT_EQ(a, b);
  if (a) {
    EXPECT_NE(a, c);
  }
}

TEST(Executable, ShowsItsOptimizedProgram) {
  auto p = compile(cpu_client(), double_module(10))->executable().optimized_program();
  ASSERT_TRUE(p.has_value());
  EXPECT_TRUE(p->format == "hlo_with_config" || p->format == "hlo") << p->format;
  EXPECT_NE(p->code.find("main"), std::string::npos);
}

TEST(Serialization, RoundTrips) {
  auto p = compile(cpu_client(), double_module(10));
  std::string bytes = p->executable().serialize();
  EXPECT_GT(bytes.size(), 100u);
  p = nullptr;
  auto q = LoadedExecutable::deserialize(cpu_client(), bytes);
  EXPECT_EQ(get(*run(*q, {put(cpu_client(), Floats(10, 4.0f))})[0]), Floats(10, 8.0f));
  EXPECT_EQ(q->outputs()[0].dims, std::vector<int64_t>{10});
}

TEST(Serialization, MovesToAnotherDevice) {
  CompileOptions on_two, on_one;
  on_two.device_ids = {2};
  on_one.device_ids = {1};
  auto p = compile(four_devices(), double_module(3), on_two);
  ASSERT_EQ(p->devices().size(), 1u);
  EXPECT_EQ(p->devices()[0]->id(), 2);
  auto q = LoadedExecutable::deserialize(four_devices(), p->executable().serialize(), &on_one);
  ASSERT_EQ(q->devices().size(), 1u);
  EXPECT_EQ(q->devices()[0]->id(), 1);
  auto y = run(*q, {put(four_devices(), {1, 2, 3}, {}, 1)})[0];
  EXPECT_EQ(y->device().id(), 1);
  EXPECT_EQ(get(*y), (Floats{2, 4, 6}));
}

TEST(Serialization, CorruptBytesAreAnError) {
  std::string good = compile(cpu_client(), double_module(10))->executable().serialize();
  auto load = [](std::string bytes) {
    return [bytes] { LoadedExecutable::deserialize(cpu_client(), bytes); };
  };
  EXPECT_THROW(load("no executable")(), DeviceError);
  EXPECT_THROW(load("")(), DeviceError);
  EXPECT_THROW(load(good.substr(0, good.size() / 2))(), DeviceError);
  EXPECT_THROW(load(std::string(good.size(), '\xff'))(), DeviceError);
}

}  // namespace
}  // namespace covector::pjrt
