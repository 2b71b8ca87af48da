// The functions that the registry offers: covector.lax's from the primitives,
// elementwise ones of covector.numpy from their table. Each is a builtin that
// one trampoline serves.

#include <pybind11/pybind11.h>

#include <memory>

#include "array_type.h"
#include "convert.h"
#include "covector/core/call_args.h"
#include "covector/numpy/numpy.h"
#include "errors.h"
#include "numpy_array.h"
#include "param.h"
#include "register.h"
#include "signature.h"

namespace covector::bindings {
namespace {

class PyCallArgs final : public CallArgs {
 public:
  PyCallArgs(const Signature& s, const Signature::Bound& a) : signature_(s), args_(a) {}

  size_t size() const override { return args_.size(); }
  bool is_none(size_t i) const override { return args_[i] == Py_None; }
  Value value(size_t i) const override {
    Value v;
    if (!try_to_value(args_[i], v)) wrong(i, "an array or a scalar");
    return v;
  }
  // An array stands for the sequence of its rows.
  Values values(size_t i) const override {
    if (!PySequence_Check(args_[i])) wrong(i, "a sequence of arrays");
    Values r;
    for (py::handle x : py::reinterpret_borrow<py::object>(args_[i])) {
      Value v;
      if (!try_to_value(x.ptr(), v)) wrong(i, "a sequence of arrays");
      r.push_back(std::move(v));
    }
    return r;
  }
  bool boolean(size_t i) const override {
    int x = PyObject_IsTrue(args_[i]);
    if (x < 0) throw py::error_already_set();
    return x != 0;
  }
  int64_t integer(size_t i) const override {
    if (!PyIndex_Check(args_[i])) wrong(i, "an integer");
    return index(args_[i]);
  }
  double number(size_t i) const override {
    double x = PyFloat_AsDouble(args_[i]);
    if (x == -1.0 && PyErr_Occurred()) throw py::error_already_set();
    return x;
  }
  std::string text(size_t i) const override {
    if (!PyUnicode_Check(args_[i])) wrong(i, "a string");
    return py::handle(args_[i]).cast<std::string>();
  }
  DType dtype(size_t i) const override { return canonical(to_dtype(args_[i])); }
  Axes axes(size_t i) const override {
    bool array = is_array(args_[i]) || is_numpy_array(args_[i]);
    if (PyIndex_Check(args_[i]) && !array) return {index(args_[i])};
    if (!PySequence_Check(args_[i])) wrong(i, "a sequence of integers");
    Axes r;
    for (py::handle x : py::reinterpret_borrow<py::object>(args_[i])) {
      if (!PyIndex_Check(x.ptr())) wrong(i, "a sequence of integers");
      r.push_back(index(x.ptr()));
    }
    return r;
  }
  Param param(size_t i) const override { return to_param(args_[i]); }

 private:
  static int64_t index(PyObject* o) {
    py::object n = py::reinterpret_steal<py::object>(PyNumber_Index(o));
    if (!n) throw py::error_already_set();
    int64_t x = PyLong_AsLongLong(n.ptr());
    if (x == -1 && PyErr_Occurred()) throw py::error_already_set();
    return x;
  }
  [[noreturn]] void wrong(size_t i, const char* expected) const {
    fail<TypeError>(signature_.function(), " requires ", expected, " for argument '",
                    signature_.name(i), "', got ", type_text(args_[i]), ".");
  }

