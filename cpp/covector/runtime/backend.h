#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "covector/pjrt/client.h"

namespace covector::runtime {

// How a platform ("cpu", "cuda", "tpu", or a name of the user's) gets its
// plugin and its client. Nothing is loaded until the first use of a device.
struct Platform {
  std::string name;
  std::string plugin_path;
  // Higher is preferred when the user names no platform.
  int priority = 0;
  std::vector<pjrt::ClientOption> options;
};

// Adds or replaces a platform; too late once its client exists.
void register_platform(Platform);
// Called once, before the platforms are first looked at: a front end registers
// there what it finds installed. Without one, `discover_platforms` looks at
// COVECTOR_PLUGINS ("cpu=/path/to/plugin.so;name=/other.so"). The finder runs
// without the front end's lock.
void set_platform_finder(std::function<void()>);
void discover_platforms();

// The number of devices that the CPU client makes; before its first use.
void set_cpu_device_count(int64_t);

// The client of a platform ("gpu" stands for cuda or rocm), made on first use.
// Throws RuntimeError with one line that says what is missing.
const pjrt::Client& client(std::string_view platform);
// Of the preferred platform that works.
const pjrt::Client& default_client();
// Whether a client exists already, e.g. to refuse late configuration.
bool any_client();
// Names registered, most preferred first.
std::vector<std::string> platforms();
// Limits and orders the platforms ("cpu", "cuda,cpu"); empty: all.
void set_platform_order(std::string_view comma_separated);

std::span<const pjrt::Device* const> devices(std::string_view platform = {});
const pjrt::Device& default_device();
// Null: the first device of the default client. For this thread, and for all.
void set_thread_default_device(const pjrt::Device*);
const pjrt::Device* thread_default_device();
void set_default_device(const pjrt::Device*);

}  // namespace covector::runtime
