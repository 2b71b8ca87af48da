#include "carry.h"

#include "covector/control/lists.h"
#include "covector/lax/lax.h"
#include "covector/numpy/numpy.h"
#include "function.h"
#include "jaxpr.h"
#include "tree.h"

namespace covector::bindings {
namespace {

py::list aval_objects(AvalSpan avals) {
  py::list l;
  for (const Aval& a : avals) l.append(aval_object(a));
  return l;
}

}  // namespace

Avals Carry::avals() const { return lists::avals_of(values); }

Carry flatten_carry(py::handle tree, const char* what) {
  FlatValues flat = flatten_values(tree, what);
  return {std::move(flat.values), std::move(flat.def)};
}

bool promote_weak_types(Carry& in, const CarryOut& out) {
  bool changed = false;
  if (in.values.size() != out.avals.size()) return false;
  for (size_t i = 0; i < in.values.size(); ++i) {
    Value& v = in.values[i];
    if (!v.aval().weak_type() || v.aval().same_type(out.avals[i])) continue;
    Avals both{v.aval(), out.avals[i]};
    v = convert_element_type(v, numpy::result_type(AvalSpan(both)).dtype);
    changed = true;
  }
  return changed;
}

void check_carry(const char* body, py::handle fun, const Carry& in, const CarryOut& out) {
  Avals avals = in.avals();
  bool same = *in.def == *out.def;
  for (size_t i = 0; same && i < avals.size(); ++i) same = avals[i].same_type(out.avals[i]);
  if (same) return;
  py::object text = py::module_::import("covector.lax._carry_errors")
                        .attr("carry_error")(body, fun, wrap_treedef(in.def), aval_objects(avals),
                                             wrap_treedef(out.def), aval_objects(out.avals));
  if (!text.is_none()) fail<TypeError>(text.cast<std::string>());
}

}  // namespace covector::bindings
