#include "covector/tree/cpp_tree.h"

#include <cxxabi.h>

#include <cstdlib>

namespace covector::tree {
namespace {

// The type's name without namespaces.
std::string short_name(const std::type_info& type) {
  int status;
  char* full = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string name = full ? full : type.name();
  std::free(full);
  // A template's arguments have namespaces of their own.
  size_t end = std::min(name.find('<'), name.size());
  size_t colons = name.rfind("::", end);
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

}  // namespace

bool StructType::same(const NodeType& other) const {
  auto* o = dynamic_cast<const StructType*>(&other);
  return o && o->type_ == type_;
}

size_t StructType::hash() const { return type_.hash_code(); }

std::string StructType::describe(const NodeData*) const { return short_name(type_) + "[()]"; }

namespace internal {

void require_kind(bool ok, const TreeDef& def, const char* wanted) {
  if (!ok) fail<ValueError>("expected ", wanted, ", got the structure ", def.to_string());
}

void require_arity(const TreeDef& def, size_t arity, const char* wanted) {
  if (def.arity() != arity)
    fail<ValueError>("expected ", wanted, " of ", arity, ", got the structure ", def.to_string());
}

const std::vector<std::string>& string_keys(const TreeDef& def) {
  auto* keys = dynamic_cast<const StringKeys*>(def.data());
  require_kind(def.kind() == NodeKind::kDict && keys, def, "a dict with string keys");
  return keys->keys();
}

}  // namespace internal
}  // namespace covector::tree
