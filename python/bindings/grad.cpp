// Differentiation as Python calls it: trees in, trees out, one call into the
// core for each call of a transformed function.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array_type.h"
#include "convert.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"
#include "function.h"
#include "linear_functions.h"
#include "register.h"
#include "tangents.h"
#include "tree.h"

namespace covector::bindings {
namespace {

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

// Runs a function and its derivative along tangents.
py::object jvp_function(py::object fun, py::tuple primals, py::handle tangents, bool has_aux) {
  FlatValues args = flatten_values(primals, "jvp");
  Avals in_avals;
  for (const Value& v : args.values) in_avals.push_back(v.aval());
  Values t = tangent_values<TypeError, TypeError, ValueError>(tangents, args.def, in_avals,
                                                              {"jvp", "tangent"});
  Ref<const TreeDef> call_tree[] = {args.def, flatten(py::dict().ptr()).def};
  FlatFunction f(std::move(fun), TreeDef::tuple(call_tree), has_aux);
  JvpOut d = jvp([&](Args a) { return f(a); }, args.values, t);
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
  m.def("jvp", &jvp_function, py::arg("fun"), py::arg("primals"), py::arg("tangents"),
        py::arg("has_aux"));
  register_linear_functions(m);
}

}  // namespace covector::bindings
