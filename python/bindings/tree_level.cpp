#include "tree_level.h"

#include "tree_call.h"
#include "tree_def_type.h"
#include "tree_model.h"

namespace covector::bindings {
namespace {

// Stands in for the engine and does not go down.
template <bool kKeys>
struct Collector {
  static constexpr bool kWantsDefs = true;
  struct Mark {};

  FlattenModel<kKeys>& model;
  Level& level;

  Mark begin() { return {}; }
  void child(PyObject* x) { take(py::reinterpret_borrow<py::object>(x)); }
  void take(py::object x) {
    level.children.push_back(std::move(x));
    if constexpr (kKeys) level.keys.push_back(model.path.last());
  }
  void close_none() {
    level.kind = NodeKind::kNone;
    level.data = py::none();
  }
  void close(Mark, NodeKind kind, const NodeType* type = nullptr, const NodeData* data = nullptr) {
    level.kind = kind;
    if (kind == NodeKind::kNamedTuple)
      level.data =
          py::handle(static_cast<const PyNodeType*>(type)->type_object()).cast<py::object>();
    else
      level.data = data_object(kind, data);
    if (kind == NodeKind::kDict) level.data = py::tuple(level.data);
  }
};

struct Probe {
  static constexpr bool kWantsDefs = false;
  struct Mark {};
  Mark begin() { return {}; }
  void child(PyObject*) {}
  void take(py::object) {}
  void close_none() {}
  void close(Mark, NodeKind, const NodeType* = nullptr, const NodeData* = nullptr) {}
};

template <bool kKeys>
std::optional<Level> open_with(const PyTreeRegistry& registry, PyObject* tree) {
  Level level;
  FlattenModel<kKeys> model(registry, nullptr);
  Collector<kKeys> collector{model, level};
  if (!model.open(tree, collector)) return std::nullopt;
  return level;
}

bool is_shown_as_tuple(NodeKind kind) {
  return kind == NodeKind::kTuple || kind == NodeKind::kDict || kind == NodeKind::kNone;
}

}  // namespace

std::optional<Level> open_level(const PyTreeRegistry& registry, PyObject* tree, bool with_keys) {
  return with_keys ? open_with<true>(registry, tree) : open_with<false>(registry, tree);
}

bool is_leaf(const PyTreeRegistry& registry, PyObject* tree, PyObject* predicate) {
  PlainModel model(registry, predicate);
  Probe probe;
  return !model.open(tree, probe);
}

py::object flatten_one_level(const PyTreeRegistry& registry, PyObject* tree, bool with_keys) {
  const PyNodeType* type = registry.find(Py_TYPE(tree));
  if (type && type->kind() == NodeKind::kCustom && !with_keys) {
    CustomParts parts = take_apart(*type, tree);
    return py::make_tuple(parts.children, parts.aux);
  }
  auto level = open_level(registry, tree, with_keys);
  if (!level) return py::none();
  py::list children;
  for (size_t i = 0; i < level->children.size(); ++i)
    children.append(with_keys ? py::make_tuple(level->keys[i], level->children[i])
                              : level->children[i]);
  bool as_tuple = is_shown_as_tuple(level->kind) || (with_keys && level->kind == NodeKind::kList);
  return py::make_tuple(as_tuple ? py::object(py::tuple(children)) : children, level->data);
}

}  // namespace covector::bindings
