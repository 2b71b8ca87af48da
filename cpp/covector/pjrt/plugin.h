#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "covector/pjrt/c_types.h"
#include "covector/pjrt/named_value.h"
#include "covector/pjrt/xla_flags.h"

namespace covector::pjrt {

struct Version {
  int64_t major = 0, minor = 0, patch = 0;

  auto operator<=>(const Version&) const = default;
};
void append_to(std::string& s, const Version& v);

// A shared library that speaks the PJRT C API. It is loaded once per file and
// never unloaded: its threads and its buffers' callbacks may outlive any owner.
class Plugin {
 public:
  // Remembers the process that made its first client. False if that was another
  // one, of which this is a forked child: the plugin's threads are not here.
  bool claim(uint32_t process) const noexcept;

  // Throws a RuntimeError of one line if the path is no usable plugin. Thread safe.
  static const Plugin& load(const std::string& path);

  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  const PJRT_Api* api() const noexcept { return api_; }
  // With symbolic links resolved.
  const std::string& path() const noexcept { return path_; }
  // Of the PJRT C API that the plugin was built with.
  Version pjrt_version() const noexcept;

  const std::vector<NamedValue>& attributes() const noexcept { return attributes_; }
  // What the plugin reads and writes; nothing if it does not say.
  std::optional<Version> stablehlo_version() const;
  std::optional<Version> minimum_stablehlo_version() const;

  // By number of PJRT_Extension_Type; null if the plugin does not have it.
  const PJRT_Extension_Base* extension(int type) const noexcept;
  std::vector<int> extension_types() const;

  // Changes whenever the file does: path, size, time of modification, versions.
  // A part of the key of anything that is cached on disk.
  const std::string& identity() const noexcept { return identity_; }

  // What of XLA_FLAGS, as it is now, this plugin may see.
  FilteredFlags xla_flags() const;

 private:
  explicit Plugin(std::string path) : path_(std::move(path)) {}
  void open();
  void initialize();

  std::string path_;
  const PJRT_Api* api_ = nullptr;
  std::vector<NamedValue> attributes_;
  std::string identity_;
  mutable std::atomic<int64_t> claimed_by_{-1};
};

}  // namespace covector::pjrt
