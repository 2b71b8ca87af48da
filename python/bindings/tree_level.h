#pragma once

#include <optional>
#include <vector>

#include "tree.h"
#include "tree_registry.h"

// Trees looked at one level at a time.
namespace covector::bindings {

// What stands below the root of a tree.
struct Level {
  std::vector<py::object> keys;  // path entries; empty unless asked for
  std::vector<py::object> children;
  NodeKind kind = NodeKind::kNone;
  py::object data;  // None, the keys, the aux data, the type of a named tuple
};

// Nothing for a leaf.
std::optional<Level> open_level(const PyTreeRegistry& registry, PyObject* tree, bool with_keys);
bool is_leaf(const PyTreeRegistry& registry, PyObject* tree, PyObject* predicate = nullptr);

// As Python shows it: None, or the pair (children, data). With keys, the children
// are pairs (key, child).
py::object flatten_one_level(const PyTreeRegistry& registry, PyObject* tree, bool with_keys);

}  // namespace covector::bindings
