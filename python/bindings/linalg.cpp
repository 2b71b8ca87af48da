// Compositions of linear algebra that the core has but no primitive.

#include "linalg.h"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>

#include "array_type.h"
#include "convert.h"
#include "covector/lax/linalg.h"

namespace covector::bindings {
namespace {

py::object lu_solve(py::handle lu, py::handle permutation, py::handle b, int64_t trans) {
  require<ValueError>(trans >= 0 && trans <= 2, "'trans' value must be 0, 1, or 2, got ", trans);
  return wrapped(covector::lu_solve(to_value(lu.ptr()), to_value(permutation.ptr()),
                                    to_value(b.ptr()), static_cast<Transposition>(trans)));
}

py::list qdwh(py::handle x, std::optional<double> eps, int64_t max_iterations) {
  Value v = to_value(x.ptr());
  py::list l;
  for (const Value& r : covector::qdwh(v, eps.value_or(0), max_iterations)) l.append(wrapped(r));
  return l;
}

}  // namespace

void register_linalg(py::module_& m) {
  py::module_ linalg = m.attr("linalg").cast<py::module_>();
  linalg.def("lu_solve", &lu_solve);
  linalg.def("qdwh", &qdwh);
}

}  // namespace covector::bindings
