#pragma once

#include "tree.h"
#include "tree_registry.h"

// The PyTreeDef type and what its methods are made of.
namespace covector::bindings {

void register_treedef_type(py::module_& m);

struct TreeDefObject {
  PyObject_HEAD Ref<const TreeDef> def;
};

// Leaves from any iterable.
void collect_leaves(PyObject* iterable, Leaves& leaves);

// What a node is made of, as Python shows it: None for a leaf, else (type, data).
py::object node_data(const TreeDef& def);
// The inverse; `node_data` as node_data() gives it.
Ref<const TreeDef> from_node_data(const PyTreeRegistry& registry, py::handle node_data,
                                  py::handle children);
// The data of a node of this kind; `data` may be null.
py::object data_object(NodeKind kind, const NodeData* data);
py::list children_of(const TreeDef& def);

py::object walk(const TreeDef& def, py::handle f_node, py::handle f_leaf, PyObject* leaves);
// Builds the node structure of `def` from a tree of iterables.
py::object from_iterable_tree(const TreeDef& def, PyObject* tree);

// For pickle: nested tuples (node_data, child states), and back.
py::object treedef_state(const TreeDef& def);
Ref<const TreeDef> treedef_from_state(py::handle state, uint32_t depth = 0);

// JAX's protocol buffer form, for trees of built-in nodes with str keys.
py::bytes treedef_to_proto(const TreeDef& def);
Ref<const TreeDef> treedef_from_proto(const std::string& data);

}  // namespace covector::bindings
