// Differentiation as Python calls it: trees in, trees out, one call into the
// core for each call of a transformed function.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array_type.h"
#include "convert.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"
#include "function.h"
#include "register.h"
#include "tree.h"

namespace covector::bindings {
namespace {

// The zero tangent of an integer: an array of NumPy's type float0 (an empty
// record), as users of `allow_int` get it.
py::object float0_zeros(const Aval& a) {
  py::module_ numpy = py::module_::import("numpy");
  py::list fields;
  fields.append(py::make_tuple("float0", "V"));
  py::tuple shape(a.rank());
  for (size_t i = 0; i < a.shape().size(); ++i) shape[i] = a.shape()[i];
  return numpy.attr("zeros")(shape, numpy.attr("dtype")(fields));
}

// A (co)tangent for the user: zeros where it is symbolic.
py::object tangent_object(const Value& t, const Aval& primal) {
  if (!t && !is_inexact(primal.dtype())) return float0_zeros(primal);
  return wrapped(instantiate(t, primal));
}

py::object unflatten_tangents(const TreeDef& def, Args tangents, AvalSpan primals) {
  std::vector<py::object> owned;
  std::vector<PyObject*> leaves;
  for (size_t i = 0; i < tangents.size(); ++i) {
    owned.push_back(tangent_object(tangents[i], primals[i]));
    leaves.push_back(owned.back().ptr());
  }
  return py::reinterpret_steal<py::object>(unflatten(def, leaves));
}

// True if the object is an array of float0: a zero the user passes for an integer.
bool is_float0(py::handle x) {
  if (is_array(x.ptr()) || !py::hasattr(x, "dtype")) return false;
  py::object names = py::getattr(x.attr("dtype"), "names", py::none());
  return !names.is_none() && py::len(names) == 1 &&
         py::str(names.attr("__getitem__")(0)).equal(py::str("float0"));
}

// Leaves that stand for tangents of `primals`: null for float0. Which errors a
// wrong tree and a wrong dtype are differs between the transformations, as in JAX.
template <class TreeError, class DtypeError>
Values tangent_values(py::handle tree, const Ref<const TreeDef>& def, AvalSpan primals,
                      const char* function, const char* what) {
  FlatTree flat = flatten(tree.ptr());
  require<TreeError>(*flat.def == *def, function, ": unexpected tree structure. The tree of the ",
                     what, " must match that of the values: got ", flat.def->to_string(),
                     ", expected ", def->to_string());
  Values r;
  for (size_t i = 0; i < primals.size(); ++i) {
    py::handle leaf = flat.leaves[i].ptr();
    if (is_float0(leaf)) {
      require<DtypeError>(!is_inexact(primals[i].dtype()), function, ": a ", what,
                          " of dtype float0 was given for a value of type ", primals[i]);
      r.push_back({});
      continue;
    }
    Value t = to_value(leaf.ptr());
    Aval expected = tangent_aval(primals[i]);
    require<DtypeError>(t.dtype() == expected.dtype(), function, ": ", what, " ", i, " has dtype ",
                        t.dtype()->name, ", but the value of type ", primals[i], " needs ",
                        expected.dtype()->name);
    require<ValueError>(t.shape() == expected.shape(), function, ": ", what, " ", i, " has shape ",
                        t.shape(), ", but the value has shape ", expected.shape());
    r.push_back(convert_element_type(t, expected.dtype(), primals[i].weak_type()));
  }
  return r;
}

struct GradOptions {
  std::vector<int64_t> argnums;
  bool single = true;  // argnums was an integer: the gradient is no tuple
  bool has_aux = false, holomorphic = false, allow_int = false;
  std::string name;  // "grad" or "value_and_grad"
};

void check_input(const Aval& a, const GradOptions& o) {
  DType d = a.dtype();
  if (o.holomorphic) {
    require<TypeError>(is_complex(d), o.name,
                       " with holomorphic=True requires inputs with complex dtype, but got ",
                       d->name, ".");
    return;
  }
  if (is_floating(d) || (o.allow_int && (is_integer(d) || is_bool(d)))) return;
  if (is_complex(d)) return;
  fail<TypeError>(o.name, " requires real- or complex-valued inputs (input dtype that is a ",
                  "sub-dtype of np.inexact), but got ", d->name,
                  ". If you want to use Boolean- or integer-valued inputs, use vjp or set "
                  "allow_int to True.");
}

void check_output(const Aval& a, const GradOptions& o) {
  DType d = a.dtype();
  require<TypeError>(a.rank() == 0, "Gradient only defined for scalar-output functions. Output ",
                     "had shape: ", a.shape(), ".");
  if (o.holomorphic) {
    require<TypeError>(is_complex(d), o.name,
                       " with holomorphic=True requires outputs with complex dtype, but got ",
                       d->name, ".");
    return;
  }
  require<TypeError>(is_floating(d), o.name,
                     " requires real-valued outputs (output dtype that is a sub-dtype of "
                     "np.floating), but got ",
                     d->name,
                     ". For holomorphic differentiation, pass holomorphic=True. For "
                     "differentiation of non-holomorphic functions involving complex outputs, use "
                     "vjp directly.");
}

// The arguments that are differentiated, as one flat list.
class GradCall {
 public:
  GradCall(py::object fun, py::tuple args, py::dict kwargs, const GradOptions& o)
      : options_(o), args_(std::move(args)) {
    for (int64_t& n : positions_ = o.argnums) {
      if (n < 0) n += static_cast<int64_t>(args_.size());
      require<ValueError>(n >= 0 && n < static_cast<int64_t>(args_.size()), o.name,
                          ": differentiating with respect to argument ", n, " requires at least ",
                          n + 1, " positional arguments, but only ", args_.size(), " were passed");
      trees_.push_back(flatten_values(args_[static_cast<size_t>(n)], o.name.c_str()));
      for (const Value& v : trees_.back().values) {
        check_input(v.aval(), o);
        primals_.push_back(v);
      }
    }
    // A tree of one argument tuple, so that calling costs one unflattening.
    fun_ = py::cpp_function([this, fun, kwargs](py::args inner) {
      py::tuple all(args_.size());
      for (size_t i = 0; i < args_.size(); ++i) all[i] = args_[i];
      for (size_t k = 0; k < positions_.size(); ++k)
        all[static_cast<size_t>(positions_[k])] = inner[k];
      return fun(*all, **kwargs);
    });
  }

