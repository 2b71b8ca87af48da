// What Python asks of one array: its truth, its number, its memory.

#include <pybind11/pybind11.h>

#include <vector>

#include "array_type.h"
#include "convert.h"
#include "covector/core/source_info.h"
#include "covector/core/stage.h"
#include "covector/core/trace.h"
#include "errors.h"

namespace covector::bindings {
namespace {

// Where the tracer came from: the transformed function and the user's line.
std::string circumstances(const Value& v) {
  const Tracer* t = v.tracer();
  if (!t) return {};
  std::string s = str("\nThe value was traced for ", t->trace->kind());
  if (!t->trace->origin.empty()) s += " of " + t->trace->origin;
  Source made = nullptr;
  if (auto* jaxpr = dynamic_cast<const JaxprTrace*>(t->trace.get())) made = jaxpr->source_of(v);
  if (made) s += ", computed at " + describe(made);
  if (Source now = current_source()) s += ", and asked for at " + describe(now);
  return s + ".";
}

template <class E>
const Array& known(const Value& v, std::string_view asked, std::string_view advice) {
  if (const Array* a = v.known()) return *a;
  fail<E>(asked, " traced array with shape ", v.aval(), ".", circumstances(v), " ", advice);
}

const Array& known_truth(const Value& v) {
  return known<TracerBoolConversionError>(
      v, "Attempted boolean conversion of",
      "Its value is not known while the function is traced. Choose between values with "
      "jnp.where(condition, a, b), between computations with lax.cond, loop with "
      "lax.while_loop, or make the argument static.");
}

int nb_bool(PyObject* self) {
  return guarded_int([&]() -> int {
    const Value& v = value_of(self);
    require<ValueError>(v.aval().size() == 1,
                        "The truth value of an array with ",
                        v.aval().size() ? "more than one element" : "no elements",
                        " is ambiguous. Use a.any() or a.all()", v.aval().size() ? "" : ", or a.size",
                        ".");
    const Array& a = known_truth(v);
    if (is_integer(v.dtype()) || is_bool(v.dtype())) return to_int64(a) != 0;
    py::object x = to_python_scalar(a);
    return PyObject_IsTrue(x.ptr());
  });
}

const Array& known_number(const Value& v, std::string_view function) {
  require<TypeError>(v.aval().size() == 1, "Only scalar arrays can be converted to Python "
                     "scalars; got arr.ndim=", v.rank());
  return known<ConcretizationTypeError>(
      v, str("Abstract tracer value encountered where concrete value is expected: ", function,
             "() of"),
      "Inside of a transformed function use x.astype(...), or make the argument static.");
}

PyObject* nb_float(PyObject* self) {
  return guarded([&]() -> PyObject* {
    const Value& v = value_of(self);
    const Array& a = known_number(v, "float");
    require<TypeError>(!is_complex(v.dtype()), "can't convert complex to float");
    return PyFloat_FromDouble(to_double(a));
  });
}

PyObject* nb_int(PyObject* self) {
  return guarded([&]() -> PyObject* {
    const Array& a = known_number(value_of(self), "int");
    return PyNumber_Long(to_python_scalar(a).ptr());
  });
}

PyObject* nb_index(PyObject* self) {
  return guarded([&]() -> PyObject* {
    const Value& v = value_of(self);
    require<TypeError>(v.rank() == 0 && (is_integer(v.dtype()) || is_bool(v.dtype())),
                       "Only integer scalar arrays can be converted to a scalar index.");
    const Array& a = known<TracerIntegerConversionError>(
        v, "The __index__() method was called on",
        "To index a Python list or a NumPy array with it, convert that to a covector array "
        "first; a shape or a range needs a static argument.");
    return PyNumber_Index(to_python_scalar(a).ptr());
  });
}

// Through NumPy's view, which stays the owner of what is exported.
int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  view->obj = nullptr;
  return guarded_int([&]() -> int {
    if (flags & PyBUF_WRITABLE) {
      PyErr_SetString(PyExc_BufferError, "covector arrays are immutable: ask for a read-only buffer");
      return -1;
    }
    py::object array = to_numpy(value_of(self));
    return PyObject_GetBuffer(array.ptr(), view, flags);
  });
}

PyObject* complex_method(PyObject* self, PyObject*) {
  return guarded([&]() -> PyObject* {
    py::object x = to_python_scalar(known_number(value_of(self), "complex"));
    return PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyComplex_Type), x.ptr());
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

PyObject* item_method(PyObject* self, PyObject* args) {
  return guarded([&]() -> PyObject* {
    const Value& v = value_of(self);
    if (PyTuple_GET_SIZE(args) == 0 && v.aval().size() == 1)
      return to_python_scalar(known_number(v, "item")).release().ptr();
    py::object a = to_numpy(v);
    return a.attr("item")(*py::reinterpret_borrow<py::tuple>(args)).release().ptr();
  });
}

PyObject* tolist_method(PyObject* self, PyObject*) {
  return guarded([&] { return to_numpy(value_of(self)).attr("tolist")().release().ptr(); });
}

// ---- attributes ----------------------------------------------------------------

const Value& val(PyObject* self) { return value_of(self); }

PyObject* get_shape(PyObject* self, void*) {
  const Shape& s = val(self).shape();
  PyObject* t = PyTuple_New(static_cast<Py_ssize_t>(s.size()));
  if (!t) return nullptr;
  for (size_t i = 0; i < s.size(); ++i) {
    PyObject* d = PyLong_FromLongLong(s[i]);
    if (!d) {
      Py_DECREF(t);
      return nullptr;
    }
    PyTuple_SET_ITEM(t, static_cast<Py_ssize_t>(i), d);
  }
  return t;
}
PyObject* get_dtype(PyObject* self, void*) {
  return guarded([&] { return dtype_object(val(self).dtype()).release().ptr(); });
}
PyObject* get_ndim(PyObject* self, void*) { return PyLong_FromLongLong(val(self).rank()); }
PyObject* get_size(PyObject* self, void*) { return PyLong_FromLongLong(val(self).aval().size()); }
PyObject* get_itemsize(PyObject* self, void*) {
  return PyLong_FromLong(val(self).dtype()->itemsize);
}
PyObject* get_nbytes(PyObject* self, void*) {
  return PyLong_FromLongLong(val(self).aval().bytes());
}
PyObject* get_weak_type(PyObject* self, void*) {
  return PyBool_FromLong(val(self).aval().weak_type());
}

}  // namespace

std::vector<PyType_Slot> conversion_slots() {
  return {
      {Py_nb_bool, reinterpret_cast<void*>(nb_bool)},
      {Py_nb_float, reinterpret_cast<void*>(nb_float)},
      {Py_nb_int, reinterpret_cast<void*>(nb_int)},
      {Py_nb_index, reinterpret_cast<void*>(nb_index)},
      {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
  };
}

PyGetSetDef array_attributes[] = {
    {"shape", get_shape, nullptr, "The sizes of the axes, as a tuple.", nullptr},
    {"dtype", get_dtype, nullptr, "The NumPy dtype of the elements.", nullptr},
    {"ndim", get_ndim, nullptr, "The number of axes.", nullptr},
    {"size", get_size, nullptr, "The number of elements.", nullptr},
    {"itemsize", get_itemsize, nullptr, "Bytes of one element.", nullptr},
    {"nbytes", get_nbytes, nullptr, "Bytes of all elements.", nullptr},
    {"weak_type", get_weak_type, nullptr, "Whether the dtype gives way in promotion.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMethodDef array_methods[] = {
    {"__array__", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(array_method)),
     METH_VARARGS | METH_KEYWORDS, "The elements as a read-only NumPy array."},
    {"__complex__", complex_method, METH_NOARGS, "complex(self)"},
    {"item", item_method, METH_VARARGS, "item(*index): one element as a Python scalar."},
    {"tolist", tolist_method, METH_NOARGS, "The elements as nested lists of Python scalars."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace covector::bindings
