// Eager operations: each is compiled once for its operand types, and run.

#include <mutex>
#include <unordered_map>

#include "covector/core/config.h"
#include "covector/core/stage.h"
#include "covector/core/trace.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/callbacks.h"
#include "covector/runtime/program.h"

namespace covector::runtime {
namespace {

struct Key {
  Op op;
  Avals avals;
  uint64_t config;
  const pjrt::Client* client;
  bool operator==(const Key&) const = default;
};

size_t hash_key(const Op& op, Args args, uint64_t config) {
  size_t h = hash_mix(op.hash(), config);
  for (const Value& a : args) h = hash_mix(h, a.aval().hash());
  return h;
}

bool matches(const Key& k, const Op& op, Args args, uint64_t config, const pjrt::Client* c) {
  if (k.config != config || k.client != c || k.avals.size() != args.size()) return false;
  for (size_t i = 0; i < args.size(); ++i)
    if (k.avals[i] != args[i].aval()) return false;
  return k.op == op;
}

class CompiledEvaluator final : public Evaluator {
 public:
  Values evaluate(const Op& op, Args args) override {
    Placement at = placement(args);
    const pjrt::Client& client = at.device->client();
    return runtime::run(*find(op, args, client), args, at);
  }

  void clear() {
    std::lock_guard lock(mutex_);
    programs_.clear();
  }

 private:
  Ref<const Program> find(const Op& op, Args args, const pjrt::Client& client) {
    uint64_t config = config_key();
    size_t h = hash_key(op, args, config);
    {
      std::lock_guard lock(mutex_);
      auto [it, end] = programs_.equal_range(h);
      for (; it != end; ++it)
        if (matches(it->second.first, op, args, config, &client)) return it->second.second;
    }
    Avals avals;
    for (const Value& a : args) avals.push_back(a.aval());
    ClosedJaxpr c = stage([&](Args a) { return op.bind(a); }, avals);
    ProgramOptions options;
    options.name = std::string(op.name());
    auto p = Program::make(make_ref<const Lowered>(c, std::move(options)), client);
    std::lock_guard lock(mutex_);
    programs_.emplace(h, std::pair(Key{op, avals, config, &client}, p));
    return p;
  }

  std::mutex mutex_;
  std::unordered_multimap<size_t, std::pair<Key, Ref<const Program>>> programs_;
};

CompiledEvaluator& compiled_evaluator() {
  static CompiledEvaluator* e = new CompiledEvaluator;
  return *e;
}

}  // namespace

void start() {
  set_evaluator(&compiled_evaluator());
  start_callbacks();
}
void clear_eager_cache() { compiled_evaluator().clear(); }

}  // namespace covector::runtime
