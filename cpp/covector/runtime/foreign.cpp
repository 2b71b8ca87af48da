#include "covector/runtime/foreign.h"

#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "covector/base/blocking.h"
#include "covector/base/error.h"
#include "covector/hlo/custom_call.h"
#include "covector/pjrt/ffi.h"

namespace covector::runtime {
namespace {

using Name = std::pair<std::string, std::string>;  // and its platform

struct Table {
  // Recursive: a loader adds functions while it is asked for one.
  std::recursive_mutex mutex;
  std::map<Name, ForeignFunction> functions;
  std::set<std::pair<const pjrt::Plugin*, std::string>> known_to;
  ForeignFunctionLoader loader = nullptr;
};

Table& table() {
  static Table* t = new Table;
  return *t;
}

// The front end's lock is given up before ours is taken: the loader takes it.
struct Locked {
  explicit Locked(Table& t) : lock(t.mutex) {}
  Blocking blocking;
  std::lock_guard<std::recursive_mutex> lock;
};

bool same_handlers(const pjrt::ffi::Bundle& a, const pjrt::ffi::Bundle& b) {
  return a.instantiate == b.instantiate && a.prepare == b.prepare && a.initialize == b.initialize &&
         a.execute == b.execute;
}

// As XLA's registry calls platforms.
std::string_view registry_name(std::string_view platform) {
  if (platform == "cpu") return "Host";
  return platform == "cuda" ? "CUDA" : platform == "rocm" ? "ROCM" : platform;
}

const ForeignFunction& find(Table& t, const Name& name) {
  auto it = t.functions.find(name);
  if (it == t.functions.end() && t.loader) {
    t.loader(name.first, name.second);
    it = t.functions.find(name);
  }
  require<RuntimeError>(it != t.functions.end(), "the program calls the foreign function '",
                        name.first, "', which nobody has added for platform ", name.second,
                        "; give its handler to runtime::add_foreign_function");
  return it->second;
}

}  // namespace

void add_foreign_function(ForeignFunction f) {
  Table& t = table();
  Locked locked(t);
  Name name(f.name, f.platform);
  auto [it, fresh] = t.functions.try_emplace(name, std::move(f));
  require<ValueError>(fresh || same_handlers(it->second.handlers, f.handlers), "foreign function '",
                      name.first, "' of platform ", name.second,
                      " has been added with another handler");
}

void set_foreign_function_loader(ForeignFunctionLoader f) {
  Table& t = table();
  Locked locked(t);
  t.loader = f;
}

void provide_foreign_functions(std::string_view text, const pjrt::Client& client) {
  std::vector<std::string_view> names = hlo::foreign_functions(text);
  if (names.empty()) return;
  Table& t = table();
  Locked locked(t);
  const pjrt::Plugin& plugin = client.plugin();
  for (std::string_view name : names) {
    if (t.known_to.contains({&plugin, std::string(name)})) continue;
    const ForeignFunction& f = find(t, {std::string(name), client.platform_name()});
    pjrt::ffi::register_handler(plugin, name, registry_name(f.platform), f.handlers, f.traits);
    t.known_to.emplace(&plugin, name);
  }
}

}  // namespace covector::runtime
