// Tridiagonal matrices: reduction of Hermitian ones to them, and systems with them.

#include "covector/lax/lapack.h"
#include "covector/lax/loop.h"

namespace covector {

using namespace rules;

namespace {

// tridiagonal ----------------------------------------------------------------------------

struct TriangleParams {
  bool lower = true;
  void fields(FieldVisitor& f) const { f("lower", lower); }
  bool operator==(const TriangleParams&) const = default;
};

Avals tridiagonal_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched s = batched(op, in, {2});
  const Shape& a = s.dims[0];
  require<ValueError>(a[0] == a[1] && a[0] > 0,
                      "The input to tridiagonal must be a square matrix. Got shape ", a, ".");
  DType d = in[0].dtype(), r = real_dtype(d);
  int64_t n = a[0];
  return {in[0], s.aval(in[0], r, {n}), s.aval(in[0], r, {n - 1}), s.aval(in[0], d, {n - 1})};
}

hlo::Results tridiagonal_call(Kernel k, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  Avals outs(out.begin(), out.end());
  outs.push_back(info_aval(out[0]));
  k.aliases = {{0, 0}};
  hlo::Results r = call_kernel(b, k, in, outs), results;
  for (size_t i = 0; i < 4; ++i) results.push_back(nan_unless_ok(b, r[4], r[i]));
  return results;
}

hlo::Results tridiagonal_cpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  bool lower = op.get<TriangleParams>().lower;
  Kernel k{.name = lapack_name("sytrd", "hetrd", out[0].dtype()),
           .attributes = char_attr("uplo", lower ? 'L' : 'U')};
  return tridiagonal_call(std::move(k), b, in, out);
}

hlo::Results tridiagonal_gpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  Kernel k{.name = "cusolver_sytrd_ffi",
           .attributes = bool_attr("lower", op.get<TriangleParams>().lower)};
  return tridiagonal_call(std::move(k), b, in, out);
}

const Primitive tridiagonal_p{{
    .name = "tridiagonal",
    .multiple_results = true,
    .abstract_eval = tridiagonal_aval,
    .batch = batch_leading,
    .lower = by_platform({.cpu = tridiagonal_cpu, .gpu = tridiagonal_gpu}),
    .function = {.signature = "a, *, lower=True",
                 .doc = R"(Reduces Hermitian matrices to tridiagonal form, `a = Q T Q^H`.

On CPUs and GPUs only.

Args:
  a: Hermitian matrices, `[..., n, n]`, of which one triangle is read.
  lower: which.

Returns:
  A list of four arrays: T's diagonals, and beyond them the vectors of the Householder
  reflectors whose product is Q, in one `[..., n, n]`; the diagonal and the one beside
  it, `[..., n]` and `[..., n - 1]`, both real; and the reflectors' scalar factors.

Raises:
  TypeError: the dtype is not floating or complex.
  ValueError: the matrices are empty or not square.)",
                 .call = [](const CallArgs& a) -> Values {
                   return tridiagonal(a.value(0), a.boolean(1));
                 },
                 .name = "linalg.tridiagonal"},
}};

// tridiagonal_solve ------------------------------------------------------------------------

struct SolveParams {
  bool perturb_singular = false;
  void fields(FieldVisitor& f) const { f("perturb_singular", perturb_singular); }
  bool operator==(const SolveParams&) const = default;
};

Avals solve_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched s = batched(op, in, {1, 1, 1, 2});
  require<TypeError>(s.dims[0] == s.dims[1] && s.dims[0] == s.dims[2],
                     "tridiagonal_solve requires that all diagonal arguments have the same shape.");
  require<TypeError>(s.dims[0][0] == s.dims[3][0],
                     "tridiagonal_solve requires that the leading ndim-1 dimensions of b equal the "
                     "dimensions of the diagonal arguments.");
  bool weak = std::all_of(in.begin(), in.end(), [](const Aval& a) { return a.weak_type(); });
  return {in[3].with_weak_type(weak)};
}

