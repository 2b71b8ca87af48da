#include "tree_def_type.h"

#include "tree_call.h"
#include "tree_docs.h"

namespace covector::bindings {
namespace {

PyTypeObject* treedef_type = nullptr;

const Ref<const TreeDef>& def_of(PyObject* self) {
  return reinterpret_cast<TreeDefObject*>(self)->def;
}

void treedef_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  reinterpret_cast<TreeDefObject*>(self)->def.~Ref();
  type->tp_free(self);
  Py_DECREF(type);
}

// Reports the Python objects below a node that is owned from here alone. What has
// another owner, which may be C++, is not ours to report: a cycle through it is
// then not collected, but nothing that lives is. The counts cannot change under
// the collector's feet, for nodes with data of Python are handled under the GIL.
int visit_owned(const TreeDef& def, visitproc visit, void* arg) {
  if (def.keepable() || def.use_count() != 1) return 0;
  if (def.data() && def.data()->use_count() == 1)
    for (PyObject* x : static_cast<const PyValues*>(def.data())->items()) Py_VISIT(x);
  if (def.kind() == NodeKind::kNamedTuple && def.type()->use_count() == 1)
    Py_VISIT(static_cast<const PyNodeType*>(def.type())->type_object());
  for (const auto& c : def.children())
    if (int r = visit_owned(*c, visit, arg)) return r;
  return 0;
}

int treedef_traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  const auto& def = def_of(self);
  return def ? visit_owned(*def, visit, arg) : 0;
}

int treedef_clear(PyObject* self) {
  // Leaves a treedef that can still be used.
  Ref<const TreeDef> old =
      std::exchange(reinterpret_cast<TreeDefObject*>(self)->def, TreeDef::leaf());
  return 0;
}

PyObject* treedef_compare(PyObject* self, PyObject* other, int op) {
  if ((op != Py_EQ && op != Py_NE) || !is_treedef(other)) Py_RETURN_NOTIMPLEMENTED;
  return guarded([&] {
    // Held: `==` of the user's data may drop the caller's references.
    Ref<const TreeDef> a = def_of(self), b = def_of(other);
    return Py_NewRef((*a == *b) == (op == Py_EQ) ? Py_True : Py_False);
  });
}

Py_hash_t treedef_hash(PyObject* self) {
  Py_hash_t h = 0;
  PyObject* ok = guarded([&] {
    h = static_cast<Py_hash_t>(def_of(self)->hash());
    return Py_None;
  });
  if (!ok) return -1;
  return h == -1 ? -2 : h;
}

PyObject* treedef_repr(PyObject* self) {
  return guarded(
      [&] { return from_utf8(str("PyTreeDef(", def_of(self)->to_string(), ")")).release().ptr(); });
}

PyObject* get_num_leaves(PyObject* self, void*) {
  return PyLong_FromLongLong(def_of(self)->num_leaves());
}
PyObject* get_num_nodes(PyObject* self, void*) {
  return PyLong_FromLongLong(def_of(self)->num_nodes());
}

PyObject* method_unflatten(PyObject* self, PyObject* iterable) {
  return guarded([&] {
    Leaves leaves;
    collect_leaves(iterable, leaves);
    return unflatten(*def_of(self), leaves);
  });
}

PyObject* method_flatten_up_to(PyObject* self, PyObject* tree) {
  return guarded([&] {
    Leaves leaves;
    flatten_up_to(*def_of(self), tree, leaves);
    return leaves.take_list().release().ptr();
  });
}

PyObject* method_compose(PyObject* self, PyObject* inner) {
  return guarded(
      [&] { return wrap_treedef(def_of(self)->compose(unwrap_treedef(inner))).release().ptr(); });
}

PyObject* method_children(PyObject* self, PyObject*) {
  return guarded([&] { return children_of(*def_of(self)).release().ptr(); });
}

PyObject* method_node_data(PyObject* self, PyObject*) {
  return guarded([&] { return node_data(*def_of(self)).release().ptr(); });
}

PyObject* method_walk(PyObject* self, PyObject* args) {
  PyObject *f_node, *f_leaf, *leaves;
  if (!PyArg_ParseTuple(args, "OOO:walk", &f_node, &f_leaf, &leaves)) return nullptr;
  return guarded([&] { return walk(*def_of(self), f_node, f_leaf, leaves).release().ptr(); });
}

PyObject* method_from_iterable_tree(PyObject* self, PyObject* tree) {
  return guarded([&] { return from_iterable_tree(*def_of(self), tree).release().ptr(); });
}

