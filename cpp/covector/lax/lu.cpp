// The LU factorization, and what is solved with it.

#include "covector/lax/lapack.h"
#include "covector/lax/loop.h"

namespace covector {

using namespace rules;

namespace {

// lu -----------------------------------------------------------------------------------

Avals lu_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched s = batched(op, in, {2});
  int64_t m = s.dims[0][0], n = s.dims[0][1];
  return {in[0], s.aval(in[0], kInt32, {std::min(m, n)}), s.aval(in[0], kInt32, {m})};
}

// The factors of [m, n] matrices, made square by rows and columns of the unit matrix.
struct Factors {
  Value lower, upper;
};
Factors factors(const Value& lu) {
  int64_t m = lu.aval().dim(lu.rank() - 2), n = lu.aval().dim(lu.rank() - 1), k = std::min(m, n);
  Value lower = add_to_diagonal(pad_matrix(tril(columns(lu, 0, k), -1), 0, m - k), 1);
  Value upper = pad_matrix(triu(rows(lu, 0, k)), n - k, 0);
  // Ones on the rest of the diagonal.
  Value rest = eye(lu.dtype(), n, n) - pad_matrix(eye(lu.dtype(), k, k), n - k, n - k);
  Axes last{lu.rank() - 2, lu.rank() - 1};
  return {lower, upper + broadcast_in_dim(rest, upper.shape(), last)};
}

// With M = L^-1 P dA U^-1, L^-1 dL is the part of M below the diagonal and
// dU U^-1 the rest. F. de Hoog, R. Anderssen, M. Lukas: Differentiation of matrix
// functionals using triangular factorization, Math. Comp. 80 (2011).
JvpOut lu_jvp(const Op& op, Args in, Args tangents) {
  Values out = op.bind(in);
  auto [lower, upper] = factors(out[0]);
  Value moved = take_rows(tangents[0], out[2]);
  TriangularSolve left{.left_side = true, .lower = true, .unit_diagonal = true};
  Value m = triangular_solve(upper, triangular_solve(lower, moved, left), {});
  Value t = matmul(lower, tril(m, -1)) + matmul(triu(m), upper);
  return {std::move(out), {std::move(t), Value(), Value()}};
}

hlo::Operand permutation_of(hlo::Builder& b, const hlo::Operand& pivots, int64_t size) {
  return lower_fun(
      b, [&](Args x) -> Values { return {lu_pivots_to_permutation(x[0], size)}; },
      std::span(&pivots, 1))[0];
}

// Kernels count rows from one. A zero pivot, which they report, is no failure.
hlo::Results lu_call(std::string name, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  const Aval outs[3] = {out[0], out[1], info_aval(out[0])};
  hlo::Results r = call_kernel(b, {.name = std::move(name), .aliases = {{0, 0}}}, in, outs);
  hlo::Operand one = b.splat(out[1], int64_t{1});
  hlo::Operand pivots = b.elementwise("subtract", {r[1], one}, out[1]);
  return {nan_unless_ok(b, r[2], r[0], true), pivots,
          permutation_of(b, pivots, out[2].dim(out[2].rank() - 1))};
}

const Primitive lu_p{{
    .name = "lu",
    .multiple_results = true,
    .abstract_eval = lu_aval,
    .jvp = lu_jvp,
    .batch = batch_leading,
    .lower =
        by_platform({.cpu =
                         [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
                           return lu_call(lapack_name("getrf", out[0].dtype()), b, in, out);
                         },
                     .gpu = [](const Op&, hlo::Builder& b, hlo::Operands in,
                               AvalSpan out) { return lu_call("cusolver_getrf_ffi", b, in, out); },
                     .others =
                         [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
                           return hlo::builtin_call(b, "LuDecomposition", "", in, out);
                         }}),
    .function = {.signature = "x",
                 .doc = R"(LU factorizations with row interchanges, `P x = L U`.

Args:
  x: matrices, `[..., m, n]`.

Returns:
  A list of three arrays: L below the diagonal (whose diagonal is ones) and U on
  and above it, in one `[..., m, n]`; the interchanges, an int32 `[..., min(m, n)]`
  whose element i is the row that was exchanged with row i; and the same as a
  permutation of the rows, an int32 `[..., m]`.

Raises:
  TypeError: the dtype is not floating or complex, or the rank below two.)",
                 .call = [](const CallArgs& a) -> Values { return lu(a.value(0)); },
                 .name = "linalg.lu"},
}};

// lu_pivots_to_permutation ---------------------------------------------------------------

struct PermutationParams {
  int64_t permutation_size = 0;
  void fields(FieldVisitor& f) const { f("permutation_size", permutation_size); }
  bool operator==(const PermutationParams&) const = default;
};

