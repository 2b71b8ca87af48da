#pragma once

#include <pybind11/pybind11.h>

#include <span>
#include <vector>

#include "covector/base/small_vector.h"
#include "covector/tree/treedef.h"

// Trees of Python values, for the other bindings. Everything here needs the GIL,
// uses the default registry, runs code of the user only for custom nodes and
// `is_leaf`, and throws error_already_set or an Error.
namespace covector::bindings {

namespace py = pybind11;

// Leaves in order; owns a reference to each. Up to 32 need no heap.
class Leaves {
 public:
  Leaves() = default;
  Leaves(Leaves&&) noexcept = default;
  Leaves& operator=(Leaves&&) = delete;
  ~Leaves() { clear(); }

  void push_back(PyObject* x) { items_.push_back(Py_NewRef(x)); }
  void adopt(py::object x) { items_.push_back(x.release().ptr()); }
  void clear() noexcept {
    // A destructor may run any code: nothing may look at half of the items.
    auto items = std::move(items_);
    for (PyObject* x : items) Py_DECREF(x);
  }

  size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  PyObject* operator[](size_t i) const noexcept { return items_[i]; }
  PyObject* const* begin() const noexcept { return items_.begin(); }
  PyObject* const* end() const noexcept { return items_.end(); }
  PyObject* const* data() const noexcept { return items_.data(); }
  // Moves the leaves into a new list.
  py::list take_list();

 private:
  SmallVector<PyObject*, 32> items_;
};

struct FlatTree {
  std::vector<py::object> leaves;
  Ref<const TreeDef> def;
};

// `is_leaf` may be null or None.
FlatTree flatten(PyObject* tree, PyObject* is_leaf = nullptr);

// Appends the leaves to what is there. For known structures there is no allocation.
Ref<const TreeDef> flatten_into(PyObject* tree, Leaves& leaves, PyObject* is_leaf = nullptr);
// The same for the tuple, and for the dict, that a call's arguments would make.
Ref<const TreeDef> flatten_args_into(std::span<PyObject* const> args, Leaves& leaves);
Ref<const TreeDef> flatten_kwargs_into(PyObject* names, PyObject* const* values, Leaves& leaves);

// A new reference, never null. Throws ValueError unless there are as many leaves as
// the treedef has.
PyObject* unflatten(const TreeDef& def, std::span<PyObject* const> leaves);

// The parts of `tree` that stand where `def` has leaves. ValueError if `def` is no prefix.
void flatten_up_to(const TreeDef& def, PyObject* tree, Leaves& leaves);

// Each leaf of the prefix as often as `full_tree` has leaves in its place. The error
// names the first key path that differs, below `name`.
void broadcast_prefix(PyObject* prefix, PyObject* full_tree, PyObject* is_leaf, Leaves& leaves,
                      const char* name = "broadcast_prefix prefix_tree");
// The same along a treedef; None is a leaf of the prefix. For in_axes and the like, whose
// errors speak of a `name` specification. `of_arguments`: the tree is a tuple of arguments.
// `with_kwargs`: it is a pair (args, kwargs), of which errors show only args.
struct AxesErrorStyle {
  bool of_arguments = false;
  bool with_kwargs = false;
};
void flatten_axes(const char* name, const TreeDef& full, PyObject* prefix, Leaves& leaves,
                  AxesErrorStyle style = {});

// covector.tree_util.PyTreeDef objects.
py::object wrap_treedef(Ref<const TreeDef> def);
bool is_treedef(PyObject* x) noexcept;
// Throws TypeError if x is no PyTreeDef.
const Ref<const TreeDef>& unwrap_treedef(PyObject* x);

}  // namespace covector::bindings
