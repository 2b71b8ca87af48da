#include "tree_model.h"

#include <algorithm>

namespace covector::bindings {
namespace {

// Code point order, as Python compares strings.
bool str_less(PyObject* a, PyObject* b) {
  if (PyUnicode_KIND(a) != PyUnicode_1BYTE_KIND || PyUnicode_KIND(b) != PyUnicode_1BYTE_KIND)
    return PyUnicode_Compare(a, b) < 0;
  Py_ssize_t na = PyUnicode_GET_LENGTH(a), nb = PyUnicode_GET_LENGTH(b);
  const Py_UCS1 *x = PyUnicode_1BYTE_DATA(a), *y = PyUnicode_1BYTE_DATA(b);
  // Keys are short and mostly differ early: cheaper than a call of memcmp.
  Py_ssize_t n = std::min(na, nb), i = 0;
  while (i < n && x[i] == y[i]) ++i;
  return i < n ? x[i] < y[i] : na < nb;
}

[[noreturn]] void fail_parts(const char* function, const char* parts, const char* rest,
                             PyObject* got) {
  fail<ValueError>("The ", function, " function for a custom PyTree node should return a (", parts,
                   ", aux_data) tuple", rest, ", got ", to_utf8(PyObject_Repr(got)));
}

// Iterables other than tuples and lists become tuples.
py::object as_sequence(PyObject* x) {
  if (PyTuple_CheckExact(x) || PyList_CheckExact(x)) return py::reinterpret_borrow<py::object>(x);
  return py::reinterpret_steal<py::object>(PySequence_Tuple(x));
}

bool is_pair(PyObject* x) { return PyTuple_Check(x) && PyTuple_GET_SIZE(x) == 2; }

CustomParts call_flatten(const py::object& function, PyObject* x, const char* name,
                         const char* children) {
  py::object parts = steal_or_throw(PyObject_CallOneArg(function.ptr(), x));
  if (!is_pair(parts.ptr())) fail_parts(name, children, "", parts.ptr());
  auto part = [&](int i) {
    return py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(parts.ptr(), i));
  };
  CustomParts r{as_sequence(part(0).ptr()), part(1)};
  if (r.children) return r;
  // Not iterable is the flatten function's fault; what an iterator raises is not.
  if (!PyErr_ExceptionMatches(PyExc_TypeError)) throw py::error_already_set();
  PyErr_Clear();
  fail_parts(name, children, str(" where '", children, "' is iterable").c_str(), parts.ptr());
}

}  // namespace

py::object KeyPath::tuple() const {
  py::object t = steal_or_throw(PyTuple_New(static_cast<Py_ssize_t>(entries_.size())));
  for (size_t i = 0; i < entries_.size(); ++i)
    PyTuple_SET_ITEM(t.ptr(), static_cast<Py_ssize_t>(i), Py_NewRef(entries_[i].ptr()));
  return t;
}

DictItems::DictItems(PyObject* dict) {
  auto n = static_cast<size_t>(PyDict_GET_SIZE(dict));
  keys.reserve(n);
  values.reserve(n);
  if (!collect_strs(dict)) collect_any(dict);
}

DictItems::DictItems(PyObject* names, PyObject* const* args) {
  bool sorted = true;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    sorted = sorted && (i == 0 || str_less(keys.back(), name));
    keys.push_back(name);
    values.push_back(py::reinterpret_borrow<py::object>(args[i]));
  }
  if (!sorted) sort();
}

// No code of the user runs here, so the dict keeps the keys.
bool DictItems::collect_strs(PyObject* dict) {
  Py_ssize_t at = 0;
  PyObject *key, *value, *last = nullptr;
  bool sorted = true;
  while (PyDict_Next(dict, &at, &key, &value)) {
    if (!PyUnicode_CheckExact(key)) return false;
    sorted = sorted && (!last || str_less(last, key));
    last = key;
    keys.push_back(key);
    values.push_back(py::reinterpret_borrow<py::object>(value));
  }
  if (!sorted) sort();
  return true;
}

void DictItems::sort() {
  constexpr size_t kShort = 16;
  size_t n = keys.size();
  if (n <= kShort) {
    for (size_t i = 1; i < n; ++i)
      for (size_t j = i; j > 0 && str_less(keys[j], keys[j - 1]); --j) {
        std::swap(keys[j], keys[j - 1]);
        std::swap(values[j], values[j - 1]);
      }
    return;
  }
  std::vector<std::pair<PyObject*, py::object>> items;
  items.reserve(n);
  for (size_t i = 0; i < n; ++i) items.emplace_back(keys[i], std::move(values[i]));
  std::sort(items.begin(), items.end(),
            [](const auto& a, const auto& b) { return str_less(a.first, b.first); });
  for (size_t i = 0; i < n; ++i) {
    keys[i] = items[i].first;
    values[i] = std::move(items[i].second);
  }
}

