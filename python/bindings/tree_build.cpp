#include "tree_model.h"

namespace covector::bindings {
namespace {

using Children = SmallVector<py::object, 8>;

const PyNodeType& type_of(const TreeDef& def) {
  return static_cast<const PyNodeType&>(*def.type());
}

const PyValues& data_of(const TreeDef& def) { return static_cast<const PyValues&>(*def.data()); }

py::object make_tuple(std::span<py::object> children) {
  py::object t = steal_or_throw(PyTuple_New(static_cast<Py_ssize_t>(children.size())));
  Py_ssize_t i = 0;
  for (py::object& c : children) PyTuple_SET_ITEM(t.ptr(), i++, c.release().ptr());
  return t;
}

py::object make_list(std::span<py::object> children) {
  py::object t = steal_or_throw(PyList_New(static_cast<Py_ssize_t>(children.size())));
  Py_ssize_t i = 0;
  for (py::object& c : children) PyList_SET_ITEM(t.ptr(), i++, c.release().ptr());
  return t;
}

template <class Set>
void set_items(PyObject* mapping, std::span<PyObject* const> keys, std::span<py::object> children,
               Set set) {
  for (size_t i = 0; i < children.size(); ++i)
    if (set(mapping, keys[i], children[i].ptr()) < 0) throw py::error_already_set();
}

py::object make_dict(const TreeDef& def, std::span<py::object> children) {
  py::object d = data_of(def).new_dict();
  set_items(d.ptr(), data_of(def).items(), children, PyDict_SetItem);
  return d;
}

py::object make_ordered_dict(const TreeDef& def, std::span<py::object> children) {
  py::object d = steal_or_throw(PyODict_New());
  set_items(d.ptr(), data_of(def).items(), children, PyODict_SetItem);
  return d;
}

py::object make_default_dict(const TreeDef& def, std::span<py::object> children) {
  auto items = data_of(def).items();
  py::object d = steal_or_throw(PyObject_CallOneArg(type_of(def).type_object(), items[0]));
  set_items(d.ptr(), items.subspan(1), children, PyDict_SetItem);
  return d;
}

// Arguments of a constructor, after a word for the instance or the class.
using Arguments = SmallVector<PyObject*, 16>;

py::object call_class(PyTypeObject* type, Arguments& args, PyObject* keywords) {
  size_t positional = keywords ? 0 : args.size() - 1;
  return steal_or_throw(PyObject_Vectorcall(reinterpret_cast<PyObject*>(type), args.data() + 1,
                                            positional | PY_VECTORCALL_ARGUMENTS_OFFSET, keywords));
}

// Calling a class goes through its metaclass, which packs the arguments into a
// tuple and a dict. Where all it does is to call one Python function, `__new__`
// or `__init__`, that is called directly. Null if it is not a Python function.
py::object python_method(PyTypeObject* type, PyObject* name) {
  if (Py_TYPE(type)->tp_call != PyType_Type.tp_call) return {};
  auto f = steal_or_throw(PyObject_GetAttr(reinterpret_cast<PyObject*>(type), name));
  return PyFunction_Check(f.ptr()) ? f : py::object();
}

py::object construct_by_init(PyTypeObject* type, Arguments& args, PyObject* keywords) {
  static PyObject* init_name = PyUnicode_InternFromString("__init__");
  py::object init;
  if (type->tp_new == PyBaseObject_Type.tp_new) init = python_method(type, init_name);
  if (!init) return call_class(type, args, keywords);
  static PyObject* nothing = PyTuple_New(0);
  py::object self = steal_or_throw(type->tp_new(type, nothing, nullptr));
  args[0] = self.ptr();
  py::object r = steal_or_throw(PyObject_Vectorcall(init.ptr(), args.data(), 1, keywords));
  require<TypeError>(r.is_none(), "__init__() should return None, not '", Py_TYPE(r.ptr())->tp_name,
                     "'");
  return self;
}

py::object construct_by_new(PyTypeObject* type, Arguments& args) {
  static PyObject* new_name = PyUnicode_InternFromString("__new__");
  py::object make;
  if (type->tp_init == PyBaseObject_Type.tp_init) make = python_method(type, new_name);
  if (!make) return call_class(type, args, nullptr);
  args[0] = reinterpret_cast<PyObject*>(type);
  return steal_or_throw(PyObject_Vectorcall(make.ptr(), args.data(), args.size(), nullptr));
}

py::object make_namedtuple(const TreeDef& def, std::span<py::object> children) {
  Arguments args{nullptr};
  for (const py::object& c : children) args.push_back(c.ptr());
  return construct_by_new(type_of(def).type(), args);
}

py::object make_dataclass(const TreeDef& def, std::span<py::object> children) {
  const PyNodeType& type = type_of(def);
  auto meta = data_of(def).items();
  auto expected = static_cast<size_t>(PyTuple_GET_SIZE(type.fields.keywords.ptr()));
  if (children.size() + meta.size() != expected)
    fail<ValueError>("a node of ", type.describe(def.data()), " has ", children.size(),
                     " children and ", meta.size(), " static fields; its type has ", expected,
                     " fields in all");
  Arguments args{nullptr};
  for (const py::object& c : children) args.push_back(c.ptr());
  for (PyObject* m : meta) args.push_back(m);
  return construct_by_init(type.type(), args, type.fields.keywords.ptr());
}

py::object make_custom(const TreeDef& def, std::span<py::object> children) {
  py::object tuple = make_tuple(children);
  PyObject* args[] = {nullptr, data_of(def)[0], tuple.ptr()};
  return steal_or_throw(PyObject_Vectorcall(type_of(def).functions.from_iterable.ptr(), args + 1,
                                            2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
}

std::string repr(PyObject* x) { return to_utf8(PyObject_Repr(x)); }

void expect(bool ok, const char* what, PyObject* got) {
  if (!ok) fail<ValueError>("Expected ", what, ", got ", repr(got), ".");
}

void expect_none(PyObject* got) {
  if (got == Py_None) return;
  fail<ValueError>(
      "Expected None, got ", repr(got),
      ".\n\nNone is a tree without leaves, not a prefix of other values. To let it "
      "stand for any value, make it a leaf:\n  tree.map(lambda x, y: None if x is None "
      "else f(x, y), a, b, is_leaf=lambda x: x is None)");
}

void expect_arity(size_t got, size_t expected, const char* what, const char* name, PyObject* x) {
  if (got != expected)
    fail<ValueError>(what, " arity mismatch: ", got, " != ", expected, "; ", name, ": ", repr(x),
                     ".");
}

void match_sequence(const TreeDef& def, PyObject* x, Children& out) {
  bool is_tuple = def.kind() == NodeKind::kTuple;
  expect(is_tuple ? PyTuple_CheckExact(x) : PyList_CheckExact(x), is_tuple ? "tuple" : "list", x);
  auto n = static_cast<size_t>(PySequence_Fast_GET_SIZE(x));
  expect_arity(n, def.arity(), is_tuple ? "Tuple" : "List", is_tuple ? "tuple" : "list", x);
  PyObject** items = PySequence_Fast_ITEMS(x);
  for (size_t i = 0; i < n; ++i) out.push_back(py::reinterpret_borrow<py::object>(items[i]));
}

std::string key_list(std::span<PyObject* const> keys) {
  std::string s = "[";
  for (PyObject* k : keys) {
    if (s.size() > 1) s += ", ";
    s += repr(k);
  }
  return s + "]";
}

[[noreturn]] void fail_keys(const PyValues& expected, PyObject* x) {
  fail<ValueError>("Dict key mismatch; expected keys: ", key_list(expected.items()),
                   "; present keys: ", key_list(DictItems(x).keys), ".");
}

void match_dict(const TreeDef& def, PyObject* x, Children& out) {
  expect(PyDict_CheckExact(x), "dict", x);
  const PyValues& keys = data_of(def);
  if (static_cast<size_t>(PyDict_GET_SIZE(x)) != keys.size()) fail_keys(keys, x);
  for (PyObject* k : keys.items()) {
    PyObject* value = PyDict_GetItemWithError(x, k);
    if (!value && PyErr_Occurred()) throw py::error_already_set();
    if (!value) fail_keys(keys, x);
    out.push_back(py::reinterpret_borrow<py::object>(value));
  }
}

void match_namedtuple(const TreeDef& def, PyObject* x, Children& out) {
  expect(PyTuple_Check(x) && is_namedtuple_type(Py_TYPE(x)), "named tuple", x);
  const PyNodeType& type = type_of(def);
  if (Py_TYPE(x) != type.type())
    fail<ValueError>("Named tuple type mismatch: expected type: ", repr(type.type_object()),
                     ", tuple: ", repr(x), ".");
  auto n = static_cast<size_t>(PyTuple_GET_SIZE(x));
  expect_arity(n, def.arity(), "Named tuple", "tuple", x);
  for (size_t i = 0; i < n; ++i)
    out.push_back(
        py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(x, static_cast<Py_ssize_t>(i))));
}

void expect_data(const TreeDef& def, const Ref<const PyValues>& got, const char* what,
                 PyObject* x) {
  if (data_of(def).has_equal_items(*got)) return;
  auto shown = [&](const NodeData* d) {
    std::string s = type_of(def).describe(d);
    size_t open = s.find('[');
    return s.substr(open + 1, s.size() - open - 2);
  };
  fail<ValueError>("Mismatch ", what, " data: ", shown(def.data()), " != ", shown(got.get()),
                   "; value: ", repr(x), ".");
}

void match_dataclass(const TreeDef& def, PyObject* x, Children& out) {
  const PyNodeType& type = type_of(def);
  expect_data(def, static_fields(type, x), "custom dataclass node", x);
  for (py::handle name : type.fields.data) out.push_back(get_attr(x, name.ptr()));
}

void match_mapping(const TreeDef& def, PyObject* x, Children& out) {
  const PyNodeType& type = type_of(def);
  py::object keys = mapping_keys(type, x);
  expect_data(def, mapping_data(type, x, keys.ptr()), "custom node", x);
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys.ptr()); ++i)
    out.push_back(mapping_value(x, PyList_GET_ITEM(keys.ptr(), i)));
}

void match_custom(const TreeDef& def, PyObject* x, Children& out) {
  CustomParts parts = take_apart(type_of(def), x);
  PyObject* aux = parts.aux.ptr();
  expect_data(def, PyValues::intern({&aux, 1}), "custom node", x);
  py::object children = steal_or_throw(PySequence_Tuple(parts.children.ptr()));
  auto n = static_cast<size_t>(PyTuple_GET_SIZE(children.ptr()));
  expect_arity(n, def.arity(), "Custom type", "value", x);
  for (py::handle c : py::reinterpret_borrow<py::tuple>(children))
    out.push_back(py::reinterpret_borrow<py::object>(c));
}

void expect_type(const TreeDef& def, PyObject* x) {
  const PyNodeType& type = type_of(def);
  if (Py_TYPE(x) == type.type()) return;
  const char* what = def.kind() == NodeKind::kDataclass ? "Custom dataclass node" : "Custom node";
  fail<ValueError>(what, " type mismatch: expected type: ", repr(type.type_object()),
                   ", value: ", repr(x), ".");
}

}  // namespace

