#include "covector/runtime/compile.h"

#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <unordered_map>

#include "covector/base/blocking.h"
#include "covector/base/hash.h"
#include "covector/pjrt/client.h"

namespace covector::runtime {
namespace {

// Stands for text, options and client. Two independent 64-bit hashes and the
// length: that two programs of one process agree in all is beyond chance.
struct Key {
  uint64_t a, b;
  size_t length;
  const pjrt::Client* client;
  bool operator==(const Key&) const = default;
};
struct KeyHash {
  size_t operator()(const Key& k) const { return k.a; }
};

uint64_t fnv1a(std::string_view s, uint64_t h) {
  for (unsigned char c : s) h = (h ^ c) * 0x100000001b3ull;
  return h;
}

Key key_of(const CompileRequest& r, std::string_view options) {
  return {hash_mix(hash_of(r.text), hash_of(options)),
          fnv1a(options, fnv1a(r.text, 0xcbf29ce484222325ull)), r.text.size(), r.client};
}

struct Entry {
  Key key;
  Ref<pjrt::LoadedExecutable> executable;
  int64_t bytes;
};

class Cache {
 public:
  Ref<pjrt::LoadedExecutable> find(const Key& k) {
    std::lock_guard lock(mutex_);
    auto it = index_.find(k);
    if (it == index_.end()) {
      ++stats_.misses;
      return {};
    }
    ++stats_.hits;
    entries_.splice(entries_.begin(), entries_, it->second);
    return it->second->executable;
  }

  void insert(const Key& k, Ref<pjrt::LoadedExecutable> e, int64_t bytes, int64_t ns) {
    std::lock_guard lock(mutex_);
    stats_.compile_ns += ns;
    if (index_.contains(k)) return;
    entries_.push_front({k, std::move(e), bytes});
    index_.emplace(k, entries_.begin());
    stats_.bytes += bytes;
    evict();
  }

  // Drops programs that were not used for longest if the process has mapped so many pieces of
  // memory that the code of a further one might not find room.
  void make_room(size_t text_bytes) {
    std::lock_guard lock(mutex_);
    // Counting takes as long as compiling a small program: it waits for some of them.
    uncounted_ += text_bytes;
    if (uncounted_ < kCountEvery) return;
    uncounted_ = 0;
    auto count = counter_ ? counter_ : &memory_maps;
    MemoryMaps m = count();
    for (; m.used > m.limit / 2 && !entries_.empty(); m = count()) shrink_to(entries_.size() / 2);
    require<RuntimeError>(m.used <= m.limit - m.limit / 8, "the process has mapped ", m.used,
                          " pieces of memory, and a further program may need more than the ",
                          m.limit, " that the system allows (vm.max_map_count): drop functions ",
                          "whose programs are no longer needed, or raise the limit");
  }

  CompileCacheStats stats() {
    std::lock_guard lock(mutex_);
    CompileCacheStats s = stats_;
    s.entries = static_cast<int64_t>(entries_.size());
    return s;
  }
  void set_counter(MemoryMapCounter f) {
    std::lock_guard lock(mutex_);
    counter_ = f;
  }
  void set_bound(int64_t bytes) {
    std::lock_guard lock(mutex_);
    bound_ = bytes;
    evict();
  }
  void clear() {
    std::lock_guard lock(mutex_);
    index_.clear();
    entries_.clear();
    stats_.bytes = 0;
  }

 private:
  static constexpr size_t kCountEvery = size_t{1} << 18;

  void evict() {
    while (stats_.bytes > bound_ && entries_.size() > 1) drop_last();
  }
  void shrink_to(size_t entries) {
    while (entries_.size() > entries) drop_last();
  }
  void drop_last() {
    stats_.bytes -= entries_.back().bytes;
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }

  std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<Key, std::list<Entry>::iterator, KeyHash> index_;
  CompileCacheStats stats_;
  int64_t bound_ = int64_t{2} << 30;
  size_t uncounted_ = 0;  // text since memory maps were counted
  MemoryMapCounter counter_ = nullptr;
};

Cache& cache() {
  static Cache* c = new Cache;
  return *c;
}

std::atomic<CompileListener> listener{nullptr};
std::atomic<CompileGuard> guard{nullptr};

// What an executable costs beyond its text; CPU plugins do not tell the size of
// the code, which is a few times the text's.
int64_t cost(const CompileRequest& r, const pjrt::LoadedExecutable& e) {
  int64_t code = e.executable().generated_code_size().value_or(0);
  return std::max<int64_t>(code, static_cast<int64_t>(4 * r.text.size())) + 16384;
}

}  // namespace

Ref<pjrt::LoadedExecutable> compile(const CompileRequest& r) {
  std::string options = r.options.serialize();
  Key key = key_of(r, options);
  if (auto found = cache().find(key)) return found;
  if (CompileGuard f = guard) f(r.client->platform_name());
  cache().make_room(r.text.size());
  auto start = std::chrono::steady_clock::now();
  Ref<pjrt::LoadedExecutable> e;
  {
    Blocking blocking;
    e = pjrt::LoadedExecutable::compile(*r.client, r.text, r.options);
  }
  int64_t ns = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
  cache().insert(key, e, cost(r, *e), ns);
  if (CompileListener f = listener) f({r.name, ns, r.text.size()});
  return e;
}

CompileCacheStats compile_cache_stats() { return cache().stats(); }
void set_compile_cache_bytes(int64_t n) { cache().set_bound(n); }
void clear_compile_cache() { cache().clear(); }
void set_memory_map_counter(MemoryMapCounter f) { cache().set_counter(f); }
void set_compile_listener(CompileListener f) { listener = f; }
void set_compile_guard(CompileGuard f) { guard = f; }

}  // namespace covector::runtime
