// Which keys have been used: kept beside the arrays, as long as they are there and
// keys are checked.

#include <algorithm>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "covector/control/key_reuse.h"
#include "covector/core/eval_hook.h"

namespace covector::key_reuse {

namespace {

class Ledger {
 public:
  Elements consumed(const Array& key) const {
    std::lock_guard lock(mutex_);
    auto it = entries_.find(&key);
    return it == entries_.end() ? Elements() : it->second.consumed;
  }
  void set(const Array& key, Elements consumed) {
    std::lock_guard lock(mutex_);
    if (entries_.size() >= limit_) sweep();
    entries_.insert_or_assign(&key, Entry{Ref<const Array>(&key), std::move(consumed)});
  }

 private:
  struct Entry {
    Ref<const Array> key;  // alive, so that its address says which it is
    Elements consumed;
  };
  // Drops keys that nobody else has any more.
  void sweep() {
    std::erase_if(entries_, [](const auto& e) { return e.second.key->use_count() == 1; });
    limit_ = std::max<size_t>(64, 2 * entries_.size());
  }

  mutable std::mutex mutex_;
  std::unordered_map<const Array*, Entry> entries_;
  size_t limit_ = 64;
};

Ledger& ledger() {
  static auto* l = new Ledger;
  return *l;
}

const Array* key_array(const Value& v) {
  const Array* a = v.array();
  return a && is_extended(a->aval.dtype()) ? a : nullptr;
}

Values checked(const Op& op, Args args, Values (*run)(const Op&, Args)) {
  Avals avals;
  for (const Value& a : args) avals.push_back(a.aval());
  Uses u = uses_of(op, avals);
  check_operands(u, args, op.name());
  Values results = run(op, args);
  record(u, args, results);
  return results;
}

[[maybe_unused]] const bool installed = (set_eval_hook(checked), true);

}  // namespace

Elements consumed(const Value& key) {
  const Array* a = key_array(key);
  return a ? ledger().consumed(*a) : Elements();
}

void check_operands(const Uses& u, Args operands, std::string_view what) {
  for (const Use& sink : u.sinks)
    require<KeyReuseError>(!consumed(operands[sink.index]).overlaps(sink.elements),
                           "Previously-consumed key passed to ", what, " at index ", sink.index);
}

void record(const Uses& u, Args operands, Args results) {
  for (const Use& sink : u.sinks)
    if (const Array* a = key_array(operands[sink.index])) {
      Elements all = ledger().consumed(*a);
      ledger().set(*a, all |= sink.elements);
    }
  std::vector<std::optional<Elements>> state(results.size(), Elements(true));
  for (const Use& source : u.sources) state[source.index] = !source.elements;
  for (const Forward& f : u.forwards)
    if (key_array(operands[f.in])) state[f.out] = consumed(operands[f.in]);
  for (size_t i = 0; i < results.size(); ++i)
    if (const Array* a = key_array(results[i])) ledger().set(*a, *state[i]);
}

}  // namespace covector::key_reuse
