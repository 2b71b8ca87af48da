#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "covector/base/ref.h"
#include "covector/pjrt/c_types.h"
#include "covector/pjrt/element_type.h"
#include "covector/pjrt/named_value.h"

namespace covector::pjrt {

// What one device gives back of one result; a shard's shape, if it is sharded.
struct OutputSpec {
  ElementType type = ElementType::kInvalid;
  std::vector<int64_t> dims;
  std::string memory_kind;  // empty if the plugin does not say

  bool operator==(const OutputSpec&) const = default;
};

// What one device is given of one argument.
struct ParameterSpec {
  ElementType type = ElementType::kInvalid;
  std::vector<int64_t> dims;

  bool operator==(const ParameterSpec&) const = default;
};

// What a compiled program needs, in bytes, per device.
struct CompiledMemoryStats {
  int64_t generated_code_size = 0;
  int64_t argument_size = 0;
  int64_t output_size = 0;
  int64_t alias_size = 0;  // arguments whose memory results reuse
  int64_t temp_size = 0;
  int64_t host_generated_code_size = 0;
  int64_t host_argument_size = 0;
  int64_t host_output_size = 0;
  int64_t host_alias_size = 0;
  int64_t host_temp_size = 0;
  int64_t peak_memory = 0;  // 0 if the plugin does not say
};

// A program in the compiler's own terms. "hlo" and "hlo_with_config" are
// serialized protocol buffers, "mlir" is text or bytecode.
struct Program {
  std::string format;
  std::string code;
};

// A compiled program that no client has loaded: what it is, not what it does.
class Executable final : public RefCounted {
 public:
  // Takes ownership of `raw`.
  Executable(const PJRT_Api* api, PJRT_Executable* raw);

  const std::string& name() const noexcept { return name_; }
  size_t num_replicas() const noexcept { return num_replicas_; }
  size_t num_partitions() const noexcept { return num_partitions_; }
  std::span<const OutputSpec> outputs() const noexcept { return outputs_; }

  // The plugin's own format, for the same plugin on the same kind of machine only:
  // see LoadedExecutable::deserialize.
  std::string serialize() const;
  // Nothing where the plugin does not implement it.
  std::optional<std::string> fingerprint() const;
  std::optional<std::vector<NamedValue>> cost_analysis() const;
  std::optional<CompiledMemoryStats> memory_stats() const;
  std::optional<int64_t> generated_code_size() const;
  // After all passes. CPU plugins give "hlo_with_config".
  std::optional<Program> optimized_program() const;
  // Read out of the optimized program; nothing where that is not possible. Takes
  // as long as writing the program out does.
  std::optional<std::vector<ParameterSpec>> parameters() const;

 private:
  struct Owner {};
  Executable(const PJRT_Api* api, PJRT_Executable* raw, Owner) : api_(api), raw_(raw) {}
  ~Executable() override;
  void read_outputs();
  void read_memory_kinds();

  const PJRT_Api* api_;
  PJRT_Executable* raw_;
  std::string name_;
  size_t num_replicas_ = 1, num_partitions_ = 1;
  std::vector<OutputSpec> outputs_;
};

}  // namespace covector::pjrt
