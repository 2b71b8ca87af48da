#include "covector/pjrt/named_value.h"

#include <optional>

#include "covector/pjrt/api.h"

namespace covector::pjrt {

namespace {

struct Writer {
  PJRT_NamedValue& out;

  void operator()(const std::string& x) const {
    out.type = PJRT_NamedValue_kString;
    out.string_value = x.data();
    out.value_size = x.size();
  }
  void operator()(bool x) const {
    out.type = PJRT_NamedValue_kBool;
    out.bool_value = x;
    out.value_size = 1;
  }
  void operator()(int64_t x) const {
    out.type = PJRT_NamedValue_kInt64;
    out.int64_value = x;
    out.value_size = 1;
  }
  void operator()(float x) const {
    out.type = PJRT_NamedValue_kFloat;
    out.float_value = x;
    out.value_size = 1;
  }
  void operator()(const std::vector<int64_t>& x) const {
    out.type = PJRT_NamedValue_kInt64List;
    out.int64_array_value = x.data();
    out.value_size = x.size();
  }
};

std::optional<NamedValue::Value> value_of(const PJRT_NamedValue& x) {
  switch (number_of(x.type)) {
    case PJRT_NamedValue_kString:
      return std::string(x.string_value, x.value_size);
    case PJRT_NamedValue_kInt64:
      return x.int64_value;
    case PJRT_NamedValue_kInt64List:
      return std::vector<int64_t>(x.int64_array_value, x.int64_array_value + x.value_size);
    case PJRT_NamedValue_kFloat:
      return x.float_value;
    case PJRT_NamedValue_kBool:
      return x.bool_value;
  }
  return std::nullopt;
}

}  // namespace

PJRT_NamedValue to_c(const NamedValue& value) {
  Args<PJRT_NamedValue> out;
  out.name = value.name.data();
  out.name_size = value.name.size();
  std::visit(Writer{out}, value.value);
  return out;
}

std::vector<NamedValue> from_c(const PJRT_NamedValue* values, size_t count) {
  std::vector<NamedValue> out;
  for (size_t i = 0; i < count; ++i) {
    if (auto value = value_of(values[i]))
      out.push_back({std::string(values[i].name, values[i].name_size), *std::move(value)});
  }
  return out;
}

const NamedValue::Value* find_value(const std::vector<NamedValue>& values, std::string_view name) {
  for (const NamedValue& v : values) {
    if (v.name == name) return &v.value;
  }
  return nullptr;
}

}  // namespace covector::pjrt
