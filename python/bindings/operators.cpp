// Number, comparison, sequence and mapping slots.

#include <pybind11/pybind11.h>

#include <vector>

#include "array_type.h"
#include "convert.h"
#include "covector/numpy/numpy.h"
#include "errors.h"
#include "indexing.h"

namespace covector::bindings {
namespace {

using BinaryFn = Value (*)(const Value&, const Value&);

// Operands of classes that are no array-likes may know the reflected operator.
template <class F>
PyObject* binary_with(PyObject* a, PyObject* b, F f) {
  return guarded([&]() -> PyObject* {
    Value x, y;
    if (!try_to_value(a, x) || !try_to_value(b, y)) return Py_NewRef(Py_NotImplemented);
    return f(x, y);
  });
}

template <BinaryFn kFn>
PyObject* binary(PyObject* a, PyObject* b) {
  return binary_with(a, b, [](const Value& x, const Value& y) { return wrap(kFn(x, y)); });
}

template <Value (*kFn)(const Value&)>
PyObject* unary(PyObject* a) {
  return guarded([&] { return wrap(kFn(value_of(a))); });
}

Value matmul(const Value& x, const Value& y) { return numpy::matmul(x, y, {}); }

PyObject* divmod(PyObject* a, PyObject* b) {
  return binary_with(a, b, [](const Value& x, const Value& y) {
    auto [q, r] = numpy::divmod(x, y);
    return py::make_tuple(wrapped(q), wrapped(r)).release().ptr();
  });
}

PyObject* power(PyObject* a, PyObject* b, PyObject* mod) {
  if (mod != Py_None) {
    PyErr_SetString(PyExc_TypeError, "pow() with a modulus is not supported for arrays");
    return nullptr;
  }
  return binary<numpy::power>(a, b);
}

PyObject* compare(PyObject* a, PyObject* b, int op) {
  switch (op) {
    case Py_EQ:
      return binary<numpy::equal>(a, b);
    case Py_NE:
      return binary<numpy::not_equal>(a, b);
    case Py_LT:
      return binary<numpy::less>(a, b);
    case Py_LE:
      return binary<numpy::less_equal>(a, b);
    case Py_GT:
      return binary<numpy::greater>(a, b);
    default:
      return binary<numpy::greater_equal>(a, b);
  }
}

Py_ssize_t length(PyObject* self) {
  const Value& v = value_of(self);
  if (v.rank() == 0) {
    PyErr_SetString(PyExc_TypeError, "len() of unsized object");
    return -1;
  }
  return static_cast<Py_ssize_t>(v.aval().dim(0));
}

PyObject* iterate(PyObject* self) {
  return guarded([&]() -> PyObject* {
    const Value& v = value_of(self);
    require<TypeError>(v.rank() > 0, "iteration over a 0-d array");
    py::list rows;
    for (int64_t i = 0; i < v.aval().dim(0); ++i) {
      numpy::Index at[] = {i};
      rows.append(wrapped(numpy::getitem(v, at)));
    }
    return PyObject_GetIter(rows.ptr());
  });
}

PyObject* get_item(PyObject* self, PyObject* key) {
  return guarded([&] {
    ParsedIndex index(key);
    return wrap(numpy::getitem(value_of(self), index.items));
  });
}

int set_item(PyObject* self, PyObject*, PyObject*) {
  PyErr_Format(PyExc_TypeError,
               "JAX arrays are immutable and do not support in-place item assignment. Instead of "
               "x[idx] = y, use x = x.at[idx].set(y) or another .at[] method: "
               "https://docs.jax.dev/en/latest/_autosummary/jax.numpy.ndarray.at.html (%s)",
               Py_TYPE(self)->tp_name);
  return -1;
}

int contains(PyObject* self, PyObject* x) {
  return guarded_int([&]() -> int {
    PyObject* equal = binary<numpy::equal>(self, x);
    if (!equal) return -1;
    py::object any = py::reinterpret_steal<py::object>(equal).attr("any")();
    return PyObject_IsTrue(any.ptr());
  });
}

}  // namespace

std::vector<PyType_Slot> operator_slots() {
  auto p = [](auto* f) { return reinterpret_cast<void*>(f); };
  return {
      {Py_nb_add, p(binary<numpy::add>)},
      {Py_nb_subtract, p(binary<numpy::subtract>)},
      {Py_nb_multiply, p(binary<numpy::multiply>)},
      {Py_nb_true_divide, p(binary<numpy::true_divide>)},
      {Py_nb_floor_divide, p(binary<numpy::floor_divide>)},
      {Py_nb_remainder, p(binary<numpy::remainder>)},
      {Py_nb_divmod, p(divmod)},
      {Py_nb_power, p(power)},
      {Py_nb_matrix_multiply, p(binary<matmul>)},
      {Py_nb_and, p(binary<numpy::bitwise_and>)},
      {Py_nb_or, p(binary<numpy::bitwise_or>)},
      {Py_nb_xor, p(binary<numpy::bitwise_xor>)},
      {Py_nb_lshift, p(binary<numpy::left_shift>)},
      {Py_nb_rshift, p(binary<numpy::right_shift>)},
      {Py_nb_negative, p(unary<numpy::negative>)},
      {Py_nb_positive, p(unary<numpy::positive>)},
      {Py_nb_absolute, p(unary<numpy::abs>)},
      {Py_nb_invert, p(unary<numpy::invert>)},
      {Py_tp_richcompare, p(compare)},
      {Py_tp_iter, p(iterate)},
      {Py_sq_contains, p(contains)},
      {Py_mp_length, p(length)},
      {Py_mp_subscript, p(get_item)},
      {Py_mp_ass_subscript, p(set_item)},
  };
}

}  // namespace covector::bindings
