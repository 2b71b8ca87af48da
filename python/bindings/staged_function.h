#pragma once

#include <pybind11/pybind11.h>

#include "covector/core/jaxpr.h"
#include "covector/tree/treedef.h"

// Functions that control flow takes: staged once for each type of arguments, and
// found again by the function's identity.
namespace covector::bindings {

namespace py = pybind11;

struct StagedFunction : RefCounted {
  ClosedJaxpr jaxpr;  // has its constants as leading inputs
  Values consts;
  Ref<const TreeDef> out;

  Avals out_avals() const { return jaxpr.out_avals(); }
};

// `in` is the tree of (args, kwargs). A function that closes over values under
// transformation is staged at each call, for those will be others then. `kind` is
// what it is staged for, in errors.
Ref<const StagedFunction> stage_function(py::handle fun, const Ref<const TreeDef>& in, AvalSpan,
                                         std::string_view kind);
// The tree of a call with these positional arguments alone.
Ref<const TreeDef> call_tree(TreeDef::Children arguments);

void clear_staged_functions();

}  // namespace covector::bindings
