// The Cholesky factorization, and its update.

#include "covector/lax/lapack.h"
#include "covector/lax/loop.h"

namespace covector {

using namespace rules;

namespace {

// cholesky ---------------------------------------------------------------------------

Avals cholesky_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched shapes = batched(op, in, {2});
  require<ValueError>(shapes.dims[0][0] == shapes.dims[0][1],
                      "The input to cholesky must be a square matrix. Got shape ", shapes.dims[0],
                      ".");
  return {in[0]};
}

// The lower triangle with half the diagonal: of a Hermitian matrix M the L with
// L + L^H = M.
Value half(const Value& x) {
  Value l = tril(x);
  Value both = broadcast_to_shape(full(Aval(x.dtype(), {}), 1), l.shape());
  return l / add_to_diagonal(both, 1);
}

// dL = L half(L^-1 dA L^-H). I. Murray, Differentiation of the Cholesky
// decomposition, arXiv:1602.07527.
JvpOut cholesky_jvp(const Op& op, Args in, Args tangents) {
  Value l = tril(op.bind1(in));
  TriangularSolve right{.lower = true, .transpose_a = true, .conjugate_a = true};
  TriangularSolve left{.left_side = true, .lower = true};
  Value m = triangular_solve(l, triangular_solve(l, tangents[0], right), left);
  Value t = matmul(l, half(m));
  return {{std::move(l)}, {std::move(t)}};
}

LowerRule cholesky_kernel(std::function<Kernel(DType)> kernel) {
  return [kernel = std::move(kernel)](const Op&, hlo::Builder& b, hlo::Operands in,
                                      AvalSpan out) -> hlo::Results {
    Kernel k = kernel(out[0].dtype());
    k.aliases = {{0, 0}};
    const Aval outs[2] = {out[0], info_aval(out[0])};
    hlo::Results r = call_kernel(b, k, in, outs);
    return {nan_unless_ok(b, r[1], r[0])};
  };
}

const Primitive cholesky_p{{
    .name = "cholesky",
    .abstract_eval = cholesky_aval,
    .jvp = cholesky_jvp,
    .batch = batch_leading,
    .lower = by_platform(
        {.cpu = cholesky_kernel([](DType d) -> Kernel {
           return {.name = lapack_name("potrf", d), .attributes = char_attr("uplo", 'L')};
         }),
         .gpu = cholesky_kernel([](DType) -> Kernel {
           return {.name = "cusolver_potrf_ffi", .attributes = bool_attr("lower", true)};
         }),
         .others = [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
           return {b.op("cholesky", in, out[0], "lower = true")};
         }}),
    .function = {.signature = "x, *, symmetrize_input=True",
                 .doc = R"(The Cholesky factors of positive definite matrices.

Args:
  x: Hermitian positive definite matrices, `[..., n, n]`.
  symmetrize_input: whether to replace `x` by the mean of it and its adjoint; else
    only the lower triangle is read.

Returns:
  Lower triangular matrices L with `L L^H = x`; NaN where there is none.

Raises:
  TypeError: the dtype is not floating or complex, and `x` is not symmetrized.
  ValueError: the matrices are not square.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {cholesky(a.value(0), a.boolean(1))};
                 },
                 .name = "linalg.cholesky"},
}};

// cholesky_update ----------------------------------------------------------------------

Avals update_aval(const Op& op, AvalSpan in) {
  for (const Aval& a : in) require_dtype(op, a, is_floating, "floating");
  require_same_dtype(op, in);
  Batched shapes = batched(op, in, {2, 1}, false);
  const Shape &r = shapes.dims[0], &w = shapes.dims[1];
  require<ValueError>(r[0] == r[1] && w[0] == r[1],
                      "Rank-1 update to Cholesky decomposition takes a square matrix and a vector "
                      "of the same size as input. Got shapes ",
                      r, " and ", w, " instead");
  return {in[0].with_weak_type(in[0].weak_type() && in[1].weak_type())};
}

// The rotation (c, s) that turns (x, y) to (r, 0), without overflow.
Values rotation(const Value& x, const Value& y) {
  Value none = eq(y, like(y, 0)), size = max(abs(x), abs(y));
  size = select(none, full(size.aval(), 1), size);
  Value u = x / size, v = y / size, r = rsqrt(u * u + v * v);
  return {select(none, full(x.aval(), 1), u * r), select(none, full(x.aval(), 0), -(v * r))};
}

// Row k of R and the rest of w, of which k elements are gone, are rotated so that
// the next one goes. State: k, R, w.
Values rotate_row(Args state) {
  const Value &k = state[0], &r = state[1], &w = state[2];
  int64_t n = w.aval().dim(0);
  Value zero = scalar_of(kInt32, int64_t{0});
  const Value start[2] = {k, zero}, at[2] = {k, k}, in_w[1] = {k};
  Value row = dynamic_slice(r, start, Shape{1, n});
  Value x = reshape(dynamic_slice(r, at, Shape{1, 1}), {});
  Value y = reshape(dynamic_slice(w, in_w, Shape{1}), {});
  Values cs = rotation(x, y);
  Value flat = reshape(row, Shape{n});
  Value turned = cs[0] * flat - cs[1] * w, rest = cs[0] * w + cs[1] * flat;
  return {k + scalar_of(kInt32, int64_t{1}),
          dynamic_update_slice(r, reshape(turned, Shape{1, n}), start), rest};
}

hlo::Results update_loop(const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  int64_t n = out[0].dim(0);
  if (n == 0) return {in[0]};
  hlo::Operand state[3] = {b.constant_i32(0), in[0], in[1]};
  auto more = [n](Args s) -> Values { return {lt(s[0], scalar_of(kInt32, n))}; };
  return {lower_while(b, more, rotate_row, state)[1]};
}

hlo::Results update_kernel(const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan) {
  Kernel k{.name = "cu_cholesky_update_ffi", .aliases = {{0, 0}, {1, 1}}, .column_major = false};
  const Aval outs[2] = {in[0].aval, in[1].aval};
  return {call_kernel(b, k, in, outs)[0]};
}

const Primitive cholesky_update_p{{
    .name = "cholesky_update",
    .abstract_eval = update_aval,
    .lower = by_platform({.cpu = update_loop, .gpu = update_kernel, .others = update_loop}),
    .function = {.signature = "r_matrix, w_vector",
                 .doc = R"(The Cholesky factor of a matrix to which `w w^T` is added.

Args:
  r_matrix: the upper triangular factor R of the matrix `R^T R`, `[n, n]`.
  w_vector: w, `[n]`.

Returns:
  The upper triangular factor of `R^T R + w w^T`, in a time of n^2.

Raises:
  TypeError: dtypes differ or are not floating, or there are leading axes.
  ValueError: the sizes do not fit.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {cholesky_update(a.value(0), a.value(1))};
                 },
                 .name = "linalg.cholesky_update"},
}};

}  // namespace

Value cholesky(const Value& x, bool symmetrize_input) {
  return tril(cholesky_p.op().bind1({symmetrize_input ? symmetrized(x) : x}));
}

Value cholesky_update(const Value& r, const Value& w) {
  return cholesky_update_p.op().bind1({r, w});
}

}  // namespace covector
