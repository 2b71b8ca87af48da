#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "covector/core/jaxpr.h"
#include "covector/core/trace.h"
#include "covector/tree/treedef.h"

// Python functions on trees as the core sees them: functions on flat values.
namespace covector::bindings {

namespace py = pybind11;

// The leaves of a tree of array-likes, as values.
struct FlatValues {
  Values values;
  Ref<const TreeDef> def;
};
// `what` names the tree in errors, e.g. "argument 0 of grad".
FlatValues flatten_values(py::handle tree, const char* what);
// Those of what `fun` returned, which the error names.
FlatValues flatten_result(py::handle tree, py::handle fun);
py::object unflatten_values(const TreeDef&, Args);

// A Python callable whose arguments are one tree `(args, kwargs)`. Each call
// unflattens, calls, and flattens the result, whose tree it leaves in `out`.
class FlatFunction {
 public:
  FlatFunction(py::object fun, Ref<const TreeDef> in, bool has_aux = false)
      : fun_(std::move(fun)), in_(std::move(in)), has_aux_(has_aux) {}

  // With `has_aux` the values of the auxiliary output follow those of the result.
  Values operator()(Args);

  // Valid after a call.
  const Ref<const TreeDef>& out() const { return out_; }
  size_t num_outputs() const { return static_cast<size_t>(out_->num_leaves()); }
  // The auxiliary output with these values in the places of its arrays. Leaves
  // that are no arrays stay as they are.
  py::object aux(Args values) const;

 private:
  Values finish(py::object result);
  void split_aux(py::handle aux, Values& out);

  py::object fun_;
  Ref<const TreeDef> in_, out_;
  bool has_aux_;
  Ref<const TreeDef> aux_def_;
  std::vector<py::object> aux_leaves_;
  std::vector<size_t> aux_places_;  // of the array leaves
};

// What a function is called and where it was written, for messages.
Ref<const DebugInfo> debug_info(py::handle fun);
// fun.__name__, or the name of the type of a callable object.
std::string function_name(py::handle fun);

}  // namespace covector::bindings
