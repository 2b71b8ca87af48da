// The polar decomposition, by the QR-based dynamically weighted Halley iteration:
// Y. Nakatsukasa, Z. Bai, F. Gygi, Optimizing Halley's iteration for computing the
// matrix polar decomposition, SIAM J. Matrix Anal. Appl. 31 (2010).

#include <cmath>

#include "covector/lax/matrix.h"

namespace covector {

using namespace rules;

namespace {

// u becomes u (a + b u^H u) (1 + c u^H u)^-1.
struct Weights {
  double a, b, c;
};

// For singular values between l and 1; l moves towards 1 with them.
Weights next_weights(double& l) {
  double l2 = l * l, d = std::cbrt(4 * (1 / l2 - 1) / l2), r = std::sqrt(1 + d);
  double a = r + std::sqrt(2 - d + 2 * (2 - l2) / (l2 * r)), b = (a - 1) * (a - 1) / 4;
  Weights w{a, b, a + b - 1};
  l *= (w.a + w.b * l2) / (1 + w.c * l2);
  return w;
}

Value scaled(const Value& x, double c) { return x * like(x, c); }

// The inverse through the QR factorization of (sqrt(c) u; 1), which is stable
// for any c.
Value step_by_qr(const Value& u, const Weights& w) {
  int64_t m = u.aval().dim(u.rank() - 2), n = u.aval().dim(u.rank() - 1);
  double root = std::sqrt(w.c), e = w.b / w.c;
  Value unit = add_to_diagonal(full_like(rows(u, 0, n), 0), 1);
  Value q = qr(above(scaled(u, root), unit), false, false)[0];
  Value product = matmul(rows(q, 0, m), adjoint(rows(q, m, m + n)));
  return scaled(u, e) + scaled(product, (w.a - e) / root);
}

// The inverse through a Cholesky factorization, for moderate c.
Value step_by_cholesky(const Value& u, const Weights& w) {
  double e = w.b / w.c;
  Value l = cholesky(add_to_diagonal(scaled(matmul(adjoint(u), u), w.c), 1), false);
  TriangularSolve solve{.left_side = true, .lower = true};
  Value z = triangular_solve(l, adjoint(u), solve);
  solve.transpose_a = solve.conjugate_a = true;
  return scaled(u, e) + scaled(adjoint(triangular_solve(l, z, solve)), w.a - e);
}

// A scalar for each matrix, repeated over it.
Value over_matrix(const Value& scalars, const Shape& shape) {
  return broadcast_in_dim(scalars, shape, iota_axes(scalars.rank()));
}

Value norm_estimate(const Value& x) {
  Value size = abs(x);
  int64_t row = x.rank() - 2, last = row;
  auto most = [&](int64_t axis) {
    Value sums = reduce_sum(size, std::span(&axis, 1));
    return reduce_max(sums, std::span(&last, 1));
  };
  return sqrt(most(row)) * sqrt(most(row + 1));
}

Value frobenius(const Value& x) {
  Value size = abs(x);
  return sqrt(reduce_sum(size * size, Axes{x.rank() - 2, x.rank() - 1}));
}

}  // namespace

Values qdwh(const Value& x, double eps, int64_t max_iterations) {
  constexpr double kCholeskyIsStable = 100;
  require<ValueError>(x.rank() >= 2 && x.aval().dim(x.rank() - 2) >= x.aval().dim(x.rank() - 1),
                      "qdwh: the input matrix of shape M x N must have M >= N, got ", x.shape());
  if (eps <= 0) eps = real_dtype(x.dtype()) == kFloat64 ? 0x1p-52 : 0x1p-23;
  Value norm = replace_zero(norm_estimate(x));
  Value u = x / to_dtype(over_matrix(norm, x.shape()), x.dtype()), before = u;
  double l = eps, tolerance = 5 * eps;
  int64_t count = 0;
  // The weights do not depend on x; one step more than they need lets u settle.
  for (bool more = true; more && count < max_iterations; ++count) {
    more = l + tolerance < 1;
    Weights w = more ? next_weights(l) : Weights{3, 1, 3};
    before = u;
    u = w.c > kCholeskyIsStable ? step_by_qr(u, w) : step_by_cholesky(u, w);
  }
  Value change = frobenius(u - before);
  Value converged = le(change, like(change, std::cbrt(tolerance)));
  // One step of Newton and Schulz for the last digits.
  u = scaled(u, 1.5) - scaled(matmul(u, matmul(adjoint(u), u)), 0.5);
  return {u, symmetrized(matmul(adjoint(u), x)), scalar_of(kInt32, count), converged};
}

}  // namespace covector
