#include "convert.h"

#include <pybind11/complex.h>
#include <pybind11/numpy.h>

#include <complex>

#include "array_type.h"
#include "covector/core/config.h"
#include "covector/core/trace.h"
#include "covector/lax/lax.h"
#include "covector/numpy/numpy.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/transfer.h"

namespace covector::bindings {
namespace {

Value from_int(PyObject* o) {
  int overflow = 0;
  long long x = PyLong_AsLongLongAndOverflow(o, &overflow);
  if (x == -1 && PyErr_Occurred()) throw py::error_already_set();
  require<OverflowError>(!overflow, "Python int ", std::string(py::str(o)),
                         " too large to convert to ", canonical(kInt64)->name);
  return Value(static_cast<int64_t>(x));
}

Value from_complex(PyObject* o) {
  Py_complex c = PyComplex_AsCComplex(o);
  DType d = canonical(kComplex128);
  Scalar s = d == kComplex128
                 ? Scalar::of(std::complex<double>(c.real, c.imag))
                 : Scalar::of(std::complex<float>(static_cast<float>(c.real),
                                                  static_cast<float>(c.imag)));
  return make_ref<const Array>(Aval(d, {}, true), s);
}

// NumPy data: narrowed as the configuration says, in native byte order.
Value from_numpy(py::array a) {
  DType d = to_dtype(a.dtype().ptr());
  DType target = canonical(d);
  bool native = a.dtype().byteorder() != '>';
  if (target != d || !native) a = py::array(a.attr("astype")(dtype_object(target)));
  Shape shape;
  for (py::ssize_t i = 0; i < a.ndim(); ++i) shape.push_back(a.shape(i));
  Aval aval(target, shape);
  if (aval.rank() == 0) return host_array(aval, a.data());
  Axes strides;
  for (py::ssize_t i = 0; i < a.ndim(); ++i) strides.push_back(a.strides(i));
  return runtime::to_array(aval, {.data = a.data(), .byte_strides = strides, .done = {}},
                           runtime::default_device(), false);
}

PyObject* jax_array_name() {
  static PyObject* s = PyUnicode_InternFromString("__jax_array__");
  return s;
}

PyTypeObject* numpy_generic() {
  static PyObject* t = py::object(py::module_::import("numpy").attr("generic")).release().ptr();
  return reinterpret_cast<PyTypeObject*>(t);
}

bool is_numpy_scalar(PyObject* o) { return PyType_IsSubtype(Py_TYPE(o), numpy_generic()); }

Value from_numpy_scalar(PyObject* o) {
  return from_numpy(py::array::ensure(py::handle(o)));
}

bool try_exact(PyObject* o, Value& out) {
  PyTypeObject* t = Py_TYPE(o);
  if (t == array_impl_type || t == tracer_type) out = value_of(o);
  else if (t == &PyFloat_Type) out = Value(PyFloat_AS_DOUBLE(o));
  else if (t == &PyLong_Type) out = from_int(o);
  else if (t == &PyBool_Type) out = Value(o == Py_True);
  else if (t == &PyComplex_Type) out = from_complex(o);
  else return false;
  return true;
}

// Subclasses of Python's numbers count as those, unless NumPy made them.
bool try_subclass(PyObject* o, Value& out) {
  if (is_array(o)) out = value_of(o);
  else if (is_numpy_scalar(o)) out = from_numpy_scalar(o);
  else if (py::isinstance<py::array>(o)) out = from_numpy(py::reinterpret_borrow<py::array>(o));
  else if (PyLong_Check(o)) out = from_int(o);
  else if (PyFloat_Check(o)) out = Value(PyFloat_AsDouble(o));
  else if (PyComplex_Check(o)) out = from_complex(o);
  else return false;
  return true;
}

}  // namespace

bool try_to_value(PyObject* o, Value& out) {
  if (try_exact(o, out) || try_subclass(o, out)) return true;
  if (!PyObject_HasAttr(o, jax_array_name())) return false;
  py::object inner = py::handle(o).attr(jax_array_name())();
  return try_to_value(inner.ptr(), out);
}

bool is_array_like(PyObject* o) {
  PyTypeObject* t = Py_TYPE(o);
  if (t == array_impl_type || t == tracer_type || t == &PyFloat_Type || t == &PyLong_Type ||
      t == &PyBool_Type || t == &PyComplex_Type)
    return true;
  return is_array(o) || is_numpy_scalar(o) || PyLong_Check(o) || PyFloat_Check(o) ||
         PyComplex_Check(o) || py::isinstance<py::array>(o) ||
         PyObject_HasAttr(o, jax_array_name());
}

Value to_value(PyObject* o) {
  Value v;
  if (try_to_value(o, v)) return v;
  fail<TypeError>("expected an array or a scalar, got a value of type ",
                  std::string(py::str(py::type::of(py::handle(o)))),
                  ". Lists and tuples must be converted with jnp.array first.");
}

Value to_value(PyObject* o, DType dtype, bool weak_type) {
  // Integers beyond 32 bits fit some dtypes though they do not fit the default.
  if (PyLong_CheckExact(o) && is_integer(dtype)) {
    int overflow = 0;
    long long x = PyLong_AsLongLongAndOverflow(o, &overflow);
    if (overflow > 0 && dtype == kUint64)
      x = static_cast<long long>(PyLong_AsUnsignedLongLong(o));
    else
      require<OverflowError>(!overflow, "Python int ", std::string(py::str(o)),
                             " too large to convert to ", dtype->name);
    if (PyErr_Occurred()) throw py::error_already_set();
    return scalar_of(dtype, static_cast<int64_t>(x), weak_type);
  }
  Value v = to_value(o);
  return convert_element_type(v, dtype, weak_type);
}

namespace {

// Keeps the buffer, and its memory in place, as long as NumPy looks at it.
py::capsule keeper(const Array& a) {
  struct Held {
    Ref<const Buffer> buffer;
    std::optional<pjrt::ExternalReference> reference;
  };
  auto held = std::make_unique<Held>(Held{a.buffer(), std::nullopt});
  if (a.buffer()->place == Buffer::Place::kDevice)
    held->reference.emplace(static_cast<const runtime::DeviceBuffer&>(*a.buffer()).pjrt);
  return py::capsule(held.release(), [](void* p) { delete static_cast<Held*>(p); });
}

py::array make_array(const Aval& a, const void* data, py::handle base) {
  return py::array(py::reinterpret_borrow<py::dtype>(dtype_object(a.dtype())),
                   std::vector<py::ssize_t>(a.shape().begin(), a.shape().end()),
                   std::vector<py::ssize_t>(), data, base);
}

void make_read_only(py::array& a) {
  a.attr("setflags")(py::arg("write") = false);
}

}  // namespace

py::object to_numpy(const Value& v) {
  const Array* a = v.known();
  if (!a) {
    const Tracer* t = v.tracer();
    fail<TracerArrayConversionError>(
        "The numpy.ndarray conversion method __array__() was called on traced array with shape ",
        v.aval(), t && !t->trace->origin.empty() ? str(", while tracing ", t->trace->origin) : "",
        ". Use covector.numpy instead of numpy inside of transformed functions, or move the ",
        "computation out of them.");
  }
  require<TypeError>(!is_extended(v.dtype()), "JAX array with PRNGKey dtype cannot be converted to ",
                     "a NumPy array. Use jax.random.key_data(arr) if you wish to extract the ",
                     "underlying integer array.");
  py::array r;
  if (a->scalar()) {
    r = make_array(a->aval, a->scalar()->bytes, py::handle());
  } else if (const void* data = a->aval.size() ? runtime::host_data(*a) : nullptr) {
    r = make_array(a->aval, data, keeper(*a));
  } else {
    r = make_array(a->aval, nullptr, py::handle());
    if (a->aval.size()) runtime::read(*a, r.mutable_data());
  }
  make_read_only(r);
  return r;
}

py::object to_python_scalar(const Array& a) {
  DType d = a.aval.dtype();
  if (is_bool(d)) return py::bool_(to_int64(a) != 0);
  if (d == kUint64) return py::int_(static_cast<uint64_t>(to_int64(a)));
  if (is_integer(d)) return py::int_(to_int64(a));
  if (!is_complex(d)) return py::float_(to_double(a));
  std::byte bytes[16];
  runtime::read(a, bytes);
  Scalar s;
  std::memcpy(s.bytes, bytes, d->itemsize);
  auto c = d == kComplex128 ? s.as<std::complex<double>>()
                            : std::complex<double>(s.as<std::complex<float>>());
  return py::cast(c);
}

}  // namespace covector::bindings
