#pragma once

#include <string>
#include <vector>

#include "tree.h"

// Trees that ought to have a common shape, and what is said where they do not.
namespace covector::bindings {

// An error text, split where the name of the prefix belongs.
using PrefixMismatch = std::vector<std::string>;

// Where `prefix` is not a prefix of `full`: one text for each key path.
std::vector<PrefixMismatch> prefix_mismatches(PyObject* prefix, PyObject* full, PyObject* is_leaf);

// ValueError with the first mismatch, if there is one.
void fail_if_mismatch(PyObject* prefix, PyObject* full, PyObject* is_leaf, const char* name);

}  // namespace covector::bindings
