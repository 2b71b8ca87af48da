#pragma once

#include <pybind11/pybind11.h>

#include <array>
#include <string>
#include <vector>

#include "covector/core/config.h"

#include "covector/runtime/jit.h"
#include "covector/tree/treedef.h"

// What `jit` knows of a function, and one call of it taken apart.
namespace covector::bindings {

namespace py = pybind11;

// Options of XLA as Python gives them. The order matters: a bool is no integer.
using CompilerOptions = std::map<std::string, std::variant<bool, int64_t, double, std::string>>;

// Which arguments of a function are compile-time constants or donated. Positions
// are normalized and sorted; a parameter that can be passed both ways is in both
// lists.
struct JitSpec {
  std::string name;
  std::vector<int64_t> static_argnums, donate_argnums;
  std::vector<std::string> static_argnames, donate_argnames;
  bool keep_unused = false;
  bool inline_ = false;
  const pjrt::Device* device = nullptr;  // null: where the arguments are
  std::map<std::string, pjrt::CompileOptions::Override> compiler_options = {};
  PyObject* fun = nullptr;  // the function, for messages; borrowed
};

// A call f(*args, **kwargs) as a list of dynamic trees and a list of constants.
// Keywords are taken in sorted order, so that their order does not matter.
class JitArguments {
 public:
  // Vectorcall's form: `args` holds the positional ones, then the keywords'.
  JitArguments(const JitSpec&, PyObject* const* args, size_t nargs, PyObject* kwnames);
  JitArguments(const JitArguments&) = delete;
  JitArguments& operator=(const JitArguments&) = delete;
  ~JitArguments();

  const Values& values() const { return values_; }
  size_t hash() const { return hash_; }
  bool same_signature(const JitArguments& stored) const;
  // Takes its own references, so that it can outlive the call as a cache key.
  void keep();

  // The tree `(args, kwargs)` of the dynamic arguments.
  Ref<const TreeDef> in_tree() const;
  Mask donated(const JitSpec&) const;
  // How messages name a leaf, by what the function calls its argument.
  std::string leaf_name(const JitSpec&, size_t leaf) const;
  std::vector<std::string> leaf_names(const JitSpec&) const;
  // What is other than in a signature that was kept, in words.
  std::vector<std::string> differences(const JitSpec&, const JitArguments& kept) const;
  // Calls with these values in the places of the arguments' leaves.
  py::object apply(py::handle fun, Args values) const;

 private:
  struct Argument {
    PyObject* object;   // borrowed during a call, owned once kept
    PyObject* keyword;  // null: positional
    bool is_static;
    Ref<const TreeDef> def;  // of dynamic ones
  };
  void add(const JitSpec&, PyObject* object, size_t position, PyObject* keyword);
  void add_leaves(const JitSpec&, Argument&);
  void hash_static(const JitSpec&, const Argument&);

  SmallVector<Argument, 8> arguments_;
  Values values_;
  Avals avals_;
  uint64_t config_;
  std::array<int64_t, static_cast<size_t>(Option::kCount)> options_{};  // once kept
  size_t hash_ = 0;
  bool kept_ = false;
};

// "args[2]": how an argument is called where the function's signature does not matter.
std::string describe_argument(size_t position, PyObject* keyword);
// "x['a'][0]": how a message names a leaf of an argument.
std::string leaf_path(const JitSpec&, size_t position, PyObject* keyword, PyObject* object,
                      size_t leaf);

// A function traced for one signature.
struct JitTrace : RefCounted {
  Ref<const runtime::Staged> staged;
  Ref<const TreeDef> in, out;
};

// Traces `fun` for the signature of these arguments.
Ref<const JitTrace> trace_jit(const JitSpec&, py::handle fun, const JitArguments&);

}  // namespace covector::bindings