PyObject* method_from_node_data_and_children(PyObject*, PyObject* args) {
  PyObject *registry, *data, *children;
  if (!PyArg_ParseTuple(args, "OOO:from_node_data_and_children", &registry, &data, &children))
    return nullptr;
  return guarded([&] {
    const auto& r = py::cast<const PyTreeRegistry&>(py::handle(registry));
    return wrap_treedef(from_node_data(r, data, children)).release().ptr();
  });
}

PyObject* method_to_proto(PyObject* self, PyObject*) {
  return guarded([&] { return treedef_to_proto(*def_of(self)).release().ptr(); });
}

PyObject* method_from_proto(PyObject*, PyObject* args) {
  PyObject* registry;
  PyObject* data;
  if (!PyArg_ParseTuple(args, "OS:deserialize_using_proto", &registry, &data)) return nullptr;
  return guarded([&] {
    py::cast<const PyTreeRegistry&>(py::handle(registry));
    return wrap_treedef(treedef_from_proto(py::reinterpret_borrow<py::bytes>(data)))
        .release()
        .ptr();
  });
}

PyObject* method_from_state(PyObject*, PyObject* state) {
  return guarded([&] { return wrap_treedef(treedef_from_state(state)).release().ptr(); });
}

PyObject* method_reduce(PyObject* self, PyObject*) {
  return guarded([&] {
    py::handle type(reinterpret_cast<PyObject*>(treedef_type));
    auto state = treedef_state(*def_of(self));
    return py::make_tuple(type.attr("_from_state"), py::make_tuple(state)).release().ptr();
  });
}

PyMethodDef methods[] = {
    {"unflatten", method_unflatten, METH_O, docs::kUnflattenMethod},
    {"flatten_up_to", method_flatten_up_to, METH_O, docs::kFlattenUpTo},
    {"compose", method_compose, METH_O, docs::kCompose},
    {"children", method_children, METH_NOARGS, docs::kChildren},
    {"node_data", method_node_data, METH_NOARGS, docs::kNodeData},
    {"walk", method_walk, METH_VARARGS, docs::kWalk},
    {"from_iterable_tree", method_from_iterable_tree, METH_O, docs::kFromIterableTree},
    {"from_node_data_and_children", method_from_node_data_and_children, METH_VARARGS | METH_STATIC,
     docs::kFromNodeData},
    {"serialize_using_proto", method_to_proto, METH_NOARGS, docs::kToProto},
    {"deserialize_using_proto", method_from_proto, METH_VARARGS | METH_STATIC, docs::kFromProto},
    {"_from_state", method_from_state, METH_O | METH_CLASS, nullptr},
    {"__reduce__", method_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef getset[] = {
    {"num_leaves", get_num_leaves, nullptr, "The number of leaves.", nullptr},
    {"num_nodes", get_num_nodes, nullptr, "The number of nodes, leaves included.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(treedef_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(treedef_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(treedef_clear)},
    {Py_tp_repr, reinterpret_cast<void*>(treedef_repr)},
    {Py_tp_hash, reinterpret_cast<void*>(treedef_hash)},
    {Py_tp_richcompare, reinterpret_cast<void*>(treedef_compare)},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {Py_tp_doc, const_cast<char*>(docs::kPyTreeDef)},
    {0, nullptr},
};

PyType_Spec spec = {"covector.tree_util.PyTreeDef", sizeof(TreeDefObject), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};

}  // namespace

void register_treedef_type(py::module_& m) {
  py::object type = steal_or_throw(PyType_FromSpec(&spec));
  treedef_type = reinterpret_cast<PyTypeObject*>(type.inc_ref().ptr());
  m.attr("PyTreeDef") = type;
}

py::object wrap_treedef(Ref<const TreeDef> def) {
  auto* self = PyObject_GC_New(TreeDefObject, treedef_type);
  if (!self) throw py::error_already_set();
  bool in_cycles = !def->keepable();
  new (&self->def) Ref<const TreeDef>(std::move(def));
  if (in_cycles) PyObject_GC_Track(self);
  return py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(self));
}

bool is_treedef(PyObject* x) noexcept { return Py_IS_TYPE(x, treedef_type); }

const Ref<const TreeDef>& unwrap_treedef(PyObject* x) {
  if (!is_treedef(x))
    fail<TypeError>("expected a PyTreeDef, got ", to_utf8(PyObject_Repr(x)), " of type ",
                    Py_TYPE(x)->tp_name);
  return def_of(x);
}

}  // namespace covector::bindings
