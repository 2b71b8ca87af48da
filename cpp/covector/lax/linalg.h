#pragma once

// Linear algebra. Operands are matrices, or batches of them: the axes before
// the last two, of which all operands have the same.

#include "covector/core/primitive.h"

namespace covector {

// Lower triangular L with L L^H = x (lax/cholesky.cpp).
Value cholesky(const Value& x, bool symmetrize_input = true);
// The factor R of R^T R + w w^T, given R. No batches.
Value cholesky_update(const Value& r, const Value& w);

struct TriangularSolve {
  bool left_side = false, lower = false, transpose_a = false, conjugate_a = false,
       unit_diagonal = false;
  bool operator==(const TriangularSolve&) const = default;
};
// X with op(a) X = b, or X op(a) = b (lax/triangular_solve.cpp).
Value triangular_solve(const Value& a, const Value& b, const TriangularSolve&);

// LU, pivots and permutation of the rows (lax/lu.cpp).
Values lu(const Value& x);
Value lu_pivots_to_permutation(const Value& pivots, int64_t permutation_size);
// X with op(A) X = b for A = P^T L U; op is the identity, transpose or adjoint.
enum class Transposition : int8_t { kNone = 0, kTranspose = 1, kAdjoint = 2 };
Value lu_solve(const Value& lu, const Value& permutation, const Value& b,
               Transposition = Transposition::kNone);
// X with a X = b.
Value solve(const Value& a, const Value& b);

// Householder reflectors (lax/householder.cpp).
Values geqrf(const Value& a);                       // a, taus
Values geqp3(const Value& a, const Value& pivots);  // a, pivots, taus
Value householder_product(const Value& a, const Value& taus);
Value ormqr(const Value& a, const Value& taus, const Value& c, bool left = true,
            bool transpose = false);

// Q, R and with pivoting the order of columns (lax/qr.cpp).
Values qr(const Value& x, bool pivoting = false, bool full_matrices = true);

// Vectors and values of a Hermitian matrix (lax/eigh.cpp).
Values eigh(const Value& x, bool lower = true, bool symmetrize_input = true);
// Values, and left and right vectors as asked for, of any matrix (lax/eig.cpp).
Values eig(const Value& x, bool left = true, bool right = true);
// Singular values, then U and V^H if asked for (lax/svd.cpp).
Values svd(const Value& x, bool full_matrices = true, bool compute_uv = true);

// Reductions to simpler forms (lax/schur.cpp, tridiagonal.cpp).
Values hessenberg(const Value& a);  // a, taus
Values schur(const Value& x, bool compute_schur_vectors = true);
Values tridiagonal(const Value& a, bool lower = true);  // a, d, e, taus
Value tridiagonal_solve(const Value& dl, const Value& d, const Value& du, const Value& b,
                        bool perturb_singular = false);
// Unitary u and Hermitian h with x = u h, for at least as many rows as columns; how
// many steps that took, and whether the last one was small (lax/polar.cpp).
// `eps` is the precision to reach; 0: the dtype's.
Values qdwh(const Value& x, double eps = 0, int64_t max_iterations = 10);
// alpha a a^T + beta c (lax/symmetric_product.cpp).
Value symmetric_product(const Value& a, const Value& c, double alpha = 1, double beta = 0);

}  // namespace covector
