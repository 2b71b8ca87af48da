// What Python asks of one array: its truth, its number, its memory.

#include <pybind11/pybind11.h>

#include <vector>

#include "array_type.h"
#include "convert.h"
#include "errors.h"
#include "tracer_text.h"

namespace covector::bindings {
namespace {

// Numbers -------------------------------------------------------------------------

int nb_bool(PyObject* self) {
  return guarded_int([&]() -> int {
    const Value& v = value_of(self);
    require<ValueError>(v.aval().size() != 0,
                        "The truth value of an empty array is ambiguous. Use `array.size > 0` to "
                        "check that an array is not empty.");
    require<ValueError>(v.aval().size() == 1,
                        "The truth value of an array with more than one element is ambiguous. Use "
                        "a.any() or a.all()");
    const Array& a = require_known<TracerBoolConversionError>(
        v, "Attempted boolean conversion of",
        "Choose between values with jnp.where(condition, a, b), between computations with "
        "lax.cond; loop with lax.while_loop; or make the argument static.");
    require<TypeError>(!is_extended(v.dtype()), "key array cannot be converted to boolean.");
    if (!is_complex(v.dtype())) return to_double(a) != 0;
    return PyObject_IsTrue(to_python_scalar(a).ptr());
  });
}

// The scalar that int(), float() and complex() convert.
py::object number_of(const Value& v, const char* function) {
  require<TypeError>(
      v.rank() == 0,
      "Only scalar arrays can be converted to Python scalars; got arr.ndim=", v.rank());
  if (!v.known())
    require_known<ConcretizationTypeError>(
        v, "Abstract tracer value encountered where concrete value is expected:",
        str("The problem arose with the `", function, "` function. To convert the dtype of a ",
            "traced array, use `x.astype(", function, ")`; what has to be a Python number has to ",
            "come from a static argument."));
  return to_python_scalar(*v.known());
}

PyObject* nb_float(PyObject* self) {
  return guarded([&] { return PyNumber_Float(number_of(value_of(self), "float").ptr()); });
}

PyObject* nb_int(PyObject* self) {
  return guarded([&] {
    py::object x = number_of(value_of(self), "int");
    return PyNumber_Long(x.ptr());
  });
}

PyObject* complex_method(PyObject* self, PyObject*) {
  return guarded([&] {
    py::object x = number_of(value_of(self), "complex");
    return PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyComplex_Type), x.ptr());
  });
}

PyObject* nb_index(PyObject* self) {
  return guarded([&] {
    const Value& v = value_of(self);
    require<TypeError>(v.rank() == 0 && is_integer(v.dtype()),
                       "Only integer scalar arrays can be converted to a scalar index.");
    return to_python_scalar(require_known<TracerIntegerConversionError>(
                                v, "The __index__() method was called on",
                                "To index a list or a NumPy array with it, make that a "
                                "covector array first; a shape or a range needs a static "
                                "argument; loop with lax.fori_loop."))
        .release()
        .ptr();
  });
}

// Memory --------------------------------------------------------------------------

// Whether the protocol has a letter for the type; ml_dtypes' have none.
bool has_buffer_format(DType d) {
  bool small = d->bits < 8 || (is_floating(d) && d->bits == 8);
  return !small && d != kBfloat16 && d != kFloat0 && !is_extended(d);
}

// Through NumPy's view, which stays the owner of what is exported. Errors are
// BufferErrors, on which NumPy goes on to ask for __array__.
int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  view->obj = nullptr;
  const char* problem = nullptr;
  const Value& v = value_of(self);
  if ((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE)
    problem = "arrays are immutable: ask for a read-only buffer";
  else if (!v.array())
    problem = "a traced array has no memory";
  else if (!has_buffer_format(v.dtype()))
    problem = "elements of this dtype are not supported by the Python buffer protocol";
  if (v.array() && v.dtype() == kBfloat16)
    problem = "Buffers of type BF16 are not supported by the Python buffer protocol.";
  if (problem) {
    PyErr_SetString(PyExc_BufferError, problem);
    return -1;
  }
  return guarded_int([&] {
    py::object array = to_numpy(v);
    return PyObject_GetBuffer(array.ptr(), view, flags);
  });
}

