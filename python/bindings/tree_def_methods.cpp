#include <unordered_map>

#include "tree_call.h"
#include "tree_def_type.h"
#include "tree_model.h"

namespace covector::bindings {
namespace {

py::object as_object(PyTypeObject& type) {
  return py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(&type));
}

py::tuple tuple_of(std::span<PyObject* const> items) {
  py::tuple t(items.size());
  for (size_t i = 0; i < items.size(); ++i) t[i] = py::handle(items[i]);
  return t;
}

py::object type_of(const TreeDef& def) {
  switch (def.kind()) {
    case NodeKind::kNone:
      return as_object(*Py_TYPE(Py_None));
    case NodeKind::kTuple:
      return as_object(PyTuple_Type);
    case NodeKind::kList:
      return as_object(PyList_Type);
    case NodeKind::kDict:
      return as_object(PyDict_Type);
    default:
      return as_object(*static_cast<const PyNodeType*>(def.type())->type());
  }
}

py::object data_of(const TreeDef& def) { return data_object(def.kind(), def.data()); }

struct WalkModel {
  using Handle = PyObject*;
  using Owned = py::object;
  py::handle f_node, f_leaf;

  py::object leaf(PyObject* x) const {
    if (f_leaf.is_none()) return py::reinterpret_borrow<py::object>(x);
    return f_leaf(py::handle(x));
  }
  py::object make(const TreeDef& def, std::span<py::object> children) const {
    py::tuple t(children.size());
    for (size_t i = 0; i < children.size(); ++i) t[i] = children[i];
    return f_node(t, def.kind() == NodeKind::kNamedTuple ? type_of(def) : data_of(def));
  }
};

using DefList = std::vector<Ref<const TreeDef>>;

DefList defs_of(py::handle children) {
  DefList defs;
  for (py::handle c : children) defs.push_back(unwrap_treedef(c.ptr()));
  return defs;
}

Ref<const PyValues> values_of(std::vector<py::object> held) {
  std::vector<PyObject*> items;
  for (const auto& x : held) items.push_back(x.ptr());
  return PyValues::intern(items);
}

std::vector<py::object> listed(py::handle iterable) {
  std::vector<py::object> r;
  for (py::handle x : iterable) r.push_back(py::reinterpret_borrow<py::object>(x));
  return r;
}

Ref<const TreeDef> keyed_node(NodeKind kind, const PyNodeType* type, std::vector<py::object> data,
                              size_t num_keys, const DefList& children) {
  require<RuntimeError>(num_keys == children.size(),
                        "Number of keys and entries does not match: ", num_keys,
                        " != ", children.size(), ".");
  return TreeDef::node(kind, type, values_of(std::move(data)).get(), children);
}

Ref<const TreeDef> registered_node(const PyNodeType& type, py::handle data,
                                   const DefList& children) {
  switch (type.kind()) {
    case NodeKind::kOrderedDict: {
      auto keys = listed(data);
      size_t n = keys.size();
      return keyed_node(type.kind(), &type, std::move(keys), n, children);
    }
    case NodeKind::kDefaultDict: {
      require<TypeError>(py::isinstance<py::tuple>(data) && py::len(data) == 2,
                         "the data of a defaultdict node is (default_factory, keys)");
      auto items = listed(data[py::int_(1)]);
      size_t n = items.size();
      items.insert(items.begin(), data[py::int_(0)]);
      return keyed_node(type.kind(), &type, std::move(items), n, children);
    }
    case NodeKind::kDataclass:
      return TreeDef::node(type.kind(), &type, values_of(listed(data)).get(), children);
    default: {
      PyObject* aux = data.ptr();
      return TreeDef::node(type.kind(), &type, PyValues::intern({&aux, 1}).get(), children);
    }
  }
}

Ref<const TreeDef> node_of_type(const PyTreeRegistry& registry, py::handle type_object,
                                py::handle data, const DefList& children) {
  require<TypeError>(PyType_Check(type_object.ptr()), "node data is a pair (type, data)");
  auto* type = reinterpret_cast<PyTypeObject*>(type_object.ptr());
  if (const PyNodeType* entry = registry.find(type)) return registered_node(*entry, data, children);
  if (type == Py_TYPE(Py_None)) return TreeDef::none();
  if (type == &PyTuple_Type) return TreeDef::tuple(children);
  if (type == &PyList_Type) return TreeDef::list(children);
  if (type == &PyDict_Type) {
    auto keys = listed(data);
    size_t n = keys.size();
    return keyed_node(NodeKind::kDict, nullptr, std::move(keys), n, children);
  }
  require<RuntimeError>(is_namedtuple_type(type),
                        "Could not find type: ", to_utf8(PyObject_Repr(type_object.ptr())), ".");
  return TreeDef::node(NodeKind::kNamedTuple, PyNodeType::for_namedtuple(type).get(), nullptr,
                       children);
}

// Equal nodes are one state object, which pickle then writes once.
using StateMemo = std::unordered_map<const TreeDef*, py::object>;

py::object state_of(const TreeDef& def, StateMemo& memo) {
  if (def.is_leaf()) return py::none();
  auto [it, is_new] = memo.try_emplace(&def);
  if (!is_new) return it->second;
  py::tuple children(def.arity());
  for (size_t i = 0; i < def.arity(); ++i) children[i] = state_of(def.child(i), memo);
  return memo[&def] = py::make_tuple(type_of(def), data_of(def), children);
}

}  // namespace