py::object BuildModel::make(const TreeDef& def, std::span<py::object> children) {
  switch (def.kind()) {
    case NodeKind::kNone:
      return py::none();
    case NodeKind::kTuple:
      return make_tuple(children);
    case NodeKind::kList:
      return make_list(children);
    case NodeKind::kDict:
      return make_dict(def, children);
    case NodeKind::kNamedTuple:
      return make_namedtuple(def, children);
    case NodeKind::kOrderedDict:
      return make_ordered_dict(def, children);
    case NodeKind::kDefaultDict:
      return make_default_dict(def, children);
    case NodeKind::kDataclass:
      return make_dataclass(def, children);
    case NodeKind::kCustom:
      return make_custom(def, children);
    case NodeKind::kLeaf:
      break;
  }
  fail<InternalError>("a leaf is not made from children");
}

void BuildModel::match_children(const TreeDef& def, PyObject* x, Children& out) {
  out.reserve(def.arity());
  switch (def.kind()) {
    case NodeKind::kNone:
      return expect_none(x);
    case NodeKind::kTuple:
    case NodeKind::kList:
      return match_sequence(def, x, out);
    case NodeKind::kDict:
      return match_dict(def, x, out);
    case NodeKind::kNamedTuple:
      return match_namedtuple(def, x, out);
    default:
      break;
  }
  expect_type(def, x);
  if (def.kind() == NodeKind::kDataclass) return match_dataclass(def, x, out);
  if (def.kind() == NodeKind::kCustom) return match_custom(def, x, out);
  match_mapping(def, x, out);
}

}  // namespace covector::bindings
