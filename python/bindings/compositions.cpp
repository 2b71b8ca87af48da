// Small functions that the Python package composes its modules of.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array_type.h"
#include "convert.h"
#include "covector/core/config.h"
#include "covector/lax/dot_algorithm.h"
#include "covector/lax/lax.h"
#include "covector/numpy/numpy.h"
#include "param.h"
#include "register.h"
#include "value_handlers.h"

namespace covector::bindings {
namespace {

Values values_of(const py::args& args) {
  Values v;
  for (py::handle x : args) v.push_back(to_value(x.ptr()));
  return v;
}

py::tuple tuple_of(const Values& values) {
  py::tuple t(values.size());
  for (size_t i = 0; i < values.size(); ++i) t[i] = wrapped(values[i]);
  return t;
}

py::tuple shape_tuple(const Shape& s) {
  py::tuple t(s.size());
  for (size_t i = 0; i < s.size(); ++i) t[i] = s[i];
  return t;
}

py::object asarray(py::handle x, py::handle dtype, bool copy) {
  Value v =
      dtype.is_none() ? to_value(x.ptr()) : to_value(x.ptr(), canonical(to_dtype(dtype.ptr())));
  return wrapped(copy ? covector::copy(v) : v);
}

// What an argument of result_type stands for: the type of an array-like, or a dtype.
numpy::LatticeType lattice_type(py::handle x) {
  PyObject* o = x.ptr();
  if (o == reinterpret_cast<PyObject*>(&PyLong_Type)) return {canonical(kInt64), true};
  if (o == reinterpret_cast<PyObject*>(&PyFloat_Type)) return {canonical(kFloat64), true};
  if (o == reinterpret_cast<PyObject*>(&PyComplex_Type)) return {canonical(kComplex128), true};
  if (!PyType_Check(o) && !py::isinstance<py::dtype>(x) && is_array_like(o)) {
    Aval a = to_value(o).aval();
    return {a.dtype(), a.weak_type()};
  }
  return {to_dtype(o), false};
}

py::tuple result_type(const py::args& args) {
  require<ValueError>(!args.empty(), "at least one array or dtype is required");
  numpy::LatticeType t = lattice_type(args[0]);
  Avals avals;
  for (py::handle x : args) {
    numpy::LatticeType l = lattice_type(x);
    avals.push_back(Aval(l.dtype, {}, l.weak));
  }
  t = numpy::result_type(AvalSpan(avals));
  return py::make_tuple(dtype_object(t.dtype), t.weak);
}

void register_broadcasting(py::module_& m) {
  m.def("broadcast_arrays",
        [](const py::args& xs) { return tuple_of(numpy::broadcast_arrays(values_of(xs))); });
  m.def("broadcast_to", [](py::handle x, const std::vector<int64_t>& shape) {
    return wrapped(numpy::broadcast_to(to_value(x.ptr()), shape));
  });
  m.def("broadcast_shapes", [](const py::args& shapes) {
    std::vector<Shape> all;
    for (py::handle s : shapes) {
      Shape shape;
      for (py::handle d : s) shape.push_back(d.cast<int64_t>());
      all.push_back(shape);
    }
    return shape_tuple(numpy::broadcast_shapes(all));
  });
}

void register_promotion(py::module_& m) {
  m.def("result_type", &result_type);
  m.def("promote_types", [](py::handle a, py::handle b) {
    return dtype_object(numpy::promote_types(lattice_type(a), lattice_type(b)).dtype);
  });
  m.def("promote_dtypes",
        [](const py::args& xs) { return tuple_of(numpy::promote_dtypes(values_of(xs))); });
  m.def("promote_dtypes_inexact",
        [](const py::args& xs) { return tuple_of(numpy::promote_dtypes_inexact(values_of(xs))); });
  m.def("to_inexact_dtype",
        [](py::handle d) { return dtype_object(numpy::to_inexact(canonical(to_dtype(d.ptr())))); });
  m.def("divmod", [](py::handle x, py::handle y) {
    auto [q, r] = numpy::divmod(to_value(x.ptr()), to_value(y.ptr()));
    return py::make_tuple(wrapped(q), wrapped(r));
  });
  m.def(
      "matmul",
      [](py::handle a, py::handle b, py::handle precision, py::handle preferred) {
        DType d = preferred.is_none() ? DType() : to_dtype(preferred.ptr());
        DotOptions o = rules::read_dot_options(to_param(precision.ptr()), d);
        return wrapped(numpy::matmul(to_value(a.ptr()), to_value(b.ptr()), o));
      },
      py::arg("a"), py::arg("b"), py::arg("precision") = py::none(),
      py::arg("preferred_element_type") = py::none());
  m.def("where", [](py::handle c, py::handle x, py::handle y) {
    return wrapped(numpy::where(to_value(c.ptr()), to_value(x.ptr()), to_value(y.ptr())));
  });
}

}  // namespace

void register_compositions(py::module_& m) {
  m.def("asarray", &asarray, py::arg("x"), py::arg("dtype") = py::none(), py::kw_only(),
        py::arg("copy") = false);
  m.def(
      "convert",
      [](py::handle x, py::handle dtype, bool weak_type) {
        return wrapped(to_value(x.ptr(), canonical(to_dtype(dtype.ptr())), weak_type));
      },
      py::arg("x"), py::arg("dtype"), py::arg("weak_type") = false);
  m.def("concrete_or_none", [](py::handle x) -> py::object {
    Value v = to_value(x.ptr());
    const Array* a = v.known();
    return a ? wrapped(Value(Ref<const Array>(a))) : py::none();
  });
  py::module_ lax = m.attr("lax");
  lax.def(
      "expand_dims",
      [](py::handle x, const std::vector<int64_t>& dimensions) {
        return wrapped(expand_dims(to_value(x.ptr()), dimensions));
      },
      py::arg("array"), py::arg("dimensions"));
  m.def("is_array_like", [](py::handle x) { return is_array_like(x.ptr()); });
  m.def("set_value_handler", &set_value_handler);
  py::module_ numpy = m.attr("numpy");
  register_promotion(numpy);
  register_broadcasting(numpy);
  register_indexing(numpy);
}

}  // namespace covector::bindings