  py::object run() {
    std::vector<Ref<const TreeDef>> defs;
    for (const FlatValues& t : trees_) defs.push_back(t.def);
    Ref<const TreeDef> call[] = {TreeDef::tuple(defs), flatten(py::dict().ptr()).def};
    FlatFunction f(fun_, TreeDef::tuple(call), options_.has_aux);
    Linearized lin =
        linearize([&](Args a) { return checked(f, a); }, primals_, Mask(primals_.size(), true));
    Values cts(lin.primals.size());
    if (lin.nonzero[0]) cts[0] = ones(lin.primals[0].aval());
    Values grads = apply_transpose(lin, cts);
    py::object value = unflatten_values(*f.out(), Args(lin.primals).first(1));
    if (options_.has_aux) value = py::make_tuple(value, f.aux(Args(lin.primals).subspan(1)));
    return py::make_tuple(value, gradients(grads));
  }

 private:
  Values checked(FlatFunction& f, Args a) const {
    Values out = f(a);
    require<TypeError>(f.out()->is_leaf(), "Gradient only defined for scalar-output functions. ",
                       "Output was: ", f.out()->to_string(), ".");
    check_output(out[0].aval(), options_);
    return out;
  }
  py::object gradients(Args grads) const {
    py::tuple r(trees_.size());
    size_t k = 0;
    for (size_t i = 0; i < trees_.size(); ++i) {
      Avals avals;
      for (const Value& v : trees_[i].values) avals.push_back(v.aval());
      r[i] = unflatten_tangents(*trees_[i].def, grads.subspan(k, avals.size()), avals);
      k += avals.size();
    }
    return options_.single ? py::object(r[0]) : py::object(r);
  }

  const GradOptions& options_;
  py::tuple args_;
  py::object fun_;
  std::vector<int64_t> positions_;
  std::vector<FlatValues> trees_;
  Values primals_;
};

// The pullback that `vjp` returns.
class Vjp {
 public:
  Vjp(Linearized lin, Ref<const TreeDef> in, Avals in_avals, Ref<const TreeDef> out, size_t outs)
      : lin_(std::move(lin)), in_(std::move(in)), out_(std::move(out)), in_avals_(in_avals) {
    for (size_t i = 0; i < outs; ++i) out_avals_.push_back(lin_.primals[i].aval());
  }
  py::object operator()(py::handle ct) const {
    Values cts = tangent_values<ValueError, ValueError>(ct, out_, out_avals_, "vjp", "cotangent");
    cts.resize(lin_.primals.size());
    Values in = apply_transpose(lin_, cts);
    return unflatten_tangents(*in_, in, in_avals_);
  }

 private:
  Linearized lin_;
  Ref<const TreeDef> in_, out_;
  Avals in_avals_, out_avals_;
};

// The linear map that `linearize` returns.
class LinearMap {
 public:
  LinearMap(Linearized lin, Ref<const TreeDef> in, Avals in_avals, Ref<const TreeDef> out)
      : lin_(std::move(lin)), in_(std::move(in)), out_(std::move(out)), in_avals_(in_avals) {}
  py::object operator()(py::args tangents) const {
    Values t = tangent_values<TypeError, ValueError>(tangents, in_, in_avals_,
                                                     "linearized function", "tangent");
    for (size_t i = 0; i < t.size(); ++i)
      if (!t[i]) t[i] = zeros(tangent_aval(in_avals_[i]));
    Values nonzero = eval_jaxpr(lin_.tangent, t), out;
    Avals avals;
    size_t k = 0;
    for (size_t i = 0; i < static_cast<size_t>(out_->num_leaves()); ++i) {
      avals.push_back(lin_.primals[i].aval());
      out.push_back(lin_.nonzero[i] ? nonzero[k++] : Value());
    }
    return unflatten_tangents(*out_, out, avals);
  }

