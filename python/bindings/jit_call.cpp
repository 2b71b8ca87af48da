#include "jit_call.h"

#include <algorithm>

#include "array_type.h"
#include "convert.h"
#include "covector/base/hash.h"
#include "covector/core/config.h"
#include "covector/core/name_stack.h"
#include "covector/core/stage.h"
#include "function.h"
#include "reference_errors.h"
#include "tree.h"

namespace covector::bindings {
namespace {

bool contains(const std::vector<int64_t>& v, size_t x) {
  return std::binary_search(v.begin(), v.end(), static_cast<int64_t>(x));
}
bool contains(const std::vector<std::string>& v, PyObject* name) {
  if (v.empty()) return false;
  const char* s = PyUnicode_AsUTF8(name);
  return std::find(v.begin(), v.end(), s) != v.end();
}

std::string type_name(PyObject* x) { return std::string(py::str(py::type::of(py::handle(x)))); }

}  // namespace

std::string describe_argument(size_t position, PyObject* keyword) {
  return keyword ? std::string(PyUnicode_AsUTF8(keyword)) : str("args[", position, "]");
}

std::string leaf_path(const JitSpec& spec, size_t position, PyObject* keyword, PyObject* object,
                      size_t leaf) {
  py::object name = keyword ? py::reinterpret_borrow<py::object>(keyword) : py::int_(position);
  return py::module_::import("covector._paths")
      .attr("leaf_path")(py::handle(spec.fun), name, py::handle(object), leaf)
      .cast<std::string>();
}

JitArguments::JitArguments(const JitSpec& spec, PyObject* const* args, size_t nargs,
                           PyObject* kwnames)
    : config_(config_key()) {
  hash_ = config_;
  for (size_t i = 0; i < nargs; ++i) add(spec, args[i], i, nullptr);
  if (kwnames) {
    SmallVector<std::pair<PyObject*, PyObject*>, 8> keywords;
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(kwnames); ++k)
      keywords.push_back({PyTuple_GET_ITEM(kwnames, k), args[nargs + static_cast<size_t>(k)]});
    std::sort(keywords.begin(), keywords.end(),
              [](const auto& a, const auto& b) { return PyUnicode_Compare(a.first, b.first) < 0; });
    for (auto [name, value] : keywords) add(spec, value, nargs, name);
  }
  for (Value& v : values_) {
    if (spec.device && v.array()) v = runtime::put(v, *spec.device);
    avals_.push_back(v.aval());
    hash_ = hash_mix(hash_, v.aval().hash());
  }
}

JitArguments::~JitArguments() {
  if (!kept_) return;
  for (Argument& a : arguments_) {
    Py_XDECREF(a.object);
    Py_XDECREF(a.keyword);
  }
}

void JitArguments::add(const JitSpec& spec, PyObject* object, size_t position, PyObject* keyword) {
  bool is_static =
      keyword ? contains(spec.static_argnames, keyword) : contains(spec.static_argnums, position);
  arguments_.push_back({object, keyword, is_static, {}});
  if (keyword) hash_ = hash_mix(hash_, static_cast<size_t>(PyObject_Hash(keyword)));
  if (is_static)
    hash_static(spec, arguments_.back());
  else
    add_leaves(spec, arguments_.back());
}

void JitArguments::add_leaves(const JitSpec& spec, Argument& a) {
  if (is_array(a.object)) {
    a.def = TreeDef::leaf();
    values_.push_back(value_of(a.object));
    return;
  }
  Leaves leaves;
  a.def = flatten_into(a.object, leaves);
  if (!a.def->is_leaf()) hash_ = hash_mix(hash_, a.def->hash());  // a scalar is as its array
  for (size_t i = 0; i < leaves.size(); ++i) {
    PyObject* x = leaves[i];
    if (!is_array(x) && !is_array_like(x))
      fail<TypeError>(
          "Error interpreting argument to ", spec.name,
          " as an abstract array. The problematic value is of type ", type_name(x),
          " and was passed to the function at path ",
          leaf_path(spec, static_cast<size_t>(&a - arguments_.begin()), a.keyword, a.object, i),
          ".\nIf it is no data but a constant of the program, mark the argument with "
          "static_argnums or static_argnames.");
    values_.push_back(to_value(x));
  }
}

void JitArguments::hash_static(const JitSpec& spec, const Argument& a) {
  Py_hash_t h = PyObject_Hash(a.object);
  if (h == -1) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) throw py::error_already_set();
    PyErr_Clear();
    fail<ValueError>("Non-hashable static arguments are not supported. ", spec.name,
                     " was given one of type ", type_name(a.object), " as ",
                     describe_argument(static_cast<size_t>(&a - arguments_.begin()), a.keyword),
                     ". Static arguments must implement __hash__ and __eq__: pass a tuple instead "
                     "of a list, or make the argument dynamic.");
  }
  hash_ = hash_mix(hash_, static_cast<size_t>(h));
}

namespace {

bool equal_statics(PyObject* a, PyObject* b) {
  int equal = PyObject_RichCompareBool(a, b, Py_EQ);
  if (equal >= 0) return equal != 0;
  py::error_already_set error;
  fail<ValueError>("static arguments should be comparable using __eq__. Comparing two objects of ",
                   "types ", type_name(a), " and ", type_name(b), " raised: ", error.what());
}

}  // namespace

