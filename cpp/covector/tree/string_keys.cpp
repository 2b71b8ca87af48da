#include "covector/tree/string_keys.h"

#include <mutex>

#include "covector/base/hash.h"
#include "covector/tree/intern_table.h"

namespace covector {
namespace {

struct Table {
  std::mutex mutex;
  InternTable<const StringKeys> keys;
};

Table& table() {
  static Table* t = new Table;
  return *t;
}

}  // namespace

Ref<const StringKeys> StringKeys::intern(std::vector<std::string> keys) {
  size_t hash = keys.size();
  for (const auto& k : keys) hash = hash_mix(hash, hash_of(k));
  Table& t = table();
  std::lock_guard lock(t.mutex);
  auto same = [&](const StringKeys& k) { return k.keys_ == keys; };
  if (auto found = t.keys.find(hash, same)) return found;
  Ref<const StringKeys> made(new StringKeys(std::move(keys), hash));
  t.keys.insert(hash, made.get());
  return made;
}

StringKeys::StringKeys(std::vector<std::string> keys, size_t hash)
    : NodeData(/*canonical=*/true, /*keepable=*/true), keys_(std::move(keys)), hash_(hash) {}

StringKeys::~StringKeys() {
  Table& t = table();
  std::lock_guard lock(t.mutex);
  t.keys.erase(hash_, this);
}

bool StringKeys::equals(const HostObject& other) const { return this == &other; }

std::string StringKeys::repr() const {
  std::string s = "(";
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (i) s += ", ";
    s += key_repr(i);
  }
  s += keys_.size() == 1 ? ",)" : ")";
  return s;
}

std::string StringKeys::key_repr(size_t i) const { return str('\'', keys_[i], '\''); }

}  // namespace covector
