// Arrays as sequences of their rows, and as what is indexed.

#include <pybind11/pybind11.h>

#include <vector>

#include "array_type.h"
#include "convert.h"
#include "covector/numpy/numpy.h"
#include "covector/runtime/transfer.h"
#include "errors.h"
#include "indexing.h"

namespace covector::bindings {
namespace {

Py_ssize_t length(PyObject* self) {
  const Value& v = value_of(self);
  if (v.rank() > 0) return static_cast<Py_ssize_t>(v.aval().dim(0));
  PyErr_SetString(PyExc_TypeError, "len() of unsized object");
  return -1;
}

PyObject* iterate(PyObject* self) {
  return guarded([&]() -> PyObject* {
    require<TypeError>(value_of(self).rank() > 0, "iteration over a 0-d array");
    return array_iterator(self);
  });
}

Value row(const Value& v, int64_t i) {
  numpy::Index at[] = {i};
  return numpy::getitem(v, at);
}

// Only what walks a sequence without asking for an iterator gets here.
PyObject* get_row(PyObject* self, Py_ssize_t i) {
  return guarded([&]() -> PyObject* {
    const Value& v = value_of(self);
    require<IndexError>(v.rank() > 0 && i < v.aval().dim(0), "index ", i, " is out of bounds");
    return wrap(row(v, i));
  });
}

PyObject* get_item(PyObject* self, PyObject* key) {
  return guarded([&] {
    ParsedIndex index(key);
    return wrap(numpy::getitem(value_of(self), index.items));
  });
}

int set_item(PyObject*, PyObject*, PyObject*) {
  PyErr_SetString(PyExc_TypeError,
                  "JAX arrays are immutable and do not support in-place item assignment. Instead "
                  "of x[idx] = y, use x = x.at[idx].set(y) or another .at[] method: "
                  "https://docs.jax.dev/en/latest/_autosummary/jax.numpy.ndarray.at.html");
  return -1;
}

// Iteration -----------------------------------------------------------------------

struct Iteration {
  explicit Iteration(const Value& v) : array(v) {
    const Array* a = v.known();
    if (v.rank() != 1 || !a || v.tracer() || a->committed() || is_extended(v.dtype())) return;
    elements.resize(static_cast<size_t>(v.aval().bytes()));
    if (v.aval().size()) runtime::read(*a, elements.data());
  }

  Value next() {
    int64_t i = position++;
    if (elements.empty()) return row(array, i);
    Aval scalar(array.dtype(), {}, array.aval().weak_type());
    return host_array(scalar, elements.data() + i * scalar.bytes());
  }
  int64_t left() const { return array.aval().dim(0) - position; }

  const Value array;
  int64_t position = 0;
  // Of a vector of numbers all are fetched at once: no operation runs.
  std::vector<std::byte> elements;
};

struct IteratorObject {
  PyObject_HEAD Iteration* state;
};

PyTypeObject* iterator_type = nullptr;

Iteration& state_of(PyObject* o) { return *reinterpret_cast<IteratorObject*>(o)->state; }

void iterator_dealloc(PyObject* o) {
  delete reinterpret_cast<IteratorObject*>(o)->state;
  PyTypeObject* type = Py_TYPE(o);
  PyObject_Free(o);
  Py_DECREF(type);
}

PyObject* iterator_next(PyObject* o) {
  if (state_of(o).left() <= 0) return nullptr;
  return guarded([&] { return wrap(state_of(o).next()); });
}

PyObject* iterator_length(PyObject* o, PyObject*) {
  return PyLong_FromLongLong(state_of(o).left());
}

PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_length, METH_NOARGS, "How many rows are left."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

PyObject* array_iterator(PyObject* array) {
  auto state = std::make_unique<Iteration>(value_of(array));
  auto* o = PyObject_New(IteratorObject, iterator_type);
  if (!o) throw py::error_already_set();
  o->state = state.release();
  return reinterpret_cast<PyObject*>(o);
}

void register_array_iterator() {
  PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(iterator_dealloc)},
      {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
      {Py_tp_iternext, reinterpret_cast<void*>(iterator_next)},
      {Py_tp_methods, iterator_methods},
      {0, nullptr},
  };
  PyType_Spec spec = {.name = "covector.ArrayIterator",
                      .basicsize = sizeof(IteratorObject),
                      .itemsize = 0,
                      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                      .slots = slots};
  iterator_type = reinterpret_cast<PyTypeObject*>(owned(PyType_FromSpec(&spec)).release().ptr());
}

std::vector<PyType_Slot> sequence_slots() {
  auto p = [](auto* f) { return reinterpret_cast<void*>(f); };
  return {
      {Py_tp_iter, p(iterate)},  {Py_sq_length, p(length)},      {Py_sq_item, p(get_row)},
      {Py_mp_length, p(length)}, {Py_mp_subscript, p(get_item)}, {Py_mp_ass_subscript, p(set_item)},
  };
}

}  // namespace covector::bindings
