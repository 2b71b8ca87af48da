#include "covector/runtime/backend.h"

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "covector/base/blocking.h"
#include "covector/base/error.h"
#include "covector/pjrt/discovery.h"
#include "covector/pjrt/plugin.h"

namespace covector::runtime {
namespace {

struct Registry {
  std::recursive_mutex mutex;
  std::vector<std::string> directories, order;
  std::map<std::string, const pjrt::Client*, std::less<>> clients;
  std::map<std::string, std::vector<pjrt::ClientOption>, std::less<>> options;
  int64_t cpu_devices = 1;
  std::atomic<const pjrt::Client*> preferred{nullptr};
  std::atomic<const pjrt::Device*> default_device{nullptr};
  std::atomic<const pjrt::Client*> aside{nullptr};
};

// The registry's lock is held while plugins load. A thread that waits for it
// must not keep the front end from running: the front end's lock is given up
// first, always in this order.
struct Locked {
  explicit Locked(Registry& r) : lock(r.mutex) {}
  Blocking blocking;
  std::lock_guard<std::recursive_mutex> lock;
};

// Never destroyed: clients live until the process ends.
Registry& registry() {
  static Registry* r = new Registry;
  return *r;
}

thread_local const pjrt::Device* thread_device = nullptr;
thread_local bool computes_aside = false;

const pjrt::Client& make_client(Registry& r, const pjrt::PluginLocation& p, int64_t cpu_devices) {
  require<RuntimeError>(p.found(), p.reason);
  const pjrt::Plugin& plugin = pjrt::Plugin::load(p.path);
  std::vector<pjrt::ClientOption> options = r.options[p.platform];
  if (p.platform == "cpu")
    for (pjrt::ClientOption& o : pjrt::cpu_client_options(cpu_devices))
      options.push_back(std::move(o));
  return pjrt::Client::create(plugin, options);
}

// Callers hold the lock.
const pjrt::Client& client_at(Registry& r, const pjrt::PluginLocation& p) {
  auto it = r.clients.find(p.platform);
  if (it == r.clients.end())
    it = r.clients.emplace(p.platform, &make_client(r, p, r.cpu_devices)).first;
  return *it->second;
}

std::vector<pjrt::PluginLocation> candidates(Registry& r) {
  if (r.order.empty()) return pjrt::find_plugins(r.directories);
  std::vector<pjrt::PluginLocation> found;
  for (const std::string& name : r.order) found.push_back(pjrt::find_plugin(name, r.directories));
  return found;
}

// An installed GPU plugin on a machine without a GPU is passed over, unless the
// user asked for the platform.
const pjrt::Client& pick_client(Registry& r) {
  std::string reasons;
  for (const pjrt::PluginLocation& p : candidates(r)) {
    try {
      return client_at(r, p);
    } catch (const Error& e) {
      if (!r.order.empty()) throw;
      reasons += str("\n  ", p.found() ? str(p.platform, ": ") : "", e.what());
    }
  }
  fail<RuntimeError>("Unable to initialize any backend:", reasons);
}

const pjrt::Device& device_aside() {
  Registry& r = registry();
  const pjrt::Client* c = r.aside.load(std::memory_order_acquire);
  if (!c) {
    Locked locked(r);
    c = r.aside.load(std::memory_order_relaxed);
    if (!c) c = &make_client(r, pjrt::find_plugin("cpu", r.directories), 1);
    r.aside.store(c, std::memory_order_release);
  }
  return *c->addressable_devices()[0];
}

}  // namespace

void set_plugin_directories(std::vector<std::string> d) {
  Registry& r = registry();
  Locked locked(r);
  r.directories = std::move(d);
}

void set_client_options(std::string_view platform, std::vector<pjrt::ClientOption> options) {
  Registry& r = registry();
  Locked locked(r);
  require<RuntimeError>(!r.clients.contains(platform), "the options of platform ", platform,
                        " must be set before the first use of its devices");
  r.options[std::string(platform)] = std::move(options);
}

void set_cpu_device_count(int64_t n) {
  Registry& r = registry();
  Locked locked(r);
  require<ValueError>(n >= 1 && n <= 4096, "the number of CPU devices must be 1..4096, got ", n);
  require<RuntimeError>(!r.clients.contains("cpu") || r.cpu_devices == n,
                        "the number of CPU devices must be set before the first use of a device");
  r.cpu_devices = n;
}

void set_platform_order(std::string_view list) {
  Registry& r = registry();
  Locked locked(r);
  r.order.clear();
  while (!list.empty()) {
    size_t n = std::min(list.find(','), list.size());
    if (n) r.order.emplace_back(list.substr(0, n));
    list.remove_prefix(std::min(n + 1, list.size()));
  }
  r.preferred = nullptr;
}

const pjrt::Client& client(std::string_view platform) {
  if (platform.empty()) return default_client();
  Registry& r = registry();
  Locked locked(r);
  return client_at(r, pjrt::find_plugin(platform, r.directories));
}

std::string_view lowering_name(std::string_view platform) {
  return platform == "cuda" || platform == "rocm" ? "gpu" : platform;
}

const pjrt::Client& default_client() {
  Registry& r = registry();
  if (const pjrt::Client* c = r.preferred.load(std::memory_order_acquire)) return *c;
  Locked locked(r);
  const pjrt::Client& c = pick_client(r);
  r.preferred.store(&c, std::memory_order_release);
  return c;
}

std::vector<std::string> platforms() {
  Registry& r = registry();
  Locked locked(r);
  std::vector<std::string> names;
  for (const pjrt::PluginLocation& p : candidates(r))
    if (p.found()) names.push_back(p.platform);
  return names;
}

std::span<const pjrt::Device* const> devices(std::string_view platform) {
  return client(platform).devices();
}

const pjrt::Device& default_device() {
  if (thread_device) return *thread_device;
  if (computes_aside) [[unlikely]]
    return device_aside();
  if (const pjrt::Device* d = registry().default_device.load(std::memory_order_relaxed)) return *d;
  return *default_client().addressable_devices()[0];
}

void set_thread_default_device(const pjrt::Device* d) { thread_device = d; }
const pjrt::Device* thread_default_device() { return thread_device; }
void set_default_device(const pjrt::Device* d) { registry().default_device = d; }

ComputeAside::ComputeAside() : previous_(std::exchange(computes_aside, true)) {}
ComputeAside::~ComputeAside() { computes_aside = previous_; }
bool is_aside(const pjrt::Client& c) { return registry().aside.load() == &c; }

}  // namespace covector::runtime
