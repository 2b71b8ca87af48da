#include "covector/pjrt/compile_options.h"

#include <bit>
#include <cstddef>
#include <string_view>

#include "covector/base/error.h"

namespace covector::pjrt {

namespace {

// Writes protocol-buffer fields: a key (number and wire type), then the value.
class ProtoWriter {
 public:
  std::string take() { return std::move(out_); }

  // bool, int32, int64; proto3 leaves out a zero.
  void integer(int field, int64_t x) {
    if (x == 0) return;
    key(field, kVarint);
    varint(static_cast<uint64_t>(x));
  }
  void bytes(int field, std::string_view x) {
    key(field, kLengthDelimited);
    varint(x.size());
    out_ += x;
  }
  // Values of a oneof are written even if they are zero.
  void present_integer(int field, int64_t x) {
    key(field, kVarint);
    varint(static_cast<uint64_t>(x));
  }
  void present_double(int field, double x) {
    key(field, kFixed64);
    auto bits = std::bit_cast<uint64_t>(x);
    for (int shift = 0; shift < 64; shift += 8) out_ += static_cast<char>(bits >> shift);
  }
  void varint(uint64_t x) {
    for (; x >= 0x80; x >>= 7) out_ += static_cast<char>(x | 0x80);
    out_ += static_cast<char>(x);
  }

 private:
  enum WireType { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2 };
  void key(int field, WireType type) { varint(static_cast<uint64_t>(field) << 3 | type); }

  std::string out_;
};

// Field numbers of xla/pjrt/proto/compile_options.proto and xla/xla_data.proto.
enum CompileOptionsField { kBuildOptions = 3, kPortable = 4, kEnvOverrides = 7 };
enum BuildOptionsField {
  kDeviceOrdinal = 1,
  kNumReplicas = 4,
  kNumPartitions = 5,
  kSpmd = 6,
  kDeviceAssignment = 9,
  kPropagateToOutputs = 12,
  kShardy = 19,
};
enum DeviceAssignmentField { kReplicaCount = 1, kComputationCount = 2, kComputationDevices = 3 };
constexpr int kReplicaDeviceIds = 1;
enum MapEntryField { kMapKey = 1, kMapValue = 2 };
enum OverrideField { kString = 1, kBool = 2, kInt64 = 3, kDouble = 4 };

struct OverrideWriter {
  ProtoWriter& out;
  void operator()(const std::string& x) const { out.bytes(kString, x); }
  void operator()(bool x) const { out.present_integer(kBool, x); }
  void operator()(int64_t x) const { out.present_integer(kInt64, x); }
  void operator()(double x) const { out.present_double(kDouble, x); }
};

// One list of replicas per partition.
std::string device_assignment(const CompileOptions& o) {
  ProtoWriter out;
  out.integer(kReplicaCount, o.num_replicas);
  out.integer(kComputationCount, o.num_partitions);
  for (int64_t p = 0; p < o.num_partitions; ++p) {
    ProtoWriter ids, computation;
    for (int64_t r = 0; r < o.num_replicas; ++r)
      ids.varint(
          static_cast<uint64_t>(o.device_ids[static_cast<size_t>(r * o.num_partitions + p)]));
    computation.bytes(kReplicaDeviceIds, ids.take());
    out.bytes(kComputationDevices, computation.take());
  }
  return out.take();
}

std::string build_options(const CompileOptions& o) {
  ProtoWriter out;
  if (o.device_ordinal) out.present_integer(kDeviceOrdinal, *o.device_ordinal);
  out.integer(kNumReplicas, o.num_replicas);
  out.integer(kNumPartitions, o.num_partitions);
  out.integer(kSpmd, o.spmd);
  if (!o.device_ids.empty()) out.bytes(kDeviceAssignment, device_assignment(o));
  if (!o.propagate_sharding_to_outputs.empty()) {
    ProtoWriter flags;
    for (bool x : o.propagate_sharding_to_outputs) flags.varint(x);
    out.bytes(kPropagateToOutputs, flags.take());
  }
  out.integer(kShardy, o.shardy);
  return out.take();
}

void require_valid(const CompileOptions& o) {
  require<ValueError>(o.num_replicas >= 1 && o.num_partitions >= 1,
                      "compile options: replicas and partitions must be positive, got ",
                      o.num_replicas, " and ", o.num_partitions);
  int64_t devices = 0;
  require<ValueError>(
      !__builtin_mul_overflow(o.num_replicas, o.num_partitions, &devices) && devices <= INT32_MAX,
      "compile options: too many replicas and partitions");
  auto given = static_cast<int64_t>(o.device_ids.size());
  require<ValueError>(given == 0 || given == devices, "compile options: ", o.num_replicas,
                      " replicas x ", o.num_partitions, " partitions need ", devices,
                      " device ids, got ", given);
  for (int64_t id : o.device_ids)
    require<ValueError>(id >= 0, "compile options: device ids must not be negative, got ", id);
  require<ValueError>(!o.portable || (devices == 1 && given == 0),
                      "compile options: a portable program runs on one device, not assigned");
}

}  // namespace

std::string CompileOptions::serialize() const {
  require_valid(*this);
  ProtoWriter out;
  out.bytes(kBuildOptions, build_options(*this));
  out.integer(kPortable, portable);
  for (const auto& [name, value] : env_overrides) {
    ProtoWriter entry, override_value;
    std::visit(OverrideWriter{override_value}, value);
    entry.bytes(kMapKey, name);
    entry.bytes(kMapValue, override_value.take());
    out.bytes(kEnvOverrides, entry.take());
  }
  return out.take();
}

}  // namespace covector::pjrt
