#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "covector/pjrt/c_types.h"
#include "covector/pjrt/device.h"
#include "covector/pjrt/key_value_store.h"
#include "covector/pjrt/memory.h"
#include "covector/pjrt/named_value.h"
#include "covector/pjrt/plugin.h"

namespace covector::pjrt {

struct ClientOption {
  NamedValue option;
  // Plugins of one platform know different options: one that the plugin refuses
  // by name is left out, unless it is required.
  bool required = false;
};

// What a CPU client is made with: without a count a plugin makes several
// devices; running programs in the caller's thread spares them a thread switch.
std::vector<ClientOption> cpu_client_options(int64_t device_count);

// The devices of one plugin, and the owner of all that lives on them. Never
// destroyed: buffers may be read, and callbacks run, until the process ends.
//
// The threads of a client and of its plugin do not survive fork(). In the child,
// whatever needs them throws a RuntimeError, a new client of the plugin too;
// reading a CPU buffer that was ready does not.
class Client {
 public:
  // A `store` is for programs of several processes; it is kept.
  static const Client& create(const Plugin& plugin, std::span<const ClientOption> options = {},
                              std::shared_ptr<KeyValueStore> store = nullptr);

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Plugin& plugin() const noexcept { return *plugin_; }
  const PJRT_Api* api() const noexcept { return api_; }
  PJRT_Client* raw() const noexcept { return raw_; }

  const std::string& platform_name() const noexcept { return platform_name_; }
  const std::string& platform_version() const noexcept { return platform_version_; }
  // Device memory is host memory.
  bool is_cpu() const noexcept { return is_cpu_; }
  int process_index() const noexcept { return process_index_; }
  // The names of the options that the plugin did not take.
  const std::vector<std::string>& refused_options() const noexcept { return refused_options_; }
  // What of XLA_FLAGS the client saw. `dropped` is worth a warning to the user.
  const FilteredFlags& xla_flags() const noexcept { return xla_flags_; }

  // In the plugin's order; the second are those of this process.
  std::span<const Device* const> devices() const noexcept { return devices_; }
  std::span<const Device* const> addressable_devices() const noexcept {
    return addressable_devices_;
  }
  // By DeviceDescription::id; throws a ValueError.
  const Device& device(int id) const;
  const Device& device(PJRT_Device* raw) const;
  std::span<const Memory* const> memories() const noexcept { return memories_; }
  const Memory& memory(PJRT_Memory* raw) const;

  // False in a child that fork() made after the client.
  bool is_usable() const noexcept { return born_ == forks_.load(std::memory_order_relaxed); }
  void require_usable() const {
    if (!is_usable()) [[unlikely]]
      raise_forked();
  }

 private:
  explicit Client(const Plugin& plugin);
  void create_raw(std::span<const ClientOption> options);
  void read_platform();
  void read_memories();
  void read_devices();
  [[noreturn]] void raise_forked() const;

  // How many fork()s are between this process and the one that loaded us. Not
  // inline: a library that hides its symbols would count in a variable of its own.
  static std::atomic<uint32_t> forks_;
  static void watch_forks();

  const Plugin* plugin_;
  const PJRT_Api* api_;
  PJRT_Client* raw_ = nullptr;
  uint32_t born_;
  bool is_cpu_ = false;
  int process_index_ = 0;
  std::string platform_name_, platform_version_;
  std::shared_ptr<KeyValueStore> store_;
  std::vector<std::string> refused_options_;
  FilteredFlags xla_flags_;
  std::vector<std::unique_ptr<Memory>> owned_memories_;
  std::vector<std::unique_ptr<Device>> owned_devices_;
  std::vector<const Memory*> memories_;
  std::vector<const Device*> devices_, addressable_devices_;
  std::unordered_map<PJRT_Device*, const Device*> device_of_;
};

}  // namespace covector::pjrt
