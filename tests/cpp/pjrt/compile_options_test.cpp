#include "covector/pjrt/compile_options.h"

#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::cpu_client;
using testing::double_module;
using testing::throws;

std::string hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

TEST(CompileOptions, DefaultIsOneDevice) {
  EXPECT_EQ(hex(CompileOptions{}.serialize()), "1a0420012801");
}

std::string without_spaces(std::string s) {
  std::erase(s, ' ');
  return s;
}

TEST(CompileOptions, WritesPartitionsAndTheirDevices) {
  CompileOptions o;
  o.num_partitions = 2;
  o.device_ids = {3, 300};
  o.spmd = o.shardy = true;
  o.propagate_sharding_to_outputs = {true, false};
  // replicas 1, partitions 2, spmd, assignment {1, 2, [[3], [300]]}, outputs [1, 0], shardy
  EXPECT_EQ(hex(o.serialize()),
            without_spaces("1a1e 2001 2802 3001 4a0f 0801 1002 1a03 0a0103 1a04 0a02ac02 "
                           "62020100 980101"));
}

TEST(CompileOptions, WritesOverrides) {
  CompileOptions o;
  o.portable = true;
  o.device_ordinal = 0;
  o.env_overrides = {{"b", true}, {"d", 1.0}, {"i", int64_t{-1}}, {"s", "x"}};
  EXPECT_EQ(hex(o.serialize()),
            without_spaces("1a06 0800 2001 2801 2001 3a07 0a0162 12021001 "
                           "3a0e 0a0164 120921000000000000f03f "
                           "3a10 0a0169 120b18ffffffffffffffffff01 3a08 0a0173 12030a0178"));
}

TEST(CompileOptions, AssignsReplicasByPartition) {
  CompileOptions o;
  o.num_replicas = 2;
  o.num_partitions = 2;
  o.device_ids = {0, 1, 2, 3};  // replica 0 on 0 and 1
  EXPECT_NE(hex(o.serialize())
                .find("1a04"
                      "0a020002"
                      "1a04"
                      "0a020103"),
            std::string::npos);
}

TEST(CompileOptions, RefusesWhatEndsTheProcess) {
  auto refused = [](CompileOptions o, std::string_view text) {
    return throws<ValueError>([&] { testing::compile(cpu_client(), double_module(2), o); }, text);
  };
  CompileOptions none, negative, few, below, huge, portable;
  none.num_replicas = 0;
  negative.num_partitions = -1;
  few.num_partitions = 2;
  few.device_ids = {0};
  below.device_ids = {-1};
  huge.num_replicas = huge.num_partitions = int64_t{1} << 40;
  portable.portable = true;
  portable.device_ids = {0};
  EXPECT_TRUE(refused(none, "must be positive, got 0 and 1"));
  EXPECT_TRUE(refused(negative, "must be positive, got 1 and -1"));
  EXPECT_TRUE(refused(few, "1 replicas x 2 partitions need 2 device ids, got 1"));
  EXPECT_TRUE(refused(below, "must not be negative, got -1"));
  EXPECT_TRUE(refused(huge, "too many"));
  EXPECT_TRUE(refused(portable, "portable"));
}

TEST(CompileOptions, OverridesReachTheCompiler) {
  CompileOptions o;
  o.env_overrides = {{"xla_cpu_enable_fast_math", false},
                     {"xla_backend_optimization_level", int64_t{1}}};
  EXPECT_NO_THROW(testing::compile(cpu_client(), double_module(2), o));
  o.env_overrides = {{"xla_cpu_bogus", true}};
  EXPECT_TRUE(throws<DeviceError>([&] { testing::compile(cpu_client(), double_module(2), o); },
                                  "No such compile option: 'xla_cpu_bogus'"));
  o.env_overrides = {{"xla_backend_optimization_level", "high"}};
  EXPECT_TRUE(throws<DeviceError>([&] { testing::compile(cpu_client(), double_module(2), o); },
                                  "not a valid int32"));
}

}  // namespace
}  // namespace covector::pjrt
