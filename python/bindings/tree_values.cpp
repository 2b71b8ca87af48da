#include "tree_values.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>

#include "covector/base/hash.h"
#include "covector/tree/intern_table.h"

namespace covector::bindings {
namespace {

// Tuples nested deeper than this are compared by identity.
constexpr int kMaxTupleDepth = 8;
// Longer texts are not kept for reuse.
constexpr Py_ssize_t kMaxKeptLength = 256;

struct Table {
  std::mutex mutex;
  InternTable<const PyValues> values;
  RecentlyMade<const PyValues, 1024> recent;
};

Table& table() {
  static Table* t = new Table;
  return *t;
}

struct Waiting {
  std::mutex mutex;
  std::vector<PyObject*> objects;
};

Waiting& waiting() {
  static Waiting* w = new Waiting;
  return *w;
}

// A str keeps its hash once it was asked for, as it was for any key of a dict.
Py_hash_t str_hash(PyObject* x) {
  Py_hash_t h = reinterpret_cast<PyASCIIObject*>(x)->hash;
  return h != -1 ? h : PyObject_Hash(x);
}

// Types that have no code but the interpreter's, and whose values show no identity.
bool is_plain(PyTypeObject* t) {
  return t == &PyUnicode_Type || t == &PyLong_Type || t == &PyBool_Type || t == &PyFloat_Type ||
         t == &PyBytes_Type || t == Py_TYPE(Py_None);
}

// Cheap; whoever combined the last value mixes the result well.
size_t combine(size_t h, size_t x) { return (std::rotl(h, 5) ^ x) * 0x517cc1b727220a95ull; }

size_t hash_value(PyObject* x, int depth = 0) {
  PyTypeObject* t = Py_TYPE(x);
  if (t == &PyUnicode_Type) return static_cast<size_t>(str_hash(x));
  if (is_plain(t)) return hash_mix(reinterpret_cast<size_t>(t), PyObject_Hash(x));
  size_t h = reinterpret_cast<size_t>(x) >> 4;
  if (t != &PyTuple_Type || depth == kMaxTupleDepth) return h;
  h = PyTuple_GET_SIZE(x);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(x); ++i)
    h = combine(h, hash_value(PyTuple_GET_ITEM(x, i), depth + 1));
  return h;
}

bool same_str(PyObject* a, PyObject* b) {
  if (a == b) return true;
  Py_ssize_t n = PyUnicode_GET_LENGTH(a);
  if (n != PyUnicode_GET_LENGTH(b) || PyUnicode_KIND(a) != PyUnicode_KIND(b)) return false;
  return std::memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b),
                     static_cast<size_t>(n) * PyUnicode_KIND(a)) == 0;
}

bool same_value(PyObject* a, PyObject* b, int depth = 0) {
  if (a == b) return true;
  PyTypeObject* t = Py_TYPE(a);
  if (t != Py_TYPE(b)) return false;
  if (t == &PyUnicode_Type) return same_str(a, b);
  if (t == &PyFloat_Type) {  // 0.0 and -0.0 differ, a nan is itself
    double x = PyFloat_AS_DOUBLE(a), y = PyFloat_AS_DOUBLE(b);
    return std::memcmp(&x, &y, sizeof x) == 0;
  }
  if (is_plain(t)) return PyObject_RichCompareBool(a, b, Py_EQ) == 1;
  if (t != &PyTuple_Type || depth == kMaxTupleDepth) return false;
  if (PyTuple_GET_SIZE(a) != PyTuple_GET_SIZE(b)) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a); ++i)
    if (!same_value(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i), depth + 1)) return false;
  return true;
}

// Whether two different values of this kind, told apart by same_value, are never
// equal in Python. 0 and 1 equal False and True, 2 equals 2.0.
bool is_canonical(PyObject* x, int depth = 0) {
  PyTypeObject* t = Py_TYPE(x);
  if (t == &PyFloat_Type) return false;
  if (t == &PyLong_Type) {
    int overflow;
    long v = PyLong_AsLongAndOverflow(x, &overflow);
    return overflow || (v != 0 && v != 1);
  }
  if (is_plain(t)) return true;
  if (t != &PyTuple_Type) return t->tp_richcompare == PyBaseObject_Type.tp_richcompare;
  if (depth == kMaxTupleDepth) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(x); ++i)
    if (!is_canonical(PyTuple_GET_ITEM(x, i), depth + 1)) return false;
  return true;
}

bool is_keepable(PyObject* x, int depth = 0) {
  PyTypeObject* t = Py_TYPE(x);
  if (t == &PyUnicode_Type || t == &PyBytes_Type) return PyObject_Size(x) <= kMaxKeptLength;
  if (is_plain(t)) return true;
  if (PyType_Check(x))
    return !PyType_HasFeature(reinterpret_cast<PyTypeObject*>(x), Py_TPFLAGS_HEAPTYPE);
  if (t != &PyTuple_Type || depth == kMaxTupleDepth) return false;
  if (PyTuple_GET_SIZE(x) > kMaxKeptLength) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(x); ++i)
    if (!is_keepable(PyTuple_GET_ITEM(x, i), depth + 1)) return false;
  return true;
}

template <class Same>
Ref<const PyValues> find(size_t hash, std::span<PyObject* const> items, Same same) {
  Table& t = table();
  std::lock_guard lock(t.mutex);
  return t.values.find(hash, [&](const PyValues& v) {
    return std::equal(items.begin(), items.end(), v.items().begin(), v.items().end(), same);
  });
}

}  // namespace

