#include "tree_functions.h"

#include "tree_call.h"
#include "tree_def_type.h"
#include "tree_docs.h"
#include "tree_level.h"
#include "tree_model.h"
#include "tree_prefix.h"

namespace covector::bindings {
namespace {

// Collects leaves and the paths to them.
struct PathLeaves {
  const KeyPath& path;
  Leaves paths, leaves;

  void push_back(PyObject* x) {
    paths.adopt(path.tuple());
    leaves.push_back(x);
  }
  void adopt(py::object x) {
    paths.adopt(path.tuple());
    leaves.adopt(std::move(x));
  }
  py::list pairs() const {
    py::list r(leaves.size());
    for (size_t i = 0; i < leaves.size(); ++i)
      r[i] = steal_or_throw(PyTuple_Pack(2, paths[i], leaves[i]));
    return r;
  }
};

struct FlatWithPath {
  PathModel model;
  PathLeaves found{model.path, {}, {}};
  Ref<const TreeDef> def;

  FlatWithPath(const PyTreeRegistry& registry, PyObject* tree, PyObject* is_leaf, bool takes_path)
      : model(registry, is_leaf, takes_path), def(Flattener(model, found).flatten(tree)) {}
};

py::object pair(py::object a, Ref<const TreeDef> def) {
  py::object d = wrap_treedef(std::move(def));
  return steal_or_throw(PyTuple_Pack(2, a.ptr(), d.ptr()));
}

bool as_bool(PyObject* x) {
  int r = x ? PyObject_IsTrue(x) : 0;
  if (r < 0) throw py::error_already_set();
  return r;
}

// --- flattening ---------------------------------------------------------------

constexpr Signature<2> kFlatten{"tree_flatten", {"tree", "is_leaf"}, 1};
constexpr Signature<2> kLeaves{"tree_leaves", {"tree", "is_leaf"}, 1};
constexpr Signature<2> kStructure{"tree_structure", {"tree", "is_leaf"}, 1};

PyObject* tree_flatten(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [tree, is_leaf] = kFlatten.bind(args, n, names);
    return flatten_to_list(default_registry(), tree, null_if_none(is_leaf)).release().ptr();
  });
}

PyObject* tree_leaves(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [tree, is_leaf] = kLeaves.bind(args, n, names);
    PlainModel model(default_registry(), null_if_none(is_leaf));
    Leaves leaves;
    Flattener<PlainModel, Leaves, false>(model, leaves).flatten(tree);
    return leaves.take_list().release().ptr();
  });
}

PyObject* tree_structure(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [tree, is_leaf] = kStructure.bind(args, n, names);
    Leaves leaves;
    return wrap_treedef(flatten_into(tree, leaves, is_leaf)).release().ptr();
  });
}

constexpr Signature<3> kFlattenWithPath{
    "tree_flatten_with_path", {"tree", "is_leaf", "is_leaf_takes_path"}, 1};
constexpr Signature<3> kLeavesWithPath{
    "tree_leaves_with_path", {"tree", "is_leaf", "is_leaf_takes_path"}, 1};

PyObject* tree_flatten_with_path(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [tree, is_leaf, takes_path] = kFlattenWithPath.bind(args, n, names);
    return flatten_with_path(default_registry(), tree, null_if_none(is_leaf), as_bool(takes_path))
        .release()
        .ptr();
  });
}

PyObject* tree_leaves_with_path(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [tree, is_leaf, takes_path] = kLeavesWithPath.bind(args, n, names);
    FlatWithPath flat(default_registry(), tree, null_if_none(is_leaf), as_bool(takes_path));
    return flat.found.pairs().release().ptr();
  });
}

constexpr Signature<2> kAllLeaves{"all_leaves", {"iterable", "is_leaf"}, 1};

PyObject* all_leaves(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [iterable, predicate] = kAllLeaves.bind(args, n, names);
    Leaves items;
    collect_leaves(iterable, items);
    for (PyObject* x : items)
      if (!is_leaf(default_registry(), x, null_if_none(predicate))) return Py_NewRef(Py_False);
    return Py_NewRef(Py_True);
  });
}

// --- mapping ------------------------------------------------------------------

using Columns = SmallVector<Leaves, 2>;

// The trees after the first, each taken apart along its structure.
void flatten_others(const TreeDef& def, PyObject* first, std::span<PyObject* const> others,
                    PyObject* is_leaf, const char* name, Columns& columns) {
  for (PyObject* tree : others) {
    try {
      flatten_up_to(def, tree, columns.emplace_back());
    } catch (const std::exception& e) {
      auto* error = dynamic_cast<const py::error_already_set*>(&e);
      if (error && !error->matches(PyExc_Exception)) throw;
      fail_if_mismatch(first, tree, is_leaf, name);
      throw;
    }
  }
}

PyObject* map_columns(PyObject* f, const TreeDef& def, const Columns& columns) {
  Leaves results;
  // One word before the arguments is free for the callee, as the flag says.
  SmallVector<PyObject*, 8> row(columns.size() + 1);
  size_t flags = columns.size() | PY_VECTORCALL_ARGUMENTS_OFFSET;
  for (size_t i = 0; i < columns[0].size(); ++i) {
    for (size_t j = 0; j < columns.size(); ++j) row[j + 1] = columns[j][i];
    results.adopt(steal_or_throw(PyObject_Vectorcall(f, row.data() + 1, flags, nullptr)));
  }
  return unflatten(def, results);
}

std::span<PyObject* const> rest(PyObject* const* args, Py_ssize_t n) {
  if (n <= 2) return {};
  return {args + 2, static_cast<size_t>(n - 2)};
}

