#include "tree_keys.h"

#include <structmember.h>

#include <array>

namespace covector::bindings {
namespace {

namespace py = pybind11;

// One object layout for the four: what is between the brackets.
struct Key {
  PyObject_HEAD PyObject* value;
};

struct KeyKind {
  const char* name;   // with module
  const char* field;  // of the constructor, and the attribute
  const char* str_prefix;
  const char* str_suffix;
  Py_hash_t salt;            // tells the kinds' hashes apart
  PyTypeObject* value_type;  // null: any object
  const char* doc;
  PyTypeObject* type;
};

KeyKind kinds[] = {
    {"covector.tree_util.SequenceKey", "idx", "[", "]", 1, &PyLong_Type,
     "SequenceKey(idx)\n--\n\nA step of a key path into a list or tuple.\n\n"
     ">>> str(SequenceKey(2))\n'[2]'",
     nullptr},
    {"covector.tree_util.DictKey", "key", "[", "]", 0, nullptr,
     "DictKey(key)\n--\n\nA step of a key path into a dict.\n\n"
     ">>> str(DictKey('w'))\n\"['w']\"",
     nullptr},
    {"covector.tree_util.GetAttrKey", "name", ".", "", 0, &PyUnicode_Type,
     "GetAttrKey(name)\n--\n\nA step of a key path to an attribute: a field of a named tuple or\n"
     "of a dataclass.\n\n>>> str(GetAttrKey('bias'))\n'.bias'",
     nullptr},
    {"covector.tree_util.FlattenedIndexKey", "key", "[<flat index ", ">]", 42, &PyLong_Type,
     "FlattenedIndexKey(key)\n--\n\nA step of a key path to the n-th child of a node that names\n"
     "none of its children.\n\n>>> str(FlattenedIndexKey(0))\n'[<flat index 0>]'",
     nullptr},
};
enum { kSequence, kDict, kGetAttr, kFlattenedIndex };

const KeyKind& kind_of(PyObject* self) {
  for (const KeyKind& k : kinds)
    if (PyObject_TypeCheck(self, k.type)) return k;
  return kinds[kDict];
}

PyObject* value_of(PyObject* self) { return reinterpret_cast<Key*>(self)->value; }

PyObject* make(PyTypeObject* type, PyObject* value) {
  PyObject* self = type->tp_alloc(type, 0);
  if (self) reinterpret_cast<Key*>(self)->value = Py_NewRef(value);
  return self;
}

const KeyKind& kind_of_type(PyTypeObject* type) {
  for (const KeyKind& k : kinds)
    if (PyType_IsSubtype(type, k.type)) return k;
  return kinds[kDict];
}

PyObject* key_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  const KeyKind& k = kind_of_type(type);
  const char* names[] = {k.field, nullptr};
  PyObject* value;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O", const_cast<char**>(names), &value))
    return nullptr;
  if (k.value_type && !PyObject_TypeCheck(value, k.value_type))
    return PyErr_Format(PyExc_TypeError, "%s must be %s, got %.200s", k.field,
                        k.value_type->tp_name, Py_TYPE(value)->tp_name);
  return make(type, value);
}

void key_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  Py_CLEAR(reinterpret_cast<Key*>(self)->value);
  type->tp_free(self);
  Py_DECREF(type);
}

int key_traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(value_of(self));
  return 0;
}

int key_clear(PyObject* self) {
  // A key without its value would break whoever still sees it; None keeps it whole.
  PyObject* old = std::exchange(reinterpret_cast<Key*>(self)->value, Py_NewRef(Py_None));
  Py_XDECREF(old);
  return 0;
}

PyObject* key_repr(PyObject* self) {
  const char* name = std::strrchr(Py_TYPE(self)->tp_name, '.');
  return PyUnicode_FromFormat("%s(%s=%R)", name ? name + 1 : Py_TYPE(self)->tp_name,
                              kind_of(self).field, value_of(self));
}

