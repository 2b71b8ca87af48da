#include "tree.h"

#include <pybind11/stl.h>

#include "register.h"
#include "tree_call.h"
#include "tree_def_type.h"
#include "tree_functions.h"
#include "tree_keys.h"
#include "tree_level.h"
#include "tree_prefix.h"

// covector._core.tree: the names of covector.tree_util that are C++.
namespace covector::bindings {
namespace {

PyObject* predicate(const py::object& is_leaf) { return null_if_none(is_leaf.ptr()); }

Ref<PyNodeType> new_entry(PyTreeRegistry& registry, NodeKind kind, py::type type) {
  auto entry = make_ref<PyNodeType>(kind, reinterpret_cast<PyTypeObject*>(type.ptr()));
  entry->unique = &registry == &default_registry();
  return entry;
}

void require_callable(const py::object& f, const char* what, bool none_allowed = false) {
  require<TypeError>(PyCallable_Check(f.ptr()) || (none_allowed && f.is_none()),
                     "register_node: ", what, " must be callable, got ",
                     to_utf8(PyObject_Repr(f.ptr())));
}

void register_node(PyTreeRegistry& registry, py::type type, py::object to_iterable,
                   py::object from_iterable, py::object to_iterable_with_keys) {
  require_callable(to_iterable, "to_iterable");
  require_callable(from_iterable, "from_iterable");
  require_callable(to_iterable_with_keys, "to_iterable_with_keys", true);
  auto entry = new_entry(registry, NodeKind::kCustom, type);
  if (to_iterable_with_keys.is_none()) to_iterable_with_keys = py::object();
  entry->functions = {std::move(to_iterable), std::move(from_iterable),
                      std::move(to_iterable_with_keys)};
  registry.add(std::move(entry));
}

py::tuple interned_names(const std::vector<std::string>& names) {
  py::tuple t(names.size());
  for (size_t i = 0; i < names.size(); ++i)
    t[i] = steal_or_throw(PyUnicode_InternFromString(names[i].c_str()));
  return t;
}

void register_dataclass_node(PyTreeRegistry& registry, py::type type,
                             const std::vector<std::string>& data_fields,
                             const std::vector<std::string>& meta_fields) {
  auto entry = new_entry(registry, NodeKind::kDataclass, type);
  PyNodeType::Fields& f = entry->fields;
  f.data = interned_names(data_fields);
  f.meta = interned_names(meta_fields);
  f.keywords = f.data + f.meta;
  f.path = py::tuple(data_fields.size());
  for (size_t i = 0; i < data_fields.size(); ++i)
    f.path[i] = py::reinterpret_steal<py::object>(get_attr_key(f.data[i].ptr()));
  registry.add(std::move(entry));
}

void define_flattening(py::class_<PyTreeRegistry>& c) {
  c.def(
      "flatten",
      [](const PyTreeRegistry& r, py::object tree, py::object is_leaf) {
        return flatten_to_list(r, tree.ptr(), predicate(is_leaf));
      },
      py::arg("tree"), py::arg("leaf_predicate") = py::none());
  c.def(
      "flatten_with_path",
      [](const PyTreeRegistry& r, py::object tree, py::object is_leaf) {
        return flatten_with_path(r, tree.ptr(), predicate(is_leaf), true);
      },
      py::arg("tree"), py::arg("leaf_predicate") = py::none());
  c.def("flatten_one_level", [](const PyTreeRegistry& r, py::object tree) {
    return flatten_one_level(r, tree.ptr(), false);
  });
  c.def("flatten_one_level_with_keys", [](const PyTreeRegistry& r, py::object tree) {
    return flatten_one_level(r, tree.ptr(), true);
  });
}

void register_registry(py::module_& m) {
  py::class_<PyTreeRegistry> c(m, "PyTreeRegistry", "Which types are inner nodes of trees.");
  c.def(py::init([](bool none, bool tuple, bool namedtuple, bool list, bool dict) {
          return new PyTreeRegistry(PyTreeRegistry::Builtins{none, tuple, namedtuple, list, dict});
        }),
        py::kw_only(), py::arg("enable_none") = true, py::arg("enable_tuple") = true,
        py::arg("enable_namedtuple") = true, py::arg("enable_list") = true,
        py::arg("enable_dict") = true);
  c.def("register_node", register_node, py::arg("type"), py::arg("to_iterable"),
        py::arg("from_iterable"), py::arg("to_iterable_with_keys") = py::none());
  c.def("register_dataclass_node", register_dataclass_node, py::arg("type"), py::arg("data_fields"),
        py::arg("meta_fields"));
  c.def("is_node", [](const PyTreeRegistry& r, py::handle type) {
    return PyType_Check(type.ptr()) && r.is_node(reinterpret_cast<PyTypeObject*>(type.ptr()));
  });
  define_flattening(c);
  c.def("__reduce__", [](const PyTreeRegistry& r) {
    if (&r == &default_registry()) return "default_registry";
    if (&r == &none_leaf_registry()) return "none_leaf_registry";
    fail<TypeError>("only the registries that have a name can be pickled");
  });
  c.attr("__module__") = "covector.tree_util";  // where pickle looks for the names
  auto by_reference = py::return_value_policy::reference;
  m.attr("default_registry") = py::cast(&default_registry(), by_reference);
  // JAX has further registries, for jit and for tracing; they know the same types.
  for (const char* name : {"dispatch_registry", "tracing_registry"})
    m.attr(name) = m.attr("default_registry");
  m.attr("none_leaf_registry") = py::cast(&none_leaf_registry(), by_reference);
}

py::list flatten_axes_list(const std::string& name, py::handle treedef, py::object axes, bool kws,
                           bool tupled_args) {
  Leaves leaves;
  AxesErrorStyle style{.of_arguments = tupled_args, .with_kwargs = kws};
  flatten_axes(name.c_str(), *unwrap_treedef(treedef.ptr()), axes.ptr(), leaves, style);
  return leaves.take_list();
}

py::list broadcast_flattened_prefix(py::object prefix_leaves, py::handle prefix, py::handle full) {
  Leaves leaves;
  collect_leaves(prefix_leaves.ptr(), leaves);
  const TreeDef& def = *unwrap_treedef(prefix.ptr());
  require<ValueError>(leaves.size() == static_cast<size_t>(def.num_leaves()), "got ", leaves.size(),
                      " leaves for a treedef with ", def.num_leaves());
  py::list r;
  size_t i = 0;
  bool ok = for_each_prefix_leaf(def, *unwrap_treedef(full.ptr()), [&](int64_t n) {
    for (; n > 0; --n) r.append(py::handle(leaves[i]));
    ++i;
  });
  require<ValueError>(ok, "`prefix_treedef` is not a prefix of `full_treedef`");
  return r;
}

// Helpers of the Python side.
void register_helpers(py::module_& m) {
  m.def("prefix_mismatches", [](py::object prefix, py::object full, py::object is_leaf) {
    return prefix_mismatches(prefix.ptr(), full.ptr(), is_leaf.ptr());
  });
  m.def("flatten_axes", flatten_axes_list, py::arg("name"), py::arg("treedef"),
        py::arg("axis_tree"), py::kw_only(), py::arg("kws") = false,
        py::arg("tupled_args") = false);
  m.def("broadcast_flattened_prefix_with_treedef", broadcast_flattened_prefix,
        py::arg("prefix_leaves"), py::arg("prefix_treedef"), py::arg("full_treedef"));
  m.def("live_treedef_nodes", &TreeDef::live_count,
        "How many nodes the treedefs in this process share.");
}

}  // namespace

void register_tree(py::module_& core) {
  py::module_ m = core.def_submodule("tree", "The compiled part of covector.tree_util.");
  register_tree_keys(m);
  register_treedef_type(m);
  register_registry(m);
  register_tree_functions(m);
  register_helpers(m);
}

}  // namespace covector::bindings
