#include "tree.h"
#include "tree_call.h"
#include "tree_model.h"

namespace covector::bindings {
namespace {

// Whether each argument is a leaf, as far as its type alone tells.
bool all_plain_leaves(std::span<PyObject* const> args) {
  const PyTreeRegistry& registry = default_registry();
  PyTypeObject* known_leaf = nullptr;
  for (PyObject* x : args) {
    PyTypeObject* t = Py_TYPE(x);
    if (t == known_leaf) continue;
    // A tuple subclass may be a named tuple; the general way finds out.
    if (registry.is_builtin(t) || PyTuple_Check(x) || registry.find(t)) return false;
    known_leaf = t;
  }
  return true;
}

// A tuple that nobody has made, and a dict: what Flattener::flatten opens.
template <class Open>
struct ArgumentsModel {
  using Handle = PyObject*;
  using Owned = py::object;
  PlainModel& model;
  Open open_root;
  bool at_root = true;

  static PyObject* borrow(const py::object& x) { return x.ptr(); }
  template <class F>
  bool open(PyObject* x, F& f) {
    if (!std::exchange(at_root, false)) return model.open(x, f);
    open_root(f);
    return true;
  }
};

template <class Open>
Ref<const TreeDef> flatten_root(Leaves& leaves, Open open) {
  PlainModel model(default_registry(), nullptr);
  ArgumentsModel<Open> root{model, open};
  return Flattener(root, leaves).flatten(nullptr);
}

}  // namespace

py::list Leaves::take_list() {
  auto list = steal_or_throw(PyList_New(static_cast<Py_ssize_t>(items_.size())));
  Py_ssize_t i = 0;
  for (PyObject* x : items_) PyList_SET_ITEM(list.ptr(), i++, x);
  items_ = {};
  return py::reinterpret_steal<py::list>(list.release());
}

Ref<const TreeDef> flatten_into(PyObject* tree, Leaves& leaves, PyObject* is_leaf) {
  PlainModel model(default_registry(), is_leaf == Py_None ? nullptr : is_leaf);
  return Flattener(model, leaves).flatten(tree);
}

FlatTree flatten(PyObject* tree, PyObject* is_leaf) {
  Leaves leaves;
  FlatTree flat{{}, flatten_into(tree, leaves, is_leaf)};
  flat.leaves.reserve(leaves.size());
  for (PyObject* x : leaves) flat.leaves.push_back(py::reinterpret_borrow<py::object>(x));
  return flat;
}

Ref<const TreeDef> flatten_args_into(std::span<PyObject* const> args, Leaves& leaves) {
  if (all_plain_leaves(args)) {
    for (PyObject* x : args) leaves.push_back(x);
    return TreeDef::flat_tuple(args.size());
  }
  return flatten_root(leaves, [&](auto& f) {
    auto mark = f.begin();
    for (PyObject* x : args) f.child(x);
    f.close(mark, NodeKind::kTuple);
  });
}

Ref<const TreeDef> flatten_kwargs_into(PyObject* names, PyObject* const* values, Leaves& leaves) {
  DictItems items(names, values);
  return flatten_root(leaves, [&](auto& f) {
    auto mark = f.begin();
    auto data = items.intern_keys();
    for (py::object& v : items.values) f.take(std::move(v));
    f.close(mark, NodeKind::kDict, nullptr, data.get());
  });
}

PyObject* unflatten(const TreeDef& def, std::span<PyObject* const> leaves) {
  auto expected = static_cast<size_t>(def.num_leaves());
  require<ValueError>(leaves.size() >= expected, "Too few leaves for PyTreeDef; expected ",
                      expected, ", got ", leaves.size());
  require<ValueError>(leaves.size() == expected, "Too many leaves for PyTreeDef; expected ",
                      expected, ".");
  BuildModel model;
  return Unflattener(model, leaves.data()).build(def).release().ptr();
}

void flatten_up_to(const TreeDef& def, PyObject* tree, Leaves& leaves) {
  BuildModel model;
  PrefixFlattener(model, leaves).flatten(def, tree);
}

}  // namespace covector::bindings
