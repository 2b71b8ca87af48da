#pragma once

#include <functional>
#include <string>

#include "covector/base/host_object.h"

namespace covector {

// A function or rule inside params, which compare it by identity and show its name.
template <class T>
class Held final : public HostObject {
 public:
  Held(T f, std::string name) : f(std::move(f)), name_(std::move(name)) {}
  bool equals(const HostObject& o) const override { return &o == this; }
  size_t hash() const override { return std::hash<const void*>()(this); }
  std::string repr() const override { return name_; }

  const T f;

 private:
  const std::string name_;
};

}  // namespace covector
