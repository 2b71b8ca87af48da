#include <pybind11/pybind11.h>

#include "covector/base/version.h"
#include "custom_rules.h"
#include "linalg.h"
#include "register.h"
#include "register_control.h"
#include "tracing_checks.h"

PYBIND11_MODULE(_core, m) {
  using namespace covector::bindings;
  m.doc() = "The native part of covector.";
  m.attr("__version__") = covector::version();
  register_errors(m);
  register_dtypes(m);
  register_array_type(m);
  register_tree(m);
  register_dlpack(m);
  register_source(m);
  register_aval(m);
  register_references(m);
  register_primitives(m);
  register_jaxpr_eqn(m);
  register_jaxpr(m);
  register_functions(m);
  register_linalg(m);
  register_compositions(m);
  register_random(m);
  register_windows(m);
  register_grad(m);
  register_batch(m);
  register_custom_rules(m);
  register_loops(m);
  register_branches(m);
  register_closures(m);
  register_collectives(m);
  register_traces(m);
  register_callbacks(m);
  register_jit_type(m);
  register_tracing_checks(m);
  register_staged(m);
  register_staged_bodies(m);
  register_runtime(m);
  register_foreign(m);
}
