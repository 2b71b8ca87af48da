#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace covector::pjrt {

// A plugin reads the environment variable XLA_FLAGS when it makes its first
// client, and ends the process (exit code 1) at a flag it does not know. People
// keep flags of other XLA builds there, so each plugin is shown only the flags
// whose names occur in its own read-only data.

// Splits at white space outside quotes. A value that does not start with '-' is
// the name of a file that holds the flags, as XLA has it; an unreadable file
// has none.
std::vector<std::string> split_xla_flags(std::string_view text);

// "--xla_foo=1" -> "xla_foo".
std::string_view xla_flag_name(std::string_view flag);

// --xla_force_host_platform_device_count, which CPU plugins ignore and the
// front end has to turn into a client option. The last one counts.
std::optional<int64_t> host_device_count(const std::vector<std::string>& flags);

struct FilteredFlags {
  std::vector<std::string> kept, dropped;
};
// Looks the names up in the ELF file at `plugin_path`. If the file can't be
// read, nothing is kept.
FilteredFlags filter_xla_flags(const std::vector<std::string>& flags,
                               const std::string& plugin_path);

// XLA_FLAGS holds only `flags.kept` while this lives. Does nothing if no flag
// was dropped: other threads may be reading the environment.
class ScopedXlaFlags {
 public:
  explicit ScopedXlaFlags(const FilteredFlags& flags);
  ~ScopedXlaFlags();
  ScopedXlaFlags(const ScopedXlaFlags&) = delete;
  ScopedXlaFlags& operator=(const ScopedXlaFlags&) = delete;

 private:
  std::unique_lock<std::mutex> lock_;
  std::optional<std::string> saved_;
};

}  // namespace covector::pjrt
