#pragma once

#include "covector/tree/flatten.h"
#include "tree.h"
#include "tree_keys.h"
#include "tree_registry.h"

// Python values as the tree engine sees them. Containers are read through the C
// API by exact type; a child is owned while it is looked into, unless an immutable
// container that is owned itself keeps it.
namespace covector::bindings {

// Where the traversal is, as key path entries.
class KeyPath {
 public:
  void push(PyObject* owned) { entries_.push_back(py::reinterpret_steal<py::object>(owned)); }
  void pop() { entries_.pop_back(); }
  const py::object& last() const { return entries_.back(); }
  py::object tuple() const;

 private:
  SmallVector<py::object, 16> entries_;
};

// The items of a dict in the order of its keys.
struct DictItems {
  SmallVector<PyObject*, 8> keys;  // owned by `holder` or by the dict, which must not change
  SmallVector<py::object, 8> values;
  py::object holder;  // null: every key is an exact str

  explicit DictItems(PyObject* dict);
  // Keyword arguments: a tuple of names, which are exact str.
  DictItems(PyObject* names, PyObject* const* values);

  bool all_str() const noexcept { return !holder; }
  Ref<const PyValues> intern_keys() const {
    return all_str() ? PyValues::intern_strs(keys) : PyValues::intern(keys);
  }

 private:
  bool collect_strs(PyObject* dict);
  void collect_any(PyObject* dict);
  void sort();
};

// The two results of a type's flatten function.
struct CustomParts {
  py::object children;  // a tuple or a list
  py::object aux;
};
CustomParts take_apart(const PyNodeType&, PyObject* x);
// Children are (key, child) pairs.
CustomParts take_apart_with_keys(const PyNodeType&, PyObject* x);

// Keys of an OrderedDict in its order, of a defaultdict sorted: a list.
py::object mapping_keys(const PyNodeType&, PyObject* x);
py::object mapping_value(PyObject* mapping, PyObject* key);
// The data of the node of such a mapping.
Ref<const PyValues> mapping_data(const PyNodeType&, PyObject* x, PyObject* keys);
Ref<const PyValues> static_fields(const PyNodeType&, PyObject* x);
py::object get_attr(PyObject* x, PyObject* name);
py::object namedtuple_fields(PyObject* x);

// `kPaths`: keep track of the key path.
template <bool kPaths>
class FlattenModel {
 public:
  using Handle = PyObject*;
  using Owned = py::object;

  FlattenModel(const PyTreeRegistry& registry, PyObject* is_leaf, bool is_leaf_takes_path = false)
      : registry_(registry), is_leaf_(is_leaf), is_leaf_takes_path_(is_leaf_takes_path) {}

  KeyPath path;

  static PyObject* borrow(const py::object& x) { return x.ptr(); }

  template <class F>
  bool open(PyObject* x, F& f) {
    if (is_leaf_ && stops_at(x)) return false;
    PyTypeObject* t = Py_TYPE(x);
    if (t == last_leaf_type_) return false;
    const auto& builtins = registry_.builtins;
    if (t == &PyDict_Type && builtins.dict) return open_dict(x, f);
    if (t == &PyList_Type && builtins.list) return open_list(x, f);
    if (t == &PyTuple_Type && builtins.tuple) return open_tuple(x, f);
    if (x == Py_None && builtins.none) return f.close_none(), true;
    if (const PyNodeType* n = registry_.find(t)) return open_registered(*n, x, f);
    if (PyTuple_Check(x) && builtins.namedtuple && is_namedtuple(t)) return open_namedtuple(x, f);
    last_leaf_type_ = t;
    return false;
  }

 private:
  bool stops_at(PyObject* x) {
    py::object p = is_leaf_takes_path_ ? path.tuple() : py::object();
    PyObject* args[] = {p ? p.ptr() : x, x};
    return call_predicate(args, p ? 2 : 1);
  }
  bool call_predicate(PyObject** args, size_t n);

  // Remembers the type: a tree has many of a few.
  bool is_namedtuple(PyTypeObject* t) {
    if (last_namedtuple_ && last_namedtuple_->type() == t) return true;
    if (!is_namedtuple_type(t)) return false;
    last_namedtuple_ = PyNodeType::for_namedtuple(t);
    return true;
  }

  // What `make_key` returns is owned; it is not called unless paths are wanted.
  template <class F, class K>
  void child(F& f, PyObject* x, K make_key) {
    if constexpr (kPaths) path.push(make_key());
    f.child(x);
    if constexpr (kPaths) path.pop();
  }
  template <class F, class K>
  void take(F& f, py::object x, K make_key) {
    if constexpr (kPaths) path.push(make_key());
    f.take(std::move(x));
    if constexpr (kPaths) path.pop();
  }

  template <class F>
  bool open_tuple(PyObject* x, F& f) {
    auto mark = f.begin();
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(x); ++i)
      child(f, PyTuple_GET_ITEM(x, i), [&] { return sequence_key(i); });
    f.close(mark, NodeKind::kTuple);
    return true;
  }