// Comparing and looking up keys may run code that changes the dict.
void DictItems::collect_any(PyObject* dict) {
  keys.clear();
  values.clear();
  holder = steal_or_throw(PyDict_Keys(dict));
  if (PyList_Sort(holder.ptr()) < 0) {
    if (!PyErr_ExceptionMatches(PyExc_Exception)) throw py::error_already_set();
    py::error_already_set cause;
    py::raise_from(cause, PyExc_ValueError,
                   "Comparator raised exception while sorting pytree dictionary keys.");
    throw py::error_already_set();
  }
  holder = steal_or_throw(PyList_AsTuple(holder.ptr()));
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(holder.ptr()); ++i) {
    keys.push_back(PyTuple_GET_ITEM(holder.ptr(), i));
    values.push_back(mapping_value(dict, keys.back()));
  }
}

CustomParts take_apart(const PyNodeType& type, PyObject* x) {
  return call_flatten(type.functions.to_iterable, x, "to_iterable", "children");
}

CustomParts take_apart_with_keys(const PyNodeType& type, PyObject* x) {
  constexpr const char *kName = "to_iterable_with_keys", *kChildren = "key_leaf_pairs";
  CustomParts r = call_flatten(type.functions.to_iterable_with_keys, x, kName, kChildren);
  // Checked once, so the pairs must not change any more.
  r.children = steal_or_throw(PySequence_Tuple(r.children.ptr()));
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(r.children.ptr()); ++i) {
    PyObject* pair = PyTuple_GET_ITEM(r.children.ptr(), i);
    if (!is_pair(pair))
      fail_parts(kName, kChildren, " where each child is a (key, child) pair", pair);
  }
  return r;
}

py::object mapping_keys(const PyNodeType& type, PyObject* x) {
  py::object keys = steal_or_throw(PySequence_List(x));
  if (type.kind() == NodeKind::kDefaultDict && PyList_Sort(keys.ptr()) < 0)
    throw py::error_already_set();
  return keys;
}

py::object mapping_value(PyObject* mapping, PyObject* key) {
  PyObject* value = PyDict_GetItemWithError(mapping, key);
  if (value) return py::reinterpret_borrow<py::object>(value);
  if (!PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, key);
  throw py::error_already_set();
}

Ref<const PyValues> mapping_data(const PyNodeType& type, PyObject* x, PyObject* keys) {
  SmallVector<py::object, 16> held;
  if (type.kind() == NodeKind::kDefaultDict)
    held.push_back(steal_or_throw(PyObject_GetAttrString(x, "default_factory")));
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys); ++i)
    held.push_back(py::reinterpret_borrow<py::object>(PyList_GET_ITEM(keys, i)));
  SmallVector<PyObject*, 16> items;
  for (const auto& x : held) items.push_back(x.ptr());
  return PyValues::intern(items);
}

Ref<const PyValues> static_fields(const PyNodeType& type, PyObject* x) {
  SmallVector<py::object, 8> held;
  SmallVector<PyObject*, 8> items;
  for (py::handle name : type.fields.meta) held.push_back(get_attr(x, name.ptr()));
  for (const auto& v : held) items.push_back(v.ptr());
  return PyValues::intern(items);
}

py::object get_attr(PyObject* x, PyObject* name) {
  return steal_or_throw(PyObject_GetAttr(x, name));
}

py::object namedtuple_fields(PyObject* x) {
  return steal_or_throw(
      PySequence_Tuple(steal_or_throw(PyObject_GetAttrString(x, "_fields")).ptr()));
}

template <bool kPaths>
bool FlattenModel<kPaths>::call_predicate(PyObject** args, size_t n) {
  py::object r = steal_or_throw(PyObject_Vectorcall(is_leaf_, args, n, nullptr));
  // The predicate may have registered a type.
  last_leaf_type_ = nullptr;
  if (PyBool_Check(r.ptr()) || r.is_none()) return r.ptr() == Py_True;
  fail<ValueError>("is_leaf predicate returned a non-boolean value ",
                   to_utf8(PyObject_Repr(r.ptr())), "; expected a boolean");
}

template <bool kPaths>
PyObject* FlattenModel<kPaths>::path_entry(const PyValues& keys, size_t i) {
  auto& entries = keys.path_entries();
  if (entries.empty()) entries.resize(keys.size());
  if (!entries[i]) entries[i] = dict_key(keys[i]);
  return Py_NewRef(entries[i]);
}

template <bool kPaths>
PyObject* FlattenModel<kPaths>::field_entry(const py::object& fields, Py_ssize_t i) {
  if (i < PyTuple_GET_SIZE(fields.ptr())) return get_attr_key(PyTuple_GET_ITEM(fields.ptr(), i));
  return sequence_key(i);
}

template class FlattenModel<false>;
template class FlattenModel<true>;

}  // namespace covector::bindings
