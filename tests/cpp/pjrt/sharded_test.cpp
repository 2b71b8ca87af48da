// Programs on several devices of one client.

#include <numeric>

#include "covector/pjrt/loaded_executable.h"
#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::compile;
using testing::four_devices;
using testing::get;
using testing::put;
using testing::throws;
using Floats = std::vector<float>;
using Shards = std::vector<Ref<Buffer>>;

// The sum of x over four replicas.
constexpr std::string_view kReplicaSum =
    "module attributes {mhlo.num_replicas = 4 : i32} {\n"
    "func.func public @main(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
    "  %0 = \"stablehlo.all_reduce\"(%a) ({\n"
    "    ^bb0(%x: tensor<f32>, %y: tensor<f32>):\n"
    "      %s = stablehlo.add %x, %y : tensor<f32>\n"
    "      stablehlo.return %s : tensor<f32>\n"
    "  }) {replica_groups = dense<[[0, 1, 2, 3]]> : tensor<1x4xi64>} : "
    "(tensor<2xf32>) -> tensor<2xf32>\n"
    "  return %0 : tensor<2xf32>\n}\n}\n";

// A vector in four parts; the result is its sum plus itself, in four parts.
constexpr std::string_view kPartitioned =
    "module {\n"
    "sdy.mesh @mesh = <[\"x\"=4]>\n"
    "func.func public @main(%a: tensor<8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{\"x\"}]>}) "
    "-> (tensor<8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{\"x\"}]>}) {\n"
    "  %z = stablehlo.constant dense<0.0> : tensor<f32>\n"
    "  %s = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [0] : "
    "(tensor<8xf32>, tensor<f32>) -> tensor<f32>\n"
    "  %b = stablehlo.broadcast_in_dim %s, dims = [] : (tensor<f32>) -> tensor<8xf32>\n"
    "  %0 = stablehlo.add %a, %b : tensor<8xf32>\n"
    "  return %0 : tensor<8xf32>\n}\n}\n";

CompileOptions replicas() {
  CompileOptions o;
  o.num_replicas = 4;
  o.device_ids = {0, 1, 2, 3};
  return o;
}

CompileOptions partitions(std::vector<int64_t> ids) {
  CompileOptions o;
  o.num_partitions = 4;
  o.device_ids = std::move(ids);
  o.spmd = o.shardy = true;
  return o;
}

// One argument, one result per device.
Shards run_sharded(const LoadedExecutable& p, const Shards& shards) {
  std::vector<PJRT_Buffer*> raw, outs(shards.size());
  for (const auto& s : shards) raw.push_back(s ? s->raw() : nullptr);
  std::vector<std::span<PJRT_Buffer* const>> args;
  std::vector<PJRT_Buffer**> out_lists;
  for (size_t i = 0; i < shards.size(); ++i) {
    args.emplace_back(&raw[i], 1);
    out_lists.push_back(&outs[i]);
  }
  p.execute_sharded(args, out_lists);
  Shards result;
  for (PJRT_Buffer* b : outs) result.push_back(make_ref<Buffer>(p.client(), b));
  return result;
}

Shards four_shards(const std::vector<int>& devices) {
  Shards out;
  for (size_t i = 0; i < 4; ++i)
    out.push_back(put(four_devices(), {float(2 * i), float(2 * i + 1)}, {}, devices[i]));
  return out;
}

TEST(Sharded, ReplicasCommunicate) {
  auto p = compile(four_devices(), kReplicaSum, replicas());
  EXPECT_EQ(p->executable().num_replicas(), 4u);
  ASSERT_EQ(p->devices().size(), 4u);
  for (const auto& y : run_sharded(*p, four_shards({0, 1, 2, 3})))
    EXPECT_EQ(get(*y), (Floats{0 + 2 + 4 + 6, 1 + 3 + 5 + 7}));
}

