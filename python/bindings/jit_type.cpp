// The callable that `jit` returns: a vectorcall type of its own, because a call
// that hits the cache is the hottest path of the library.

#include "jit_type.h"

#include <structmember.h>

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "array_type.h"
#include "covector/core/config.h"
#include "covector/core/trace.h"
#include "errors.h"
#include "function.h"
#include "jit_explain.h"
#include "register.h"
#include "staged.h"
#include "tracing_checks.h"
#include "tree.h"

namespace covector::bindings {
namespace {

// The traces of one function, found by signature. Only used under the GIL.
class JitState {
 public:
  explicit JitState(JitSpec s) : spec(std::move(s)) {}

  // Comparing static arguments may run anything, also what changes the traces.
  Ref<const JitTrace> find(const JitArguments& a) const {
    auto [it, end] = traces_.equal_range(a.hash());
    SmallVector<Entry, 2> entries;
    for (; it != end; ++it) entries.push_back(it->second);
    for (const Entry& e : entries)
      if (a.same_signature(*e.first)) return e.second;
    return {};
  }
  void insert(std::unique_ptr<JitArguments> key, Ref<const JitTrace> t) {
    size_t h = key->hash();
    key->keep();
    traces_.emplace(h, std::pair(std::move(key), std::move(t)));
  }
  // The signatures that were traced.
  std::vector<std::shared_ptr<const JitArguments>> signatures() const {
    std::vector<std::shared_ptr<const JitArguments>> r;
    for (const auto& entry : traces_) r.push_back(entry.second.first);
    return r;
  }
  // Static arguments that go may use this function once more.
  void clear() {
    auto gone = std::exchange(traces_, {});
    auto recent = std::exchange(recent_, {});
  }
  size_t size() const { return traces_.size(); }

  // Calls with arrays only, by position: nothing to flatten and nothing to hash.
  bool takes_plain_arrays() const {
    return spec.static_argnums.empty() && !spec.device && recent_.trace;
  }
  const JitTrace* find_plain(Args args) const {
    if (recent_.avals.size() != args.size() || recent_.config != config_key()) return nullptr;
    for (size_t i = 0; i < args.size(); ++i)
      if (recent_.avals[i] != args[i].aval()) return nullptr;
    return recent_.trace.get();
  }
  void remember_plain(Args args, Ref<const JitTrace> t) {
    recent_.avals.clear();
    for (const Value& v : args) recent_.avals.push_back(v.aval());
    recent_.config = config_key();
    recent_.trace = std::move(t);
  }

  const JitSpec spec;

 private:
  using Entry = std::pair<std::shared_ptr<const JitArguments>, Ref<const JitTrace>>;
  // The last trace of such a call.
  struct Recent {
    Avals avals;
    uint64_t config = 0;
    Ref<const JitTrace> trace;
  };
  Recent recent_;
  std::unordered_multimap<size_t, Entry> traces_;
};

struct JitObject {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject* fun;
  PyObject* dict;
  PyObject* weakrefs;
  JitState* state;
};

PyTypeObject* jit_type = nullptr;

JitObject* as_jit(PyObject* o) { return reinterpret_cast<JitObject*>(o); }

// The trace for these arguments, made now if there is none.
Ref<const JitTrace> trace_for(JitObject* self, std::unique_ptr<JitArguments>& args) {
  if (auto t = self->state->find(*args)) return t;
  require_tracing(self->state->spec);
  if (flag(Option::kExplainCacheMisses)) [[unlikely]] {
    auto signatures = self->state->signatures();
    std::vector<const JitArguments*> kept;
    for (const auto& s : signatures) kept.push_back(s.get());
    log_miss(self->state->spec, *args, kept);
  }
  auto t = trace_jit(self->state->spec, self->fun, *args);
  if (!t->staged->closes_over_tracers()) self->state->insert(std::move(args), t);
  return t;
}

PyObject* run(const JitTrace& t, Args args) {
  Values out = (*t.staged)(args);
  if (t.out->is_leaf()) return wrap(out[0]);
  return unflatten_values(*t.out, out).release().ptr();
}

bool plain_arrays(PyObject* const* args, size_t n, Values& out) {
  for (size_t i = 0; i < n; ++i)
    if (!is_array(args[i])) return false;
  for (size_t i = 0; i < n; ++i) out.push_back(value_of(args[i]));
  return true;
}

PyObject* call(PyObject* self_, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    JitObject* self = as_jit(self_);
    const JitSpec& spec = self->state->spec;
    if (flag(Option::kDisableJit) || (spec.inline_ && !is_eager())) [[unlikely]]
      return PyObject_Vectorcall(self->fun, args, nargsf, kwnames);
    size_t nargs = static_cast<size_t>(PyVectorcall_NARGS(nargsf));
    Values plain;
    bool is_plain = !kwnames && plain_arrays(args, nargs, plain);
    if (is_plain && self->state->takes_plain_arrays())
      // The function may be called again, and its cache change, while this runs.
      if (Ref<const JitTrace> t(self->state->find_plain(plain)); t) return run(*t, plain);
    JitArguments a(spec, args, nargs, kwnames);
    if (auto t = self->state->find(a)) {
      if (is_plain && spec.static_argnums.empty()) self->state->remember_plain(plain, t);
      return run(*t, a.values());
    }
    auto owned = std::make_unique<JitArguments>(spec, args, nargs, kwnames);
    auto t = trace_for(self, owned);
    return run(*t, a.values());
  });
}

