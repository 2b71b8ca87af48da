#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace covector::pjrt {

// How a program is compiled. Plugins take it as a serialized CompileOptionsProto.
struct CompileOptions {
  using Override = std::variant<std::string, bool, int64_t, double>;

  int64_t num_replicas = 1;
  int64_t num_partitions = 1;
  // num_replicas x num_partitions device ids, partitions fastest. Empty: the
  // plugin's first devices.
  std::vector<int64_t> device_ids;
  std::optional<int64_t> device_ordinal;
  // One executable for every device, chosen at each execution.
  bool portable = false;
  // Split the one program over the partitions by its sharding annotations: the
  // Shardy dialect's with `shardy`, mhlo.sharding attributes without.
  bool spmd = false;
  bool shardy = false;
  // Per output, whether the partitioner may choose its sharding.
  std::vector<bool> propagate_sharding_to_outputs;
  // Flags of XLA for this program only, by name without dashes. The compiler
  // checks names and types.
  std::map<std::string, Override> env_overrides;

  // Equal options give equal bytes. Throws a ValueError where the plugin would
  // end the process: without replicas or partitions, or with too few devices.
  std::string serialize() const;
};

}  // namespace covector::pjrt
