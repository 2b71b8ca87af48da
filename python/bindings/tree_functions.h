#pragma once

#include "tree.h"
#include "tree_registry.h"

// The functions of covector.tree_util that are written in C++.
namespace covector::bindings {

void register_tree_functions(py::module_& m);

// A pair (leaves, treedef), and a pair (pairs of path and leaf, treedef).
py::object flatten_to_list(const PyTreeRegistry& registry, PyObject* tree, PyObject* is_leaf);
py::object flatten_with_path(const PyTreeRegistry& registry, PyObject* tree, PyObject* is_leaf,
                             bool is_leaf_takes_path);

}  // namespace covector::bindings