  const Signature& signature_;
  const Signature::Bound& args_;
};

// What the trampolines find in their `self`. Made once, kept for good.
struct Builtin {
  Builtin(std::string_view name, std::string_view signature, std::string_view doc)
      : signature(name, signature), text(str(name, "(", signature, ")\n--\n\n", doc)) {}
  Signature signature;
  std::string text;  // as CPython takes a signature and a docstring
  PyMethodDef method{};
  std::function<Values(const CallArgs&)> call;
  bool many = false;
  Value (*unary)(const Value&) = nullptr;
  Value (*binary)(const Value&, const Value&) = nullptr;
};

Builtin& builtin_of(PyObject* self) {
  return *static_cast<Builtin*>(PyCapsule_GetPointer(self, nullptr));
}

PyObject* call_primitive(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                         PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    Builtin& b = builtin_of(self);
    Signature::Bound bound;
    py::object rest;
    b.signature.bind(args, static_cast<size_t>(nargs), kwnames, bound, rest);
    Values out = b.call(PyCallArgs(b.signature, bound));
    if (!b.many) return wrap(out[0]);
    py::list l;
    for (const Value& v : out) l.append(wrapped(v));
    return l.release().ptr();
  });
}

Value operand(const Builtin& b, size_t i, PyObject* x) {
  Value v;
  if (!try_to_value(x, v))
    fail<TypeError>(b.signature.function(), " requires ndarray or scalar arguments, got ",
                    type_text(x), " at position ", i, ".");
  return v;
}

PyObject* call_elementwise(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                           PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    Builtin& b = builtin_of(self);
    size_t arity = b.unary ? 1 : 2;
    if (static_cast<size_t>(nargs) == arity && !kwnames) {
      if (b.unary) return wrap(b.unary(operand(b, 0, args[0])));
      return wrap(b.binary(operand(b, 0, args[0]), operand(b, 1, args[1])));
    }
    Signature::Bound bound;
    py::object rest;
    b.signature.bind(args, static_cast<size_t>(nargs), kwnames, bound, rest);
    if (b.unary) return wrap(b.unary(operand(b, 0, bound[0])));
    return wrap(b.binary(operand(b, 0, bound[0]), operand(b, 1, bound[1])));
  });
}

using FastCall = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);

void add_builtin(py::module_& m, std::unique_ptr<Builtin> owned, FastCall f,
                 const std::string& module) {
  Builtin* b = owned.release();
  b->method = {b->signature.function().c_str(),
               reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(f)),
               METH_FASTCALL | METH_KEYWORDS, b->text.c_str()};
  py::object self = py::reinterpret_steal<py::object>(PyCapsule_New(b, nullptr, nullptr));
  py::str module_name(module);
  py::object function = py::reinterpret_steal<py::object>(
      PyCFunction_NewEx(&b->method, self.ptr(), module_name.ptr()));
  if (!function) throw py::error_already_set();
  m.attr(b->signature.function().c_str()) = function;
}

// A name with a dot is that of a function in a submodule: linalg.qr is lax.linalg's.
void add_primitive_function(py::module_& m, const Primitive& p) {
  const FunctionDef& f = p->function;
  std::string_view name = f.name.empty() ? p->name : f.name;
  size_t dot = name.find('.');
  bool nested = dot != name.npos;
  std::string part(nested ? name.substr(0, dot) : "");
  auto b = std::make_unique<Builtin>(nested ? name.substr(dot + 1) : name, f.signature, f.doc);
  b->call = f.call;
  b->many = p->multiple_results;
  py::module_ target =
      m.def_submodule(nested ? part.c_str() : "lax", "Functions of the registered primitives.");
  add_builtin(target, std::move(b), call_primitive,
              nested ? str("covector.lax.", part) : "covector.lax");
}

}  // namespace

void register_functions(py::module_& m) {
  for (const Primitive* p : Primitive::all())
    if (!p->def().function.signature.empty()) add_primitive_function(m, *p);
  py::module_ numpy = m.def_submodule("numpy", "Elementwise functions of NumPy.");
  for (const numpy::Function& f : numpy::functions()) {
    auto b = std::make_unique<Builtin>(f.name, f.signature, f.doc);
    b->unary = f.unary;
    b->binary = f.binary;
    add_builtin(numpy, std::move(b), call_elementwise, "covector.numpy");
  }
  register_ufunc(numpy);
}

}  // namespace covector::bindings
