// The singular value decomposition.

#include "covector/lax/lapack.h"
#include "covector/lax/loop.h"
#include "covector/lax/param_reader.h"

namespace covector {

using namespace rules;

namespace {

struct SvdParams {
  Param algorithm = {};  // None or a member of SvdAlgorithm
  bool compute_uv = true, full_matrices = true;
  Param subset_by_index = {};  // None or (start, end)
  void fields(FieldVisitor& f) const {
    f("algorithm", &algorithm);
    f("compute_uv", compute_uv);
    f("full_matrices", full_matrices);
    f("subset_by_index", &subset_by_index);
  }
  bool operator==(const SvdParams&) const = default;
};

struct Sizes {
  int64_t m, n, rank;  // rank: how many singular values there are
  Sizes(const Shape& s) : m(s[s.size() - 2]), n(s[s.size() - 1]), rank(std::min(m, n)) {}
};

bool is_partial(const SvdParams& p, int64_t rank) {
  Axes range = ints_of(p.subset_by_index, "subset_by_index");
  return !range.empty() && !(range[0] == 0 && range[1] == rank);
}

Avals svd_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<SvdParams>();
  require_inexact(op, in);
  Batched s = batched(op, in, {2});
  auto [m, n, rank] = Sizes(s.dims[0]);
  Axes range = ints_of(p.subset_by_index, "subset_by_index");
  require<ValueError>(range.empty() || range.size() == 2,
                      "svd: subset_by_index must be a pair of indices");
  require<ValueError>(!p.full_matrices || !is_partial(p, rank),
                      "full_matrices and subset_by_index cannot both be set");
  int64_t k = range.empty() ? rank : std::min(rank, range[1] - range[0]);
  require<ValueError>(k >= 0, "svd: subset_by_index must not descend");
  DType d = in[0].dtype();
  Avals out{s.aval(in[0], real_dtype(d), {k})};
  if (p.compute_uv) {
    out.push_back(s.aval(in[0], d, {m, p.full_matrices ? m : k}));
    out.push_back(s.aval(in[0], d, {p.full_matrices ? n : k, n}));
  }
  return out;
}

// 1 / x, and zero for zero.
Value inverse_or_zero(const Value& x) {
  Value none = eq(x, like(x, 0)), zero = full_like(x, 0);
  return select(none, zero, full_like(x, 1) / select(none, full_like(x, 1), x));
}

struct Vectors {
  Value u, v;
};

// For singular values that differ: M. Giles, An extended collection of matrix
// derivative results (2008), section 3.3, with what complex matrices add.
Vectors vector_tangents(const Value& a, const Value& da, const Value& s, const Vectors& x,
                        const Value& m) {
  DType d = a.dtype();
  auto [rows, columns, rank] = Sizes(a.shape());
  Shape square = s.shape();
  square.push_back(s.aval().dim(s.rank() - 1));
  Value along_row = broadcast_to_shape(as_row(s), square);
  Value along_column = broadcast_to_shape(as_column(s), square);
  Value f = to_dtype(reciprocal_gaps(s * s), d);
  Value right = to_dtype(along_row, d) * m, left = to_dtype(along_column, d) * m;
  Value turn = like(m, 0.5) * (m - adjoint(m)) * to_dtype(from_diagonal(inverse_or_zero(s)), d);
  Value du = matmul(x.u, f * (right + adjoint(right)) + turn);
  Value dv = matmul(x.v, f * (left + adjoint(left)));
  auto outside = [&](const Value& basis, const Value& y) {
    Value rest = y - matmul(basis, matmul(adjoint(basis), y));
    return rest / to_dtype(broadcast_to_shape(as_row(s), rest.shape()), d);
  };
  if (rows > columns) du = du + outside(x.u, matmul(da, x.v));
  if (columns > rows) dv = dv + outside(x.v, matmul(adjoint(da), x.u));
  return {du, dv};
}

JvpOut svd_jvp(const Op& op, Args in, Args tangents) {
  SvdParams p = op.get<SvdParams>();
  Sizes sizes(in[0].shape());
  require<NotImplemented>(!p.compute_uv || !p.full_matrices || sizes.m == sizes.n,
                          "Singular value decomposition JVP not implemented for full matrices");
  bool compute_uv = p.compute_uv;
  p.full_matrices = false;
  p.compute_uv = true;
  Values out = op.prim->with(p).bind(in);
  const Value& s = out[0];
  Vectors x{out[1], adjoint(out[2])};
  Value m = matmul(matmul(adjoint(x.u), tangents[0]), x.v);
  Value ds = diagonal(is_complex(m.dtype()) ? real(m) : m);
  if (!compute_uv) return {{s}, {std::move(ds)}};
  Vectors t = vector_tangents(in[0], tangents[0], s, x, m);
  return {std::move(out), {std::move(ds), std::move(t.u), adjoint(t.v)}};
}

// Lowerings ----------------------------------------------------------------------------

// Without singular values any orthonormal vectors will do.
Values empty_svd(const SvdParams& p, const Value& a, AvalSpan out) {
  Values r{zeros(out[0].strong())};
  for (const Aval& t : out.subspan(1)) {
    Sizes s(t.shape());
    bool unit = p.full_matrices && s.m == s.n;
    Axes last{t.rank() - 2, t.rank() - 1};
    r.push_back(unit ? broadcast_in_dim(eye(a.dtype(), s.m, s.n), t.shape(), last)
                     : zeros(t.strong()));
  }
  return r;
}

void require_whole(const SvdParams& p, const Sizes& s) {
  require<NotImplemented>(!is_partial(p, s.rank),
                          "subset_by_index not implemented for CPU and GPU");
}

// Types of U and V^H, also where only the values are asked for.
Avals vector_types(const SvdParams& p, const Aval& a) {
  Sizes s(a.shape());
  Batched b{Shape(a.shape().begin(), a.shape().end() - 2), {}};
  int64_t k = s.rank;
  return {b.aval(a, a.dtype(), {s.m, p.full_matrices ? s.m : k}),
          b.aval(a, a.dtype(), {p.full_matrices ? s.n : k, s.n})};
}

hlo::Results finished(const SvdParams& p, hlo::Builder& b, const hlo::Operand& info,
                      hlo::Results r) {
  r.resize(p.compute_uv ? 3 : 1);
  for (hlo::Operand& x : r) x = nan_unless_ok(b, info, x);
  return r;
}

hlo::Results svd_cpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<SvdParams>();
  const Aval& a = in[0].aval;
  require_whole(p, Sizes(a.shape()));
  std::string algorithm = name_of(p.algorithm, "algorithm");
  require<NotImplemented>(algorithm != "JACOBI" && algorithm != "POLAR",
                          "The SVD Jacobi and Polar algorithms are not implemented on CPU.");
  char mode = !p.compute_uv ? 'N' : p.full_matrices ? 'A' : 'S';
  Kernel k{.name = lapack_name(algorithm == "QR" ? "gesvd" : "gesdd", a.dtype()),
           .attributes = char_attr("mode", mode),
           .aliases = {{0, 0}}};
  Avals types = vector_types(p, a);
  const Aval outs[5] = {a, out[0], types[0], types[1], info_aval(a)};
  hlo::Results r = call_kernel(b, k, in, outs);
  return finished(p, b, r[4], {r[1], r[2], r[3]});
}

