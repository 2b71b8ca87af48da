#pragma once

#include <string>
#include <vector>

#include "covector/tree/treedef.h"

namespace covector {

// The keys of a dict of C++ values; equal lists of keys are one object. They never
// equal the keys of another front end.
class StringKeys final : public NodeData {
 public:
  static Ref<const StringKeys> intern(std::vector<std::string> keys);

  const std::vector<std::string>& keys() const noexcept { return keys_; }

  bool equals(const HostObject&) const override;
  size_t hash() const override { return hash_; }
  std::string repr() const override;
  std::string key_repr(size_t i) const override;

  ~StringKeys() override;

 private:
  StringKeys(std::vector<std::string> keys, size_t hash);

  std::vector<std::string> keys_;
  size_t hash_;
};

}  // namespace covector
