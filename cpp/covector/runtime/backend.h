#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "covector/pjrt/client.h"

namespace covector::runtime {

// Platforms ("cpu", "cuda", "tpu", or a name of the user's; "gpu" means "cuda")
// and their devices. A plugin is loaded on the first use of one of its devices.
// Where plugins come from is the matter of pjrt/discovery.h.

// Directories to look for plugin wheels in (Python's site-packages), besides
// what the environment and register_plugin name.
void set_plugin_directories(std::vector<std::string>);
// Options that the client of a platform is made with, before its first use.
void set_client_options(std::string_view platform, std::vector<pjrt::ClientOption>);
// The number of devices that the CPU client makes, before its first use.
void set_cpu_device_count(int64_t);
// Limits and orders the platforms ("cpu", "cuda,cpu"); empty: all, accelerators
// first.
void set_platform_order(std::string_view comma_separated);

// The client of a platform, made on first use. Throws RuntimeError with one
// line that says what is missing.
const pjrt::Client& client(std::string_view platform);
// Of the preferred platform that works.
const pjrt::Client& default_client();
// What rules of lowering call a platform: "cpu", "gpu" whosever it is, "tpu".
std::string_view lowering_name(std::string_view platform);
// Names of the platforms whose plugins are at hand, most preferred first.
std::vector<std::string> platforms();

std::span<const pjrt::Device* const> devices(std::string_view platform = {});
const pjrt::Device& default_device();
// For this thread, and for all; null: the first device of the default client.
void set_thread_default_device(const pjrt::Device*);
const pjrt::Device* thread_default_device();
void set_default_device(const pjrt::Device*);

// A scope of this thread in which the default device is one of a client that runs nothing else:
// where callbacks compute, as a client may begin no program before the one that called back ends.
// The client is made when it is first needed.
class ComputeAside {
 public:
  ComputeAside();
  ~ComputeAside();
  ComputeAside(const ComputeAside&) = delete;
  ComputeAside& operator=(const ComputeAside&) = delete;

 private:
  const bool previous_;
};
// Whether this is that client.
bool is_aside(const pjrt::Client&);

}  // namespace covector::runtime
