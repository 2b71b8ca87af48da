"""The largest eigenvalues of a symmetric matrix: locally optimal block conjugate gradients.

See A. Knyazev, "Toward the optimal preconditioned eigensolver" (2001). Blocks are made orthonormal
as in A. Stathopoulos and K. Wu, "A block orthogonalization procedure with constant synchronization
requirements" (2002), and search directions as in J. Duersch et al., "A robust and efficient
implementation of LOBPCG" (2018).
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector.numpy import linalg

Operator = Callable[[Array], Array]


def lobpcg_standard(
    A: Array | Operator, X: Array, m: int = 100, tol: float | Array | None = None
) -> tuple[Array, Array, Array]:
    """The largest eigenvalues of a symmetric positive matrix, and their vectors.

    Args:
      A: the matrix, of shape `(n, n)`, or a function that multiplies it with one of shape
        `(n, k)`.
      X: where to begin: linearly independent vectors, the columns of a matrix of shape `(n, k)`.
        5 k has to be less than n.
      m: the largest number of iterations.
      tol: an eigenvector has converged when its residual is less than `10 n tol` times the norm of
        A x plus the eigenvalue; None is the precision of the dtype.

    Returns:
      k eigenvalues, the largest first; their vectors, as columns; and the number of iterations.

    Raises:
      ValueError: if k is 0 or too large, or types or shapes do not fit.

    >>> start = jnp.cos(jnp.arange(40.0)).reshape(20, 2)
    >>> values, _, _ = lobpcg_standard(jnp.diag(jnp.arange(1.0, 21.0)), start)
    >>> values.round(2)
    Array([20., 19.], dtype=float32)
    """
    if callable(A):
        return _of_function(A, X, m, tol)
    return _of_matrix(A, X, m, tol)


@functools.partial(jit, static_argnums=2)
def _of_matrix(A: Array, X: Array, m: int, tol: Any) -> tuple[Array, Array, Array]:
    return _iterate(lambda x: _mm(A, x), X, m, tol)


@functools.partial(jit, static_argnums=(0, 2))
def _of_function(A: Operator, X: Array, m: int, tol: Any) -> tuple[Array, Array, Array]:
    return _iterate(A, X, m, tol)


def _iterate(A: Operator, X: Array, m: int, tol: Any) -> tuple[Array, Array, Array]:
    n, k = _check(A, X)
    limit = 10 * n * (jnp.finfo(X.dtype).eps if tol is None else tol)
    X = _orthonormal(X)
    AX = A(X)
    values = (X * AX).sum(0)
    start = (0, X, _complement(X), AX - values[None] * X, 0, values)

    def unfinished(state: Any) -> Array:
        return (state[0] < m) & (state[4] < k)

    def step(state: Any) -> Any:
        i, X, P, R, _, _ = state
        space = jnp.concatenate([X, P, _apart(jnp.concatenate([X, P], 1), R)], 1)
        values, vectors = _largest_first(_mm(space.T, A(space)))
        values, best = values[:k], vectors[:, :k]
        X = _scaled(_mm(space, _scaled(best)))
        # The next directions span what the new vectors took from P and R, orthogonal to them.
        turn, _ = linalg.qr(vectors[:k, k:].T)
        P = _scaled(_mm(space, _mm(vectors[:, k:], turn)))
        AX = A(X)
        R = AX - values[None] * X
        done = _norms(R)[0] < limit * (_norms(AX)[0] + values)
        return i + 1, X, P, R, done.sum(), values

    i, X, _, _, _, values = lax.while_loop(unfinished, step, start)
    return values, X, jnp.asarray(i)


def _check(A: Operator, X: Array) -> tuple[int, int]:
    n, k = X.shape
    if k == 0:
        raise ValueError(f"must have search dim > 0, got {k}")
    if 5 * k >= n:
        raise ValueError(f"expected search dim * 5 < matrix dim (got {5 * k}, {n})")
    column = A(jnp.zeros((n, 1), X.dtype))
    if column.dtype != X.dtype:
        raise ValueError(f"A, X must have same dtypes (were {column.dtype}, {X.dtype})")
    if column.shape != (n, 1):
        raise ValueError(f"A must be ({n}, {n}) matrix A, got output {column.shape}")
    return n, k


def _mm(a: Array, b: Array) -> Array:
    return lax.dot(a, b, precision=lax.Precision.HIGHEST)


def _norms(x: Array) -> Array:
    return linalg.norm(x, axis=0, keepdims=True)


def _scaled(x: Array) -> Array:
    """Columns of norm 1, or 0."""
    norms = _norms(x)
    return x / jnp.where(norms == 0, 1, norms)


def _largest_first(a: Array) -> tuple[Array, Array]:
    values, vectors = linalg.eigh(a)
    return values[::-1], vectors[:, ::-1]


def _orthonormal(x: Array) -> Array:
    """A basis of what columns span, filled up with zeros; twice, for the sake of rounding."""
    for _ in range(2):
        x = _scaled(x)
        gram = _mm(x.T, x)
        values, vectors = _largest_first(gram)
        least = np.asarray(jnp.finfo(x.dtype).eps, x.dtype) * values[0]
        kept = (values > least) & (jnp.diag(gram) > 0)
        scale = jnp.where(kept, lax.rsqrt(jnp.where(kept, values, 1)), 0)
        x = _scaled(_mm(x, vectors * scale[None]))
    return x


def _apart(basis: Array, x: Array) -> Array:
    """An orthonormal basis of the part of columns that is orthogonal to a basis."""

    def project(x: Array) -> Array:
        for _ in range(2):
            x = x - _mm(basis, _mm(basis.T, x))
        return x

    for _ in range(2):
        x = _orthonormal(project(x))
    x = project(x)
    # What loses length now was in the span of the basis but for rounding.
    return jnp.where(_norms(x) >= 0.99, x, jnp.zeros_like(x))


def _complement(x: Array) -> Array:
    """As many orthonormal columns, orthogonal to those given."""
    n, k = x.shape
    full, _ = linalg.qr(jnp.concatenate([x, jnp.eye(n, k, -k, dtype=x.dtype)], 1))
    return _apart(x, full[:, k:])
