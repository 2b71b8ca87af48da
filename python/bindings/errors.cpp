#include "errors.h"

#include <cstring>
#include <string>

#include "callback.h"
#include "covector/base/error.h"
#include "covector/base/notice.h"
#include "covector/control/key_reuse.h"
#include "register.h"

namespace covector::bindings {
namespace {

template <class E>
bool is_a(const Error* e) {
  return dynamic_cast<const E*>(e) != nullptr;
}

struct Row {
  bool (*matches)(const Error*);
  const char* name;
  // Never dropped: errors happen while the interpreter goes down, too.
  PyObject* type;
};

// Derived classes stand before their bases. Those that Python lacks get their
// class from covector/errors.py; until it is imported the nearest built-in does.
Row* rows() {
  static Row table[] = {
      {is_a<TracerBoolConversionError>, "TracerBoolConversionError", PyExc_TypeError},
      {is_a<ConcretizationTypeError>, "ConcretizationTypeError", PyExc_TypeError},
      {is_a<TracerArrayConversionError>, "TracerArrayConversionError", PyExc_TypeError},
      {is_a<TracerIntegerConversionError>, "TracerIntegerConversionError", PyExc_TypeError},
      {is_a<KeyReuseError>, "KeyReuseError", PyExc_TypeError},
      {is_a<KeyAssertionError>, "AssertionError", PyExc_AssertionError},
      {is_a<UnexpectedTracerError>, "UnexpectedTracerError", PyExc_TypeError},
      {is_a<NonConcreteBooleanIndexError>, "NonConcreteBooleanIndexError", PyExc_IndexError},
      {is_a<TypePromotionError>, "TypePromotionError", PyExc_ValueError},
      {is_a<DeviceError>, "JaxRuntimeError", PyExc_RuntimeError},
      {is_a<RecursionError>, "RecursionError", PyExc_RecursionError},
      {is_a<TypeError>, "TypeError", PyExc_TypeError},
      {is_a<ValueError>, "ValueError", PyExc_ValueError},
      {is_a<NameError>, "NameError", PyExc_NameError},
      {is_a<IndexError>, "IndexError", PyExc_IndexError},
      {is_a<KeyError>, "KeyError", PyExc_KeyError},
      {is_a<AttributeError>, "AttributeError", PyExc_AttributeError},
      {is_a<OverflowError>, "OverflowError", PyExc_OverflowError},
      {is_a<ZeroDivisionError>, "ZeroDivisionError", PyExc_ZeroDivisionError},
      {is_a<NotImplemented>, "NotImplementedError", PyExc_NotImplementedError},
      {is_a<FloatingPointError>, "FloatingPointError", PyExc_FloatingPointError},
      {is_a<Error>, "RuntimeError", PyExc_RuntimeError},
      {nullptr, nullptr, nullptr},
  };
  return table;
}

// Made without running __init__: the constructors of JAX's classes take the
// tracer at fault and write the text from it, which the core has done already.
void raise(PyObject* type, const char* what) {
  py::object text = owned(
      PyUnicode_DecodeUTF8(what, static_cast<Py_ssize_t>(std::strlen(what)), "surrogatepass"));
  py::tuple args = py::make_tuple(text);
  auto make = reinterpret_cast<PyTypeObject*>(type)->tp_new;
  py::object error = owned(make(reinterpret_cast<PyTypeObject*>(type), args.ptr(), nullptr));
  if (py::object cause = exception_behind(what))
    PyException_SetCause(error.ptr(), cause.release().ptr());
  PyErr_SetObject(type, error.ptr());
}

void raise(const Error& e) {
  const Row* r = rows();
  while (!r->matches(&e)) ++r;
  try {
    raise(r->type, e.what());
  } catch (py::error_already_set& other) {
    other.restore();
  }
}

void register_error(const std::string& name, py::object type) {
  if (!PyExceptionClass_Check(type.ptr())) fail<TypeError>(name, ": not an exception class");
  for (Row* r = rows(); r->name; ++r)
    if (name == r->name) r->type = type.release().ptr();
}

// As NumPy's are where it has them.
py::object warning_class(Warning kind) {
  if (kind == Warning::kUser) return py::reinterpret_borrow<py::object>(PyExc_UserWarning);
  if (kind == Warning::kFuture) return py::reinterpret_borrow<py::object>(PyExc_FutureWarning);
  return py::module_::import("numpy.exceptions").attr("ComplexWarning");
}

// Functions of ours that are written in Python are frames too: the line that is
// named is only near the caller's.
void show_warning(Warning kind, const std::string& text) {
  if (PyErr_WarnEx(warning_class(kind).ptr(), text.c_str(), 1) < 0) throw py::error_already_set();
}

}  // namespace

void set_python_error() noexcept {
  try {
    throw;
  } catch (const Error& e) {
    raise(e);
  } catch (py::error_already_set& e) {
    e.restore();
  } catch (...) {
    py::detail::try_translate_exceptions();
  }
}

void register_errors(py::module_& m) {
  set_warning_hook(show_warning);
  py::register_exception_translator([](std::exception_ptr p) {
    try {
      std::rethrow_exception(p);
    } catch (const Error& e) {
      raise(e);
    }
  });
  m.def("_register_error", &register_error, py::arg("name"), py::arg("type"),
        "Gives the Python class for errors of this name that the core throws.");
}

}  // namespace covector::bindings
