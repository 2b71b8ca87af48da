#pragma once

#include <string>

#include "covector/core/primitive.h"

namespace covector {

struct NameParams {
  std::string name;
  void fields(FieldVisitor& f) const { f("name", std::string_view(name)); }
  bool operator==(const NameParams&) const = default;
};
extern const Primitive name_p;
// The value itself, under a name by which policies of rematerialization know it.
Value checkpoint_name(const Value&, std::string name);

}  // namespace covector
