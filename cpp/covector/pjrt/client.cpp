#include "covector/pjrt/client.h"

#include <pthread.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "covector/base/error.h"
#include "covector/pjrt/api.h"

namespace covector::pjrt {

namespace {

bool is_word_char(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool has_word(std::string_view text, std::string_view word) {
  for (size_t i = text.find(word); i != text.npos; i = text.find(word, i + 1)) {
    size_t end = i + word.size();
    bool starts = i == 0 || !is_word_char(text[i - 1]);
    if (starts && (end == text.size() || !is_word_char(text[end]))) return true;
  }
  return false;
}

// Which of `options` the plugin's complaint is about, if it may be left out.
// Plugins word it as they like, but they do name the option.
std::optional<size_t> refused_option(const ErrorReport& report,
                                     const std::vector<ClientOption>& options) {
  if (report.code != ErrorCode::kInvalidArgument) return std::nullopt;
  for (size_t i = 0; i < options.size(); ++i) {
    if (!options[i].required && has_word(report.message, options[i].option.name)) return i;
  }
  return std::nullopt;
}

ErrorReport try_create(const PJRT_Api* api, const std::vector<ClientOption>& options,
                       KeyValueStore* store, PJRT_Client*& client) {
  std::vector<PJRT_NamedValue> values;
  for (const ClientOption& o : options) values.push_back(to_c(o.option));
  Args<PJRT_Client_Create_Args> args;
  args.create_options = values.data();
  args.num_options = values.size();
  if (store) use_store(args, *store);
  ErrorReport report = take_error(api, api->PJRT_Client_Create(&args));
  client = args.client;
  return report;
}

// Keeps all clients to the end of the process and, for leak checkers, in sight.
const Client& keep(std::unique_ptr<Client> client) {
  static std::mutex mutex;
  static auto* clients = new std::vector<std::unique_ptr<Client>>;
  std::lock_guard lock(mutex);
  return *clients->emplace_back(std::move(client));
}

[[noreturn]] void raise_made_before_fork(std::string_view what) {
  fail<RuntimeError>(
      what, " was used before this process was forked, and its threads exist only in the parent. ",
      "Start processes with the \"spawn\" or \"forkserver\" method of multiprocessing, or fork ",
      "before the first use of a device.");
}

}  // namespace

std::vector<ClientOption> cpu_client_options(int64_t device_count) {
  return {{{"cpu_device_count", device_count}}, {{"asynchronous", false}}};
}

const Client& Client::create(const Plugin& plugin, std::span<const ClientOption> options,
                             std::shared_ptr<KeyValueStore> store) {
  watch_forks();
  if (!plugin.claim(forks_)) raise_made_before_fork(str("PJRT plugin ", plugin.path()));
  std::unique_ptr<Client> client(new Client(plugin));
  client->store_ = std::move(store);
  client->create_raw(options);
  client->read_platform();
  client->read_memories();
  client->read_devices();
  return keep(std::move(client));
}

Client::Client(const Plugin& plugin) : plugin_(&plugin), api_(plugin.api()), born_(forks_) {}

void Client::create_raw(std::span<const ClientOption> options) {
  xla_flags_ = plugin_->xla_flags();
  ScopedXlaFlags flags(xla_flags_);
  std::vector<ClientOption> left(options.begin(), options.end());
  for (;;) {
    ErrorReport report = try_create(api_, left, store_.get(), raw_);
    if (report.ok()) return;
    auto refused = refused_option(report, left);
    if (!refused) report.raise();
    refused_options_.push_back(left[*refused].option.name);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(*refused));
  }
}

void Client::read_platform() {
  Args<PJRT_Client_PlatformName_Args> name;
  name.client = raw_;
  call<&PJRT_Api::PJRT_Client_PlatformName>(api_, name);
  platform_name_.assign(name.platform_name, name.platform_name_size);
  is_cpu_ = platform_name_ == "cpu";
  Args<PJRT_Client_PlatformVersion_Args> version;
  version.client = raw_;
  call<&PJRT_Api::PJRT_Client_PlatformVersion>(api_, version);
  platform_version_.assign(version.platform_version, version.platform_version_size);
  Args<PJRT_Client_ProcessIndex_Args> process;
  process.client = raw_;
  call<&PJRT_Api::PJRT_Client_ProcessIndex>(api_, process);
  process_index_ = process.process_index;
}

void Client::read_memories() {
  Args<PJRT_Client_AddressableMemories_Args> args;
  args.client = raw_;
  call<&PJRT_Api::PJRT_Client_AddressableMemories>(api_, args);
  for (size_t i = 0; i < args.num_addressable_memories; ++i) {
    owned_memories_.push_back(std::make_unique<Memory>(api_, args.addressable_memories[i]));
    memories_.push_back(owned_memories_.back().get());
  }
}

void Client::read_devices() {
  Args<PJRT_Client_Devices_Args> args;
  args.client = raw_;
  call<&PJRT_Api::PJRT_Client_Devices>(api_, args);
  for (size_t i = 0; i < args.num_devices; ++i) {
    PJRT_Device* raw = args.devices[i];
    owned_devices_.push_back(std::make_unique<Device>(*this, raw, memories_));
    device_of_[raw] = owned_devices_.back().get();
    devices_.push_back(owned_devices_.back().get());
  }
  Args<PJRT_Client_AddressableDevices_Args> ours;
  ours.client = raw_;
  call<&PJRT_Api::PJRT_Client_AddressableDevices>(api_, ours);
  for (size_t i = 0; i < ours.num_addressable_devices; ++i)
    addressable_devices_.push_back(&device(ours.addressable_devices[i]));
}

const Device& Client::device(int id) const {
  auto at = std::ranges::find(devices_, id, &Device::id);
  require<ValueError>(at != devices_.end(), "no device has id ", id, ": the ", platform_name_,
                      " client has ", devices_.size(), " devices");
  return **at;
}

const Device& Client::device(PJRT_Device* raw) const {
  auto at = device_of_.find(raw);
  invariant(at != device_of_.end(), "a device of another client");
  return *at->second;
}

const Memory& Client::memory(PJRT_Memory* raw) const {
  auto at = std::ranges::find(memories_, raw, &Memory::raw);
  invariant(at != memories_.end(), "a memory of another client");
  return **at;
}

std::atomic<uint32_t> Client::forks_{0};

void Client::watch_forks() {
  static std::once_flag once;
  std::call_once(once, [] {
    pthread_atfork(nullptr, nullptr, [] { forks_.fetch_add(1, std::memory_order_relaxed); });
  });
}

void Client::raise_forked() const {
  raise_made_before_fork(str("the ", platform_name_, " client"));
}

}  // namespace covector::pjrt
