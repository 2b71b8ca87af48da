#pragma once

#include <pybind11/pybind11.h>

#include "jit_call.h"

// Options of tracing that only the front end has: whether leaked tracers are
// looked for, and whether tracing for `jit` is an error.
namespace covector::bindings {

void register_tracing_checks(pybind11::module_& m);
// Throws RuntimeError if tracing is an error in this thread.
void require_tracing(const JitSpec&);

}  // namespace covector::bindings
