#include "function.h"

#include "array_type.h"
#include "convert.h"
#include "covector/base/error.h"
#include "tree.h"

namespace covector::bindings {

FlatValues flatten_values(py::handle tree, const char* what) {
  Leaves leaves;
  FlatValues r{{}, flatten_into(tree.ptr(), leaves)};
  r.values.reserve(leaves.size());
  for (PyObject* leaf : leaves) {
    if (!is_array_like(leaf))
      fail<TypeError>(what, ": Argument ", std::string(py::repr(leaf)), " of type ",
                      type_text(leaf), " is not a valid JAX type: leaves of trees must be arrays ",
                      "or scalars");
    r.values.push_back(to_value(leaf));
  }
  return r;
}

FlatValues flatten_result(py::handle tree, py::handle fun) {
  Leaves leaves;
  FlatValues r{{}, flatten_into(tree.ptr(), leaves)};
  r.values.reserve(leaves.size());
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (!is_array_like(leaves[i]))
      fail<TypeError>(py::module_::import("covector._paths")
                          .attr("wrong_result")(fun, tree, i)
                          .cast<std::string>());
    r.values.push_back(to_value(leaves[i]));
  }
  return r;
}

py::object unflatten_values(const TreeDef& def, Args values) {
  Leaves leaves;
  for (const Value& v : values) leaves.adopt(wrapped(v));
  return py::reinterpret_steal<py::object>(unflatten(def, {leaves.data(), leaves.size()}));
}

Values FlatFunction::operator()(Args values) {
  py::tuple call = unflatten_values(*in_, values);
  py::object result = py::reinterpret_steal<py::object>(
      PyObject_Call(fun_.ptr(), py::tuple(call[0]).ptr(), py::dict(call[1]).ptr()));
  if (!result) throw py::error_already_set();
  return finish(std::move(result));
}

Values FlatFunction::finish(py::object result) {
  py::object main = result;
  py::object aux;
  if (has_aux_) {
    if (!py::isinstance<py::tuple>(result) || py::len(result) != 2)
      fail<TypeError>(
          "expected function with aux output to return a two-element tuple, but got "
          "type ",
          Py_TYPE(result.ptr())->tp_name, " with value ", std::string(py::repr(result)));
    main = result[py::int_(0)];
    aux = result[py::int_(1)];
  }
  FlatValues flat = flatten_result(main, fun_);
  out_ = flat.def;
  if (has_aux_) split_aux(aux, flat.values);
  return std::move(flat.values);
}

void FlatFunction::split_aux(py::handle aux, Values& out) {
  FlatTree flat = flatten(aux.ptr());
  aux_def_ = flat.def;
  aux_leaves_.clear();
  aux_places_.clear();
  for (size_t i = 0; i < flat.leaves.size(); ++i) {
    py::object leaf = py::reinterpret_borrow<py::object>(flat.leaves[i].ptr());
    if (is_array(leaf.ptr())) {
      aux_places_.push_back(i);
      out.push_back(value_of(leaf.ptr()));
    }
    aux_leaves_.push_back(std::move(leaf));
  }
}

py::object FlatFunction::aux(Args values) const {
  std::vector<py::object> leaves = aux_leaves_;
  for (size_t i = 0; i < aux_places_.size(); ++i)
    leaves[aux_places_[i]] = py::reinterpret_steal<py::object>(wrap(values[i]));
  std::vector<PyObject*> raw;
  for (const py::object& x : leaves) raw.push_back(x.ptr());
  return py::reinterpret_steal<py::object>(unflatten(*aux_def_, raw));
}

std::string function_name(py::handle fun) {
  py::object name = py::getattr(fun, "__name__", py::none());
  if (py::isinstance<py::str>(name)) return name.cast<std::string>();
  py::object inner = py::getattr(fun, "func", py::none());  // functools.partial
  return inner.is_none() ? std::string(Py_TYPE(fun.ptr())->tp_name) : function_name(inner);
}

Ref<const DebugInfo> debug_info(py::handle fun) {
  auto d = make_ref<DebugInfo>();
  d->function = function_name(fun);
  py::object inner = py::reinterpret_borrow<py::object>(fun);
  while (py::hasattr(inner, "__wrapped__")) inner = inner.attr("__wrapped__");
  py::object code = py::getattr(inner, "__code__", py::none());
  if (!code.is_none()) {
    d->file = code.attr("co_filename").cast<std::string>();
    d->line = code.attr("co_firstlineno").cast<int>();
  }
  return d;
}

}  // namespace covector::bindings
