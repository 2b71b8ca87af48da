#include "tree_prefix.h"

#include "tree_call.h"
#include "tree_level.h"
#include "tree_model.h"

namespace covector::bindings {
namespace {

std::string repr_of(py::handle x) { return to_utf8(PyObject_Repr(x.ptr())); }
std::string text(py::handle x) { return to_utf8(PyObject_Str(x.ptr())); }
py::handle type_of(py::handle x) { return reinterpret_cast<PyObject*>(Py_TYPE(x.ptr())); }

// Counts leaves and forgets them.
struct LeafCount {
  size_t n = 0;
  void push_back(PyObject*) { ++n; }
};

size_t count_leaves(PyObject* tree) {
  PlainModel model(default_registry(), nullptr);
  LeafCount count;
  Flattener<PlainModel, LeafCount, false>(model, count).flatten(tree);
  return count.n;
}

py::tuple key_values(const Level& level) {
  py::tuple t(level.keys.size());
  for (size_t i = 0; i < level.keys.size(); ++i)
    t[i] = py::getattr(level.keys[i], "key", level.keys[i]);
  return t;
}

std::string joined(const py::object& values) {
  std::string s;
  for (py::handle v : values) {
    if (!s.empty()) s += ' ';
    s += text(v);
  }
  return s;
}

// As textwrap.indent: lines of white space stay as they are.
std::string indented(const py::object& lines) {
  std::string s;
  for (py::handle line : lines) {
    if (!s.empty()) s += '\n';
    std::string l = text(line);
    if (l.find_first_not_of(" \t\n") != std::string::npos) s += "    ";
    s += l;
  }
  return s;
}

// A message with the places where the caller's name for the tree goes.
class Message {
 public:
  template <class... A>
  Message& operator()(const A&... parts) {
    (append_to(parts_.back(), parts), ...);
    return *this;
  }
  Message& name() {
    parts_.emplace_back();
    return *this;
  }
  PrefixMismatch done() { return std::move(parts_); }

 private:
  PrefixMismatch parts_{""};
};

class Comparison {
 public:
  Comparison(PyObject* is_leaf, const PyTreeRegistry& registry)
      : is_leaf_(is_leaf), registry_(registry) {}

  std::vector<PrefixMismatch> found;

  void compare(py::handle prefix, py::handle full) {
    if (is_leaf(registry_, prefix.ptr(), is_leaf_)) return;
    if (type_of(prefix).ptr() != type_of(full).ptr()) return add_types(prefix, full);
    Level p = *open_level(registry_, prefix.ptr(), true),
          f = *open_level(registry_, full.ptr(), true);
    if (p.children.size() != f.children.size()) {
      bool sequence = PyList_Check(prefix.ptr()) || PyTuple_Check(prefix.ptr());
      return sequence ? add_lengths(prefix, p, f) : add_keys(prefix, p, f);
    }
    if (!p.data.equal(f.data)) return add_data(prefix, p, f);
    for (size_t i = 0; i < p.children.size(); ++i) {
      path_.push_back(p.keys[i]);
      compare(p.children[i], f.children[i]);
      path_.pop_back();
    }
  }

 private:
  Message start(const char* what) {
    std::string path;
    for (const auto& key : path_) path += text(key);
    Message m;
    m("pytree structure error: ", what, " at key path\n    ").name()(path, "\n");
    m("At that key path, the prefix pytree ").name()(" has a subtree of type");
    return m;
  }

  void add_types(py::handle prefix, py::handle full) {
    Message m = start("different types");
    m("\n    ", repr_of(type_of(prefix)),
      "\nbut at the same key path the full pytree has a subtree of ", "different type\n    ",
      repr_of(type_of(full)), ".");
    found.push_back(m.done());
  }

  void add_lengths(py::handle prefix, const Level& p, const Level& f) {
    std::string type = text(type_of(prefix).attr("__name__"));
    Message m = start(str("different lengths of ", type).c_str());
    m(" ", type, " of length ", p.children.size(), ", but the full pytree has a subtree of the ",
      "same type but of length ", f.children.size(), ".");
    found.push_back(m.done());
  }

  void add_keys(py::handle prefix, const Level& p, const Level& f) {
    Message m = start("different numbers of pytree children");
    m("\n    ", repr_of(type_of(prefix)), "\nwith ", p.keys.size(), " child keys\n    ",
      joined(key_values(p)),
      "\nbut at the same key path the full pytree has a subtree of the same ", "type but with ",
      f.keys.size(), " child keys\n    ", joined(key_values(f)), "\n");
    try {
      py::object difference = py::set(key_values(p)).attr("symmetric_difference")(key_values(f));
      m("so the symmetric difference on key sets is\n    ", joined(difference));
    } catch (const py::error_already_set&) {
      // Keys that cannot be hashed have no sets.
    }
    found.push_back(m.done());
  }

