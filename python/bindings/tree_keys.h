#pragma once

#include <pybind11/pybind11.h>

// The entries of key paths: SequenceKey, DictKey, GetAttrKey, FlattenedIndexKey.
// Raw heap types, for flattening with paths makes many of them.
namespace covector::bindings {

void register_tree_keys(pybind11::module_& m);

// New references; throw error_already_set.
PyObject* sequence_key(Py_ssize_t i);
PyObject* dict_key(PyObject* key);
PyObject* get_attr_key(PyObject* name);
PyObject* flattened_index_key(Py_ssize_t i);

}  // namespace covector::bindings