// Jacobi's iteration; it gives V, and all its columns where the matrix is small.
hlo::Results svd_gpu_jacobi(const SvdParams& p, std::string name, bool economic, hlo::Builder& b,
                            hlo::Operands in, AvalSpan out) {
  const Aval& a = in[0].aval;
  Sizes s(a.shape());
  Batched shapes{Shape(a.shape().begin(), a.shape().end() - 2), {}};
  Aval u = shapes.aval(a, a.dtype(), {s.m, economic ? s.rank : s.m});
  Aval v = shapes.aval(a, a.dtype(), {s.n, economic ? s.rank : s.n});
  Kernel k{.name = std::move(name),
           .attributes = str(bool_attr("full_matrices", !economic), ", ",
                             bool_attr("compute_uv", p.compute_uv)),
           .aliases = {{0, 0}}};
  const Aval outs[5] = {a, out[0], u, v, info_aval(a)};
  hlo::Results r = call_kernel(b, k, in, outs);
  if (!p.compute_uv) return finished(p, b, r[4], {r[1]});
  auto trimmed = [&](Args x) -> Values {
    Value all_u = x[0], vh = adjoint(x[1]);
    if (p.full_matrices) return {all_u, vh};
    return {columns(all_u, 0, s.rank), rows(vh, 0, s.rank)};
  };
  const hlo::Operand uv[2] = {r[2], r[3]};
  hlo::Results t = lower_fun(b, trimmed, uv);
  return finished(p, b, r[4], {r[1], t[0], t[1]});
}

