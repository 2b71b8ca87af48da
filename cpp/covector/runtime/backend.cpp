#include "covector/runtime/backend.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "covector/base/blocking.h"
#include "covector/base/error.h"

namespace covector::runtime {
namespace {

struct Registry {
  std::recursive_mutex mutex;
  std::vector<Platform> platforms;
  std::map<std::string, const pjrt::Client*, std::less<>> clients;
  std::function<void()> finder = discover_platforms;
  std::vector<std::string> order;
  int64_t cpu_devices = 1;
  std::atomic<const pjrt::Client*> preferred{nullptr};
  std::atomic<const pjrt::Device*> default_device{nullptr};
};

// The registry's lock is held while plugins load. A thread that waits for it, or
// holds it through such a time, must not keep the front end from running: the
// front end's lock is given up first, always in this order.
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

// Runs the finder once. Callers hold the lock.
void find(Registry& r) {
  if (!r.finder) return;
  auto finder = std::exchange(r.finder, nullptr);
  finder();
}

std::vector<std::string_view> split(std::string_view s, char separator) {
  std::vector<std::string_view> parts;
  while (!s.empty()) {
    size_t n = std::min(s.find(separator), s.size());
    if (n) parts.push_back(s.substr(0, n));
    s.remove_prefix(std::min(n + 1, s.size()));
  }
  return parts;
}

bool answers_to(const Platform& p, std::string_view name) {
  if (p.name == name) return true;
  return name == "gpu" && (p.name == "cuda" || p.name == "rocm");
}

const Platform* find_platform(const Registry& r, std::string_view name) {
  for (const Platform& p : r.platforms)
    if (answers_to(p, name)) return &p;
  return nullptr;
}

std::string known_names(const Registry& r) {
  std::string s;
  for (const Platform& p : r.platforms) s += (s.empty() ? "" : ", ") + p.name;
  return s.empty() ? "none" : s;
}

const pjrt::Client& make_client(Registry& r, const Platform& p) {
  const pjrt::Plugin& plugin = pjrt::Plugin::load(p.plugin_path);
  std::vector<pjrt::ClientOption> options = p.options;
  if (p.name == "cpu")
    for (pjrt::ClientOption& o : pjrt::cpu_client_options(r.cpu_devices))
      options.push_back(std::move(o));
  return pjrt::Client::create(plugin, options);
}

}  // namespace

void register_platform(Platform p) {
  Registry& r = registry();
  Locked locked(r);
  require<RuntimeError>(!r.clients.contains(p.name), "platform ", p.name,
                        " is in use already: register its plugin before the first use of a device");
  std::erase_if(r.platforms, [&](const Platform& q) { return q.name == p.name; });
  auto at = std::find_if(r.platforms.begin(), r.platforms.end(),
                         [&](const Platform& q) { return q.priority < p.priority; });
  r.platforms.insert(at, std::move(p));
}

void set_platform_finder(std::function<void()> f) {
  Registry& r = registry();
  Locked locked(r);
  r.finder = std::move(f);
}

void discover_platforms() {
  const char* list = std::getenv("COVECTOR_PLUGINS");
  for (std::string_view item : split(list ? list : "", ';')) {
    size_t eq = item.find('=');
    require<ValueError>(eq != std::string_view::npos && eq > 0,
                        "COVECTOR_PLUGINS must be a list of name=path separated by ';', got '",
                        item, "'");
    std::string name(item.substr(0, eq));
    int priority = name == "cpu" ? 0 : 100;
    register_platform({name, std::string(item.substr(eq + 1)), priority, {}});
  }
}

void set_cpu_device_count(int64_t n) {
  Registry& r = registry();
  Locked locked(r);
  require<ValueError>(n >= 1 && n <= 4096, "the number of CPU devices must be 1..4096, got ", n);
  require<RuntimeError>(!r.clients.contains("cpu") || r.cpu_devices == n,
                        "the number of CPU devices must be set before the first use of a device");
  r.cpu_devices = n;
}

const pjrt::Client& client(std::string_view name) {
  if (name.empty()) return default_client();
  Registry& r = registry();
  Locked locked(r);
  find(r);
  const Platform* p = find_platform(r, name);
  require<RuntimeError>(p != nullptr, "Unknown backend ", name, ". Known ones: ", known_names(r),
                        ". Install the plugin of the platform, or name it in COVECTOR_PLUGINS.");
  auto it = r.clients.find(p->name);
  if (it == r.clients.end()) it = r.clients.emplace(p->name, &make_client(r, *p)).first;
  return *it->second;
}

const pjrt::Client& default_client() {
  Registry& r = registry();
  if (const pjrt::Client* c = r.preferred.load(std::memory_order_acquire)) return *c;
  Locked locked(r);
  find(r);
  std::string reasons;
  std::vector<std::string> names = r.order;
  if (names.empty())
    for (const Platform& p : r.platforms) names.push_back(p.name);
  for (const std::string& name : names) {
    try {
      const pjrt::Client& c = client(name);
      r.preferred.store(&c, std::memory_order_release);
      return c;
    } catch (const Error& e) {
      // An installed GPU plugin on a machine without a GPU: try the next one,
      // unless the user asked for this platform.
      if (!r.order.empty()) throw;
      reasons += str("\n  ", name, ": ", e.what());
    }
  }
  fail<RuntimeError>("Unable to initialize any backend.",
                     reasons.empty() ? " No PJRT plugin was found: install xla-cpu-pjrt, or name a "
                                       "plugin in COVECTOR_PLUGINS (cpu=/path/to/plugin.so)."
                                     : reasons);
}

bool any_client() {
  Registry& r = registry();
  Locked locked(r);
  return !r.clients.empty();
}

std::vector<std::string> platforms() {
  Registry& r = registry();
  Locked locked(r);
  find(r);
  std::vector<std::string> names;
  for (const Platform& p : r.platforms) names.push_back(p.name);
  return names;
}

void set_platform_order(std::string_view list) {
  Registry& r = registry();
  Locked locked(r);
  r.order.clear();
  for (std::string_view s : split(list, ',')) r.order.emplace_back(s);
  r.preferred = nullptr;
}

std::span<const pjrt::Device* const> devices(std::string_view platform) {
  return client(platform).devices();
}

const pjrt::Device& default_device() {
  if (thread_device) return *thread_device;
  if (const pjrt::Device* d = registry().default_device.load(std::memory_order_relaxed)) return *d;
  return *default_client().addressable_devices()[0];
}

void set_thread_default_device(const pjrt::Device* d) { thread_device = d; }
const pjrt::Device* thread_default_device() { return thread_device; }
void set_default_device(const pjrt::Device* d) { registry().default_device = d; }

}  // namespace covector::runtime
