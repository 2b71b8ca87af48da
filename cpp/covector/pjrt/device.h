#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "covector/pjrt/c_types.h"
#include "covector/pjrt/memory.h"
#include "covector/pjrt/named_value.h"

namespace covector::pjrt {

class Client;

// What a device says of itself; also of devices that are not there, in a topology.
struct DeviceDescription {
  int id = 0;
  int process_index = 0;
  std::string kind;
  std::string debug_string;  // verbose
  std::string to_string;     // terse
  std::vector<NamedValue> attributes;
};
DeviceDescription read_description(const PJRT_Api* api, PJRT_DeviceDescription* raw);

// A device of a client. Owned by the client, lives as long as the process.
class Device {
 public:
  // `memories` are all of the client's.
  Device(const Client& client, PJRT_Device* raw, std::span<const Memory* const> memories);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const Client& client() const noexcept { return *client_; }
  PJRT_Device* raw() const noexcept { return raw_; }
  int id() const noexcept { return description_.id; }
  int process_index() const noexcept { return description_.process_index; }
  const std::string& kind() const noexcept { return description_.kind; }
  const DeviceDescription& description() const noexcept { return description_; }
  // Whether this process can give it work.
  bool is_addressable() const noexcept { return addressable_; }
  // The number the vendor's tools know it by; -1 if it has none.
  int local_hardware_id() const noexcept { return local_hardware_id_; }

  // Only of addressable devices; the default one is null if the plugin has no
  // notion of memory spaces.
  const Memory* default_memory() const noexcept { return default_memory_; }
  std::span<const Memory* const> memories() const noexcept { return memories_; }
  // Throws a ValueError that lists the kinds there are.
  const Memory& memory(std::string_view kind) const;

  // The allocator's counters by name, in bytes or numbers; nothing if the
  // platform does not count.
  std::optional<std::vector<NamedValue>> memory_stats() const;

 private:
  void read_memories(std::span<const Memory* const> memories);

  const Client* client_;
  PJRT_Device* raw_;
  DeviceDescription description_;
  bool addressable_;
  int local_hardware_id_ = -1;
  const Memory* default_memory_ = nullptr;
  std::vector<const Memory*> memories_;
};

}  // namespace covector::pjrt
