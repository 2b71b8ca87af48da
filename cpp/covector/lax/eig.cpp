// Eigenvalues and eigenvectors of any square matrix.

#include "covector/lax/lapack.h"
#include "covector/lax/param_reader.h"

namespace covector {

using namespace rules;

namespace {

struct EigParams {
  bool compute_left_eigenvectors = true, compute_right_eigenvectors = true,
       enable_eigvec_derivs = false;
  Param implementation = {};
  void fields(FieldVisitor& f) const {
    f("compute_left_eigenvectors", compute_left_eigenvectors);
    f("compute_right_eigenvectors", compute_right_eigenvectors);
    f("enable_eigvec_derivs", enable_eigvec_derivs);
    f("implementation", &implementation);
  }
  bool operator==(const EigParams&) const = default;
};

Avals eig_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<EigParams>();
  require_inexact(op, in);
  Batched s = batched(op, in, {2});
  const Shape& a = s.dims[0];
  require<ValueError>(a[0] == a[1], "The input to eig must be a square matrix. Got shape ", a, ".");
  DType d = complex_dtype(in[0].dtype());
  Avals out{s.aval(in[0], d, {a[0]})};
  for (int i = 0; i < p.compute_left_eigenvectors + p.compute_right_eigenvectors; ++i)
    out.push_back(s.aval(in[0], d, {a[0], a[0]}));
  return out;
}

struct Derivative {
  Value values, vectors;
};

// Sums along columns, which stay as rows of one.
Value column_sums(const Value& x) {
  int64_t axis = x.rank() - 2;
  return as_row(reduce_sum(x, std::span(&axis, 1)));
}

// The eigenvalue equation leaves open a factor of each vector; LAPACK makes its
// norm one and its largest element real. Both conditions hold along the tangent.
Value normalized_tangent(const Value& v, const Value& u) {
  int64_t axis = v.rank() - 2;
  Value largest = argmax(abs(v), axis, kInt32);
  Value at = broadcast_to_shape(as_row(largest), v.shape());
  Value here = to_dtype(eq(iota(kInt32, v.shape(), axis), at), v.dtype());
  Value turn = imag(column_sums(here * u)) / real(column_sums(here * v));
  Value factor = complex(-real(column_sums(conj(v) * u)), -turn);
  return u + v * broadcast_to_shape(factor, v.shape());
}

// Nondegenerate perturbation theory: M. Giles, An extended collection of matrix
// derivative results (2008), section 3.1.
Derivative perturbed(const Value& w, const Value& v, const Value& da) {
  Value m = matmul(solve(v, da), v);
  return {diagonal(m), normalized_tangent(v, matmul(v, reciprocal_gaps(w) * m))};
}

JvpOut eig_jvp(const Op& op, Args in, Args tangents) {
  EigParams p = op.get<EigParams>();
  bool left = p.compute_left_eigenvectors, right = p.compute_right_eigenvectors;
  require<NotImplemented>(
      (!left && !right) || p.enable_eigvec_derivs,
      "eig: derivatives of eigenvectors of a matrix that is not Hermitian hold only where all "
      "eigenvalues differ and each vector has one largest element; pass "
      "enable_eigvec_derivs=True to lax.linalg.eig where they do");
  p.compute_right_eigenvectors = true;
  Values all = op.prim->with(p).bind(in);
  const Value &w = all[0], &v = all[all.size() - 1];
  Value da = to_dtype(tangents[0], v.dtype());
  if (!left && !right) return {{w}, {diagonal(matmul(solve(v, da), v))}};
  Derivative d = perturbed(w, v, da);
  JvpOut out{{w}, {d.values}};
  if (left) {
    out.primals.push_back(all[1]);
    out.tangents.push_back(perturbed(conj(w), all[1], adjoint(da)).vectors);
  }
  if (right) {
    out.primals.push_back(v);
    out.tangents.push_back(d.vectors);
  }
  return out;
}

// Results of a kernel: the eigenvalues (two arrays if the matrix is real), left
// and right vectors, and its report.
hlo::Results chosen(const EigParams& p, hlo::Builder& b, const hlo::Results& r, AvalSpan out) {
  size_t n = r.size();
  hlo::Operand w = n == 5 ? b.op("complex", {r[0], r[1]}, out[0]) : r[0];
  hlo::Results results{nan_unless_ok(b, r[n - 1], w)};
  if (p.compute_left_eigenvectors) results.push_back(nan_unless_ok(b, r[n - 1], r[n - 3]));
  if (p.compute_right_eigenvectors) results.push_back(nan_unless_ok(b, r[n - 1], r[n - 2]));
  return results;
}

Avals kernel_types(const Aval& a, const Aval& w) {
  DType d = a.dtype();
  Aval vectors = a.strong().with_dtype(complex_dtype(d));
  Avals outs{w.strong().with_dtype(d), vectors, vectors, info_aval(a)};
  if (!is_complex(d)) outs.insert(outs.begin(), outs[0]);
  return outs;
}

hlo::Results eig_cpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<EigParams>();
  std::string chosen_one = name_of(p.implementation, "implementation");
  require<ValueError>(chosen_one.empty() || chosen_one == "LAPACK",
                      "Only the lapack implementation is supported on CPU.");
  auto mode = [](bool compute) { return compute ? 'V' : 'N'; };
  Kernel k{.name = lapack_name("geev", in[0].aval.dtype()),
           .attributes = str(char_attr("compute_left", mode(p.compute_left_eigenvectors)), ", ",
                             char_attr("compute_right", mode(p.compute_right_eigenvectors)))};
  return chosen(p, b, call_kernel(b, k, in, kernel_types(in[0].aval, out[0])), out);
}

