#include "param.h"

#include <pybind11/numpy.h>

#include <mutex>
#include <set>
#include <string>

#include "array_type.h"
#include "callback.h"
#include "convert.h"
#include "covector/lax/shown_param.h"
#include "host_object.h"
#include "jaxpr.h"
#include "register.h"

namespace covector::bindings {

std::string_view interned(std::string_view s) {
  static std::mutex* mutex = new std::mutex;
  static auto* all = new std::set<std::string, std::less<>>;
  std::lock_guard lock(*mutex);
  auto it = all->find(s);
  return it != all->end() ? *it : *all->emplace(s).first;
}

namespace {

std::string_view class_name(PyObject* o) {
  return interned(py::str(py::type::of(py::handle(o)).attr("__name__")).cast<std::string>());
}

Param sequence(PyObject* o) {
  Param::Tuple t;
  t.list = PyList_Check(o);
  py::object fast = py::reinterpret_steal<py::object>(PySequence_Fast(o, "not a sequence"));
  for (py::handle x : fast) t.items.push_back(to_param(x.ptr()));
  return t;
}

// Of a named tuple or a data class, whose fields are under this name.
Param record(PyObject* o, const char* fields) {
  Param::Record r;
  r.type = class_name(o);
  for (py::handle name : py::handle(o).attr(fields))
    r.fields.emplace_back(interned(name.cast<std::string>()),
                          to_param(py::object(py::handle(o).attr(name)).ptr()));
  return r;
}

bool is_enumerator(PyObject* o) {
  static PyObject* type = py::object(py::module_::import("enum").attr("Enum")).release().ptr();
  return PyObject_IsInstance(o, type) == 1;
}

// Records and enumerators come back as instances of the public classes.
py::object public_class(std::string_view name) {
  for (const char* module : {"covector.lax", "covector.lax.linalg"}) {
    py::module_ m = py::module_::import(module);
    if (py::hasattr(m, std::string(name).c_str())) return m.attr(std::string(name).c_str());
  }
  fail<TypeError>("no public class is called ", name);
}

py::object complex_type() {
  return py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(&PyComplex_Type));
}

struct FromParam {
  py::object operator()(Param::None) const { return py::none(); }
  py::object operator()(bool x) const { return py::bool_(x); }
  py::object operator()(int64_t x) const { return py::int_(x); }
  py::object operator()(double x) const { return py::float_(x); }
  py::object operator()(std::string_view s) const { return py::str(s.data(), s.size()); }
  py::object operator()(const std::string& s) const { return py::str(s); }
  py::object operator()(DType d) const { return d ? dtype_object(d) : py::none(); }
  py::object operator()(const Axes& a) const {
    py::tuple t(a.size());
    for (size_t i = 0; i < a.size(); ++i) t[i] = a[i];
    return t;
  }
  py::object operator()(const Axes* a) const { return (*this)(*a); }
  py::object operator()(const Param::Tuple& t) const {
    py::list l;
    for (const Param& p : t.items) l.append(from_param(p));
    return t.list ? py::object(l) : py::object(py::tuple(l));
  }
  py::object operator()(const Param::Record& r) const {
    py::dict fields;
    for (const auto& [name, value] : r.fields)
      fields[py::str(std::string(name))] = from_param(value);
    return r.type == "complex" ? complex_type()(**fields) : public_class(r.type)(**fields);
  }
  py::object operator()(const Param::Enum& e) const {
    if (e.type.empty())  // a primitive
      return py::module_::import("covector._core").attr("_primitive_by_name")(e.member);
    return public_class(e.type).attr(std::string(e.member).c_str());
  }
  py::object operator()(const Value& v) const { return wrapped(v); }
  py::object operator()(const Ref<const HostObject>& o) const {
    if (auto* mine = dynamic_cast<const PyHostObject*>(o.get()))
      return py::reinterpret_borrow<py::object>(mine->object());
    if (auto* f = dynamic_cast<const PyHostFunction*>(o.get()))
      return py::reinterpret_borrow<py::object>(f->object());
    if (auto* type = dynamic_cast<const AvalObject*>(o.get())) return aval_object(type->aval);
    if (auto* shown = dynamic_cast<const ShownParam*>(o.get())) return from_param(shown->value);
    return py::str(o->repr());
  }
  py::object operator()(const Param* p) const { return from_param(*p); }
  py::object operator()(const ClosedJaxpr* c) const { return jaxpr_object(*c); }
  py::object operator()(const std::vector<ClosedJaxpr>* cs) const {
    py::tuple t(cs->size());
    for (size_t i = 0; i < cs->size(); ++i) t[i] = jaxpr_object((*cs)[i]);
    return t;
  }
};

}  // namespace

py::object from_param(const Param& p) { return std::visit(FromParam{}, p.v); }
py::object from_field(const FieldValue& f) { return std::visit(FromParam{}, f); }

Param to_param(PyObject* o) {
  if (o == Py_None) return Param::None{};
  if (PyBool_Check(o)) return o == Py_True;
  if (is_enumerator(o))
    return Param::Enum{class_name(o), interned(py::handle(o).attr("name").cast<std::string>())};
  if (PyUnicode_Check(o)) return py::handle(o).cast<std::string>();
  if (is_array(o)) return value_of(o);
  if (PyFloat_CheckExact(o)) return PyFloat_AS_DOUBLE(o);
  if (PyComplex_CheckExact(o))
    return Param::Record{
        "complex", {{"real", PyComplex_RealAsDouble(o)}, {"imag", PyComplex_ImagAsDouble(o)}}};
  if (PyTuple_Check(o) && py::hasattr(o, "_fields")) return record(o, "_fields");
  if (!PyType_Check(o) && py::hasattr(o, "__dataclass_fields__"))
    return record(o, "__dataclass_fields__");
  if (PyTuple_Check(o) || PyList_Check(o)) return sequence(o);
  if (PyType_Check(o) || py::isinstance<py::dtype>(o)) return to_dtype(o);
  if (PyIndex_Check(o)) {
    py::object i = py::reinterpret_steal<py::object>(PyNumber_Index(o));
    if (!i) throw py::error_already_set();
    return i.cast<int64_t>();
  }
  if (is_array_like(o)) return to_value(o);
  if (PySequence_Check(o)) return sequence(o);
  fail<TypeError>("a parameter of type ", std::string(py::str(py::type::of(py::handle(o)))),
                  " is not understood");
}

}  // namespace covector::bindings
