#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "covector/base/ref.h"
#include "covector/pjrt/c_types.h"
#include "covector/pjrt/compile_options.h"
#include "covector/pjrt/event.h"
#include "covector/pjrt/executable.h"

namespace covector::pjrt {

class Client;
class Device;

// A compiled program that its client can run. Thread safe.
class LoadedExecutable final : public RefCounted {
 public:
  // `program` is StableHLO text or bytecode with the default format.
  static Ref<LoadedExecutable> compile(const Client& client, std::string_view program,
                                       const CompileOptions& options,
                                       std::string_view format = "mlir");

  // Only for bytes from the same build of the plugin, on a machine with the same
  // features: with others it may succeed and compute nonsense, so whoever stores
  // them keys them with Plugin::identity and the like. `options`, if given,
  // replace those of the compilation: a program for device 2 can load on 1.
  static Ref<LoadedExecutable> deserialize(const Client& client, std::string_view bytes,
                                           const CompileOptions* options = nullptr);

  const Client& client() const noexcept { return *client_; }
  const Executable& executable() const noexcept { return *executable_; }
  std::span<const OutputSpec> outputs() const noexcept { return executable_->outputs(); }
  size_t num_outputs() const noexcept { return executable_->outputs().size(); }
  // In the order of the device assignment: launch i runs on device i. Empty for
  // a portable program.
  std::span<const Device* const> devices() const noexcept { return devices_; }

  // Runs the program on one device: its own or, for a portable program, `device`.
  // The arguments must be of this client.
  // `outs` has room for num_outputs() buffers, which the caller then owns (see
  // Buffer); on an exception there are none. The arguments' number and sizes are
  // checked, their types and shapes are not. Those marked for donation in the
  // program are consumed, except `non_donatable`. `done` receives the end of the
  // execution.
  void execute(std::span<PJRT_Buffer* const> args, const Device* device, PJRT_Buffer** outs,
               std::span<const int64_t> non_donatable = {}, Event* done = nullptr) const;

  // Runs the program on all of devices(): args[i] and outs[i] are those of device
  // i. A launch that fails on some device hangs the others in their first
  // collective and all later programs with collectives; so every shard is checked
  // before: that it is alive, on its device, and of the type and shape the
  // program wants (or, where the plugin does not tell, that shard 0 has).
  void execute_sharded(std::span<const std::span<PJRT_Buffer* const>> args,
                       std::span<PJRT_Buffer** const> outs,
                       std::span<const int64_t> non_donatable = {}, int launch_id = 0) const;

  // Frees the code as soon as running executions end, if the plugin can before
  // the executable goes. It cannot be run afterwards.
  void delete_code() const;
  bool is_deleted() const noexcept { return deleted_.load(std::memory_order_relaxed); }

 private:
  struct Owner {};
  LoadedExecutable(const Client& client, PJRT_LoadedExecutable* raw, Owner)
      : client_(&client), raw_(raw) {}
  LoadedExecutable(const Client& client, PJRT_LoadedExecutable* raw);
  ~LoadedExecutable() override;
  void read_devices();
  void require_runnable() const;
  void require_launchable(std::span<const std::span<PJRT_Buffer* const>> args,
                          std::span<PJRT_Buffer** const> outs) const;
  void require_argument(size_t index, std::span<const std::span<PJRT_Buffer* const>> args) const;

  const Client* client_;
  PJRT_LoadedExecutable* raw_;
  Ref<Executable> executable_;
  std::vector<const Device*> devices_;
  // Of programs for several devices, if known.
  std::optional<std::vector<ParameterSpec>> parameters_;
  mutable std::atomic<bool> deleted_{false};
};

}  // namespace covector::pjrt