// LAPACK on the host, or MAGMA.
hlo::Results eig_gpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<EigParams>();
  std::string chosen_one = name_of(p.implementation, "implementation");
  require<NotImplemented>(chosen_one != "CUSOLVER", "eig: cuSOLVER's eigendecomposition is not ",
                          "offered; use EigImplementation.LAPACK or MAGMA");
  Kernel k{.name = is_complex(in[0].aval.dtype()) ? "cuhybrid_eig_comp" : "cuhybrid_eig_real",
           .attributes = str("magma = \"", chosen_one == "MAGMA" ? "on" : "off", "\", ",
                             bool_attr("left", p.compute_left_eigenvectors), ", ",
                             bool_attr("right", p.compute_right_eigenvectors))};
  return chosen(p, b, call_kernel(b, k, in, kernel_types(in[0].aval, out[0])), out);
}

const Primitive eig_p{{
    .name = "eig",
    .multiple_results = true,
    .abstract_eval = eig_aval,
    .jvp = eig_jvp,
    .batch = batch_leading,
    .lower = by_platform({.cpu = eig_cpu, .gpu = eig_gpu}),
    .function = {.signature = "x, *, compute_left_eigenvectors=True, "
                              "compute_right_eigenvectors=True, enable_eigvec_derivs=False, "
                              "implementation=None",
                 .doc = R"(Eigenvalues and eigenvectors of square matrices.

Vectors have norm one, and their largest elements are real. On TPUs there is no such
decomposition.

Args:
  x: matrices, `[..., n, n]`.
  compute_left_eigenvectors: whether to return them.
  compute_right_eigenvectors: whether to return them.
  enable_eigvec_derivs: whether vectors may be differentiated. That is right where all
    eigenvalues differ and no vector has two elements that are its largest.
  implementation: a member of `EigImplementation`, or None.

Returns:
  A list of the complex eigenvalues, `[..., n]`, then of the left and of the right
  vectors as columns of `[..., n, n]`; NaN where the iteration fails.

Raises:
  TypeError: the dtype is not floating or complex.
  ValueError: the matrices are not square.)",
                 .call = [](const CallArgs& a) -> Values {
                   EigParams p{a.boolean(1), a.boolean(2), a.boolean(3), a.param(4)};
                   return eig_p.with(p).bind({a.value(0)});
                 },
                 .name = "linalg.eig"},
}};

}  // namespace

Values eig(const Value& x, bool left, bool right) {
  return eig_p.with(EigParams{left, right}).bind({x});
}

}  // namespace covector