Avals permutation_aval(const Op& op, AvalSpan in) {
  int64_t size = op.get<PermutationParams>().permutation_size;
  require_dtype(op, in[0], [](DType d) { return d == kInt32; }, "int32");
  Batched s = batched(op, in, {1});
  require<ValueError>(size >= s.dims[0][0], "Output permutation size ", size,
                      " has to exceed the trailing dimension of the pivots. Got pivots size ",
                      s.dims[0][0]);
  return {s.aval(in[0], kInt32, {size})};
}

// Exchanges the elements at i and at pivot i. State: i, permutation, pivots.
Values exchange(Args state) {
  const Value &i = state[0], &permutation = state[1], &pivots = state[2];
  int64_t last = permutation.rank() - 1;
  auto element = [&](const Value& x) {
    Values start(static_cast<size_t>(last), scalar_of(kInt32, int64_t{0}));
    start.push_back(i);
    Shape sizes = x.shape();
    sizes.back() = 1;
    return broadcast_in_dim(dynamic_slice(x, start, sizes), permutation.shape(),
                            iota_axes(last + 1));
  };
  Value at = iota(kInt32, permutation.shape(), last), pivot = element(pivots);
  Value here = eq(at, i), there = eq(at, pivot), mine = element(permutation);
  Value picked = select(there, permutation, full_like(permutation, 0));
  Value other = broadcast_in_dim(reduce_sum(picked, std::span(&last, 1)), permutation.shape(),
                                 iota_axes(last));
  return {i + scalar_of(kInt32, int64_t{1}), select(here, other, select(there, mine, permutation)),
          pivots};
}

hlo::Results permutation_loop(const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  int64_t last = out[0].rank() - 1, k = in[0].aval.dim(last);
  hlo::Operand identity =
      lower_fun(b, [&](Args) -> Values { return {iota(kInt32, out[0].shape(), last)}; }, {})[0];
  if (k == 0 || out[0].size() == 0) return {identity};
  hlo::Operand state[3] = {b.constant_i32(0), identity, in[0]};
  auto more = [k](Args s) -> Values { return {lt(s[0], scalar_of(kInt32, k))}; };
  return {lower_while(b, more, exchange, state)[1]};
}

const Primitive lu_pivots_to_permutation_p{{
    .name = "lu_pivots_to_permutation",
    .abstract_eval = permutation_aval,
    .jvp = zero_jvp,
    .batch = batch_leading,
    .lower = by_platform({.cpu = permutation_loop,
                          .gpu =
                              [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
                                return call_kernel(
                                    b,
                                    {.name = "cu_lu_pivots_to_permutation", .column_major = false},
                                    in, out);
                              },
                          .others = permutation_loop}),
    .function = {.signature = "pivots, permutation_size",
                 .doc = R"(The permutation that a sequence of row interchanges makes.

Args:
  pivots: int32 `[..., k]`; row i is exchanged with row `pivots[..., i]`, in turn.
  permutation_size: how many rows there are, at least k.

Returns:
  An int32 `[..., permutation_size]`: which row comes to stand at each place.

Raises:
  TypeError: the pivots are not int32.
  ValueError: there are more pivots than rows.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {lu_pivots_to_permutation(a.value(0), a.integer(1))};
                 },
                 .name = "linalg.lu_pivots_to_permutation"},
}};

Value inverse_order(const Value& permutation) {
  int64_t last = permutation.rank() - 1;
  const Value pair[2] = {permutation, iota(kInt32, permutation.shape(), last)};
  return sort(pair, last)[1];
}

}  // namespace

Values lu(const Value& x) { return lu_p.op().bind({x}); }

Value lu_pivots_to_permutation(const Value& pivots, int64_t permutation_size) {
  return lu_pivots_to_permutation_p.with(PermutationParams{permutation_size}).bind1({pivots});
}

Value lu_solve(const Value& lu, const Value& permutation, const Value& b, Transposition t) {
  TriangularSolve lower{.left_side = true, .lower = true, .unit_diagonal = true};
  TriangularSolve upper{.left_side = true};
  if (t == Transposition::kNone)
    return triangular_solve(lu, triangular_solve(lu, take_rows(b, permutation), lower), upper);
  for (TriangularSolve* s : {&lower, &upper}) {
    s->transpose_a = true;
    s->conjugate_a = t == Transposition::kAdjoint;
  }
  Value x = triangular_solve(lu, triangular_solve(lu, b, upper), lower);
  return take_rows(x, inverse_order(permutation));
}

Value solve(const Value& a, const Value& b) {
  Values f = lu(a);
  return lu_solve(f[0], f[2], b);
}

}  // namespace covector