  void add_data(py::handle prefix, const Level& p, const Level& f) {
    std::string data[] = {text(p.data), text(f.data)};
    auto lines = [](const std::string& s) { return from_utf8(s).attr("splitlines")(); };
    py::object diff = py::module_::import("difflib").attr("ndiff")(lines(data[0]), lines(data[1]));
    Message m = start("different pytree metadata");
    m("\n    ", repr_of(type_of(prefix)), "\nwith metadata\n    ", data[0],
      "\nbut at the same key path the full pytree has a subtree of the same type but with ",
      "metadata\n    ", data[1], "\nso the diff in the metadata at these pytree nodes is\n",
      indented(diff));
    found.push_back(m.done());
  }

  PyObject* is_leaf_;
  const PyTreeRegistry& registry_;
  std::vector<py::object> path_;
};

std::string with_name(const PrefixMismatch& mismatch, const std::string& name) {
  std::string s = mismatch[0];
  for (size_t i = 1; i < mismatch.size(); ++i) s += name + mismatch[i];
  return s;
}

std::vector<PrefixMismatch> compare(const PyTreeRegistry& registry, py::handle prefix,
                                    py::handle full, PyObject* is_leaf) {
  Comparison c(is_leaf, registry);
  c.compare(prefix, full);
  return std::move(c.found);
}

// Something to see in the place of each leaf of a treedef.
py::object dummy_leaf() {
  py::dict members;
  members["__module__"] = "covector.tree_util";
  members["__repr__"] =
      py::cpp_function([](py::handle) { return "pytree leaf"; }, py::is_method(py::none()));
  py::handle type(reinterpret_cast<PyObject*>(&PyType_Type));
  return type("PyTreeLeaf", py::tuple(), members)();
}

bool broadcast_axes(const TreeDef& full, PyObject* prefix, Leaves& leaves) {
  Leaves axes;
  PlainModel model(none_leaf_registry(), nullptr);
  auto def = Flattener(model, axes).flatten(prefix);
  size_t i = 0;
  Leaves broadcast;
  bool ok = for_each_prefix_leaf(*def, full, [&](int64_t n) {
    for (; n > 0; --n) broadcast.push_back(axes[i]);
    ++i;
  });
  for (PyObject* x : broadcast)
    if (ok) leaves.push_back(x);
  return ok;
}

std::string arguments_hint(const char* name, const TreeDef& full, PyObject* prefix) {
  std::string hint = str(" Note that ", name, " that are non-trivial pytrees should always be ",
                         "wrapped in a tuple representing the argument list.");
  Leaves unused;
  if (full.arity() == 1 && broadcast_axes(full, py::make_tuple(py::handle(prefix)).ptr(), unused))
    hint += str(" In particular, you're passing in a single argument which means that ", name,
                " might need to be wrapped in a singleton tuple.");
  return hint;
}

}  // namespace

std::vector<PrefixMismatch> prefix_mismatches(PyObject* prefix, PyObject* full, PyObject* is_leaf) {
  return compare(default_registry(), prefix, full, null_if_none(is_leaf));
}

void fail_if_mismatch(PyObject* prefix, PyObject* full, PyObject* is_leaf, const char* name) {
  auto found = prefix_mismatches(prefix, full, is_leaf);
  if (!found.empty()) fail<ValueError>(with_name(found[0], name));
}

void broadcast_prefix(PyObject* prefix, PyObject* full_tree, PyObject* is_leaf, Leaves& leaves,
                      const char* name) {
  Leaves prefix_leaves, subtrees;
  auto def = flatten_into(prefix, prefix_leaves, is_leaf);
  try {
    flatten_up_to(*def, full_tree, subtrees);
  } catch (const ValueError&) {
    fail_if_mismatch(prefix, full_tree, null_if_none(is_leaf), name);
    throw;
  }
  for (size_t i = 0; i < subtrees.size(); ++i)
    for (size_t n = count_leaves(subtrees[i]); n > 0; --n) leaves.push_back(prefix_leaves[i]);
}

void flatten_axes(const char* name, const TreeDef& full, PyObject* prefix, Leaves& leaves,
                  AxesErrorStyle style) {
  if (broadcast_axes(full, prefix, leaves)) return;
  const TreeDef& shown = style.with_kwargs ? full.child(0) : full;
  py::object axes = py::reinterpret_borrow<py::object>(prefix);
  if (style.with_kwargs && PyTuple_Check(prefix)) axes = py::tuple(axes)[0];
  std::string hint = style.of_arguments ? arguments_hint(name, shown, axes.ptr()) : "";
  std::vector<PyObject*> dummies(static_cast<size_t>(shown.num_leaves()));
  py::object dummy = dummy_leaf();
  for (PyObject*& d : dummies) d = dummy.ptr();
  py::object tree = py::reinterpret_steal<py::object>(unflatten(shown, dummies));
  auto found = compare(none_leaf_registry(), axes, tree, nullptr);
  std::string details = str("\n  Mismatch details (", found.size(), " found):");
  for (const auto& m : found) details += "\n  " + with_name(m, name);
  fail<ValueError>(name, " specification must be a tree prefix of the corresponding value; ", hint,
                   details);
}

}  // namespace covector::bindings
