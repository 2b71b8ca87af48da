// The QR factorization.

#include "covector/lax/lapack.h"

namespace covector {

using namespace rules;

namespace {

struct QrParams {
  bool pivoting = false, full_matrices = true;
  Param use_magma = {};
  void fields(FieldVisitor& f) const {
    f("full_matrices", full_matrices);
    f("pivoting", pivoting);
    f("use_magma", &use_magma);
  }
  bool operator==(const QrParams&) const = default;
};

Avals qr_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<QrParams>();
  require_inexact(op, in);
  Batched s = batched(op, in, {2});
  int64_t m = s.dims[0][0], n = s.dims[0][1], k = p.full_matrices ? m : std::min(m, n);
  DType d = in[0].dtype();
  Avals out{s.aval(in[0], d, {m, k}), s.aval(in[0], d, {k, n})};
  if (p.pivoting) out.push_back(s.aval(in[0], kInt32, {n}));
  return out;
}

struct Pair {
  Value q, r;
};

// For [m, n] matrices with m >= n and q of n columns. With M = q^H dx r^-1,
// q^H dq is the antihermitian matrix with the lower triangle of M. See
// https://j-towns.github.io/papers/qr-derivative.pdf.
Pair thin_tangents(const Value& q, const Value& r, const Value& dx) {
  Value dx_over_r = triangular_solve(r, dx, {});
  Value m = matmul(adjoint(q), dx_over_r);
  Value below = tril(m, -1), turn = below - adjoint(below);
  // R's diagonal stays real: what is imaginary on that of M turns Q.
  if (is_complex(m.dtype())) {
    Value diagonal_part = diagonal(m);
    turn = turn + from_diagonal(diagonal_part - to_dtype(real(diagonal_part), m.dtype()));
  }
  return {matmul(q, turn - m) + dx_over_r, matmul(m - turn, r)};
}

// The columns of Q that the factorization of an [m, n] matrix with m > n leaves
// open are what the Householder reflectors make of the rest of the unit matrix;
// their tangents follow from those of the others: arXiv:2409.13374, eq. 32, 33.
Value completed_tangent(const Value& q, const Value& dq, int64_t n) {
  int64_t m = q.aval().dim(q.rank() - 2);
  Value thin = columns(q, 0, n), rest = columns(q, n, m);
  Value top = add_to_diagonal(rows(thin, 0, n), -1), bottom = rows(thin, n, m);
  Values f = lu(top);
  Value z_adjoint = lu_solve(f[0], f[2], adjoint(bottom), Transposition::kAdjoint);
  Value z = adjoint(z_adjoint);
  Value change = rows(dq, n, m) - matmul(z, rows(dq, 0, n));
  Value d_rest = matmul(dq, z_adjoint) - matmul(thin + matmul(rest, z), adjoint(change));
  return beside(dq, d_rest);
}

// Of a matrix with fewer rows m than columns: its first m columns decide Q.
Pair wide_tangents(const Value& x, const Value& dx, const Value& q, const Value& r) {
  int64_t m = x.aval().dim(x.rank() - 2), n = x.aval().dim(x.rank() - 1);
  Pair square = thin_tangents(q, columns(r, 0, m), columns(dx, 0, m));
  Value rest = matmul(adjoint(square.q), columns(x, m, n)) + matmul(adjoint(q), columns(dx, m, n));
  return {square.q, beside(square.r, rest)};
}

Pair qr_tangents(const Value& x, const Value& dx, const Value& q, const Value& r) {
  int64_t m = x.aval().dim(x.rank() - 2), n = x.aval().dim(x.rank() - 1);
  if (m < n) return wide_tangents(x, dx, q, r);
  bool complete = q.aval().dim(q.rank() - 1) > n;
  if (!complete) return thin_tangents(q, r, dx);
  Pair thin = thin_tangents(columns(q, 0, n), rows(r, 0, n), dx);
  return {completed_tangent(q, thin.q, n), pad_matrix(thin.r, m - n, 0)};
}

JvpOut qr_jvp(const Op& op, Args in, Args tangents) {
  Values out = op.bind(in);
  bool pivoting = op.get<QrParams>().pivoting;
  Value x = in[0], dx = tangents[0];
  if (pivoting) {
    x = take_columns(x, out[2]);
    dx = take_columns(dx, out[2]);
  }
  Pair t = qr_tangents(x, dx, out[0], out[1]);
  Values ts{std::move(t.q), std::move(t.r)};
  if (pivoting) ts.push_back(Value());
  return {std::move(out), std::move(ts)};
}

Values empty_qr(const QrParams& p, const Value& x) {
  int64_t rank = x.rank(), m = x.aval().dim(rank - 2), n = x.aval().dim(rank - 1);
  int64_t k = p.full_matrices ? m : std::min(m, n);
  Shape batch(x.shape().begin(), x.shape().end() - 2);
  auto shaped = [&](std::initializer_list<int64_t> dims) {
    Shape s = batch;
    for (int64_t d : dims) s.push_back(d);
    return s;
  };
  Value q = broadcast_in_dim(eye(x.dtype(), m, k), shaped({m, k}), Axes{rank - 2, rank - 1});
  Values out{q, zeros(Aval(x.dtype(), shaped({k, n})))};
  if (p.pivoting) out.push_back(zeros(Aval(kInt32, shaped({n}))));
  return out;
}

Values reflected_qr(const QrParams& p, const Value& x) {
  int64_t rank = x.rank(), m = x.aval().dim(rank - 2), n = x.aval().dim(rank - 1);
  Value r, taus, order;
  if (p.pivoting) {
    Shape free(x.shape().begin(), x.shape().end() - 2);
    free.push_back(n);
    Values f = geqp3(x, zeros(Aval(kInt32, free)));
    r = f[0], taus = f[2];
    order = f[1] - broadcast_to_shape(scalar_of(kInt32, int64_t{1}), free);
  } else {
    Values f = geqrf(x);
    r = f[0], taus = f[1];
  }
  Value q = m < n ? columns(r, 0, m) : p.full_matrices ? pad_matrix(r, 0, m - n) : r;
  Values out{householder_product(q, taus), triu(m > n && !p.full_matrices ? rows(r, 0, n) : r)};
  if (p.pivoting) out.push_back(order);
  return out;
}

const Primitive qr_p{{
    .name = "qr",
    .multiple_results = true,
    .abstract_eval = qr_aval,
    .jvp = qr_jvp,
    .batch = batch_leading,
    .lower = lower_via([](const Op& op, Args in) {
      const Shape& s = in[0].shape();
      bool empty = s[s.size() - 1] == 0 || s[s.size() - 2] == 0;
      return (empty ? empty_qr : reflected_qr)(op.get<QrParams>(), in[0]);
    }),
    .function = {.signature = "x, *, pivoting=False, full_matrices=True, use_magma=None",
                 .doc = R"(QR factorizations, `x = Q R`.

Args:
  x: matrices, `[..., m, n]`.
  pivoting: whether to choose the order of columns so that the diagonal of R does
    not grow; then `x[:, p] = Q R`.
  full_matrices: whether Q is square; else it has `min(m, n)` columns.
  use_magma: on GPUs, whether to use MAGMA where pivoting.

Returns:
  A list of Q, with orthonormal columns, and of R, upper triangular; then of p, an
  int32 `[..., n]`, if pivoting.

Raises:
  TypeError: the dtype is not floating or complex, or the rank below two.)",
                 .call = [](const CallArgs& a) -> Values {
                   return qr_p.with(QrParams{a.boolean(1), a.boolean(2), a.param(3)})
                       .bind({a.value(0)});
                 },
                 .name = "linalg.qr"},
}};

}  // namespace

Values qr(const Value& x, bool pivoting, bool full_matrices) {
  return qr_p.with(QrParams{pivoting, full_matrices}).bind({x});
}

}  // namespace covector