int traverse(PyObject* o, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(o));
  Py_VISIT(as_jit(o)->fun);
  Py_VISIT(as_jit(o)->dict);
  return 0;
}
int clear(PyObject* o) {
  Py_CLEAR(as_jit(o)->fun);
  Py_CLEAR(as_jit(o)->dict);
  return 0;
}
void dealloc(PyObject* o) {
  PyObject_GC_UnTrack(o);
  if (as_jit(o)->weakrefs) PyObject_ClearWeakRefs(o);
  clear(o);
  delete as_jit(o)->state;
  PyTypeObject* type = Py_TYPE(o);
  type->tp_free(o);
  Py_DECREF(type);
}

// As a method of a class, the function binds its first argument.
PyObject* descr_get(PyObject* self, PyObject* object, PyObject*) {
  if (!object || object == Py_None) return Py_NewRef(self);
  return PyMethod_New(self, object);
}

// As JAX's, whose class has this name; also where the function's own repr fails.
PyObject* repr(PyObject* o) {
  return guarded([&] {
    py::object text = py::reinterpret_steal<py::object>(PyObject_Repr(as_jit(o)->fun));
    if (!text) PyErr_Clear();
    return (text ? py::str("<PjitFunction of {}>").format(text) : py::str("<PjitFunction>"))
        .release()
        .ptr();
  });
}

// stage(args, kwargs): the trace for these arguments, without running it.
PyObject* stage_method(PyObject* o, PyObject* args) {
  return guarded([&]() -> PyObject* {
    PyObject *positional, *keywords;
    if (!PyArg_ParseTuple(args, "O!O!", &PyTuple_Type, &positional, &PyDict_Type, &keywords))
      return nullptr;
    SmallVector<PyObject*, 8> all;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(positional); ++i)
      all.push_back(PyTuple_GET_ITEM(positional, i));
    size_t nargs = all.size();
    py::list names;
    for (auto [k, v] : py::reinterpret_borrow<py::dict>(keywords)) {
      names.append(k);
      all.push_back(v.ptr());
    }
    py::tuple kwnames(names);
    auto a = std::make_unique<JitArguments>(as_jit(o)->state->spec, all.data(), nargs,
                                            names.empty() ? nullptr : kwnames.ptr());
    return staged_object(trace_for(as_jit(o), a)).release().ptr();
  });
}
PyObject* clear_cache(PyObject* o, PyObject*) {
  as_jit(o)->state->clear();
  Py_RETURN_NONE;
}
PyObject* cache_size(PyObject* o, PyObject*) { return PyLong_FromSize_t(as_jit(o)->state->size()); }

PyMethodDef methods[] = {
    {"stage", stage_method, METH_VARARGS, "stage(args, kwargs): the trace for these arguments."},
    {"clear_cache", clear_cache, METH_NOARGS, "Forgets all traces of this function."},
    {"_cache_size", cache_size, METH_NOARGS, "The number of traces kept."},
    {nullptr, nullptr, 0, nullptr},
};
PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(JitObject, vectorcall), READONLY, nullptr},
    {"__dictoffset__", T_PYSSIZET, offsetof(JitObject, dict), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(JitObject, weakrefs), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};
PyGetSetDef getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};
PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_descr_get, reinterpret_cast<void*>(descr_get)},
    {Py_tp_repr, reinterpret_cast<void*>(repr)},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, getset},
    {0, nullptr},
};
PyType_Spec type_spec = {
    .name = "covector.JitFunction",
    .basicsize = sizeof(JitObject),
    .itemsize = 0,
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};

}  // namespace

py::object make_jit_function(py::object fun, JitSpec spec) {
  if (!PyCallable_Check(fun.ptr()))
    fail<TypeError>("Expected a callable value, got ", std::string(py::repr(fun)));
  auto* o = PyObject_GC_New(JitObject, jit_type);
  if (!o) throw py::error_already_set();
  o->vectorcall = call;
  o->fun = spec.fun = fun.release().ptr();
  o->dict = nullptr;
  o->weakrefs = nullptr;
  o->state = new JitState(std::move(spec));
  PyObject_GC_Track(reinterpret_cast<PyObject*>(o));
  return py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(o));
}

void register_jit_type(py::module_& m) {
  jit_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&type_spec));
  if (!jit_type) throw py::error_already_set();
  m.attr("JitFunction") = py::handle(reinterpret_cast<PyObject*>(jit_type));
}

}  // namespace covector::bindings