// QR iteration, of the transposed matrix if that has more rows.
hlo::Results svd_gpu_qr(const SvdParams& p, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  const Aval& a = in[0].aval;
  Sizes s(a.shape());
  bool flip = s.m < s.n;
  Kernel k{
      .name = "cusolver_gesvd_ffi",
      .attributes = str(bool_attr("full_matrices", p.full_matrices), ", ",
                        bool_attr("compute_uv", p.compute_uv), ", ", bool_attr("transposed", flip)),
      .aliases = {{0, 0}},
      .column_major = !flip};
  Avals types = vector_types(p, a);
  if (!p.compute_uv) types = Avals(2, Aval(a.dtype(), {}));
  const Aval outs[5] = {a, out[0], types[flip], types[!flip], info_aval(a)};
  hlo::Results r = call_kernel(b, k, in, outs);
  return finished(p, b, r[4], {r[1], r[flip ? 3 : 2], r[flip ? 2 : 3]});
}

hlo::Results svd_gpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  constexpr int64_t kJacobiIsFaster = 1024, kBatched = 32;
  auto& p = op.get<SvdParams>();
  Sizes s(in[0].aval.shape());
  require_whole(p, s);
  std::string algorithm = name_of(p.algorithm, "algorithm");
  require<NotImplemented>(algorithm != "DIVIDE_AND_CONQUER",
                          "Divide-and-conquer SVD is not supported on NVIDIA GPUs.");
  bool free = algorithm.empty() || algorithm == "DEFAULT";
  if (algorithm == "POLAR")
    return svd_gpu_jacobi(p, "cusolver_gesvdp_ffi", !p.full_matrices, b, in, out);
  if (algorithm == "JACOBI" || (free && s.m <= kJacobiIsFaster && s.n <= kJacobiIsFaster))
    return svd_gpu_jacobi(p, "cusolver_gesvdj_ffi",
                          !p.full_matrices && s.m > kBatched && s.n > kBatched, b, in, out);
  return svd_gpu_qr(p, b, in, out);
}

// Elsewhere through the polar decomposition a = q h and the eigenvalues of h.
Values polar_svd(const SvdParams& p, const Value& a) {
  Sizes s(a.shape());
  if (s.m < s.n) {
    Values r = polar_svd(p, adjoint(a));
    return p.compute_uv ? Values{r[0], adjoint(r[2]), adjoint(r[1])} : r;
  }
  Value square = a, q;
  if (s.m > s.n) {
    Values f = qr(a, false, p.full_matrices);
    q = f[0];
    square = rows(f[1], 0, s.n);
  }
  Values polar = qdwh(square);
  Values e = eigh(polar[1]);
  Value values = rev(max(e[1], like(e[1], 0)), Axes{e[1].rank() - 1});
  if (!p.compute_uv) return {values};
  Value v = rev(e[0], Axes{e[0].rank() - 1});
  // Orthonormal also where singular values are zero.
  Values f = qr(matmul(polar[0], v), false, false);
  Value scale = diagonal(f[1]);
  Value phase = select(eq(scale, full_like(scale, 0)), full_like(scale, 1), sign(scale));
  Value u = f[0] * broadcast_to_shape(as_row(phase), f[0].shape());
  if (q) {
    Value image = matmul(columns(q, 0, s.n), u);
    u = p.full_matrices ? beside(image, columns(q, s.n, s.m)) : image;
  }
  return {values, u, adjoint(v)};
}

