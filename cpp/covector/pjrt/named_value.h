#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "covector/pjrt/c_types.h"

namespace covector::pjrt {

// A named attribute or option: what plugins describe themselves with and what
// clients and topologies are created with.
struct NamedValue {
  using Value = std::variant<std::string, bool, int64_t, float, std::vector<int64_t>>;

  std::string name;
  Value value;

  bool operator==(const NamedValue&) const = default;
};

// The C struct borrows the name and the data of `value`.
PJRT_NamedValue to_c(const NamedValue& value);

// Copies a plugin's array; entries of a kind this library does not know are left out.
std::vector<NamedValue> from_c(const PJRT_NamedValue* values, size_t count);

// The value of `name`, or null.
const NamedValue::Value* find_value(const std::vector<NamedValue>& values, std::string_view name);

}  // namespace covector::pjrt
