#include "covector/pjrt/ffi.h"

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "covector/base/error.h"
#include "covector/pjrt/api.h"

namespace covector::pjrt::ffi {

namespace {

// The extension of the PJRT table through which handlers are registered. It
// hides refusals (see api_of), so it serves only to reach XLA's own table.
constexpr int kFfiExtension = 5;  // PJRT_Extension_Type_FFI

struct ExtensionRegisterArgs {
  size_t struct_size;
  const char* name;
  size_t name_size;
  void* handler;
  const char* platform;
  size_t platform_size;
  int traits;
};
constexpr size_t kExtensionRegisterSize = offsetof(ExtensionRegisterArgs, traits) + sizeof(int);

struct FfiExtension {
  PJRT_Extension_Base base;
  void* type_register;
  void* user_data_add;
  PJRT_Error* (*register_handler)(ExtensionRegisterArgs*);
};

// ---- Forwarders ----
//
// A handler has no user-data pointer, so a wrapper of it must be a function of
// its own: slot i of a table of 256 functions calls target i.

constexpr size_t kMaxForwarders = 256;
std::array<std::atomic<Handler*>, kMaxForwarders> forward_targets{};

// The target fills in metadata of its own, later layout; the plugin's may be smaller.
Error* forward_metadata_query(Handler* target, CallFrame* frame, MetadataExtension* query) {
  Metadata metadata{};
  metadata.struct_size = sizeof metadata;
  metadata.version.struct_size = sizeof(ApiVersion);
  MetadataExtension extension{query->base, &metadata};
  CallFrame inner = *frame;
  inner.extensions = &extension.base;
  Error* error = target(&inner);
  const ApiVersion& runtime = frame->api->version;
  query->metadata->version.major = metadata.version.major;
  query->metadata->version.minor = std::min(metadata.version.minor, runtime.minor);
  query->metadata->traits = metadata.traits;
  if (runtime.minor >= 3) query->metadata->state_type_id = metadata.state_type_id;
  return error;
}

template <size_t slot>
Error* forward(CallFrame* frame) {
  Handler* target = forward_targets[slot].load(std::memory_order_acquire);
  if (MetadataExtension* query = metadata_query(*frame))
    return forward_metadata_query(target, frame, query);
  return target(frame);
}

template <size_t... slots>
constexpr std::array<Handler*, sizeof...(slots)> forwarders(std::index_sequence<slots...>) {
  return {&forward<slots>...};
}
constexpr auto kForwarders = forwarders(std::make_index_sequence<kMaxForwarders>());

// ---- XLA's table ----

struct Runtime {
  const Api* api = nullptr;
  size_t frame_size = 0;  // that it states in a CallFrame; handlers insist on theirs
};

struct State {
  std::mutex mutex;
  std::map<const Plugin*, Runtime> runtimes;
  size_t forwarders_used = 0;
};
State& state() {
  static auto* s = new State;
  return *s;
}

// Written by probe(), under the mutex of State.
Runtime probed;

Error* probe(CallFrame* frame) noexcept {
  probed = {frame->api, frame->struct_size};
  if (MetadataExtension* query = metadata_query(*frame)) {
    query->metadata->version.major = frame->api->version.major;
    query->metadata->version.minor = frame->api->version.minor;
    return nullptr;
  }
  return make_error(*frame, static_cast<int>(ErrorCode::kUnimplemented),
                    "covector_probe is no function to call");
}

// The table of functions is not exported. But registering a handler makes XLA
// ask the handler for its version, and that call carries the table.
Runtime find_runtime(const Plugin& plugin) {
  const auto* extension = reinterpret_cast<const FfiExtension*>(plugin.extension(kFfiExtension));
  require<RuntimeError>(extension && extension->base.struct_size >= sizeof(FfiExtension) &&
                            extension->register_handler,
                        "PJRT plugin ", plugin.path(), " has no foreign functions");
  constexpr std::string_view kName = "covector_probe", kPlatform = "Host";
  ExtensionRegisterArgs args{};
  args.struct_size = kExtensionRegisterSize;
  args.name = kName.data();
  args.name_size = kName.size();
  args.handler = reinterpret_cast<void*>(&probe);
  args.platform = kPlatform.data();
  args.platform_size = kPlatform.size();
  probed = {};
  check(plugin.api(), extension->register_handler(&args));
  require<RuntimeError>(probed.api && probed.api->struct_size >= sizeof(Api), "PJRT plugin ",
                        plugin.path(), " does not give access to its foreign functions");
  return probed;
}

// The mutex must be held.
const Runtime& runtime_of(State& s, const Plugin& plugin) {
  Runtime& runtime = s.runtimes[&plugin];
  if (!runtime.api) runtime = find_runtime(plugin);
  return runtime;
}

// ---- Registration ----

[[noreturn]] void raise(const Api* api, Error* error, std::string_view name) {
  ErrorMessageArgs text{sizeof(ErrorMessageArgs), nullptr, error, nullptr};
  api->error_message(&text);
  std::string message = str("foreign function ", name, ": ", text.message ? text.message : "");
  ErrorDestroyArgs args{sizeof(ErrorDestroyArgs), nullptr, error};
  api->error_destroy(&args);
  throw DeviceError(message, static_cast<int>(ErrorCode::kInvalidArgument));
}

ApiVersion version_of(Handler* handler, const Runtime& runtime, std::string_view name) {
  Metadata metadata{};
  metadata.struct_size = sizeof metadata;
  metadata.version.struct_size = sizeof(ApiVersion);
  MetadataExtension extension{{sizeof(MetadataExtension), kMetadataExtension, nullptr}, &metadata};
  CallFrame frame{};
  frame.struct_size = runtime.frame_size;
  frame.extensions = &extension.base;
  frame.api = runtime.api;
  frame.stage = Stage::kExecute;
  if (Error* error = handler(&frame)) raise(runtime.api, error, name);
  return metadata.version;
}

Handler* forwarder_to(State& s, Handler* target) {
  for (size_t i = 0; i < s.forwarders_used; ++i) {
    if (forward_targets[i].load(std::memory_order_relaxed) == target) return kForwarders[i];
  }
  require<RuntimeError>(s.forwarders_used < kMaxForwarders, "no more than ", kMaxForwarders,
                        " foreign functions can be newer than a plugin");
  size_t slot = s.forwarders_used++;
  forward_targets[slot].store(target, std::memory_order_release);
  return kForwarders[slot];
}

Handler* adapt(State& s, Handler* handler, const Runtime& runtime, std::string_view name) {
  if (!handler) return nullptr;
  ApiVersion theirs = version_of(handler, runtime, name);
  const ApiVersion& ours = runtime.api->version;
  bool newer = theirs.major == ours.major && theirs.minor > ours.minor;
  return newer ? forwarder_to(s, handler) : handler;
}

}  // namespace

void register_handler(const Plugin& plugin, std::string_view name, std::string_view platform,
                      const Bundle& handlers, uint32_t traits) {
  require<ValueError>(handlers.execute != nullptr, "foreign function ", name,
                      " has no handler for its execution");
  State& s = state();
  std::lock_guard lock(s.mutex);
  const Runtime& runtime = runtime_of(s, plugin);
  auto adapted = [&](Handler* h) { return adapt(s, h, runtime, name); };
  RegisterArgs args{};
  args.struct_size = offsetof(RegisterArgs, traits) + sizeof args.traits;
  args.name = {name.data(), name.size()};
  args.platform = {platform.data(), platform.size()};
  args.bundle = {adapted(handlers.instantiate), adapted(handlers.prepare),
                 adapted(handlers.initialize), adapted(handlers.execute)};
  args.traits = traits;
  if (Error* error = runtime.api->register_handler(&args)) raise(runtime.api, error, name);
}

InterfaceVersion interface_version(const Plugin& plugin) {
  State& s = state();
  std::lock_guard lock(s.mutex);
  const ApiVersion& v = runtime_of(s, plugin).api->version;
  return {v.major, v.minor};
}

}  // namespace covector::pjrt::ffi
