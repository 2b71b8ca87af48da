#pragma once

#include <pybind11/pybind11.h>

// Each part of the bindings adds its names to covector._core.
namespace covector::bindings {

void register_errors(pybind11::module_& m);
void register_dtypes(pybind11::module_& m);
void register_array_type(pybind11::module_& m);
void register_tree(pybind11::module_& m);
void register_dlpack(pybind11::module_& m);
void register_source(pybind11::module_& m);
void register_aval(pybind11::module_& m);
void register_references(pybind11::module_& m);
void register_primitives(pybind11::module_& m);
void register_jaxpr_eqn(pybind11::module_& m);
void register_jaxpr(pybind11::module_& m);
// Makes the submodules lax and numpy.
void register_functions(pybind11::module_& m);
// Adds to the submodule numpy.
void register_ufunc(pybind11::module_& numpy);
void register_compositions(pybind11::module_& m);
void register_indexing(pybind11::module_& m);
void register_random(pybind11::module_& m);
void register_windows(pybind11::module_& m);
void register_grad(pybind11::module_& m);
void register_batch(pybind11::module_& m);
void register_collectives(pybind11::module_& m);
void register_traces(pybind11::module_& m);
void register_callbacks(pybind11::module_& m);
void register_jit_type(pybind11::module_& m);
void register_staged(pybind11::module_& m);
void register_staged_bodies(pybind11::module_& m);
void register_runtime(pybind11::module_& m);
void register_foreign(pybind11::module_& m);

}  // namespace covector::bindings
