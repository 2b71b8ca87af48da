#include "tangents.h"

#include "array_type.h"
#include "convert.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector::bindings {
namespace {

py::object float0_zeros(const Aval& a) {
  py::module_ numpy = py::module_::import("numpy");
  py::list fields;
  fields.append(py::make_tuple("float0", "V"));
  py::tuple shape(a.rank());
  for (size_t i = 0; i < a.shape().size(); ++i) shape[i] = a.shape()[i];
  return numpy.attr("zeros")(shape, numpy.attr("dtype")(fields));
}

py::object tangent_object(const Value& t, const Aval& primal) {
  if (!t && !is_inexact(primal.dtype())) return float0_zeros(primal);
  return wrapped(instantiate(t, primal));
}

std::string start(const TangentWords& w, std::string_view own) {
  return own.empty() ? str(w.function, ": ") : str(own, ": ");
}

}  // namespace

py::object unflatten_tangents(const TreeDef& def, Args tangents, AvalSpan primals) {
  std::vector<py::object> owned;
  std::vector<PyObject*> leaves;
  for (size_t i = 0; i < tangents.size(); ++i) {
    owned.push_back(tangent_object(tangents[i], primals[i]));
    leaves.push_back(owned.back().ptr());
  }
  return py::reinterpret_steal<py::object>(unflatten(def, leaves));
}

bool is_float0(py::handle x) {
  if (is_array(x.ptr()) || !py::hasattr(x, "dtype")) return false;
  py::object names = py::getattr(x.attr("dtype"), "names", py::none());
  return !names.is_none() && py::len(names) == 1 &&
         py::str(names.attr("__getitem__")(0)).equal(py::str("float0"));
}

template <class TreeError, class DtypeError, class ShapeError>
Values tangent_values(py::handle tree, const Ref<const TreeDef>& def, AvalSpan primals,
                      const TangentWords& w) {
  FlatTree flat = flatten(tree.ptr());
  if (!(*flat.def == *def))
    fail<TreeError>(start(w, w.wrong_tree), "unexpected tree structure. The tree of the ", w.what,
                    " must match that of the values: got ", flat.def->to_string(), ", expected ",
                    def->to_string());
  Values r;
  for (size_t i = 0; i < primals.size(); ++i) {
    py::handle leaf = flat.leaves[i].ptr();
    if (is_float0(leaf)) {
      require<DtypeError>(!is_inexact(primals[i].dtype()), w.function, ": a ", w.what,
                          " of dtype float0 was given for a value of type ", primals[i]);
      r.push_back({});
      continue;
    }
    Value t = to_value(leaf.ptr());
    Aval expected = tangent_aval(primals[i]);
    // Values that have no derivative: whatever stands for their cotangent is a zero.
    bool no_derivative = expected.dtype() == kFloat0 && std::string_view(w.what) == "cotangent";
    if (no_derivative && t.shape() == expected.shape()) {
      r.push_back({});
      continue;
    }
    if (t.dtype() != expected.dtype())
      fail<DtypeError>(start(w, w.wrong_type), w.what, " ", i, " has type ", t.aval(),
                       ", but the value of type ", primals[i], " needs dtype ",
                       expected.dtype()->name);
    if (t.shape() != expected.shape())
      fail<ShapeError>(start(w, w.wrong_type), w.what, " ", i, " has type ", t.aval(),
                       " and shape ", t.shape(), ", but the value has shape ", expected.shape());
    r.push_back(convert_element_type(t, expected.dtype(), primals[i].weak_type()));
  }
  return r;
}

template Values tangent_values<TypeError, TypeError, ValueError>(py::handle,
                                                                 const Ref<const TreeDef>&,
                                                                 AvalSpan, const TangentWords&);
template Values tangent_values<TypeError, ValueError, ValueError>(py::handle,
                                                                  const Ref<const TreeDef>&,
                                                                  AvalSpan, const TangentWords&);
template Values tangent_values<ValueError, ValueError, ValueError>(py::handle,
                                                                   const Ref<const TreeDef>&,
                                                                   AvalSpan, const TangentWords&);
}  // namespace covector::bindings