void release_references(std::vector<PyObject*> objects) noexcept {
  if (objects.empty() || !Py_IsInitialized()) return;
  if (PyGILState_Check()) {
    for (PyObject* x : objects) Py_XDECREF(x);
    return;
  }
  Waiting& w = waiting();
  std::lock_guard lock(w.mutex);
  w.objects.insert(w.objects.end(), objects.begin(), objects.end());
}

void release_waiting_references() noexcept {
  Waiting& w = waiting();
  std::vector<PyObject*> objects;
  {
    std::lock_guard lock(w.mutex);
    objects.swap(w.objects);
  }
  for (PyObject* x : objects) Py_XDECREF(x);
}

std::string to_utf8(PyObject* text) {
  if (!text) throw py::error_already_set();
  py::object held = py::reinterpret_steal<py::object>(text);
  PyObject* bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
  if (!bytes) throw py::error_already_set();
  return py::reinterpret_steal<py::bytes>(bytes);
}

py::object from_utf8(const std::string& s) {
  PyObject* text =
      PyUnicode_DecodeUTF8(s.data(), static_cast<Py_ssize_t>(s.size()), "surrogatepass");
  if (!text) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(text);
}

Ref<const PyValues> PyValues::intern(std::span<PyObject* const> items) {
  size_t hash = items.size();
  for (PyObject* x : items) hash = combine(hash, hash_value(x));
  hash = hash_mix(hash, 0);
  auto found = find(hash, items, [](PyObject* a, PyObject* b) { return same_value(a, b); });
  return found ? found : add(items, hash);
}

Ref<const PyValues> PyValues::intern_strs(std::span<PyObject* const> items) {
  size_t hash = items.size();
  for (PyObject* x : items) hash = combine(hash, static_cast<size_t>(str_hash(x)));
  hash = hash_mix(hash, 0);
  auto found = find(hash, items, [](PyObject* a, PyObject* b) {
    return a == b || (Py_IS_TYPE(b, &PyUnicode_Type) && same_str(a, b));
  });
  return found ? found : add(items, hash);
}

Ref<const PyValues> PyValues::add(std::span<PyObject* const> items, size_t hash) {
  release_waiting_references();
  bool canonical = true, keepable = true;
  for (PyObject* x : items) {
    canonical &= is_canonical(x);
    keepable &= is_keepable(x);
    Py_INCREF(x);
  }
  Ref<const PyValues> made(new PyValues({items.begin(), items.end()}, canonical, keepable, hash));
  Ref<const PyValues> gave_way;  // dropped after the lock
  Table& t = table();
  std::lock_guard lock(t.mutex);
  t.values.insert(hash, made.get());
  if (keepable) gave_way = t.recent.keep(hash, made);
  return made;
}

PyValues::PyValues(std::vector<PyObject*> items, bool canonical, bool keepable, size_t hash)
    : NodeData(canonical, keepable), items_(std::move(items)), intern_hash_(hash) {}

PyValues::~PyValues() {
  {
    Table& t = table();
    std::lock_guard lock(t.mutex);
    t.values.erase(intern_hash_, this);
  }
  release_references(std::move(items_));
  release_references(std::move(path_entries_));
  release_references({dict_template_});
}

py::object PyValues::new_dict() const {
  // Copying a dict is quicker than growing one, from the size on where it grows.
  constexpr size_t kFirstTable = 5;
  if (size() <= kFirstTable || !keepable()) return steal_or_throw(PyDict_New());
  if (!dict_template_) {
    py::dict made;
    for (PyObject* key : items_) made[key] = py::none();
    dict_template_ = made.release().ptr();
  }
  return steal_or_throw(PyDict_Copy(dict_template_));
}

bool PyValues::has_equal_items(const PyValues& other) const {
  if (this == &other) return true;
  if (other.size() != size()) return false;
  for (size_t i = 0; i < size(); ++i) {
    int eq = PyObject_RichCompareBool(items_[i], other.items_[i], Py_EQ);
    if (eq < 0) throw py::error_already_set();
    if (!eq) return false;
  }
  return true;
}

bool PyValues::equals(const HostObject& other) const {
  auto* o = dynamic_cast<const PyValues*>(&other);
  if (!o) return false;
  try {
    return has_equal_items(*o);
  } catch (py::error_already_set& cause) {
    if (!cause.matches(PyExc_Exception)) throw;
    py::raise_from(cause, PyExc_ValueError,
                   "Exception raised while checking equality of metadata fields of pytree. Make "
                   "sure that metadata fields are hashable and have simple equality semantics. "
                   "(Note: arrays cannot be passed as metadata fields!)");
    throw py::error_already_set();
  }
}

size_t PyValues::hash() const {
  size_t h = size();
  for (PyObject* x : items_) {
    Py_hash_t hx = PyObject_Hash(x);
    if (hx == -1) throw py::error_already_set();
    h = hash_mix(h, static_cast<size_t>(hx));
  }
  return h;
}

std::string PyValues::repr() const {
  std::string s = "(";
  for (size_t i = 0; i < size(); ++i) {
    if (i) s += ", ";
    s += key_repr(i);
  }
  s += size() == 1 ? ",)" : ")";
  return s;
}

std::string PyValues::key_repr(size_t i) const { return to_utf8(PyObject_Repr(items_[i])); }

}  // namespace covector::bindings
