#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace covector::pjrt {

// Where the plugin of a platform is, without loading it.
struct PluginLocation {
  std::string platform;  // "cpu", "cuda", "tpu", or a name that the user chose
  std::string path;      // empty if there is none
  std::string reason;    // then: one line that says why, and what to do

  bool found() const noexcept { return !path.empty(); }
};

// Makes a plugin known for a platform; later calls replace earlier ones.
void register_plugin(std::string_view platform, std::string_view path);

// The first of
//  1. the environment variable COVECTOR_PLUGINS: "cpu=/path/a.so;cuda=/path/b.so",
//  2. register_plugin,
//  3. the files of the known wheels below `directories` (of Python's site-packages),
//  4. the same file names in the directories of LD_LIBRARY_PATH.
// A path that 1 or 2 names and that is no file ends the search. "gpu" means
// "cuda". Throws a ValueError if COVECTOR_PLUGINS is not of that form.
PluginLocation find_plugin(std::string_view platform, std::span<const std::string> directories);

// All platforms that are known, named in the environment, or registered: the
// accelerators first, each found or not.
std::vector<PluginLocation> find_plugins(std::span<const std::string> directories);

}  // namespace covector::pjrt
