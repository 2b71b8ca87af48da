#include "covector/pjrt/plugin.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include "covector/base/error.h"
#include "covector/pjrt/api.h"
#include "covector/pjrt/environment.h"

namespace covector::pjrt {

namespace {

// The oldest table that has everything this library calls without asking.
constexpr size_t kOldestTable =
    offsetof(PJRT_Api, PJRT_Client_CreateViewOfDeviceBuffer) + sizeof(void*);

struct Registry {
  std::mutex mutex;
  std::map<std::string, const Plugin*> plugins;  // by resolved path
};

// Leaked, like the plugins in it: threads may still use them at exit.
Registry& registry() {
  static auto* r = new Registry;
  return *r;
}

std::string resolve(const std::string& path) {
  std::unique_ptr<char, void (*)(void*)> p(realpath(path.c_str(), nullptr), std::free);
  require<RuntimeError>(p != nullptr, "cannot load PJRT plugin ", path, ": ", std::strerror(errno));
  struct stat st;
  require<RuntimeError>(stat(p.get(), &st) == 0 && S_ISREG(st.st_mode), "cannot load PJRT plugin ",
                        path, ": not a file");
  return p.get();
}

// dlerror's text without the path it starts with: ours names it already.
std::string loader_error(const std::string& path) {
  const char* text = dlerror();
  std::string s = text ? text : "unknown error";
  if (s.starts_with(path + ": ")) s.erase(0, path.size() + 2);
  return s;
}

std::optional<Version> version_attribute(const std::vector<NamedValue>& attributes,
                                         std::string_view name) {
  const auto* value = find_value(attributes, name);
  const auto* parts = value ? std::get_if<std::vector<int64_t>>(value) : nullptr;
  if (!parts || parts->size() != 3) return std::nullopt;
  return Version{(*parts)[0], (*parts)[1], (*parts)[2]};
}

void require_compatible(const PJRT_Api* api, const std::string& path) {
  const PJRT_Api_Version& v = api->pjrt_api_version;
  require<RuntimeError>(
      v.major_version == PJRT_API_MAJOR && api->struct_size >= kOldestTable, "PJRT plugin ", path,
      " is of PJRT ", v.major_version, ".", v.minor_version, ", which covector, built with PJRT ",
      PJRT_API_MAJOR, ".", PJRT_API_MINOR, ", cannot use: ",
      v.major_version == PJRT_API_MAJOR ? "the plugin is too old" : "the major versions differ");
}

std::string identify(const Plugin& plugin) {
  struct stat st = {};
  stat(plugin.path().c_str(), &st);
  std::string id = str(plugin.path(), ";size=", static_cast<int64_t>(st.st_size),
                       ";mtime=", static_cast<int64_t>(st.st_mtim.tv_sec), ".",
                       static_cast<int64_t>(st.st_mtim.tv_nsec), ";pjrt=", plugin.pjrt_version());
  if (auto v = plugin.stablehlo_version()) id += str(";stablehlo=", *v);
  return id;
}

}  // namespace

void append_to(std::string& s, const Version& v) { s += str(v.major, ".", v.minor, ".", v.patch); }

const Plugin& Plugin::load(const std::string& path) {
  std::string resolved = resolve(path);
  Registry& r = registry();
  std::lock_guard lock(r.mutex);
  const Plugin*& plugin = r.plugins[resolved];
  if (!plugin) {
    std::unique_ptr<Plugin> fresh(new Plugin(resolved));
    ScopedXlaFlags flags(fresh->xla_flags());
    fresh->open();
    fresh->initialize();
    plugin = fresh.release();
  }
  return *plugin;
}

FilteredFlags Plugin::xla_flags() const {
  const char* flags = std::getenv("XLA_FLAGS");
  return filter_xla_flags(split_xla_flags(flags ? flags : ""), path_);
}

void Plugin::open() {
  prepare_environment(path_);
  void* library = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) fail<RuntimeError>("cannot load PJRT plugin ", path_, ": ", loader_error(path_));
  auto get_api = reinterpret_cast<const PJRT_Api* (*)()>(dlsym(library, "GetPjrtApi"));
  require<RuntimeError>(get_api != nullptr, "not a PJRT plugin: ", path_, " has no GetPjrtApi");
  api_ = get_api();
  require<RuntimeError>(api_ != nullptr, "not a PJRT plugin: GetPjrtApi of ", path_,
                        " returned nothing");
  require_compatible(api_, path_);
}

void Plugin::initialize() {
  Args<PJRT_Plugin_Initialize_Args> init;
  ErrorReport report = take_error(api_, api_->PJRT_Plugin_Initialize(&init));
  require<RuntimeError>(report.ok(), "PJRT plugin ", path_,
                        " failed to start: ", error_code_name(report.code), ": ", report.message);
  if (has(api_, &PJRT_Api::PJRT_Plugin_Attributes)) {
    Args<PJRT_Plugin_Attributes_Args> attributes;
    call<&PJRT_Api::PJRT_Plugin_Attributes>(api_, attributes);
    attributes_ = from_c(attributes.attributes, attributes.num_attributes);
  }
  identity_ = identify(*this);
}

bool Plugin::claim(uint32_t process) const noexcept {
  int64_t first = -1;
  return claimed_by_.compare_exchange_strong(first, process) || first == process;
}

Version Plugin::pjrt_version() const noexcept {
  return {api_->pjrt_api_version.major_version, api_->pjrt_api_version.minor_version, 0};
}

std::optional<Version> Plugin::stablehlo_version() const {
  return version_attribute(attributes_, "stablehlo_current_version");
}

std::optional<Version> Plugin::minimum_stablehlo_version() const {
  return version_attribute(attributes_, "stablehlo_minimum_version");
}

const PJRT_Extension_Base* Plugin::extension(int type) const noexcept {
  for (const PJRT_Extension_Base* e = api_->extension_start; e; e = e->next) {
    if (number_of(e->type) == type) return e;
  }
  return nullptr;
}

std::vector<int> Plugin::extension_types() const {
  std::vector<int> types;
  for (const PJRT_Extension_Base* e = api_->extension_start; e; e = e->next)
    types.push_back(number_of(e->type));
  return types;
}

}  // namespace covector::pjrt
