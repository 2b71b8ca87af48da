#pragma once

#include <string>

#include "covector/base/host_object.h"
#include "covector/core/params.h"

namespace covector {

// A parameter that jaxprs print as something else than what it is: enumerators of integers as
// numbers, as JAX does, and the axes of a contraction in brackets.
class ShownParam final : public HostObject {
 public:
  using Text = std::string (*)(const Param&);
  ShownParam(Param p, Text shown) : value(std::move(p)), text_(shown) {}
  bool equals(const HostObject& o) const override {
    auto* other = dynamic_cast<const ShownParam*>(&o);
    return other && other->value == value;
  }
  size_t hash() const override { return value.hash(); }
  std::string repr() const override { return text_(value); }

  const Param value;

 private:
  const Text text_;
};

inline Param shown_as(Param value, ShownParam::Text text) {
  return Ref<const HostObject>(make_ref<const ShownParam>(std::move(value), text));
}

}  // namespace covector
