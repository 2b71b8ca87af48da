// Number and comparison slots.

#include <pybind11/pybind11.h>

#include <algorithm>
#include <vector>

#include "array_type.h"
#include "convert.h"
#include "covector/numpy/numpy.h"
#include "errors.h"

namespace covector::bindings {
namespace {

// The text of an operator, as a template argument.
struct Symbol {
  template <size_t N>
  consteval Symbol(const char (&s)[N]) {
    static_assert(N <= sizeof text);
    std::copy_n(s, N, text);
  }
  char text[16] = {};
};

// An operand: borrowed from its array, or made of a scalar.
class Operand {
 public:
  // False for objects of other kinds, which may know the reflected operator.
  bool read(PyObject* x) {
    if (is_array(x)) [[likely]] {
      value_ = &value_of(x);
      return true;
    }
    value_ = &made_;
    return try_to_value(x, made_);
  }
  const Value& operator*() const { return *value_; }

 private:
  const Value* value_ = nullptr;
  Value made_;
};

// Containers are not converted, and their own operators would do something else
// than arithmetic (a list repeats itself when it is multiplied). Those of classes
// derived from them may mean something: named tuples of arrays, for one.
void reject_container(PyObject* x, const char* symbol, PyObject* a, PyObject* b) {
  require<TypeError>(!PyList_CheckExact(x) && !PyTuple_CheckExact(x) && !PyDict_CheckExact(x) &&
                         !PyAnySet_CheckExact(x),
                     "unsupported operand type(s) for ", symbol, ": '", Py_TYPE(a)->tp_name,
                     "' and '", Py_TYPE(b)->tp_name, "'");
}

template <class F>
PyObject* with_operands(PyObject* a, PyObject* b, const char* symbol, F f) {
  return guarded([&]() -> PyObject* {
    Operand x, y;
    if (x.read(a) && y.read(b)) [[likely]]
      return f(*x, *y);
    reject_container(a, symbol, a, b);
    reject_container(b, symbol, a, b);
    return Py_NewRef(Py_NotImplemented);
  });
}

template <Value (*kFn)(const Value&, const Value&), Symbol kSymbol>
PyObject* binary(PyObject* a, PyObject* b) {
  return with_operands(a, b, kSymbol.text,
                       [](const Value& x, const Value& y) { return wrap(kFn(x, y)); });
}

template <Value (*kFn)(const Value&)>
PyObject* unary(PyObject* a) {
  return guarded([&] { return wrap(kFn(value_of(a))); });
}

Value matmul(const Value& x, const Value& y) { return numpy::matmul(x, y, {}); }

PyObject* divmod(PyObject* a, PyObject* b) {
  return with_operands(a, b, "divmod()", [](const Value& x, const Value& y) {
    auto [q, r] = numpy::divmod(x, y);
    return py::make_tuple(wrapped(q), wrapped(r)).release().ptr();
  });
}

PyObject* power(PyObject* a, PyObject* b, PyObject* mod) {
  if (mod != Py_None) {
    PyErr_SetString(PyExc_TypeError, "pow() with a modulus is not supported for arrays");
    return nullptr;
  }
  return binary<numpy::power, "** or pow()">(a, b);
}

PyObject* compare(PyObject* a, PyObject* b, int op) {
  switch (op) {
    case Py_EQ:
      return binary<numpy::equal, "==">(a, b);
    case Py_NE:
      return binary<numpy::not_equal, "!=">(a, b);
    case Py_LT:
      return binary<numpy::less, "<">(a, b);
    case Py_LE:
      return binary<numpy::less_equal, "<=">(a, b);
    case Py_GT:
      return binary<numpy::greater, ">">(a, b);
    default:
      return binary<numpy::greater_equal, ">=">(a, b);
  }
}

}  // namespace

std::vector<PyType_Slot> operator_slots() {
  auto p = [](auto* f) { return reinterpret_cast<void*>(f); };
  return {
      {Py_nb_add, p(binary<numpy::add, "+">)},
      {Py_nb_subtract, p(binary<numpy::subtract, "-">)},
      {Py_nb_multiply, p(binary<numpy::multiply, "*">)},
      {Py_nb_true_divide, p(binary<numpy::true_divide, "/">)},
      {Py_nb_floor_divide, p(binary<numpy::floor_divide, "//">)},
      {Py_nb_remainder, p(binary<numpy::remainder, "%">)},
      {Py_nb_divmod, p(divmod)},
      {Py_nb_power, p(power)},
      {Py_nb_matrix_multiply, p(binary<matmul, "@">)},
      {Py_nb_and, p(binary<numpy::bitwise_and, "&">)},
      {Py_nb_or, p(binary<numpy::bitwise_or, "|">)},
      {Py_nb_xor, p(binary<numpy::bitwise_xor, "^">)},
      {Py_nb_lshift, p(binary<numpy::left_shift, "<<">)},
      {Py_nb_rshift, p(binary<numpy::right_shift, ">>">)},
      {Py_nb_negative, p(unary<numpy::negative>)},
      {Py_nb_positive, p(unary<numpy::positive>)},
      {Py_nb_absolute, p(unary<numpy::abs>)},
      {Py_nb_invert, p(unary<numpy::invert>)},
      {Py_tp_richcompare, p(compare)},
      {Py_tp_hash, p(PyObject_HashNotImplemented)},
  };
}

}  // namespace covector::bindings