constexpr Signature<3> kMap{"tree_map", {"f", "tree", "is_leaf"}, 2, 2, true};
constexpr Signature<4> kMapWithPath{
    "tree_map_with_path", {"f", "tree", "is_leaf", "is_leaf_takes_path"}, 2, 2, true};

PyObject* tree_map(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [f, tree, predicate] = kMap.bind(args, n, names);
    PyObject* is_leaf = null_if_none(predicate);
    Columns columns;
    auto def = flatten_into(tree, columns.emplace_back(), is_leaf);
    flatten_others(*def, tree, rest(args, n), is_leaf, "tree_map tree", columns);
    return map_columns(f, *def, columns);
  });
}

PyObject* tree_map_with_path(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [f, tree, predicate, takes_path] = kMapWithPath.bind(args, n, names);
    PyObject* is_leaf = null_if_none(predicate);
    FlatWithPath flat(default_registry(), tree, is_leaf, as_bool(takes_path));
    Columns columns;
    columns.push_back(std::move(flat.found.paths));
    columns.push_back(std::move(flat.found.leaves));
    flatten_others(*flat.def, tree, rest(args, n), is_leaf, "tree_map_with_path tree", columns);
    return map_columns(f, *flat.def, columns);
  });
}

// --- building -----------------------------------------------------------------

constexpr Signature<2> kUnflatten{"tree_unflatten", {"treedef", "leaves"}, 2};

PyObject* tree_unflatten(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [treedef, iterable] = kUnflatten.bind(args, n, names);
    // Held: code of the user, run by the iterable, may drop the caller's reference.
    Ref<const TreeDef> def = unwrap_treedef(treedef);
    Leaves leaves;
    collect_leaves(iterable, leaves);
    return unflatten(*def, leaves);
  });
}

PyObject* treedef_tuple(PyObject*, PyObject* iterable) {
  return guarded([&] {
    std::vector<Ref<const TreeDef>> defs;
    for (py::handle d : py::reinterpret_borrow<py::object>(iterable))
      defs.push_back(unwrap_treedef(d.ptr()));
    return wrap_treedef(TreeDef::tuple(defs)).release().ptr();
  });
}

PyObject* treedef_children(PyObject*, PyObject* treedef) {
  return guarded([&] { return children_of(*unwrap_treedef(treedef)).release().ptr(); });
}

// A node without children counts, as in JAX.
PyObject* treedef_is_leaf(PyObject*, PyObject* treedef) {
  return guarded([&] { return PyBool_FromLong(unwrap_treedef(treedef)->num_nodes() == 1); });
}

constexpr Signature<3> kBroadcastPrefix{
    "broadcast_prefix", {"prefix_tree", "full_tree", "is_leaf"}, 2};
constexpr Signature<3> kBroadcast{"tree_broadcast", {"prefix_tree", "full_tree", "is_leaf"}, 2};

PyObject* broadcast_prefix_list(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [prefix, full, is_leaf] = kBroadcastPrefix.bind(args, n, names);
    Leaves leaves;
    broadcast_prefix(prefix, full, is_leaf, leaves);
    return leaves.take_list().release().ptr();
  });
}

PyObject* tree_broadcast(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return guarded([&] {
    auto [prefix, full, is_leaf] = kBroadcast.bind(args, n, names);
    Leaves leaves, unused;
    broadcast_prefix(prefix, full, is_leaf, leaves);
    return unflatten(*flatten_into(full, unused), leaves);
  });
}

template <class F>
PyCFunction as_function(F* f) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

constexpr int kFast = METH_FASTCALL | METH_KEYWORDS;

PyMethodDef functions[] = {
    {"tree_flatten", as_function(tree_flatten), kFast, docs::kFlatten},
    {"tree_leaves", as_function(tree_leaves), kFast, docs::kLeaves},
    {"tree_structure", as_function(tree_structure), kFast, docs::kStructure},
    {"tree_unflatten", as_function(tree_unflatten), kFast, docs::kUnflatten},
    {"tree_map", as_function(tree_map), kFast, docs::kMap},
    {"tree_flatten_with_path", as_function(tree_flatten_with_path), kFast, docs::kFlattenWithPath},
    {"tree_leaves_with_path", as_function(tree_leaves_with_path), kFast, docs::kLeavesWithPath},
    {"tree_map_with_path", as_function(tree_map_with_path), kFast, docs::kMapWithPath},
    {"tree_broadcast", as_function(tree_broadcast), kFast, docs::kBroadcast},
    {"broadcast_prefix", as_function(broadcast_prefix_list), kFast, docs::kBroadcastPrefix},
    {"all_leaves", as_function(all_leaves), kFast, docs::kAllLeaves},
    {"treedef_tuple", treedef_tuple, METH_O, docs::kTreedefTuple},
    {"treedef_children", treedef_children, METH_O, docs::kTreedefChildren},
    {"treedef_is_leaf", treedef_is_leaf, METH_O, docs::kTreedefIsLeaf},
};

}  // namespace

py::object flatten_to_list(const PyTreeRegistry& registry, PyObject* tree, PyObject* is_leaf) {
  PlainModel model(registry, is_leaf);
  Leaves leaves;
  auto def = Flattener(model, leaves).flatten(tree);
  return pair(leaves.take_list(), std::move(def));
}

py::object flatten_with_path(const PyTreeRegistry& registry, PyObject* tree, PyObject* is_leaf,
                             bool is_leaf_takes_path) {
  FlatWithPath flat(registry, tree, is_leaf, is_leaf_takes_path);
  return pair(flat.found.pairs(), flat.def);
}

void register_tree_functions(py::module_& m) {
  py::str module("covector.tree_util");
  for (PyMethodDef& def : functions)
    m.attr(def.ml_name) = steal_or_throw(PyCFunction_NewEx(&def, nullptr, module.ptr()));
}

}  // namespace covector::bindings
