#include "covector/pjrt/discovery.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "covector/base/error.h"

namespace covector::pjrt {

namespace {

namespace fs = std::filesystem;

struct Wheel {
  std::string_view platform;
  std::string_view name;  // of the package to install
  std::string_view file;  // below site-packages
};
constexpr std::array<Wheel, 4> kWheels = {{
    {"tpu", "libtpu", "libtpu/libtpu.so"},
    {"cuda", "jax-cuda13-pjrt", "jax_plugins/xla_cuda13/xla_cuda_plugin.so"},
    {"cuda", "jax-cuda12-pjrt", "jax_plugins/xla_cuda12/xla_cuda_plugin.so"},
    {"cpu", "xla-cpu-pjrt", "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so"},
}};
constexpr const char* kVariable = "COVECTOR_PLUGINS";

using Choices = std::vector<std::pair<std::string, std::string>>;  // platform, path

struct Registered {
  std::mutex mutex;
  Choices choices;
};
Registered& registered() {
  static Registered r;
  return r;
}

std::string_view canonical(std::string_view platform) {
  return platform == "gpu" ? "cuda" : platform;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Choices environment_choices() {
  Choices out;
  const char* text = std::getenv(kVariable);
  for (std::string_view item : split(text ? text : "", ';')) {
    size_t eq = item.find('=');
    require<ValueError>(eq != item.npos && eq > 0 && eq + 1 < item.size(), kVariable,
                        " must be of the form cpu=/path/a.so;cuda=/path/b.so, got ", text);
    out.emplace_back(canonical(item.substr(0, eq)), item.substr(eq + 1));
  }
  return out;
}

Choices registered_choices() {
  Registered& r = registered();
  std::lock_guard lock(r.mutex);
  return r.choices;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::optional<PluginLocation> choose(const Choices& choices, std::string_view platform,
                                     std::string_view source) {
  for (const auto& [name, path] : choices) {
    if (name != platform) continue;
    if (is_file(path)) return PluginLocation{name, path, {}};
    return PluginLocation{name, {}, str(name, ": ", source, " names ", path, ", which is no file")};
  }
  return std::nullopt;
}

std::string find_wheel_file(std::string_view platform, std::span<const std::string> directories) {
  const char* library_path = std::getenv("LD_LIBRARY_PATH");
  for (const Wheel& wheel : kWheels) {
    if (wheel.platform != platform) continue;
    for (const std::string& d : directories) {
      if (fs::path p = fs::path(d) / wheel.file; is_file(p)) return p;
    }
    for (std::string_view d : split(library_path ? library_path : "", ':')) {
      if (fs::path p = fs::path(d) / fs::path(wheel.file).filename(); is_file(p)) return p;
    }
  }
  return {};
}

std::string missing_reason(std::string_view platform) {
  auto wheel = std::ranges::find(kWheels, platform, &Wheel::platform);
  if (wheel == kWheels.end())
    return str(platform, ": no PJRT plugin is known for this platform; set ", kVariable, "=",
               platform, "=<path of the plugin>");
  return str(platform, ": the plugin wheel ", wheel->name, " is not installed: pip install ",
             wheel->name, " (or set ", kVariable, "=", platform, "=<path of ",
             fs::path(wheel->file).filename().string(), ">)");
}

}  // namespace

void register_plugin(std::string_view platform, std::string_view path) {
  Registered& r = registered();
  std::lock_guard lock(r.mutex);
  auto name = std::string(canonical(platform));
  std::erase_if(r.choices, [&](const auto& c) { return c.first == name; });
  r.choices.emplace_back(std::move(name), path);
}

PluginLocation find_plugin(std::string_view platform, std::span<const std::string> directories) {
  platform = canonical(platform);
  if (auto p = choose(environment_choices(), platform, kVariable)) return *p;
  if (auto p = choose(registered_choices(), platform, "register_plugin")) return *p;
  if (std::string path = find_wheel_file(platform, directories); !path.empty())
    return {std::string(platform), path, {}};
  return {std::string(platform), {}, missing_reason(platform)};
}

std::vector<PluginLocation> find_plugins(std::span<const std::string> directories) {
  std::vector<std::string> platforms;
  auto add = [&](std::string_view name) {
    if (std::ranges::find(platforms, name) == platforms.end()) platforms.emplace_back(name);
  };
  for (const auto& [name, path] : environment_choices()) {
    if (name != "cpu") add(name);
  }
  for (const auto& [name, path] : registered_choices()) {
    if (name != "cpu") add(name);
  }
  for (const Wheel& wheel : kWheels) add(wheel.platform);
  std::vector<PluginLocation> out;
  for (const std::string& name : platforms) out.push_back(find_plugin(name, directories));
  return out;
}

}  // namespace covector::pjrt
