// covector.core.ShapedArray: types as Python objects.

#include <pybind11/pybind11.h>

#include "array_type.h"
#include "convert.h"
#include "errors.h"
#include "jaxpr.h"
#include "register.h"
#include "tracer_text.h"

namespace covector::bindings {
namespace {

struct ShapedArray {
  Aval aval;
};

bool is_shaped_array(py::handle x) { return py::isinstance<ShapedArray>(x); }

Shape shape_of(py::handle x) {
  Shape s;
  for (py::handle d : x) {
    py::object i = owned(PyNumber_Index(d.ptr()));
    s.push_back(i.cast<int64_t>());
    require<ValueError>(s.back() >= 0, "a shape has no negative sizes, got ", s.back());
  }
  return s;
}

py::tuple shape_tuple(const ShapedArray& a) {
  py::tuple t(a.aval.rank());
  for (size_t i = 0; i < t.size(); ++i) t[i] = a.aval.shape()[i];
  return t;
}

// float32[3]; ~float32[] if weak.
std::string text(const ShapedArray& a) {
  if (a.aval.is_reference()) return str("Ref{", long_text(a.aval.referent()), "}");
  return str(a.aval.weak_type() ? "~" : "", long_text(a.aval));
}
std::string repr(const ShapedArray& a) {
  if (a.aval.is_reference()) return text(a);
  return str("ShapedArray(", long_text(a.aval), a.aval.weak_type() ? ", weak_type=True)" : ")");
}

// What JAX keeps in types and we do not (shardings, memory spaces) is passed over.
ShapedArray make(py::handle shape, py::handle dtype, bool weak_type, const py::kwargs&) {
  return {Aval(to_dtype(dtype.ptr()), shape_of(shape), weak_type)};
}

ShapedArray update(const ShapedArray& a, const py::kwargs& changes) {
  DType dtype = a.aval.dtype();
  Shape shape = a.aval.shape();
  bool weak = a.aval.weak_type();
  for (auto [key, value] : changes) {
    auto name = key.cast<std::string>();
    if (name == "shape")
      shape = shape_of(value);
    else if (name == "dtype")
      dtype = to_dtype(value.ptr());
    else if (name == "weak_type")
      weak = value.cast<bool>();
    else
      require<TypeError>(value.is_none(), "update() got an unexpected keyword argument '", name,
                         "'");
  }
  return {Aval(dtype, shape, weak)};
}

int64_t length(const ShapedArray& a) {
  require<TypeError>(a.aval.rank() > 0, "len() of unsized object");
  return a.aval.dim(0);
}

}  // namespace

py::object aval_object(const Aval& a) { return py::cast(ShapedArray{a}); }

Aval unwrap_aval(py::handle x) {
  if (is_shaped_array(x)) return x.cast<const ShapedArray&>().aval;
  if (is_array_like(x.ptr())) return to_value(x.ptr()).aval();
  require<TypeError>(py::hasattr(x, "shape") && py::hasattr(x, "dtype"), "a value of type ",
                     type_text(x.ptr()),
                     " is not a valid JAX array type: it has no shape and dtype");
  bool weak = py::getattr(x, "weak_type", py::bool_(false)).cast<bool>();
  return Aval(canonical(to_dtype(x.attr("dtype").ptr())), shape_of(x.attr("shape")), weak);
}

namespace {

void add_attributes(py::class_<ShapedArray>& c) {
  c.def_property_readonly("shape", &shape_tuple)
      .def_property_readonly("dtype",
                             [](const ShapedArray& a) { return dtype_object(a.aval.dtype()); })
      .def_property_readonly("weak_type", [](const ShapedArray& a) { return a.aval.weak_type(); })
      .def_property_readonly("is_reference",
                             [](const ShapedArray& a) { return a.aval.is_reference(); })
      .def_property_readonly("inner_aval",
                             [](const ShapedArray& a) {
                               require<AttributeError>(a.aval.is_reference(),
                                                       "only types of references have inner_aval");
                               return aval_object(a.aval.referent());
                             })
      .def_property_readonly("ndim", [](const ShapedArray& a) { return a.aval.rank(); })
      .def_property_readonly("size", [](const ShapedArray& a) { return a.aval.size(); })
      .def_property_readonly("itemsize",
                             [](const ShapedArray& a) { return a.aval.dtype()->itemsize; })
      .def_property_readonly("nbytes", [](const ShapedArray& a) { return a.aval.bytes(); });
}

}  // namespace

void register_aval(py::module_& m) {
  py::class_<ShapedArray> type(
      m, "ShapedArray", py::dynamic_attr(),
      "The type of an array: shape, dtype, and whether the dtype is weak.");
  add_attributes(type);
  type.def(py::init(&make), py::arg("shape"), py::arg("dtype"), py::arg("weak_type") = false)
      .def("update", &update, "The same type with another shape, dtype or weak_type.")
      .def("strip_weak_type", [](const ShapedArray& a) { return ShapedArray{a.aval.strong()}; })
      .def("to_tangent_aval",
           [](const ShapedArray& a) { return ShapedArray{tangent_aval(a.aval)}; })
      .def("to_ct_aval", [](const ShapedArray& a) { return ShapedArray{tangent_aval(a.aval)}; })
      .def(
          "str_short",
          [](const ShapedArray& a, bool short_dtypes) {
            return short_dtypes ? str(a.aval) : text(a);
          },
          py::arg("short_dtypes") = false)
      .def("__len__", &length)
      .def("__eq__",
           [](const ShapedArray& a, py::handle b) {
             return is_shaped_array(b) && b.cast<const ShapedArray&>().aval == a.aval;
           })
      .def("__hash__", [](const ShapedArray& a) { return a.aval.hash(); })
      .def("__reduce__",
           [](const ShapedArray& a) {
             return py::make_tuple(
                 py::type::of<ShapedArray>(),
                 py::make_tuple(shape_tuple(a), dtype_object(a.aval.dtype()), a.aval.weak_type()));
           })
      .def("__str__", &text)
      .def("__repr__", &repr);
  m.def(
      "aval_of", [](py::handle x) { return aval_object(unwrap_aval(x)); }, py::arg("x"),
      "The type of an array-like, or of anything with a shape and a dtype.");
}

}  // namespace covector::bindings
