// Eigenvalues and eigenvectors of Hermitian matrices.

#include "covector/lax/lapack.h"
#include "covector/lax/param_reader.h"

namespace covector {

using namespace rules;

namespace {

struct EighParams {
  Param algorithm;  // None or a member of EighImplementation
  bool lower = true, sort_eigenvalues = true;
  Param subset_by_index;  // None or (start, end)
  void fields(FieldVisitor& f) const {
    f("algorithm", &algorithm);
    f("lower", lower);
    f("sort_eigenvalues", sort_eigenvalues);
    f("subset_by_index", &subset_by_index);
  }
  bool operator==(const EighParams&) const = default;
};

bool asks_for(const Param& algorithm, std::string_view member) {
  return name_of(algorithm, "implementation") == member;
}

// How many eigenvalues of n.
int64_t count(const EighParams& p, int64_t n) {
  Axes range = ints_of(p.subset_by_index, "subset_by_index");
  if (range.empty()) return n;
  require<ValueError>(range.size() == 2, "eigh: subset_by_index must be a pair, got ", range.size(),
                      " numbers");
  return range[1] - range[0];
}

Avals eigh_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched s = batched(op, in, {2});
  const Shape& a = s.dims[0];
  require<ValueError>(a[0] == a[1],
                      "Argument to symmetric eigendecomposition must have shape "
                      "[..., n, n], got shape ",
                      a);
  int64_t d = count(op.get<EighParams>(), a[0]);
  require<ValueError>(d >= 0 && d <= a[0], "eigh: subset_by_index gives ", d, " of ", a[0],
                      " eigenvalues");
  DType t = in[0].dtype();
  return {s.aval(in[0], t, {a[0], d}), s.aval(in[0], real_dtype(t), {d})};
}

// For eigenvalues that differ: nondegenerate perturbation theory, as in section
// 3.1 of M. Giles, An extended collection of matrix derivative results (2008).
JvpOut eigh_jvp(const Op& op, Args in, Args tangents) {
  const Value& a = in[0];
  int64_t n = a.aval().dim(a.rank() - 1);
  require<NotImplemented>(count(op.get<EighParams>(), n) == n,
                          "Derivatives not defined for partial eigen decomposition.");
  Values out = op.bind({symmetrized(a)});
  const Value &v = out[0], &w = out[1];
  Value m = matmul(matmul(adjoint(v), tangents[0]), v);
  Value dv = matmul(v, to_dtype(reciprocal_gaps(w), a.dtype()) * m);
  Value dw = diagonal(is_complex(m.dtype()) ? real(m) : m);
  return {std::move(out), {std::move(dv), std::move(dw)}};
}

hlo::Results eigh_call(const Op& op, Kernel k, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<EighParams>();
  int64_t n = in[0].aval.dim(in[0].aval.rank() - 1);
  require<NotImplemented>(count(p, n) == n, "subset_by_index not supported on CPU and GPU");
  require<NotImplemented>(!asks_for(p.algorithm, "QDWH"),
                          "QDWH implementation is only supported on TPU");
  k.aliases = {{0, 0}};
  const Aval outs[3] = {out[0], out[1], info_aval(in[0].aval)};
  hlo::Results r = call_kernel(b, k, in, outs);
  return {nan_unless_ok(b, r[2], r[0]), nan_unless_ok(b, r[2], r[1])};
}

hlo::Results eigh_cpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<EighParams>();
  require<NotImplemented>(!asks_for(p.algorithm, "JACOBI"),
                          "Jacobi implementation is not supported on CPU");
  Kernel k{.name = lapack_name("syevd", "heevd", in[0].aval.dtype()),
           .attributes = str(char_attr("mode", 'V'), ", ", char_attr("uplo", p.lower ? 'L' : 'U'))};
  return eigh_call(op, std::move(k), b, in, out);
}

hlo::Results eigh_gpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<EighParams>();
  bool free = std::holds_alternative<Param::None>(p.algorithm.v);
  int number = free ? 0 : asks_for(p.algorithm, "JACOBI") ? 2 : 1;
  Kernel k{.name = "cusolver_syevd_ffi",
           .attributes = str("algorithm = ", number, " : ui8, ", bool_attr("lower", p.lower))};
  return eigh_call(op, std::move(k), b, in, out);
}

// The compiler's own Jacobi iteration, of at most 100 sweeps.
hlo::Results eigh_others(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<EighParams>();
  require<NotImplemented>(!asks_for(p.algorithm, "QR"), "QR algorithm is not supported on ",
                          b.platform());
  int64_t n = in[0].aval.dim(in[0].aval.rank() - 1);
  require<NotImplemented>(count(p, n) == n, "subset_by_index not supported on ", b.platform());
  if (n == 0) return {in[0], b.splat(out[1], 0.0)};
  std::string config = str(p.lower ? "1," : "0,", p.sort_eigenvalues ? "1" : "0", ",100,1e-6");
  return hlo::builtin_call(b, "Eigh", config, in, out);
}

const Primitive eigh_p{{
    .name = "eigh",
    .multiple_results = true,
    .abstract_eval = eigh_aval,
    .jvp = eigh_jvp,
    .batch = batch_leading,
    .lower = by_platform({.cpu = eigh_cpu, .gpu = eigh_gpu, .others = eigh_others}),
    .function = {.signature = "x, *, lower=True, symmetrize_input=True, sort_eigenvalues=True, "
                              "subset_by_index=None, implementation=None",
                 .doc = R"(Eigenvectors and eigenvalues of Hermitian matrices.

Args:
  x: Hermitian matrices, `[..., n, n]`.
  lower: which triangle is read, unless symmetrizing.
  symmetrize_input: whether to replace `x` by the mean of it and its adjoint.
  sort_eigenvalues: whether eigenvalues must ascend.
  subset_by_index: `(start, end)` of the eigenvalues to compute; CPUs and GPUs
    only compute all.
  implementation: a member of `EighImplementation`, or None for the platform's best.

Returns:
  A list of the orthonormal eigenvectors, which are the columns of `[..., n, n]`,
  and of the real eigenvalues, `[..., n]`; NaN where the iteration fails.

Raises:
  TypeError: the dtype is not floating or complex, and `x` is not symmetrized.
  ValueError: the matrices are not square.)",
                 .call = [](const CallArgs& a) -> Values {
                   Value x = a.value(0);
                   EighParams p{a.param(5), a.boolean(1), a.boolean(3), a.param(4)};
                   return eigh_p.with(p).bind({a.boolean(2) ? symmetrized(x) : x});
                 },
                 .name = "linalg.eigh"},
}};

}  // namespace

Values eigh(const Value& x, bool lower, bool symmetrize_input) {
  EighParams p;
  p.lower = lower;
  return eigh_p.with(p).bind({symmetrize_input ? symmetrized(x) : x});
}

}  // namespace covector