PyObject* key_str(PyObject* self) {
  const KeyKind& k = kind_of(self);
  const char* format = &k == &kinds[kGetAttr] ? "%s%S%s" : "%s%R%s";
  return PyUnicode_FromFormat(format, k.str_prefix, value_of(self), k.str_suffix);
}

Py_hash_t key_hash(PyObject* self) {
  Py_hash_t h = PyObject_Hash(value_of(self));
  if (h == -1) return -1;
  h = static_cast<Py_hash_t>(static_cast<Py_uhash_t>(h) + kind_of(self).salt);
  return h == -1 ? -2 : h;
}

PyObject* key_compare(PyObject* self, PyObject* other, int op) {
  if ((op != Py_EQ && op != Py_NE) || !PyObject_TypeCheck(other, kind_of(self).type))
    Py_RETURN_NOTIMPLEMENTED;
  return PyObject_RichCompare(value_of(self), value_of(other), op);
}

PyObject* key_reduce(PyObject* self, PyObject*) {
  return Py_BuildValue("(O(O))", Py_TYPE(self), value_of(self));
}

PyMethodDef methods[] = {{"__reduce__", key_reduce, METH_NOARGS, nullptr},
                         {nullptr, nullptr, 0, nullptr}};

PyTypeObject* make_type(const KeyKind& k) {
  // The type keeps no pointer into these but into the member's name, a literal.
  PyMemberDef members[] = {{k.field, T_OBJECT_EX, offsetof(Key, value), READONLY, nullptr},
                           {nullptr, 0, 0, 0, nullptr}};
  PyType_Slot slots[] = {
      {Py_tp_new, reinterpret_cast<void*>(key_new)},
      {Py_tp_dealloc, reinterpret_cast<void*>(key_dealloc)},
      {Py_tp_traverse, reinterpret_cast<void*>(key_traverse)},
      {Py_tp_clear, reinterpret_cast<void*>(key_clear)},
      {Py_tp_repr, reinterpret_cast<void*>(key_repr)},
      {Py_tp_str, reinterpret_cast<void*>(key_str)},
      {Py_tp_hash, reinterpret_cast<void*>(key_hash)},
      {Py_tp_richcompare, reinterpret_cast<void*>(key_compare)},
      {Py_tp_methods, methods},
      {Py_tp_members, members},
      {Py_tp_doc, const_cast<char*>(k.doc)},
      {0, nullptr},
  };
  PyType_Spec spec = {k.name, sizeof(Key), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};
  PyObject* type = PyType_FromSpec(&spec);
  if (!type) throw py::error_already_set();
  return reinterpret_cast<PyTypeObject*>(type);
}

PyObject* make_or_throw(int kind, PyObject* value) {
  PyObject* key = make(kinds[kind].type, value);
  if (!key) throw py::error_already_set();
  return key;
}

PyObject* make_indexed(int kind, Py_ssize_t i) {
  py::int_ index(i);
  return make_or_throw(kind, index.ptr());
}

}  // namespace

void register_tree_keys(py::module_& m) {
  for (KeyKind& k : kinds) {
    k.type = make_type(k);
    py::handle type(reinterpret_cast<PyObject*>(k.type));
    type.attr("__match_args__") = py::make_tuple(k.field);
    m.attr(std::strrchr(k.name, '.') + 1) = type;
  }
}

PyObject* sequence_key(Py_ssize_t i) {
  static std::array<PyObject*, 256> made{};
  if (i >= static_cast<Py_ssize_t>(made.size())) return make_indexed(kSequence, i);
  if (!made[i]) made[i] = make_indexed(kSequence, i);
  return Py_NewRef(made[i]);
}

PyObject* dict_key(PyObject* key) { return make_or_throw(kDict, key); }
PyObject* get_attr_key(PyObject* name) { return make_or_throw(kGetAttr, name); }
PyObject* flattened_index_key(Py_ssize_t i) { return make_indexed(kFlattenedIndex, i); }

}  // namespace covector::bindings