// Element i of the result is element i - by; zeros come in.
Value shifted_by(const Value& x, int64_t axis, int64_t by) {
  std::vector<PadDim> dims(x.shape().size());
  dims[static_cast<size_t>(axis)] = {by, -by, 0};
  return pad(x, scalar_of(x.dtype(), int64_t{0}), dims);
}

// The product of the tridiagonal matrix with b.
Value times(const Value& dl, const Value& d, const Value& du, const Value& b) {
  int64_t axis = b.rank() - 2;
  auto scaled = [&](const Value& v, const Value& x) {
    return broadcast_to_shape(as_column(v), b.shape()) * x;
  };
  return scaled(d, b) + scaled(dl, shifted_by(b, axis, 1)) + scaled(du, shifted_by(b, axis, -1));
}

JvpOut solve_jvp(const Op& op, Args in, Args tangents) {
  Value x = op.bind1(in), right = tangents[3];
  if (tangents[0] || tangents[1] || tangents[2]) {
    Value t[3];
    for (size_t i = 0; i < 3; ++i) t[i] = instantiate(tangents[i], in[i].aval());
    right = add_any(right, -times(t[0], t[1], t[2], x));
  }
  Value t = op.bind1({in[0], in[1], in[2], right});
  return {{std::move(x)}, {std::move(t)}};
}

Values solve_transpose(const Op& op, Args ct, TransposeArgs in) {
  const Value &dl = in[0].value, &d = in[1].value, &du = in[2].value;
  invariant(dl && d && du, "tridiagonal_solve is not linear in the matrix");
  int64_t axis = d.rank() - 1;
  Value lower = shifted_by(du, axis, 1), upper = shifted_by(dl, axis, -1);
  return {Value(), Value(), Value(), op.bind1({lower, d, upper, ct[0]})};
}

// With one matrix for the whole batch, all right sides are solved for at once.
BatchOut solve_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  if (axes[0] != kUnmapped || axes[1] != kUnmapped || axes[2] != kUnmapped)
    return batch_leading(op, axis, in, axes);
  int at = static_cast<int>(in[3].rank()) - 2;
  Value b = move_axis(in[3], axes[3], at);
  Shape shape = b.shape(), flat = shape;
  flat[flat.size() - 2] *= flat.back();
  flat.pop_back();
  return {{reshape(op.bind1({in[0], in[1], in[2], reshape(b, flat)}), shape)}, {at}};
}

hlo::Results solve_cpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  if (op.get<SolveParams>().perturb_singular)
    return call_kernel(b, {.name = "tridiagonal_solve_perturbed_ffi"}, in, out);
  Avals outs;
  for (const hlo::Operand& x : in) outs.push_back(x.aval);
  outs.push_back(info_aval(out[0]));
  Kernel k{.name = lapack_name("gtsv", out[0].dtype()),
           .aliases = {{0, 0}, {1, 1}, {2, 2}, {3, 3}}};
  hlo::Results r = call_kernel(b, k, in, outs);
  return {nan_unless_ok(b, r[4], r[3])};
}

// The Thomas algorithm: forward i makes the matrix upper triangular with ones on
// the diagonal, backward solves. No pivoting.
Value element(const Value& x, int64_t axis, const Value& i) {
  Values start(x.shape().size(), scalar_of(kInt32, int64_t{0}));
  start[static_cast<size_t>(axis)] = i;
  Shape sizes = x.shape();
  sizes[static_cast<size_t>(axis)] = 1;
  return dynamic_slice(x, start, sizes);
}
Value with_element(const Value& x, int64_t axis, const Value& i, const Value& e) {
  Values start(x.shape().size(), scalar_of(kInt32, int64_t{0}));
  start[static_cast<size_t>(axis)] = i;
  return dynamic_update_slice(x, e, start);
}

// State: i, dl, d, du, b, of which du and b become the triangular system.
Values eliminate(Args s) {
  const Value& i = s[0];
  int64_t axis = s[2].rank() - 1;
  Value one = scalar_of(kInt32, int64_t{1}), before = max(i - one, scalar_of(kInt32, int64_t{0}));
  Value dl = element(s[1], axis, i);
  Value pivot = element(s[2], axis, i) - dl * element(s[3], axis, before);
  Value b = element(s[4], axis, i), above_b = element(s[4], axis, before);
  auto wide = [&](const Value& v) { return broadcast_to_shape(as_column(v), b.shape()); };
  Value du = with_element(s[3], axis, i, element(s[3], axis, i) / pivot);
  Value x = with_element(s[4], axis, i, (b - wide(dl) * above_b) / wide(pivot));
  return {i + one, s[1], s[2], du, x};
}

