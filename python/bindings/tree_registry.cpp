#include "tree_registry.h"

#include <mutex>

#include "covector/tree/intern_table.h"

namespace covector::bindings {
namespace {

struct NamedTuples {
  std::mutex mutex;
  InternTable<const PyNodeType> types;
};

NamedTuples& namedtuples() {
  static NamedTuples* t = new NamedTuples;
  return *t;
}

PyTypeObject* import_type(const char* name) {
  py::object type = py::module_::import("collections").attr(name);
  return reinterpret_cast<PyTypeObject*>(type.release().ptr());
}

// The name without its module, as `__name__` has it.
std::string name_of(PyTypeObject* type) {
  return to_utf8(PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__name__"));
}

std::string str_of_data(const PyNodeType& type, const PyValues& data) {
  auto items = data.items();
  std::string values = data.repr();
  switch (type.kind()) {
    case NodeKind::kCustom:
      return to_utf8(PyObject_Str(items[0]));
    case NodeKind::kDefaultDict: {
      std::string keys = PyValues::intern(items.subspan(1))->repr();
      return str("(", data.key_repr(0), ", ", keys, ")");
    }
    default:
      return values;
  }
}

}  // namespace

PyNodeType::PyNodeType(NodeKind kind, PyTypeObject* type) : kind_(kind), type_(type) {
  Py_INCREF(type);
}

PyNodeType::~PyNodeType() {
  if (kind_ == NodeKind::kNamedTuple) {
    NamedTuples& t = namedtuples();
    std::lock_guard lock(t.mutex);
    t.types.erase(hash(), this);
  }
  std::vector<PyObject*> held{type_object()};
  auto add = [&](py::object& x) { held.push_back(x.release().ptr()); };
  add(functions.to_iterable), add(functions.from_iterable), add(functions.to_iterable_with_keys);
  add(fields.data), add(fields.meta), add(fields.keywords), add(fields.path);
  release_references(std::move(held));
}

Ref<const PyNodeType> PyNodeType::for_namedtuple(PyTypeObject* type) {
  NamedTuples& t = namedtuples();
  size_t hash = reinterpret_cast<size_t>(type) >> 4;
  {
    std::lock_guard lock(t.mutex);
    auto same = [&](const PyNodeType& n) { return n.type() == type; };
    if (auto found = t.types.find(hash, same)) return found;
  }
  release_waiting_references();
  Ref<const PyNodeType> made(new PyNodeType(NodeKind::kNamedTuple, type));
  std::lock_guard lock(t.mutex);
  t.types.insert(hash, made.get());
  return made;
}

bool PyNodeType::same(const NodeType& other) const {
  auto* o = dynamic_cast<const PyNodeType*>(&other);
  return o && o->type_ == type_;
}

std::string PyNodeType::describe(const NodeData* data) const {
  if (kind_ == NodeKind::kNamedTuple) return str("namedtuple[", name_of(type_), "]");
  return str(name_of(type_), "[", str_of_data(*this, static_cast<const PyValues&>(*data)), "]");
}

bool is_namedtuple_type(PyTypeObject* type) {
  static PyObject* fields = PyUnicode_InternFromString("_fields");
  return PyType_HasFeature(type, Py_TPFLAGS_TUPLE_SUBCLASS) && type != &PyTuple_Type &&
         PyObject_HasAttr(reinterpret_cast<PyObject*>(type), fields);
}

bool PyTreeRegistry::is_builtin(PyTypeObject* type) const noexcept {
  return (type == &PyTuple_Type && builtins.tuple) || (type == &PyList_Type && builtins.list) ||
         (type == &PyDict_Type && builtins.dict) || (type == Py_TYPE(Py_None) && builtins.none);
}

bool PyTreeRegistry::is_node(PyTypeObject* type) const {
  return is_builtin(type) || find(type) || (builtins.namedtuple && is_namedtuple_type(type));
}

void PyTreeRegistry::add(Ref<const PyNodeType> entry) {
  require<ValueError>(!base_, "register types with default_registry, which this registry follows");
  if (is_builtin(entry->type()) || find(entry->type())) {
    const char* sort = entry->kind() == NodeKind::kDataclass ? "dataclass " : "";
    fail<ValueError>("Duplicate custom ", sort, "PyTreeDef type registration for ",
                     to_utf8(PyObject_Repr(entry->type_object())), ".");
  }
  if (4 * (size_ + 1) > 3 * slots_.size()) {
    std::vector<Ref<const PyNodeType>> old(slots_.size() * 2);
    old.swap(slots_);
    for (auto& e : old)
      if (e) place(std::move(e));
  }
  place(std::move(entry));
  ++size_;
}

void PyTreeRegistry::place(Ref<const PyNodeType> entry) {
  size_t i = home(entry->type());
  while (slots_[i]) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = std::move(entry);
}

PyTypeObject* ordered_dict_type() {
  static PyTypeObject* t = import_type("OrderedDict");
  return t;
}

PyTypeObject* default_dict_type() {
  static PyTypeObject* t = import_type("defaultdict");
  return t;
}

PyTreeRegistry& default_registry() {
  static PyTreeRegistry* r = [] {
    auto* made = new PyTreeRegistry(PyTreeRegistry::Builtins{});
    auto add = [&](NodeKind kind, PyTypeObject* type) {
      auto* entry = new PyNodeType(kind, type);
      entry->unique = true;
      made->add(Ref<const PyNodeType>(entry));
    };
    add(NodeKind::kOrderedDict, ordered_dict_type());
    add(NodeKind::kDefaultDict, default_dict_type());
    return made;
  }();
  return *r;
}

PyTreeRegistry& none_leaf_registry() {
  static PyTreeRegistry* r =
      new PyTreeRegistry(default_registry(), PyTreeRegistry::Builtins{.none = false});
  return *r;
}

}  // namespace covector::bindings