Values subset(Values r, const Axes& range) {
  if (range.empty()) return r;
  int64_t last = r[0].rank() - 1;
  Shape start(r[0].shape().size(), 0), limit = r[0].shape();
  start[static_cast<size_t>(last)] = range[0];
  limit[static_cast<size_t>(last)] = range[1];
  r[0] = slice(r[0], start, limit);
  if (r.size() == 1) return r;
  return {r[0], columns(r[1], range[0], range[1]), rows(r[2], range[0], range[1])};
}

hlo::Results svd_others(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) {
  auto& p = op.get<SvdParams>();
  std::string algorithm = name_of(p.algorithm, "algorithm");
  require<NotImplemented>(algorithm.empty() || algorithm == "DEFAULT" || algorithm == "POLAR",
                          "Only the POLAR SVD algorithm is supported on ", b.platform());
  Axes range = ints_of(p.subset_by_index, "subset_by_index");
  bool partial = is_partial(p, Sizes(in[0].aval.shape()).rank);
  return lower_fun(
      b, [&](Args x) { return subset(polar_svd(p, x[0]), partial ? range : Axes()); }, in);
}

LowerRule unless_empty(LowerRule rule) {
  return [rule = std::move(rule)](const Op& op, hlo::Builder& b, hlo::Operands in,
                                  AvalSpan out) -> hlo::Results {
    Sizes s(in[0].aval.shape());
    if (s.rank > 0) return rule(op, b, in, out);
    return lower_fun(b, [&](Args x) { return empty_svd(op.get<SvdParams>(), x[0], out); }, in);
  };
}

const Primitive svd_p{{
    .name = "svd",
    .multiple_results = true,
    .abstract_eval = svd_aval,
    .jvp = svd_jvp,
    .batch = batch_leading,
    .lower = by_platform({.cpu = unless_empty(svd_cpu),
                          .gpu = unless_empty(svd_gpu),
                          .others = unless_empty(svd_others)}),
    // Results of the primitive are in the order (s, u, vh); lax.linalg.svd reorders.
    .function = {.signature = "x, *, full_matrices=True, compute_uv=True, subset_by_index=None, "
                              "algorithm=None",
                 .doc = R"(Singular value decompositions, `x = U diag(s) V^H`.

Args:
  x: matrices, `[..., m, n]`.
  full_matrices: whether U and V are square; else they have `min(m, n)` columns.
  compute_uv: whether to return U and V.
  subset_by_index: `(start, end)` of the singular values to compute; CPUs and GPUs only
    compute all.
  algorithm: a member of `SvdAlgorithm`, or None for the platform's best.

Returns:
  A list of s, descending, and of U and `V^H` if asked for; NaN where the iteration
  fails.

Raises:
  TypeError: the dtype is not floating or complex, or the rank below two.)",
                 .call = [](const CallArgs& a) -> Values {
                   SvdParams p{a.param(4), a.boolean(2), a.boolean(1), a.param(3)};
                   return svd_p.with(p).bind({a.value(0)});
                 },
                 .name = "linalg.svd"},
}};

}  // namespace

Values svd(const Value& x, bool full_matrices, bool compute_uv) {
  SvdParams p;
  p.full_matrices = full_matrices;
  p.compute_uv = compute_uv;
  return svd_p.with(p).bind({x});
}

}  // namespace covector
