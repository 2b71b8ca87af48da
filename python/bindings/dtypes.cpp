// DTypes and NumPy's dtypes. NumPy's types are known by their scalar types,
// those of ml_dtypes too.

#include <pybind11/numpy.h>

#include <array>
#include <unordered_map>

#include "convert.h"
#include "covector/core/config.h"
#include "register.h"

namespace covector::bindings {
namespace {

// A dtype NumPy does not know: that of typed PRNG keys.
struct ExtendedDType {
  DType dtype;
};

constexpr DType kNumpyTypes[] = {
    kBool,  kInt8,   kInt16,  kInt32,   kInt64,   kUint8,     kUint16,
    kUint32, kUint64, kFloat16, kFloat32, kFloat64, kComplex64, kComplex128,
};
constexpr DType kMlTypes[] = {
    kBfloat16,       kInt2,           kInt4,         kUint2,          kUint4,
    kFloat4E2m1fn,   kFloat8E3m4,     kFloat8E4m3,   kFloat8E8m0fnu,  kFloat8E4m3b11fnuz,
    kFloat8E4m3fn,   kFloat8E4m3fnuz, kFloat8E5m2,   kFloat8E5m2fnuz,
};

// Both directions, filled on first use; objects are kept for good.
struct Tables {
  std::unordered_map<PyObject*, DType> by_scalar_type;
  std::array<PyObject*, 256> objects{};

  Tables() {
    py::module_ numpy = py::module_::import("numpy");
    for (DType d : kNumpyTypes) add(d, numpy.attr("dtype")(std::string(d->name)));
    py::module_ ml = py::module_::import("ml_dtypes");
    for (DType d : kMlTypes)
      if (py::hasattr(ml, std::string(d->name).c_str()))
        add(d, numpy.attr("dtype")(ml.attr(std::string(d->name).c_str())));
    // C's other names of the same widths.
    by_scalar_type[numpy.attr("longlong").ptr()] = kInt64;
    by_scalar_type[numpy.attr("ulonglong").ptr()] = kUint64;
    py::list fields;
    fields.append(py::make_tuple("float0", "V"));
    py::object float0 = numpy.attr("dtype")(fields);
    objects[static_cast<size_t>(kFloat0.id())] = float0.release().ptr();
    objects[static_cast<size_t>(kKeyFry.id())] =
        py::cast(ExtendedDType{kKeyFry}).release().ptr();
  }
  void add(DType d, py::object dtype) {
    by_scalar_type[dtype.attr("type").ptr()] = d;
    objects[static_cast<size_t>(d.id())] = dtype.release().ptr();
  }
};

Tables& tables() {
  static Tables* t = new Tables;
  return *t;
}

DType from_scalar_type(PyObject* type) {
  auto it = tables().by_scalar_type.find(type);
  return it == tables().by_scalar_type.end() ? DType() : it->second;
}

DType from_python_type(PyObject* x) {
  if (x == reinterpret_cast<PyObject*>(&PyBool_Type)) return kBool;
  if (x == reinterpret_cast<PyObject*>(&PyLong_Type)) return canonical(kInt64);
  if (x == reinterpret_cast<PyObject*>(&PyFloat_Type)) return canonical(kFloat64);
  if (x == reinterpret_cast<PyObject*>(&PyComplex_Type)) return canonical(kComplex128);
  return {};
}

bool is_float0(const py::dtype& d) {
  return d.kind() == 'V' && py::len(py::getattr(d, "names", py::tuple())) == 1 &&
         py::isinstance<py::tuple>(d.attr("names")) &&
         py::str(py::tuple(d.attr("names"))[0]).equal(py::str("float0"));
}

}  // namespace

py::object dtype_object(DType d) {
  PyObject* o = tables().objects[static_cast<size_t>(d.id())];
  require<TypeError>(o != nullptr, "NumPy has no dtype for ", d->name,
                     "; a newer ml_dtypes may have it");
  return py::reinterpret_borrow<py::object>(o);
}

DType to_dtype(PyObject* x) {
  if (DType d = from_python_type(x)) return d;
  if (DType d = from_scalar_type(x)) return d;
  if (py::isinstance<ExtendedDType>(x)) return py::cast<ExtendedDType&>(py::handle(x)).dtype;
  if (!py::isinstance<py::dtype>(x) && py::hasattr(x, "dtype"))
    return to_dtype(py::object(py::handle(x).attr("dtype")).ptr());
  if (PyUnicode_Check(x)) {
    std::string name = py::cast<std::string>(py::handle(x));
    if (DType d = dtype_by_name(name)) return d;
  }
  py::object np = py::module_::import("numpy").attr("dtype")(py::handle(x));
  if (DType d = from_scalar_type(py::object(np.attr("type")).ptr())) return d;
  if (is_float0(np)) return kFloat0;
  fail<TypeError>("JAX only supports number, bool, and string dtypes, got dtype ",
                  std::string(py::str(np)));
}

void register_dtypes(py::module_& m) {
  py::class_<ExtendedDType>(m, "ExtendedDType", py::dynamic_attr())
      .def_property_readonly("name",
                             [](const ExtendedDType& d) { return std::string(d.dtype->name); })
      .def_property_readonly("itemsize", [](const ExtendedDType& d) { return d.dtype->itemsize; })
      .def("__eq__",
           [](const ExtendedDType& a, py::handle b) {
             return py::isinstance<ExtendedDType>(b) && b.cast<ExtendedDType&>().dtype == a.dtype;
           })
      .def("__hash__", [](const ExtendedDType& d) { return std::hash<DType>()(d.dtype); })
      .def("__repr__", [](const ExtendedDType& d) { return std::string(d.dtype->name); });
  m.def("canonical_dtype",
        [](py::handle x) { return dtype_object(canonical(to_dtype(x.ptr()))); });
  m.attr("key_dtype") = dtype_object(kKeyFry);
}

}  // namespace covector::bindings
