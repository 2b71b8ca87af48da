#include "dtypes.h"

#include <array>
#include <unordered_map>

#include "covector/base/error.h"
#include "covector/random/generator.h"
#include "errors.h"
#include "extended_dtype.h"
#include "register.h"

namespace covector::bindings {
namespace {

constexpr DType kNumpyTypes[] = {
    kBool,   kInt8,   kInt16,   kInt32,   kInt64,   kUint8,     kUint16,
    kUint32, kUint64, kFloat16, kFloat32, kFloat64, kComplex64, kComplex128,
};
constexpr DType kMlTypes[] = {
    kInt2,         kInt4,           kUint2,          kUint4,         kBfloat16,
    kFloat8E3m4,   kFloat8E4m3,     kFloat8E5m2,     kFloat8E4m3fn,  kFloat8E4m3b11fnuz,
    kFloat4E2m1fn, kFloat8E4m3fnuz, kFloat8E5m2fnuz, kFloat8E8m0fnu,
};

// What `key.dtype` gives.
struct ExtendedDType {
  DType dtype;
};

using Table = std::unordered_map<PyObject*, DType>;

// Objects are kept for ever: they are few, and wanted until the very end.
struct Tables {
  std::array<PyObject*, 256> objects{};  // by DTypeId
  Table by_dtype;                        // NumPy's dtype objects
  Table by_scalar;                       // classes of NumPy's scalars
  Table by_class;                        // other classes: jnp.int8, ...
  Table defaults;                        // Python's own: int, float, ...
  PyTypeObject* numpy_dtype = nullptr;
};

Tables& tables() {
  static auto* t = new Tables;
  return *t;
}

DType find(const Table& t, const void* x) {
  auto it = t.find(static_cast<PyObject*>(const_cast<void*>(x)));
  return it == t.end() ? DType() : it->second;
}

PyObject*& object_of(DType d) { return tables().objects[static_cast<size_t>(d.id())]; }

PyObject* kept(py::object x) { return x.release().ptr(); }

bool is_numpy_dtype(PyObject* x) { return PyObject_TypeCheck(x, tables().numpy_dtype); }
bool is_extended_dtype(PyObject* x) { return py::isinstance<ExtendedDType>(x); }

// dtype objects that are not the usual ones: of the other byte order, with
// metadata, or copies.
DType other_numpy_dtype(PyObject* dtype, bool* swapped) {
  py::handle h(dtype);
  if (!h.attr("names").is_none())
    return h.equal(py::handle(object_of(kFloat0))) ? kFloat0 : DType();
  DType d = find(tables().by_scalar, h.attr("type").ptr());
  if (d && swapped) *swapped = !h.attr("isnative").cast<bool>();
  return d;
}

DType through_numpy(PyObject* x) {
  py::object d = owned(PyObject_CallOneArg(reinterpret_cast<PyObject*>(tables().numpy_dtype), x));
  DType r = from_numpy_dtype(d.ptr());
  require<TypeError>(static_cast<bool>(r), "JAX only supports number, bool, and string dtypes, ",
                     "got dtype ", std::string(py::str(d)));
  return r;
}

// Null if the object has no dtype, or is a class whose instances have one.
DType of_attribute(PyObject* x) {
  py::object inner = py::getattr(x, "dtype", py::none());
  if (!is_numpy_dtype(inner.ptr()) && !is_extended_dtype(inner.ptr())) return {};
  DType d = to_dtype(inner.ptr());
  // Scalar classes such as jnp.float32 are asked for again and again.
  if (PyType_Check(x)) tables().by_class[Py_NewRef(x)] = d;
  return d;
}

DType known_dtype(PyObject* x) {
  Tables& t = tables();
  if (DType d = find(t.by_dtype, x)) return d;
  if (DType d = find(t.defaults, x)) return canonical(d);
  if (DType d = find(t.by_scalar, x)) return d;
  return find(t.by_class, x);
}

}  // namespace

PyObject* borrowed_dtype_object(DType d) {
  PyObject* x = object_of(d);
  require<TypeError>(x != nullptr, "NumPy has no dtype for ", d->name,
                     "; a newer ml_dtypes may have it");
  return x;
}
py::object dtype_object(DType d) {
  return py::reinterpret_borrow<py::object>(borrowed_dtype_object(d));
}

DType from_numpy_dtype(PyObject* dtype, bool* swapped) {
  if (swapped) *swapped = false;
  DType d = find(tables().by_dtype, dtype);
  return d ? d : other_numpy_dtype(dtype, swapped);
}

DType scalar_class_dtype(PyTypeObject* type) { return find(tables().by_scalar, type); }

DType to_dtype(PyObject* x) {
  if (DType d = known_dtype(x)) return d;
  if (is_extended_dtype(x)) return py::cast<const ExtendedDType&>(py::handle(x)).dtype;
  if (PyUnicode_Check(x)) {
    DType d = dtype_by_name(PyUnicode_AsUTF8(x));
    return d ? d : through_numpy(x);
  }
  require<TypeError>(x != Py_None, "None is not a dtype");
  if (!is_numpy_dtype(x))
    if (DType d = of_attribute(x)) return d;
  return through_numpy(x);
}

namespace {

void fill_tables() {
  Tables& t = tables();
  py::module_ numpy = py::module_::import("numpy"), ml = py::module_::import("ml_dtypes");
  py::object dtype = numpy.attr("dtype");
  t.numpy_dtype = reinterpret_cast<PyTypeObject*>(dtype.inc_ref().ptr());
  auto add = [&](DType d, const py::object& object) {
    if (!object_of(d)) object_of(d) = kept(object);
    t.by_dtype.try_emplace(kept(object), d);
    t.by_scalar.try_emplace(kept(object.attr("type")), d);
  };
  for (DType d : kNumpyTypes) add(d, dtype(std::string(d->name)));
  for (DType d : kMlTypes) {
    py::object scalar = py::getattr(ml, std::string(d->name).c_str(), py::none());
    if (!scalar.is_none()) add(d, dtype(scalar));
  }
  // C has two names for one width of integers, and NumPy a dtype for each.
  for (const char* code : {"i", "l", "q", "I", "L", "Q"}) {
    py::object alias = dtype(code);
    add(dtype_by_name(alias.attr("name").cast<std::string>()), alias);
  }
  py::list fields;
  fields.append(py::make_tuple("float0", "V0"));
  object_of(kFloat0) = kept(dtype(fields));
  t.by_dtype[object_of(kFloat0)] = kFloat0;
  auto python = [&](PyTypeObject& type, DType d) {
    t.defaults[reinterpret_cast<PyObject*>(&type)] = d;
  };
  python(PyBool_Type, kBool), python(PyLong_Type, kInt64);
  python(PyFloat_Type, kFloat64), python(PyComplex_Type, kComplex128);
}

}  // namespace

py::object extended_dtype_object(DType d) {
  if (!object_of(d)) object_of(d) = kept(py::cast(ExtendedDType{d}));
  return dtype_object(d);
}

void register_dtypes(py::module_& m) {
  fill_tables();
  py::class_<ExtendedDType>(m, "ExtendedDType", py::dynamic_attr(),
                            "An element type that NumPy cannot hold, such as that of random keys.")
      .def_property_readonly("name", [](const ExtendedDType& d) { return d.dtype->name; })
      .def_property_readonly("itemsize", [](const ExtendedDType& d) { return d.dtype->itemsize; })
      .def("__eq__",
           [](const ExtendedDType& a, py::handle b) {
             return is_extended_dtype(b.ptr()) && b.cast<const ExtendedDType&>().dtype == a.dtype;
           })
      .def("__hash__", [](const ExtendedDType& d) { return std::hash<DType>()(d.dtype); })
      .def("__reduce__",
           [](const ExtendedDType& d) {
             return py::make_tuple(py::module_::import("covector._core").attr("_extended_dtype"),
                                   py::make_tuple(d.dtype->name));
           })
      .def("__repr__", [](const ExtendedDType& d) { return d.dtype->name; });
  for (const random::Generator* g : random::generators()) extended_dtype_object(g->dtype);
  m.attr("key_dtype") = dtype_object(kKeyFry);
  m.def("_extended_dtype",
        [](const std::string& name) { return dtype_object(random::generator_named(name).dtype); });
  m.def(
      "canonical_dtype", [](py::handle x) { return dtype_object(canonical(to_dtype(x.ptr()))); },
      py::arg("dtype"), "The dtype that arrays asked to have this one get.");
}

}  // namespace covector::bindings
