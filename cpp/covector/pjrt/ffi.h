#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "covector/pjrt/ffi_abi.h"
#include "covector/pjrt/plugin.h"

namespace covector::pjrt::ffi {

// Makes `handlers` known to the plugin as the target `name` of custom calls
// (stablehlo.custom_call with api_version = 4). Programs that call it can be
// compiled and loaded from then on, on every client of the plugin. Registering
// the same handlers again does nothing; other ones under a used name are an
// error. `platform` is "Host" for CPU plugins, "CUDA", "ROCM".
//
// Handlers may have been built with a newer minor version of XLA's interface
// than the plugin knows (jaxlib's LAPACK kernels usually are): they are then
// called through a forwarder that reports the plugin's version.
//
// Throws a RuntimeError if the plugin has no foreign functions, a DeviceError
// with the plugin's reason if it refuses the handler.
void register_handler(const Plugin& plugin, std::string_view name, std::string_view platform,
                      const Bundle& handlers, uint32_t traits = 0);

struct InterfaceVersion {
  int major = 0, minor = 0;
};
// Of the plugin.
InterfaceVersion interface_version(const Plugin& plugin);

}  // namespace covector::pjrt::ffi
