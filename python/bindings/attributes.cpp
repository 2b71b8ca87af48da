// Attributes of arrays.

#include <pybind11/pybind11.h>

#include "array_type.h"
#include "convert.h"
#include "covector/lax/lax.h"
#include "covector/lax/rules.h"
#include "errors.h"
#include "jaxpr.h"

namespace covector::bindings {
namespace {

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
  return guarded([&] { return Py_NewRef(borrowed_dtype_object(val(self).dtype())); });
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
PyObject* get_aval(PyObject* self, void*) {
  return guarded([&] { return aval_object(val(self).aval()).release().ptr(); });
}

PyObject* get_t(PyObject* self, void*) {
  return guarded([&] {
    const Value& v = val(self);
    Axes perm = rules::iota_axes(v.rank());
    std::reverse(perm.begin(), perm.end());
    return wrap(transpose(v, perm));
  });
}
PyObject* get_mt(PyObject* self, void*) {
  return guarded([&] {
    const Value& v = val(self);
    require<ValueError>(
        v.rank() >= 2,
        "x must be at least two-dimensional for matrix_transpose; got ndim=", v.rank());
    Axes perm = rules::iota_axes(v.rank());
    std::iter_swap(perm.end() - 2, perm.end() - 1);
    return wrap(transpose(v, perm));
  });
}
PyObject* get_real(PyObject* self, void*) {
  return guarded([&] {
    const Value& v = val(self);
    return wrap(is_complex(v.dtype()) ? real(v) : v);
  });
}
PyObject* get_imag(PyObject* self, void*) {
  return guarded([&] {
    const Value& v = val(self);
    return wrap(is_complex(v.dtype()) ? imag(v) : zeros(v.aval()));
  });
}

}  // namespace

PyGetSetDef array_attributes[] = {
    {"shape", get_shape, nullptr, "The sizes of the axes, as a tuple.", nullptr},
    {"dtype", get_dtype, nullptr, "The dtype of the elements: NumPy's, or that of keys.", nullptr},
    {"ndim", get_ndim, nullptr, "The number of axes.", nullptr},
    {"size", get_size, nullptr, "The number of elements.", nullptr},
    {"itemsize", get_itemsize, nullptr, "Bytes of one element.", nullptr},
    {"nbytes", get_nbytes, nullptr, "Bytes of all elements.", nullptr},
    {"weak_type", get_weak_type, nullptr, "Whether the dtype gives way in promotion.", nullptr},
    {"aval", get_aval, nullptr, "The type: shape, dtype and weak type.", nullptr},
    {"T", get_t, nullptr, "The array with its axes in reverse order.", nullptr},
    {"mT", get_mt, nullptr, "The array with its last two axes exchanged.", nullptr},
    {"real", get_real, nullptr, "The real part.", nullptr},
    {"imag", get_imag, nullptr, "The imaginary part: zeros for real numbers.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyGetSetDef reference_attributes[] = {
    {"shape", get_shape, nullptr, "The sizes of the axes, as a tuple.", nullptr},
    {"dtype", get_dtype, nullptr, "The dtype of the elements.", nullptr},
    {"ndim", get_ndim, nullptr, "The number of axes.", nullptr},
    {"size", get_size, nullptr, "The number of elements.", nullptr},
    {"aval", get_aval, nullptr, "The type: that of a reference to an array.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

}  // namespace covector::bindings
