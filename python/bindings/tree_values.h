#pragma once

#include <pybind11/pybind11.h>

#include <span>
#include <vector>

#include "covector/tree/treedef.h"

// What treedefs hold of Python. A treedef is shared C++ property, so Python's
// collector cannot see through it in general; PyTreeDef objects report what they
// alone own (tree_def_type.cpp), and nothing here keeps a user's object alive
// longer than some treedef that holds it.
namespace covector::bindings {

namespace py = pybind11;

inline py::object steal_or_throw(PyObject* x) {
  if (!x) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(x);
}

// Drops references from any thread. Without the GIL they wait in a queue that the
// next treedef made under the GIL empties.
void release_references(std::vector<PyObject*> objects) noexcept;
void release_waiting_references() noexcept;

// A list of Python objects: dict keys, [aux], [default_factory, *keys] or the
// static fields of a dataclass. Interned: two lists whose items are the same
// objects, or str, int, bool, float, bytes, None or tuples of these with the same
// type and value, are one object. No code of the user runs for that.
class PyValues final : public NodeData {
 public:
  static Ref<const PyValues> intern(std::span<PyObject* const> items);
  // As intern(), for exact str whose hashes are known, as those of dict keys are.
  static Ref<const PyValues> intern_strs(std::span<PyObject* const> items);

  std::span<PyObject* const> items() const noexcept { return items_; }
  size_t size() const noexcept { return items_.size(); }
  PyObject* operator[](size_t i) const noexcept { return items_[i]; }

  // The DictKey of each item, made once; null before.
  std::vector<PyObject*>& path_entries() const noexcept { return path_entries_; }

  // A dict to put these keys into, in their order.
  py::object new_dict() const;

  // Compares the items with Python's ==; what that raises comes out as it is.
  bool has_equal_items(const PyValues&) const;

  // The same, with an error of JAX's that says what is being compared.
  bool equals(const HostObject&) const override;
  size_t hash() const override;
  std::string repr() const override;
  std::string key_repr(size_t i) const override;

  ~PyValues() override;

 private:
  PyValues(std::vector<PyObject*> items, bool canonical, bool keepable, size_t intern_hash);
  static Ref<const PyValues> add(std::span<PyObject* const> items, size_t hash);

  std::vector<PyObject*> items_;  // owned
  mutable std::vector<PyObject*> path_entries_;
  mutable PyObject* dict_template_ = nullptr;  // owned
  size_t intern_hash_;
};

// Steals `text`, which may be null: then the Python error is thrown. Lone surrogates pass.
std::string to_utf8(PyObject* text);
py::object from_utf8(const std::string& text);

}  // namespace covector::bindings
