#include "convert.h"

#include <array>
#include <complex>

#include "array_type.h"
#include "covector/core/config.h"
#include "covector/lax/lax.h"
#include "covector/random/generator.h"
#include "covector/random/random.h"
#include "covector/runtime/transfer.h"
#include "covector/runtime/transfer_guard.h"
#include "errors.h"
#include "numpy_array.h"
#include "tracer_text.h"
#include "value_handlers.h"

namespace covector::bindings {
namespace {

// The integer an object stands for; `bits` those of the type it is meant for.
int64_t integer_of(PyObject* o, DType d) {
  int overflow = 0;
  int64_t x = PyLong_AsLongLongAndOverflow(o, &overflow);
  if (x == -1 && PyErr_Occurred()) throw py::error_already_set();
  if (d == kUint64 && overflow > 0) {
    x = static_cast<int64_t>(PyLong_AsUnsignedLongLong(o));
    if (!PyErr_Occurred()) return x;
    PyErr_Clear();
  }
  bool fits = !overflow;
  if (d->bits < 64 && is_signed_int(d)) {
    int64_t limit = int64_t{1} << (d->bits - 1);
    fits &= x >= -limit && x < limit;
  } else if (is_unsigned_int(d)) {
    fits &= x >= 0 && (d->bits == 64 || x < int64_t{1} << d->bits);
  }
  require<OverflowError>(fits, "Python int ", StrOf{o}, " too large to convert to ", d->name);
  return x;
}

Value from_int(PyObject* o) {
  DType d = canonical(kInt64);
  return scalar_of(d, integer_of(o, d), true);
}

Value complex_scalar(DType d, Py_complex c, bool weak_type) {
  Scalar s =
      d == kComplex128
          ? Scalar::of(std::complex<double>(c.real, c.imag))
          : Scalar::of(std::complex<float>(static_cast<float>(c.real), static_cast<float>(c.imag)));
  return make_ref<const Array>(Aval(d, {}, weak_type), s);
}

Py_complex complex_of(PyObject* o) {
  Py_complex c = PyComplex_AsCComplex(o);
  if (c.real == -1.0 && PyErr_Occurred()) throw py::error_already_set();
  return c;
}

double double_of(PyObject* o) {
  double x = PyFloat_AsDouble(o);
  if (x == -1.0 && PyErr_Occurred()) throw py::error_already_set();
  return x;
}

// NumPy's integers wrap where the narrowed type cannot hold them, as its arrays do.
Value from_numpy_integer(PyObject* o, DType d) {
  py::object i = owned(PyNumber_Long(o));
  auto x = static_cast<int64_t>(PyLong_AsUnsignedLongLongMask(i.ptr()));
  if (PyErr_Occurred()) throw py::error_already_set();
  return scalar_of(d, x);
}

bool try_numpy_scalar(PyObject* o, Value& out) {
  DType d = scalar_class_dtype(Py_TYPE(o));
  if (!d) return false;
  d = canonical(d);
  if (is_bool(d))
    out = Value(PyObject_IsTrue(o) == 1);
  else if (is_integer(d))
    out = from_numpy_integer(o, d);
  else if (is_complex(d))
    out = complex_scalar(d, complex_of(o), false);
  else
    out = scalar_of(d, double_of(o));
  return true;
}

bool try_number(PyObject* o, Value& out) {
  PyTypeObject* t = Py_TYPE(o);
  if (t == &PyFloat_Type)
    out = Value(PyFloat_AS_DOUBLE(o));
  else if (t == &PyLong_Type)
    out = from_int(o);
  else if (t == &PyBool_Type)
    out = Value(o == Py_True);
  else if (t == &PyComplex_Type)
    out = complex_scalar(canonical(kComplex128), PyComplex_AsCComplex(o), true);
  else
    return false;
  return true;
}

// Enumerators and the like count as the numbers they are.
bool try_subclass(PyObject* o, Value& out) {
  if (PyLong_Check(o))
    out = from_int(o);
  else if (PyFloat_Check(o))
    out = Value(PyFloat_AsDouble(o));
  else if (PyComplex_Check(o))
    out = complex_scalar(canonical(kComplex128), PyComplex_AsCComplex(o), true);
  else
    return false;
  return true;
}

PyObject* jax_array_name() {
  static PyObject* s = PyUnicode_InternFromString("__jax_array__");
  return s;
}

// A class's __jax_array__ makes its instances array-like, not the class itself.
bool has_jax_array(PyObject* o) {
  return !PyType_Check(o) && PyObject_HasAttr(o, jax_array_name());
}

// By class: functions that make arrays of its instances. Never destroyed.
py::dict& value_handlers() {
  static auto* handlers = new py::dict;
  return *handlers;
}

// That of the nearest base class, or null; it is borrowed.
PyObject* value_handler(PyObject* o) {
  if (value_handlers().empty()) return nullptr;
  for (py::handle c : py::reinterpret_borrow<py::tuple>(Py_TYPE(o)->tp_mro))
    if (PyObject* f = PyDict_GetItemWithError(value_handlers().ptr(), c.ptr())) return f;
  return nullptr;
}

}  // namespace

void set_value_handler(const py::type& c, const py::object& f) {
  if (f.is_none())
    PyDict_DelItem(value_handlers().ptr(), c.ptr());
  else
    value_handlers()[c] = f;
}

namespace {

// The result may have a handler in turn.
bool try_handler(PyObject* f, PyObject* o, Value& out) {
  if (Py_EnterRecursiveCall(" while an array is made of an object")) throw py::error_already_set();
  try {
    bool done = try_to_value(owned(PyObject_CallOneArg(f, o)).ptr(), out);
    Py_LeaveRecursiveCall();
    return done;
  } catch (...) {
    Py_LeaveRecursiveCall();
    throw;
  }
}

}  // namespace

namespace {

// Of data that the host has.
bool try_import(PyObject* o, Value& out) {
  if (is_numpy_array(o))
    out = from_numpy(o);
  else if (!try_number(o, out) && !try_numpy_scalar(o, out) && !try_subclass(o, out))
    return false;
  runtime::guard_import(out.aval());
  return true;
}

}  // namespace

bool try_to_value(PyObject* o, Value& out) {
  if (is_array(o)) {
    out = value_of(o);
    return true;
  }
  if (try_import(o, out)) return true;
  if (PyObject* f = value_handler(o)) return try_handler(f, o, out);
  if (!has_jax_array(o)) return false;
  py::object inner = owned(PyObject_CallMethodNoArgs(o, jax_array_name()));
  return try_to_value(inner.ptr(), out);
}

bool is_array_like(PyObject* o) {
  if (is_array(o)) return true;
  if (is_numpy_array(o)) return has_array_dtype(o);
  return PyLong_Check(o) || PyFloat_Check(o) || PyComplex_Check(o) ||
         scalar_class_dtype(Py_TYPE(o)) || value_handler(o) || has_jax_array(o);
}

std::string type_text(PyObject* o) {
  return py::str(py::handle(reinterpret_cast<PyObject*>(Py_TYPE(o))));
}

Value to_value(PyObject* o) {
  Value v;
  if (try_to_value(o, v)) return v;
  fail<TypeError>("expected an array or a scalar, got a value of type ", type_text(o),
                  ". Lists and tuples must be converted with jnp.array first.");
}

// Numbers get the dtype at once: no operation, and integers beyond 32 bits fit
// some dtypes though they do not fit the default.
namespace {

// An array of keys filled with a number: its words are all that number.
Value filled_key(PyObject* o, const random::Generator& g) {
  Value word = scalar_of(kUint32, integer_of(o, kUint32));
  return random_wrap(broadcast_in_dim(word, std::array{g.words()}, {}), g);
}

// Null if the object is no number, or none of this dtype's kind.
Value number_as(PyObject* o, DType d, bool weak_type) {
  if (is_extended(d)) return {};
  if (PyBool_Check(o)) return scalar_of(d, int64_t{o == Py_True}, weak_type);
  if (PyLong_CheckExact(o)) {
    if (is_integer(d)) return scalar_of(d, integer_of(o, d), weak_type);
    if (is_floating(d)) return scalar_of(d, double_of(o), weak_type);
  }
  if (PyFloat_CheckExact(o) && is_floating(d)) return scalar_of(d, PyFloat_AS_DOUBLE(o), weak_type);
  if (is_complex(d) && (PyComplex_CheckExact(o) || PyFloat_CheckExact(o)))
    return complex_scalar(d, complex_of(o), weak_type);
  return {};
}

}  // namespace

Value to_value(PyObject* o, DType d, bool weak_type) {
  if (is_extended(d) && PyLong_CheckExact(o))
    if (const random::Generator* g = random::generator_of(d)) return filled_key(o, *g);
  Value v = number_as(o, d, weak_type);
  if (!v) return convert_element_type(to_value(o), d, weak_type);
  runtime::guard_import(v.aval());
  return v;
}

namespace {

// What NumPy makes of an object that is no array-like.
py::object numpy_array_of(PyObject* o) {
  require<TypeError>(!PyList_Check(o) && !PyTuple_Check(o),
                     "expected an array or a scalar, got a value of type ",
                     ReprOf{reinterpret_cast<PyObject*>(Py_TYPE(o))});
  return py::module_::import("numpy").attr("asarray")(py::handle(o));
}

}  // namespace

void append_to(std::string& s, ReprOf x) { s += std::string(py::repr(py::handle(x.object))); }
void append_to(std::string& s, StrOf x) { s += std::string(py::str(py::handle(x.object))); }

Value as_array(PyObject* o) {
  Value v;
  return try_to_value(o, v) ? v : from_numpy(numpy_array_of(o).ptr());
}
Value as_array(PyObject* o, DType d) {
  return is_array_like(o) ? to_value(o, d) : convert_element_type(as_array(o), d);
}

py::object to_numpy(const Value& v) {
  return to_numpy(require_known<TracerArrayConversionError>(
      v, "The numpy.ndarray conversion method __array__() was called on",
      "Inside of a transformed function use covector.numpy instead of numpy, or move the "
      "computation with numpy out of it."));
}

py::object to_python_scalar(const Array& a) {
  DType d = a.aval.dtype();
  if (is_bool(d)) return py::bool_(to_int64(a) != 0);
  if (d == kUint64) return py::int_(static_cast<uint64_t>(to_int64(a)));
  if (is_integer(d)) return py::int_(to_int64(a));
  if (is_floating(d)) return py::float_(to_double(a));
  require<TypeError>(is_complex(d), "an array of dtype ", d->name,
                     " has no Python scalar for its element");
  Scalar s;
  runtime::read(a, s.bytes);
  auto c = d == kComplex128 ? s.as<std::complex<double>>()
                            : std::complex<double>(s.as<std::complex<float>>());
  return owned(PyComplex_FromDoubles(c.real(), c.imag()));
}

}  // namespace covector::bindings