// State: rows left, du, x.
Values substitute(Args s) {
  Value one = scalar_of(kInt32, int64_t{1}), i = s[0] - one;
  int64_t axis = s[1].rank() - 1;
  Value x = element(s[2], axis, i), below = element(s[2], axis, s[0]);
  Value du = broadcast_to_shape(as_column(element(s[1], axis, i)), x.shape());
  return {i, s[1], with_element(s[2], axis, i, x - du * below)};
}

hlo::Results thomas(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  require<NotImplemented>(!op.get<SolveParams>().perturb_singular,
                          "perturb_singular=True is not supported on this platform.");
  int64_t m = out[0].dim(out[0].rank() - 2);
  if (out[0].size() == 0) return {in[3]};
  // The first row has none before it.
  auto without_first = [&](Args x) -> Values {
    int64_t axis = x[0].rank() - 1;
    return {shifted_by(shifted_by(x[0], axis, -1), axis, 1)};
  };
  hlo::Operand dl = lower_fun(b, without_first, in.first(1))[0];
  hlo::Operand state[5] = {b.constant_i32(0), dl, in[1], in[2], in[3]};
  auto more = [m](Args s) -> Values { return {lt(s[0], scalar_of(kInt32, m))}; };
  hlo::Results r = lower_while(b, more, eliminate, state);
  hlo::Operand back[3] = {b.constant_i32(m - 1), r[3], r[4]};
  auto rest = [](Args s) -> Values { return {gt(s[0], scalar_of(kInt32, int64_t{0}))}; };
  return {lower_while(b, rest, substitute, back)[2]};
}

hlo::Results solve_gpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  if (op.get<SolveParams>().perturb_singular)
    return call_kernel(b, {.name = "cu_tridiagonal_solve_perturbed"}, in, out);
  // cuSPARSE wants three rows at least.
  if (out[0].dim(out[0].rank() - 2) < 3) return thomas(op, b, in, out);
  return call_kernel(b, {.name = "cusparse_gtsv2_ffi", .aliases = {{3, 0}}}, in, out);
}

const Primitive tridiagonal_solve_p{{
    .name = "tridiagonal_solve",
    .abstract_eval = solve_aval,
    .jvp = solve_jvp,
    .transpose = solve_transpose,
    .batch = solve_batch,
    .lower = by_platform({.cpu = solve_cpu, .gpu = solve_gpu, .others = thomas}),
    .function = {.signature = "dl, d, du, b, *, perturb_singular=False",
                 .doc = R"(Solves systems of equations with tridiagonal matrices A.

Args:
  dl: `[..., m]`, where `dl[i]` is `A[i, i - 1]`; the first element does not count.
  d: the diagonal, `[..., m]`.
  du: `[..., m]`, where `du[i]` is `A[i, i + 1]`; the last element does not count.
  b: right sides, `[..., m, n]`.
  perturb_singular: whether to make pivots that are almost zero a little larger, so
    that solutions are finite; on CPUs and GPUs only.

Returns:
  X with `A X = b`; NaN where A is singular.

Raises:
  TypeError: dtypes or shapes do not fit.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {tridiagonal_solve(a.value(0), a.value(1), a.value(2), a.value(3),
                                             a.boolean(4))};
                 },
                 .name = "linalg.tridiagonal_solve"},
}};

}  // namespace

Values tridiagonal(const Value& a, bool lower) {
  return tridiagonal_p.with(TriangleParams{lower}).bind({a});
}

Value tridiagonal_solve(const Value& dl, const Value& d, const Value& du, const Value& b,
                        bool perturb_singular) {
  return tridiagonal_solve_p.with(SolveParams{perturb_singular}).bind1({dl, d, du, b});
}

}  // namespace covector