TEST(Sharded, PartitionsFollowTheAssignment) {
  for (std::vector<int> order : {std::vector{0, 1, 2, 3}, std::vector{3, 1, 0, 2}}) {
    auto p = compile(four_devices(), kPartitioned, partitions({order.begin(), order.end()}));
    EXPECT_EQ(p->executable().num_partitions(), 4u);
    EXPECT_EQ(p->outputs()[0].dims, std::vector<int64_t>{2}) << "a shard's shape";
    Shards y = run_sharded(*p, four_shards(order));
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(p->devices()[i]->id(), order[i]);
      EXPECT_EQ(&y[i]->device(), p->devices()[i]);
      EXPECT_EQ(get(*y[i]), (Floats{float(28 + 2 * i), float(29 + 2 * i)}));
    }
  }
}

TEST(Sharded, SurvivesSerialization) {
  auto p = compile(four_devices(), kPartitioned, partitions({0, 1, 2, 3}));
  auto q = LoadedExecutable::deserialize(four_devices(), p->executable().serialize());
  EXPECT_EQ(get(*run_sharded(*q, four_shards({0, 1, 2, 3}))[3]), (Floats{34, 35}));
}

// Any of these let through would hang the other devices, now or at the next
// program that communicates.
TEST(Sharded, ChecksAllShardsBeforeAnyRuns) {
  auto p = compile(four_devices(), kReplicaSum, replicas());
  Shards x = four_shards({0, 1, 2, 3});
  auto with = [&](size_t i, Ref<Buffer> shard) {
    Shards changed = x;
    changed[i] = std::move(shard);
    return [&p, changed] { run_sharded(*p, changed); };
  };
  EXPECT_TRUE(throws<ValueError>(with(2, nullptr), "argument 0 is no buffer"));
  EXPECT_TRUE(throws<ValueError>(with(2, put(four_devices(), {1, 2}, {}, 1)),
                                 "argument 0 of device 2 is on another device"));
  EXPECT_TRUE(throws<ValueError>(with(3, put(four_devices(), {1, 2, 3}, {}, 3)),
                                 "argument 0 of device 3 must be f32[2], got f32[3]"));
  float eight[2] = {};
  auto longs =
      to_device({eight, ElementType::kS64, std::vector<int64_t>{1}}, four_devices().device(1));
  EXPECT_TRUE(throws<ValueError>(with(1, longs), "of device 1 must be f32[2], got i64[1]"));
  auto gone = put(four_devices(), {1, 2}, {}, 3);
  gone->delete_memory();
  EXPECT_TRUE(throws<RuntimeError>(with(3, gone), "of device 3 has been deleted or donated"));
  x.pop_back();
  EXPECT_TRUE(
      throws<ValueError>([&] { run_sharded(*p, x); }, "runs on 4 devices, got arguments for 3"));
}

TEST(Sharded, WhatIsWrongOnAllDevicesDoesNotRunEither) {
  auto p = compile(four_devices(), kReplicaSum, replicas());
  Shards x;
  for (int d = 0; d < 4; ++d) x.push_back(put(four_devices(), {1, 2, 3}, {}, d));
  EXPECT_TRUE(throws<ValueError>([&] { run_sharded(*p, x); }, "must be f32[2], got f32[3]"));
  std::vector<std::span<PJRT_Buffer* const>> none(4);
  std::vector<PJRT_Buffer*> outs(4);
  std::vector<PJRT_Buffer**> out_lists = {&outs[0], &outs[1], &outs[2], &outs[3]};
  EXPECT_TRUE(throws<ValueError>([&] { p->execute_sharded(none, out_lists); },
                                 "takes 1 arguments, got 0 for device 0"));
  EXPECT_EQ(get(*run_sharded(*p, four_shards({0, 1, 2, 3}))[0])[0], 12.0f);
}

TEST(Sharded, ManyLaunchesQueueUp) {
  auto p = compile(four_devices(), kReplicaSum, replicas());
  Shards x = four_shards({0, 1, 2, 3});
  for (int i = 0; i < 10; ++i) x = run_sharded(*p, x);
  EXPECT_EQ(get(*x[2])[0], 12.0f * 262144.0f);
}

}  // namespace
}  // namespace covector::pjrt
