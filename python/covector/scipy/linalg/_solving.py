"""Systems of equations, as SciPy solves them.

Options that let SciPy reuse memory or skip checks (`overwrite_a`, `check_finite`, ...) do nothing.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._typing import ArrayLike
from covector.lax import linalg
from covector.numpy.linalg._matrices import adjoint, broadcast_batches, inexact, precisely


def _solved(function: str, a: Array, b: Array, solve: Callable[[Array, Array], Array]) -> Array:
    """`solve` of matrices of one leading shape; b may be a vector, or (an old form) a batch."""
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"{function}: the matrix must be square, got shape {a.shape}")
    batch = b.ndim > 1 and a.ndim == b.ndim + 1 and a.shape[-1] == b.shape[-1]
    if batch:
        warnings.warn(
            f"covector.scipy.linalg.{function}: batched 1D solves with b.ndim > 1 are deprecated, "
            "and in the future will be treated as a batched 2D solve. Use "
            f"{function}(..., b[..., None]).squeeze(-1) to avoid this warning.",
            category=FutureWarning,
            stacklevel=4,
        )
    vector = batch or b.ndim == 1
    right = b[..., None] if vector else b
    if right.ndim < 2 or right.shape[-2] != a.shape[-1]:
        raise ValueError(f"{function}: shapes do not fit, got {a.shape} and {b.shape}")
    x = solve(*broadcast_batches(a, right))
    return x[..., 0] if vector else x


@composite("trans", "lower", "unit_diagonal")
def _triangular(a: Array, b: Array, trans: int, lower: bool, unit_diagonal: bool) -> Array:
    options: Any = {"transpose_a": trans > 0, "conjugate_a": trans == 2}
    return linalg.triangular_solve(
        a, b, left_side=True, lower=lower, unit_diagonal=unit_diagonal, **options
    )


def solve_triangular(
    a: ArrayLike,
    b: ArrayLike,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    debug: Any = None,
    check_finite: bool = True,
) -> Array:
    """Solves systems of equations with triangular matrices.

    Args:
      a: matrices, `(..., n, n)`, of which one triangle is read.
      b: a vector `(n,)` or matrices `(..., n, k)`.
      trans: 0 or 'N' for `a @ x = b`, 1 or 'T' for `a^T @ x = b`, 2 or 'C' for `a^H @ x = b`.
      lower: whether the lower triangle counts.
      unit_diagonal: whether to take the diagonal to be ones.
      overwrite_b: without effect.
      debug: without effect.
      check_finite: without effect.

    Returns:
      x.

    Raises:
      ValueError: if shapes do not fit, or for another `trans`.

    >>> import covector.numpy as jnp
    >>> a = jnp.array([[2.0, 1.0], [0.0, 4.0]])
    >>> covector.scipy.linalg.solve_triangular(a, jnp.array([3.0, 4.0]))
    Array([1., 1.], dtype=float32)
    """
    kinds: dict[Any, int] = {0: 0, "N": 0, 1: 1, "T": 1, 2: 2, "C": 2}
    if trans not in kinds:
        raise ValueError(f"Invalid 'trans' value {trans}")
    a, b = inexact("solve_triangular", jnp.asarray(a), jnp.asarray(b))
    kind = kinds[trans]
    return _solved(
        "solve_triangular", a, b, lambda a, b: _triangular(a, b, kind, lower, unit_diagonal)
    )


@composite("lower")
def _with_factor(c: Array, b: Array, lower: bool) -> Array:
    outer = _triangular(c, b, 0 if lower else 2, lower, False)
    return _triangular(c, outer, 2 if lower else 0, lower, False)


def cho_solve(
    c_and_lower: tuple[ArrayLike, bool],
    b: ArrayLike,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Array:
    """Solves systems of equations with matrices whose Cholesky factors are known.

    Args:
      c_and_lower: what `cho_factor` returns.
      b: a vector `(n,)` or matrices `(..., n, k)`.
      overwrite_b: without effect.
      check_finite: without effect.

    Returns:
      x with `a @ x = b`.

    Raises:
      ValueError: if shapes do not fit.

    >>> import covector.numpy as jnp
    >>> factor = covector.scipy.linalg.cho_factor(4 * jnp.eye(2))
    >>> covector.scipy.linalg.cho_solve(factor, jnp.array([4.0, 8.0]))
    Array([1., 2.], dtype=float32)
    """
    factor, lower = c_and_lower
    c, b = inexact("cho_solve", jnp.asarray(factor), jnp.asarray(b))
    return _solved("cho_solve", c, b, lambda c, b: _with_factor(c, b, lower))


def lu_solve(
    lu_and_piv: tuple[ArrayLike, ArrayLike],
    b: ArrayLike,
    trans: int = 0,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Array:
    """Solves systems of equations with matrices whose LU factors are known.

    Args:
      lu_and_piv: what `lu_factor` returns.
      b: a vector `(n,)` or matrices `(..., n, k)`.
      trans: 1 for `a^T @ x = b`, 2 for `a^H @ x = b`.
      overwrite_b: without effect.
      check_finite: without effect.

    Returns:
      x.

    Raises:
      ValueError: if shapes do not fit, or for another `trans`.

    >>> import covector.numpy as jnp
    >>> factors = covector.scipy.linalg.lu_factor(jnp.array([[0.0, 2.0], [4.0, 0.0]]))
    >>> covector.scipy.linalg.lu_solve(factors, jnp.array([2.0, 4.0]))
    Array([1., 1.], dtype=float32)
    """
    if trans not in (0, 1, 2):
        raise ValueError(f"'trans' value must be 0, 1, or 2, got {trans}")
    factors, pivots = lu_and_piv
    a, b = inexact("lu_solve", jnp.asarray(factors), jnp.asarray(b))
    piv = jnp.asarray(pivots)
    return _solved("lu_solve", a, b, lambda a, b: _with_factors(a, piv, b, trans))


@composite("trans")
def _with_factors(a: Array, pivots: Array, b: Array, trans: int) -> Array:
    permutation = linalg.lu_pivots_to_permutation(pivots, a.shape[-1])
    return linalg.lu_solve(a, jnp.broadcast_to(permutation, a.shape[:-1]), b, trans)


def _solution(lower: bool, a: Array, b: Array) -> tuple[Array, Array]:
    factor = linalg.cholesky(a if lower else adjoint(a), symmetrize_input=False)
    return factor, _with_factor(factor, b, True)


def _solve_definite(lower: bool, a: Array, b: Array) -> Array:
    return _solution(lower, a, b)[1]


_definite = custom_jvp(_solve_definite, nondiff_argnums=(0,))


# One factorization serves the value and its derivative, a da x + a dx = db.
@_definite.defjvp
def _definite_jvp(lower: bool, primals: Any, tangents: Any) -> Any:
    (a, b), (da, db) = primals, tangents
    factor, x = _solution(lower, a, b)
    return x, _with_factor(factor, db - precisely(da, x), True)


@composite("lower")
def _definite_jitted(a: Array, b: Array, lower: bool) -> Array:
    return _definite(lower, a, b)


def solve(
    a: ArrayLike,
    b: ArrayLike,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    debug: bool = False,
    check_finite: bool = True,
    assume_a: str = "gen",
) -> Array:
    """Solves systems of linear equations, `a @ x = b`.

    Args:
      a: square matrices, `(..., n, n)`.
      b: a vector `(n,)` or matrices `(..., n, k)`.
      lower: which triangle is read, if `a` is positive definite.
      overwrite_a: without effect.
      overwrite_b: without effect.
      debug: without effect.
      check_finite: without effect.
      assume_a: 'pos' if `a` is positive definite, which is quicker; 'gen', 'sym' or 'her'.

    Returns:
      x. Where `a` is singular there is no error, but infinities or NaN.

    Raises:
      ValueError: if shapes do not fit, or for another `assume_a`.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.solve(4 * jnp.eye(2), jnp.array([4.0, 8.0]), assume_a="pos")
    Array([1., 2.], dtype=float32)
    """
    kinds = ["gen", "sym", "her", "pos"]
    if assume_a not in kinds:
        raise ValueError(f"Expected assume_a to be one of {kinds}; got {assume_a!r}")
    if assume_a != "pos":
        return jnp.linalg.solve(a, b)
    a, b = inexact("solve", jnp.asarray(a), jnp.asarray(b))
    return _solved("solve", a, b, lambda a, b: _definite_jitted(a, b, lower))


def inv(a: ArrayLike, overwrite_a: bool = False, check_finite: bool = True) -> Array:
    """Inverses of square matrices.

    Args:
      a: matrices, `(..., n, n)`.
      overwrite_a: without effect.
      check_finite: without effect.

    Returns:
      An array of that shape.

    Raises:
      ValueError: if the matrices are not square.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.inv(4 * jnp.eye(1))
    Array([[0.25]], dtype=float32)
    """
    return jnp.linalg.inv(a)


def _triangular_sylvester(r: Array, s: Array, f: Array) -> Array:
    """The solution of `r @ x + x @ s = f` for upper triangular r and s, column by column."""
    if f.size == 0:
        return f
    unit = jnp.eye(r.shape[-1], dtype=r.dtype)
    diagonal = jnp.diagonal(s, axis1=-2, axis2=-1)[..., None, :]

    def step(j: Array, x: Array) -> Array:
        def column(m: Array) -> Array:
            return lax.dynamic_slice_in_dim(m, j, 1, axis=-1)

        # Columns of x from this one on are still zero.
        right = column(f) - precisely(x, column(s))
        shifted = r + column(diagonal) * jnp.broadcast_to(unit, r.shape)
        solved = linalg.triangular_solve(shifted, right, left_side=True)
        return lax.dynamic_update_slice_in_dim(x, solved, j, axis=-1)

    return lax.fori_loop(0, s.shape[-1], step, jnp.zeros_like(f))


@composite("method")
def _sylvester(a: Array, b: Array, c: Array, method: str, tol: Any) -> Array:
    if method == "schur":
        kind = np.result_type(a.dtype, np.complex64)
        (r, u), (s, v) = (linalg.schur(x.astype(kind)) for x in (a, b))
        f = precisely(precisely(adjoint(u), c.astype(kind)), v)
        x = precisely(precisely(u, _triangular_sylvester(r, s, f)), adjoint(v))
        sums = jnp.diagonal(r, axis1=-2, axis2=-1)[..., :, None]
        sums = sums + jnp.diagonal(s, axis1=-2, axis2=-1)[..., None, :]
    else:
        (ra, ua), (rb, ub) = jnp.linalg.eig(a), jnp.linalg.eig(b)
        sums = ra[..., :, None] + rb[..., None, :]
        f = jnp.linalg.solve(ua, precisely(c.astype(ua.dtype), ub))
        x = precisely(precisely(ua, f / sums), jnp.linalg.inv(ub))
    x = x if jnp.iscomplexobj(c) else jnp.real(x)
    singular = jnp.any(jnp.abs(sums) < tol, axis=(-2, -1), keepdims=True)
    return jnp.where(singular, jnp.nan, x)


def solve_sylvester(
    A: ArrayLike, B: ArrayLike, C: ArrayLike, *, method: str = "schur", tol: float = 1e-8
) -> Array:
    """Solves Sylvester's equation, `A @ X + X @ B = C`. On CPUs only, or by eigenvalues.

    R. Bartels, G. Stewart, Solution of the matrix equation AX + XB = C, Comm. ACM 15 (1972).

    Args:
      A: square matrices, `(..., m, m)`.
      B: square matrices, `(..., n, n)`.
      C: matrices, `(..., m, n)`.
      method: 'schur', or 'eigen' for one that is quicker and less exact.
      tol: if the sum of an eigenvalue of A and one of B is smaller, the result is NaN.

    Returns:
      X.

    Raises:
      ValueError: for another method, or if shapes do not fit.

    >>> import covector.numpy as jnp
    >>> X = covector.scipy.linalg.solve_sylvester(jnp.eye(2), 3 * jnp.eye(2), 4 * jnp.eye(2))
    >>> X.round(4)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    if method not in ("schur", "eigen"):
        raise ValueError(
            f"Unrecognized method {method}. The two valid methods are either 'schur' or 'eigen'."
        )
    a, b, c = inexact("solve_sylvester", *(jnp.asarray(x) for x in (A, B, C)))
    if min(a.ndim, b.ndim, c.ndim) < 2 or c.shape[-2:] != (a.shape[-1], b.shape[-1]):
        raise ValueError(
            f"solve_sylvester: shapes do not fit, got {a.shape}, {b.shape} and {c.shape}"
        )
    batch = jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2], c.shape[:-2])
    a, b, c = (jnp.broadcast_to(x, batch + x.shape[-2:]) for x in (a, b, c))
    return _sylvester(a, b, c, method, tol)