void collect_leaves(PyObject* iterable, Leaves& leaves) {
  if (PyTuple_CheckExact(iterable) || PyList_CheckExact(iterable)) {
    PyObject** items = PySequence_Fast_ITEMS(iterable);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(iterable); ++i) leaves.push_back(items[i]);
    return;
  }
  py::object it = steal_or_throw(PyObject_GetIter(iterable));
  while (PyObject* x = PyIter_Next(it.ptr())) leaves.adopt(py::reinterpret_steal<py::object>(x));
  if (PyErr_Occurred()) throw py::error_already_set();
}

py::object data_object(NodeKind kind, const NodeData* data) {
  if (!data) return py::none();
  auto items = static_cast<const PyValues*>(data)->items();
  switch (kind) {
    case NodeKind::kDict:
      return py::list(tuple_of(items));
    case NodeKind::kDefaultDict:
      return py::make_tuple(py::handle(items[0]), tuple_of(items.subspan(1)));
    case NodeKind::kCustom:
      return py::reinterpret_borrow<py::object>(items[0]);
    default:
      return tuple_of(items);
  }
}

py::object node_data(const TreeDef& def) {
  if (def.is_leaf()) return py::none();
  return py::make_tuple(type_of(def), data_of(def));
}

Ref<const TreeDef> from_node_data(const PyTreeRegistry& registry, py::handle node_data,
                                  py::handle children) {
  DefList defs = defs_of(children);
  if (node_data.is_none()) {
    require<RuntimeError>(defs.empty(), "a leaf has no children");
    return TreeDef::leaf();
  }
  require<TypeError>(py::isinstance<py::tuple>(node_data) && py::len(node_data) == 2,
                     "node data is a pair (type, data)");
  auto pair = py::reinterpret_borrow<py::tuple>(node_data);
  return node_of_type(registry, pair[0], pair[1], defs);
}

py::list children_of(const TreeDef& def) {
  py::list r;
  for (const auto& c : def.children()) r.append(wrap_treedef(c));
  return r;
}

py::object walk(const TreeDef& def, py::handle f_node, py::handle f_leaf, PyObject* iterable) {
  Leaves leaves;
  collect_leaves(iterable, leaves);
  auto expected = static_cast<size_t>(def.num_leaves());
  require<ValueError>(leaves.size() >= expected, "Too few leaves for PyTreeDef");
  require<ValueError>(leaves.size() == expected, "Too many leaves for PyTreeDef");
  WalkModel model{f_node, f_leaf};
  return Unflattener(model, leaves.data()).build(def);
}

py::object from_iterable_tree(const TreeDef& def, PyObject* tree) {
  if (def.is_leaf()) return py::reinterpret_borrow<py::object>(tree);
  Leaves parts;
  collect_leaves(tree, parts);
  require<ValueError>(parts.size() == def.arity(), "Arity mismatch between trees");
  std::vector<py::object> children;
  for (size_t i = 0; i < parts.size(); ++i)
    children.push_back(from_iterable_tree(def.child(i), parts[i]));
  return BuildModel::make(def, children);
}

py::object treedef_state(const TreeDef& def) {
  StateMemo memo;
  return state_of(def, memo);
}

Ref<const TreeDef> treedef_from_state(py::handle state, uint32_t depth) {
  if (state.is_none()) return TreeDef::leaf();
  require<RecursionError>(depth <= TreeDef::kMaxDepth, "a pickled tree is nested too deeply");
  require<TypeError>(py::isinstance<py::tuple>(state) && py::len(state) == 3,
                     "not the state of a PyTreeDef");
  auto parts = py::reinterpret_borrow<py::tuple>(state);
  DefList children;
  for (py::handle c : parts[2]) children.push_back(treedef_from_state(c, depth + 1));
  return node_of_type(default_registry(), parts[0], parts[1], children);
}

}  // namespace covector::bindings