bool JitArguments::same_signature(const JitArguments& o) const {
  if (hash_ != o.hash_ || config_ != o.config_ || arguments_.size() != o.arguments_.size() ||
      !(avals_ == o.avals_))
    return false;
  for (size_t i = 0; i < arguments_.size(); ++i) {
    const Argument &a = arguments_[i], &b = o.arguments_[i];
    if (a.is_static != b.is_static || !a.keyword != !b.keyword) return false;
    if (a.keyword && PyUnicode_Compare(a.keyword, b.keyword) != 0) return false;
    if (!a.is_static) {
      if (!(*a.def == *b.def)) return false;
      continue;
    }
    if (Py_TYPE(a.object) != Py_TYPE(b.object)) return false;
    if (!equal_statics(a.object, b.object)) return false;
  }
  return true;
}

// Of dynamic arguments only the tree matters later: the arrays must not be kept.
void JitArguments::keep() {
  kept_ = true;
  for (size_t o = 0; o < options_.size(); ++o) options_[o] = option(static_cast<Option>(o));
  for (Argument& a : arguments_) {
    if (!a.is_static) a.object = nullptr;
    Py_XINCREF(a.object);
    Py_XINCREF(a.keyword);
  }
  values_.clear();
}

Ref<const TreeDef> JitArguments::in_tree() const {
  std::vector<Ref<const TreeDef>> positional;
  py::dict keywords;
  for (const Argument& a : arguments_) {
    if (a.is_static) continue;
    if (!a.keyword)
      positional.push_back(a.def);
    else
      keywords[py::handle(a.keyword)] = py::int_(0);
  }
  // The dict's own definition, with each key's leaf replaced by its tree.
  FlatTree flat = flatten(keywords.ptr());
  std::vector<Ref<const TreeDef>> values;
  for (const Argument& a : arguments_)
    if (!a.is_static && a.keyword) values.push_back(a.def);
  Ref<const TreeDef> dict =
      TreeDef::node(flat.def->kind(), flat.def->type(), flat.def->data(), values);
  Ref<const TreeDef> both[] = {TreeDef::tuple(positional), dict};
  return TreeDef::tuple(both);
}

Mask JitArguments::donated(const JitSpec& spec) const {
  if (spec.donate_argnums.empty() && spec.donate_argnames.empty()) return {};
  Mask m;
  for (size_t i = 0; i < arguments_.size(); ++i) {
    const Argument& a = arguments_[i];
    if (a.is_static) continue;
    bool d =
        a.keyword ? contains(spec.donate_argnames, a.keyword) : contains(spec.donate_argnums, i);
    m.resize(m.size() + static_cast<size_t>(a.def->num_leaves()), d);
  }
  return m;
}

std::string JitArguments::leaf_name(const JitSpec& spec, size_t leaf) const {
  for (size_t i = 0; i < arguments_.size(); ++i) {
    const Argument& a = arguments_[i];
    if (a.is_static) continue;
    auto n = static_cast<size_t>(a.def->num_leaves());
    if (leaf < n) return leaf_path(spec, i, a.keyword, a.object, leaf);
    leaf -= n;
  }
  return "<unknown>";
}

std::vector<std::string> JitArguments::leaf_names(const JitSpec&) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < arguments_.size(); ++i) {
    const Argument& a = arguments_[i];
    if (a.is_static) continue;
    std::string name = describe_argument(i, a.keyword);
    for (int64_t k = 0; k < a.def->num_leaves(); ++k)
      names.push_back(a.def->is_leaf() ? name : str(name, "[", k, "]"));
  }
  return names;
}

py::object JitArguments::apply(py::handle fun, Args values) const {
  py::list positional;
  py::dict keywords;
  size_t k = 0;
  for (const Argument& a : arguments_) {
    py::object x;
    if (a.is_static) {
      x = py::reinterpret_borrow<py::object>(a.object);
    } else {
      size_t n = static_cast<size_t>(a.def->num_leaves());
      x = unflatten_values(*a.def, values.subspan(k, n));
      k += n;
    }
    if (a.keyword)
      keywords[py::handle(a.keyword)] = x;
    else
      positional.append(x);
  }
  py::object result = py::reinterpret_steal<py::object>(
      PyObject_Call(fun.ptr(), py::tuple(positional).ptr(), keywords.ptr()));
  if (!result) throw py::error_already_set();
  return result;
}

Ref<const JitTrace> trace_jit(const JitSpec& spec, py::handle fun, const JitArguments& args) {
  auto trace = make_ref<JitTrace>();
  Avals avals;
  for (const Value& v : args.values()) avals.push_back(v.aval());
  auto debug = debug_info(fun);
  OutsideScopes outside;
  ClosedJaxpr c = stage(
      [&](Args a) {
        FlatValues out = flatten_result(args.apply(fun, a), fun);
        trace->out = out.def;
        return std::move(out.values);
      },
      avals, debug);
  auto name = [&](size_t leaf) { return args.leaf_name(spec, leaf); };
  refuse_returned_references(c, "jit", name);
  refuse_aliased_references(c, args.values(), "jit", name);
  JitOptions o;
  o.name = spec.name;
  o.donated = args.donated(spec);
  o.keep_unused = spec.keep_unused;
  o.compiler_options = spec.compiler_options;
  trace->staged = make_ref<const runtime::Staged>(std::move(c), std::move(o));
  trace->in = args.in_tree();
  return trace;
}

}  // namespace covector::bindings