PyObject* array_method(PyObject* self, PyObject* args, PyObject* kwargs) {
  return guarded([&]() -> PyObject* {
    PyObject *dtype = Py_None, *copy = Py_None;
    static const char* names[] = {"dtype", "copy", nullptr};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO", const_cast<char**>(names), &dtype, &copy))
      return nullptr;
    py::object a = to_numpy(value_of(self));
    if (dtype != Py_None) a = a.attr("astype")(py::handle(dtype), py::arg("copy") = false);
    if (copy == Py_True) a = a.attr("copy")();
    return a.release().ptr();
  });
}

const Array& known_for(const Value& v, const char* method) {
  if (const Array* a = v.known()) return *a;
  return require_known<ConcretizationTypeError>(
      v, "Abstract tracer value encountered where concrete value is expected:",
      str("The ", method, "() method was called on it. Return the array from the transformed ",
          "function and take its elements there."));
}

PyObject* item_method(PyObject* self, PyObject* args) {
  return guarded([&]() -> PyObject* {
    const Value& v = value_of(self);
    const Array& a = known_for(v, "item");
    if (PyTuple_GET_SIZE(args) == 0 && v.aval().size() == 1)
      return to_python_scalar(a).release().ptr();
    py::object numpy = to_numpy(v);
    return owned(PyObject_Call(numpy.attr("item").ptr(), args, nullptr)).release().ptr();
  });
}

PyObject* tolist_method(PyObject* self, PyObject*) {
  return guarded([&] {
    const Value& v = value_of(self);
    known_for(v, "tolist");
    return to_numpy(v).attr("tolist")().release().ptr();
  });
}

PyObject* tobytes_method(PyObject* self, PyObject* args) {
  return guarded([&] {
    const Value& v = value_of(self);
    known_for(v, "tobytes");
    return owned(PyObject_Call(to_numpy(v).attr("tobytes").ptr(), args, nullptr)).release().ptr();
  });
}

}  // namespace

std::vector<PyType_Slot> conversion_slots() {
  auto p = [](auto* f) { return reinterpret_cast<void*>(f); };
  return {
      {Py_nb_bool, p(nb_bool)},   {Py_nb_float, p(nb_float)},       {Py_nb_int, p(nb_int)},
      {Py_nb_index, p(nb_index)}, {Py_bf_getbuffer, p(get_buffer)},
  };
}

PyMethodDef array_methods[] = {
    {"__array__", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(array_method)),
     METH_VARARGS | METH_KEYWORDS,
     "__array__($self, /, dtype=None, copy=None)\n--\n\n"
     "The elements as a NumPy array, which is read-only unless it is a copy."},
    {"__complex__", complex_method, METH_NOARGS, "__complex__($self, /)\n--\n\ncomplex(self)"},
    {"item", item_method, METH_VARARGS,
     "item($self, /, *args)\n--\n\n"
     "An element as a Python scalar: the only one, or that at the given index.\n\n"
     "Raises:\n"
     "  ValueError: there are several elements and no index is given.\n"
     "  IndexError: there is no such element.\n"
     "  ConcretizationTypeError: the array is traced."},
    {"tolist", tolist_method, METH_NOARGS,
     "tolist($self, /)\n--\n\nThe elements as nested lists of Python scalars.\n\n"
     "Raises:\n"
     "  ConcretizationTypeError: the array is traced."},
    {"tobytes", tobytes_method, METH_VARARGS,
     "tobytes($self, /, order='C')\n--\n\nThe elements' memory as Python bytes, row by row.\n\n"
     "Raises:\n"
     "  ConcretizationTypeError: the array is traced."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace covector::bindings