 private:
  Linearized lin_;
  Ref<const TreeDef> in_, out_;
  Avals in_avals_;
};

// A call of all-positional arguments: the tree `(args, {})` and its values.
struct Positional {
  FlatValues args;
  Ref<const TreeDef> call;
  Avals avals;
  Positional(py::handle tuple, const char* what) : args(flatten_values(tuple, what)) {
    Ref<const TreeDef> both[] = {args.def, flatten(py::dict().ptr()).def};
    call = TreeDef::tuple(both);
    for (const Value& v : args.values) avals.push_back(v.aval());
  }
};

// Linearizes with respect to all inputs; integers take part with float0 tangents.
Linearized linearize_call(FlatFunction& f, const Positional& p) {
  return linearize([&](Args a) { return f(a); }, p.args.values, Mask(p.avals.size(), true));
}

py::object vjp(py::object fun, py::tuple primals, bool has_aux) {
  Positional p(primals, "vjp");
  FlatFunction f(std::move(fun), p.call, has_aux);
  Linearized lin = linearize_call(f, p);
  size_t n = f.num_outputs();
  py::object out = unflatten_values(*f.out(), Args(lin.primals).first(n));
  py::object aux = has_aux ? f.aux(Args(lin.primals).subspan(n)) : py::object();
  py::object pullback = py::cast(Vjp(std::move(lin), p.args.def, p.avals, f.out(), n));
  if (has_aux) return py::make_tuple(out, pullback, aux);
  return py::make_tuple(out, pullback);
}

py::object linearize_function(py::object fun, py::tuple primals, bool has_aux) {
  Positional p(primals, "linearize");
  FlatFunction f(std::move(fun), p.call, has_aux);
  Linearized lin = linearize_call(f, p);
  size_t n = f.num_outputs();
  py::object out = unflatten_values(*f.out(), Args(lin.primals).first(n));
  py::object aux = has_aux ? f.aux(Args(lin.primals).subspan(n)) : py::object();
  py::object map = py::cast(LinearMap(std::move(lin), p.args.def, p.avals, f.out()));
  if (has_aux) return py::make_tuple(out, map, aux);
  return py::make_tuple(out, map);
}

py::object jvp_function(py::object fun, py::tuple primals, py::handle tangents, bool has_aux) {
  Positional p(primals, "jvp");
  Values t = tangent_values<TypeError, TypeError>(tangents, p.args.def, p.avals, "jvp", "tangent");
  FlatFunction f(std::move(fun), p.call, has_aux);
  JvpOut d = jvp([&](Args a) { return f(a); }, p.args.values, t);
  size_t n = f.num_outputs();
  Avals avals;
  for (const Value& v : Args(d.primals).first(n)) avals.push_back(v.aval());
  py::object out = unflatten_values(*f.out(), Args(d.primals).first(n));
  py::object dot = unflatten_tangents(*f.out(), Args(d.tangents).first(n), avals);
  if (!has_aux) return py::make_tuple(out, dot);
  return py::make_tuple(out, dot, f.aux(Args(d.primals).subspan(n)));
}

}  // namespace

void register_grad(py::module_& m) {
  m.def(
      "value_and_grad",
      [](py::object fun, py::tuple args, py::dict kwargs, std::vector<int64_t> argnums, bool single,
         bool has_aux, bool holomorphic, bool allow_int, std::string name) {
        GradOptions o{std::move(argnums), single, has_aux, holomorphic, allow_int, std::move(name)};
        return GradCall(std::move(fun), std::move(args), std::move(kwargs), o).run();
      },
      py::arg("fun"), py::arg("args"), py::arg("kwargs"), py::arg("argnums"), py::arg("single"),
      py::arg("has_aux"), py::arg("holomorphic"), py::arg("allow_int"), py::arg("name"));
  m.def("vjp", &vjp, py::arg("fun"), py::arg("primals"), py::arg("has_aux"));
  m.def("linearize", &linearize_function, py::arg("fun"), py::arg("primals"), py::arg("has_aux"));
  m.def("jvp", &jvp_function, py::arg("fun"), py::arg("primals"), py::arg("tangents"),
        py::arg("has_aux"));
  py::class_<Vjp>(m, "VjpFunction").def("__call__", &Vjp::operator());
  py::class_<LinearMap>(m, "LinearFunction").def("__call__", &LinearMap::operator());
}

}  // namespace covector::bindings
