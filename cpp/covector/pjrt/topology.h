#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "covector/base/ref.h"
#include "covector/pjrt/c_types.h"
#include "covector/pjrt/compile_options.h"
#include "covector/pjrt/device.h"
#include "covector/pjrt/executable.h"
#include "covector/pjrt/named_value.h"

namespace covector::pjrt {

class Client;
class Plugin;

// Devices that need not be there: enough to compile for them.
class Topology final : public RefCounted {
 public:
  // Names and options are the plugin's: "v5e:2x2" for libtpu; for a GPU plugin
  // the name is empty and the options are target_config (a GpuTargetConfigProto
  // as text) and topology ("slices x hosts x devices", as "1x1x4").
  static Ref<Topology> create(const Plugin& plugin, std::string_view name,
                              std::span<const NamedValue> options = {});
  // What a client sees.
  static Ref<Topology> of(const Client& client);

  const std::string& platform_name() const noexcept { return platform_name_; }
  const std::string& platform_version() const noexcept { return platform_version_; }
  std::span<const DeviceDescription> devices() const noexcept { return devices_; }
  std::vector<NamedValue> attributes() const;
  // For cache keys; nothing where the plugin does not implement it.
  std::optional<std::string> serialize() const;

  // Compiles ahead of time; LoadedExecutable::deserialize runs the serialized
  // result where the devices are. Some CPU plugins compile for clients only.
  Ref<Executable> compile(std::string_view program, const CompileOptions& options,
                          std::string_view format = "mlir") const;

 private:
  Topology(const Plugin& plugin, PJRT_TopologyDescription* raw, bool owned)
      : plugin_(&plugin), raw_(raw), owned_(owned) {}
  ~Topology() override;
  void read();

  const Plugin* plugin_;
  PJRT_TopologyDescription* raw_;
  bool owned_;
  std::string platform_name_, platform_version_;
  std::vector<DeviceDescription> devices_;
};

}  // namespace covector::pjrt
