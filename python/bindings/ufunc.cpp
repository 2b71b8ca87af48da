// covector.numpy.ufunc: elementwise functions with `reduce`, `outer` and the like.
// A type of its own, not a class of Python's, so that a call of `numpy.add` costs
// no more than one of the builtin behind it. Its methods are made of operations
// and attached by the package.

#include <pybind11/pybind11.h>
#include <structmember.h>

#include <algorithm>
#include <array>

#include "covector/base/error.h"
#include "errors.h"
#include "register.h"

namespace covector::bindings {
namespace {

// What a universal function is made of; all but these are in its dictionary.
enum Part {
  kFunc,
  kNin,
  kNout,
  kNargs,
  kIdentity,
  kCall,
  kReduce,
  kAccumulate,
  kAt,
  kReduceat,
  kName
};
constexpr size_t kParts = 11;
using Parts = std::array<PyObject*, kParts>;

struct UfuncObject {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject* dict;
  PyObject* weakrefs;
  Parts parts;
};

UfuncObject* as_ufunc(PyObject* o) { return reinterpret_cast<UfuncObject*>(o); }

std::string name_of(PyObject* self) {
  return std::string(py::str(py::handle(self).attr("__name__")));
}

// `out` and `where` exist for NumPy's sake.
void reject_keywords(PyObject* self, PyObject* const* values, PyObject* kwnames) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); ++i) {
    std::string key = std::string(py::str(py::handle(PyTuple_GET_ITEM(kwnames, i))));
    require<TypeError>(key == "out" || key == "where", name_of(self),
                       "() got an unexpected keyword argument '", key, "'");
    require<NotImplemented>(values[i] == Py_None, key, " argument of ",
                            std::string(py::repr(self)));
  }
}

PyObject* call(PyObject* self, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    if (kwnames) reject_keywords(self, args + PyVectorcall_NARGS(nargsf), kwnames);
    PyObject* native = as_ufunc(self)->parts[kCall];
    if (native != Py_None) return PyObject_Vectorcall(native, args, nargsf, nullptr);
    py::object vectorized = py::handle(self).attr("_call_vectorized");
    return PyObject_Vectorcall(vectorized.ptr(), args, nargsf, nullptr);
  });
}

int traverse(PyObject* o, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(o));
  Py_VISIT(as_ufunc(o)->dict);
  for (PyObject* part : as_ufunc(o)->parts) Py_VISIT(part);
  return 0;
}
int clear(PyObject* o) {
  Py_CLEAR(as_ufunc(o)->dict);
  for (PyObject*& part : as_ufunc(o)->parts) Py_CLEAR(part);
  return 0;
}
void dealloc(PyObject* o) {
  PyObject_GC_UnTrack(o);
  if (as_ufunc(o)->weakrefs) PyObject_ClearWeakRefs(o);
  clear(o);
  PyTypeObject* type = Py_TYPE(o);
  type->tp_free(o);
  Py_DECREF(type);
}

py::object integer(PyObject* x) { return owned(PyNumber_Index(x)); }

// ufunc(func, /, nin, nout, *, name, nargs, identity, call, reduce, ...)
PyObject* make(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  return guarded([&]() -> PyObject* {
    static const char* keywords[] = {"",     "nin",    "nout",       "name", "nargs",    "identity",
                                     "call", "reduce", "accumulate", "at",   "reduceat", nullptr};
    Parts p;
    p.fill(Py_None);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOO|$OOOOOOOO:ufunc",
                                     const_cast<char**>(keywords), &p[kFunc], &p[kNin], &p[kNout],
                                     &p[kName], &p[kNargs], &p[kIdentity], &p[kCall], &p[kReduce],
                                     &p[kAccumulate], &p[kAt], &p[kReduceat]))
      return nullptr;
    py::object nin = integer(p[kNin]), nout = integer(p[kNout]);
    py::object nargs = p[kNargs] == Py_None ? nin : integer(p[kNargs]);
    py::handle func(p[kFunc]);
    py::object name = py::reinterpret_borrow<py::object>(p[kName]);
    if (name.is_none()) name = func.attr("__name__");
    p[kName] = name.ptr();
    p[kNin] = nin.ptr(), p[kNout] = nout.ptr(), p[kNargs] = nargs.ptr();
    py::object self = owned(type->tp_alloc(type, 0));
    UfuncObject* u = as_ufunc(self.ptr());
    u->vectorcall = call;
    for (size_t i = 0; i < kParts; ++i) u->parts[i] = Py_NewRef(p[i]);
    self.attr("__doc__") = py::getattr(func, "__doc__", py::none());
    return self.release().ptr();
  });
}

constexpr Py_ssize_t offset_of(Part p) {
  return static_cast<Py_ssize_t>(offsetof(UfuncObject, parts) + sizeof(PyObject*) * p);
}
constexpr PyMemberDef member(const char* name, Part p, const char* doc) {
  return {name, T_OBJECT_EX, offset_of(p), READONLY, doc};
}
PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(UfuncObject, vectorcall), READONLY, nullptr},
    {"__dictoffset__", T_PYSSIZET, offsetof(UfuncObject, dict), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(UfuncObject, weakrefs), READONLY, nullptr},
    member("nin", kNin, "The number of operands."),
    member("nout", kNout, "The number of results."),
    member("nargs", kNargs, "The number of arguments: of operands, as there is no `out`."),
    member("identity", kIdentity, "What leaves the other operand as it is, or None."),
    member("__name__", kName, "What the function is called."),
    member("_func", kFunc, nullptr),
    member("_reduce", kReduce, nullptr),
    member("_accumulate", kAccumulate, nullptr),
    member("_at", kAt, nullptr),
    member("_reduceat", kReduceat, nullptr),
    {nullptr, 0, 0, 0, nullptr},
};
PyGetSetDef getset[] = {
    {"__dict__", PyObject_GenericGetDict, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};
constexpr const char* kDoc =
    "ufunc(func, /, nin, nout, *, name=None, nargs=None, identity=None, call=None, reduce=None, "
    "accumulate=None, at=None, reduceat=None)\n--\n\n"
    R"(A function of scalars that is applied to arrays element by element.

`jnp.add` and other functions of two operands are instances, with methods that use the function
along an axis: `reduce`, `accumulate`, `reduceat`; at some elements: `at`; and for all pairs of
elements: `outer`. `jnp.frompyfunc` makes others.

>>> import covector.numpy as jnp
>>> jnp.multiply.outer(jnp.arange(3), jnp.arange(3))
Array([[0, 0, 0],
       [0, 1, 2],
       [0, 2, 4]], dtype=int32))";
PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>(kDoc)},
    {Py_tp_new, reinterpret_cast<void*>(make)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_members, members},
    {Py_tp_getset, getset},
    {0, nullptr},
};
PyType_Spec type_spec = {
    .name = "covector.numpy.ufunc",
    .basicsize = sizeof(UfuncObject),
    .itemsize = 0,
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = slots,
};

}  // namespace

void register_ufunc(py::module_& numpy) {
  numpy.attr("ufunc") = owned(PyType_FromSpec(&type_spec));
}

}  // namespace covector::bindings