  template <class F>
  bool open_list(PyObject* x, F& f) {
    auto mark = f.begin();
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(x); ++i)
      take(f, py::reinterpret_borrow<py::object>(PyList_GET_ITEM(x, i)),
           [&] { return sequence_key(i); });
    f.close(mark, NodeKind::kList);
    return true;
  }

  template <class F>
  bool open_dict(PyObject* x, F& f) {
    auto mark = f.begin();
    DictItems items(x);
    Ref<const PyValues> data;
    if constexpr (F::kWantsDefs || kPaths) data = items.intern_keys();
    for (size_t i = 0; i < items.values.size(); ++i)
      take(f, std::move(items.values[i]), [&] { return path_entry(*data, i); });
    f.close(mark, NodeKind::kDict, nullptr, data.get());
    return true;
  }

  template <class F>
  bool open_namedtuple(PyObject* x, F& f) {
    auto mark = f.begin();
    Ref<const PyNodeType> type = last_namedtuple_;
    py::object fields;
    if constexpr (kPaths) fields = namedtuple_fields(x);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(x); ++i)
      child(f, PyTuple_GET_ITEM(x, i), [&] { return field_entry(fields, i); });
    f.close(mark, NodeKind::kNamedTuple, type.get());
    return true;
  }

  template <class F>
  bool open_registered(const PyNodeType& type, PyObject* x, F& f) {
    switch (type.kind()) {
      case NodeKind::kCustom:
        return open_custom(type, x, f);
      case NodeKind::kDataclass:
        return open_dataclass(type, x, f);
      default:
        return open_mapping(type, x, f);
    }
  }

  template <class F>
  bool open_custom(const PyNodeType& type, PyObject* x, F& f) {
    auto mark = f.begin();
    bool with_keys = kPaths && type.functions.to_iterable_with_keys;
    CustomParts parts = with_keys ? take_apart_with_keys(type, x) : take_apart(type, x);
    PyObject* children = parts.children.ptr();
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(children); ++i) {
      auto c = py::reinterpret_borrow<py::object>(PySequence_Fast_GET_ITEM(children, i));
      if (with_keys)
        take(f, py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(c.ptr(), 1)),
             [&] { return Py_NewRef(PyTuple_GET_ITEM(c.ptr(), 0)); });
      else
        take(f, std::move(c), [&] { return flattened_index_key(i); });
    }
    close_with_data(f, mark, type, [&] {
      PyObject* aux = parts.aux.ptr();
      return PyValues::intern({&aux, 1});
    });
    return true;
  }

  template <class F>
  bool open_dataclass(const PyNodeType& type, PyObject* x, F& f) {
    auto mark = f.begin();
    Ref<const PyValues> data = static_fields(type, x);
    PyObject* names = type.fields.data.ptr();
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i)
      take(f, get_attr(x, PyTuple_GET_ITEM(names, i)),
           [&] { return Py_NewRef(PyTuple_GET_ITEM(type.fields.path.ptr(), i)); });
    close_with_data(f, mark, type, [&] { return data; });
    return true;
  }

  template <class F>
  bool open_mapping(const PyNodeType& type, PyObject* x, F& f) {
    auto mark = f.begin();
    py::object keys = mapping_keys(type, x);
    Ref<const PyValues> data;
    if constexpr (F::kWantsDefs) data = mapping_data(type, x, keys.ptr());
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys.ptr()); ++i) {
      PyObject* key = PyList_GET_ITEM(keys.ptr(), i);
      take(f, mapping_value(x, key), [&] { return dict_key(key); });
    }
    close_with_data(f, mark, type, [&] { return data; });
    return true;
  }

  template <class F, class Data>
  void close_with_data(F& f, typename F::Mark mark, const PyNodeType& type, Data make_data) {
    Ref<const PyValues> data;
    if constexpr (F::kWantsDefs) data = make_data();
    f.close(mark, type.kind(), &type, data.get());
  }

  static PyObject* path_entry(const PyValues& keys, size_t i);
  static PyObject* field_entry(const py::object& fields, Py_ssize_t i);

  const PyTreeRegistry& registry_;
  PyObject* is_leaf_;
  bool is_leaf_takes_path_;
  PyTypeObject* last_leaf_type_ = nullptr;
  Ref<const PyNodeType> last_namedtuple_;
};

using PlainModel = FlattenModel<false>;
using PathModel = FlattenModel<true>;

// Building values, and taking them apart along a treedef.
class BuildModel {
 public:
  using Handle = PyObject*;
  using Owned = py::object;

  static py::object leaf(PyObject* x) { return py::reinterpret_borrow<py::object>(x); }
  static py::object make(const TreeDef& def, std::span<py::object> children);

  template <class F>
  void match(const TreeDef& def, PyObject* x, F& f) {
    SmallVector<py::object, 8> children;
    match_children(def, x, children);
    for (size_t i = 0; i < children.size(); ++i) f.child(i, children[i].ptr());
  }

 private:
  // The children of x in the order of `def`'s; throws ValueError if x is no such node.
  static void match_children(const TreeDef& def, PyObject* x, SmallVector<py::object, 8>& children);
};

}  // namespace covector::bindings
