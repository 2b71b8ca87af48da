"""LU, QR and polar factorizations, as SciPy has them."""

from typing import Any

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.lax import linalg
from covector.numpy.linalg._matrices import adjoint, broadcast_batches, inexact, precisely


@composite("overwrite_a", "check_finite")
def lu_factor(
    a: ArrayLike, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Array, Array]:
    """The LU factorization as `lu_solve` takes it.

    Args:
      a: matrices, `(..., n, n)`.
      overwrite_a: without effect.
      check_finite: without effect.

    Returns:
      Both factors in one array, and int32 pivots: row i was exchanged with row `pivots[i]`.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.lu_factor(jnp.array([[1.0, 2.0], [2.0, 5.0]]))[1]
    Array([1, 1], dtype=int32)
    """
    (a,) = inexact("lu_factor", jnp.asarray(a))
    factors, pivots, _ = linalg.lu(a)
    return factors, pivots


@composite("permute_l")
def _lu(a: ArrayLike, permute_l: bool) -> Any:
    (a,) = inexact("lu", jnp.asarray(a))
    factors, _, permutation = linalg.lu(a)
    m, n = a.shape[-2:]
    k = min(m, n)
    rows = lax.broadcasted_iota(permutation.dtype, (*[1] * (a.ndim - 2), m, 1), a.ndim - 2)
    p = (permutation[..., None, :] == rows).astype(jnp.real(a).dtype)
    unit = lax.expand_dims(jnp.eye(m, k, dtype=a.dtype), range(a.ndim - 2))
    lower = jnp.tril(factors, -1)[..., :k] + unit
    upper = jnp.triu(factors)[..., :k, :]
    return (precisely(p.astype(a.dtype), lower), upper) if permute_l else (p, lower, upper)


def lu(
    a: ArrayLike, permute_l: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """LU factorizations, `a = P @ L @ U`.

    Args:
      a: matrices, `(..., m, n)`.
      permute_l: whether to return `P @ L` instead of P and L.
      overwrite_a: without effect.
      check_finite: without effect.

    Returns:
      The permutation P, the lower triangular L with ones on its diagonal, the upper triangular U.

    >>> import covector.numpy as jnp
    >>> p, l, u = covector.scipy.linalg.lu(jnp.array([[1.0, 2.0], [2.0, 5.0]]))
    >>> u
    Array([[ 2. ,  5. ],
           [ 0. , -0.5]], dtype=float32)
    """
    return _lu(a, permute_l)


@composite("mode", "pivoting")
def _qr(a: ArrayLike, mode: str, pivoting: bool) -> tuple[Array, ...]:
    if mode not in ("full", "r", "economic"):
        raise ValueError(f"Unsupported QR decomposition mode '{mode}'")
    (a,) = inexact("qr", jnp.asarray(a))
    result = linalg.qr(a, pivoting=pivoting, full_matrices=mode != "economic")
    return result[1:] if mode == "r" else result


def qr(
    a: ArrayLike,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> tuple[Array, ...]:
    """QR factorizations, `a = Q @ R`.

    Args:
      a: matrices, `(..., m, n)`.
      overwrite_a: without effect.
      lwork: without effect.
      mode: 'full' for a square Q, 'economic' for one of min(m, n) columns, 'r' for R alone.
      pivoting: whether to order columns so that the diagonal of R does not grow; then
        `a[:, P] = Q @ R`.
      check_finite: without effect.

    Returns:
      Q, R, and P if pivoting.

    Raises:
      ValueError: for another mode.

    >>> import covector.numpy as jnp
    >>> (r,) = covector.scipy.linalg.qr(jnp.array([[3.0], [4.0]]), mode="r")
    >>> jnp.abs(r).round(4)
    Array([[5.],
           [0.]], dtype=float32)
    """
    return _qr(a, mode, pivoting)


def qr_multiply(
    a: ArrayLike,
    c: ArrayLike,
    mode: str = "right",
    pivoting: bool = False,
    conjugate: bool = False,
    overwrite_a: bool = False,
    overwrite_c: bool = False,
) -> tuple[Array, ...]:
    """Products with the Q of a QR factorization, without making Q.

    Args:
      a: matrices, `(..., m, n)`.
      c: what to multiply: matrices, or a vector.
      mode: 'left' for `Q @ c`, 'right' for `c @ Q`.
      pivoting: whether to order columns as `qr` does.
      conjugate: whether to take the conjugate of Q.
      overwrite_a: without effect.
      overwrite_c: without effect.

    Returns:
      The product, R of min(m, n) rows, and the order of columns if pivoting.

    Raises:
      ValueError: if shapes do not fit, or for another mode.

    >>> import covector.numpy as jnp
    >>> a = jnp.array([[3.0], [4.0]])
    >>> covector.scipy.linalg.qr_multiply(a, jnp.array([3.0, 4.0]))[0].round(4)
    Array([-5.], dtype=float32)
    """
    if mode not in ("left", "right"):
        raise ValueError(f"Mode argument should be 'left' or 'right', got {mode!r}")
    a, c = inexact("qr_multiply", jnp.asarray(a), jnp.asarray(c))
    return _checked_multiply(a, c, mode, pivoting, conjugate)


def _checked_multiply(
    a: Array, c: Array, mode: str, pivoting: bool, conjugate: bool
) -> tuple[Array, ...]:
    if a.ndim < 2:
        raise ValueError(f"qr_multiply: a must be a matrix, got shape {a.shape}")
    vector = c.ndim == 1
    if vector:
        c = c[:, None] if mode == "left" else c[None, :]
    m, k = a.shape[-2], min(a.shape[-2:])
    axis, size = (-2, k) if mode == "left" else (-1, m)
    if c.shape[axis] != size:
        raise ValueError(
            f"Array shapes are not compatible for {'Q @ c' if mode == 'left' else 'c @ Q'}: "
            f"a has shape {a.shape}, but c has shape {c.shape}"
        )
    return _qr_multiply(*broadcast_batches(a, c), mode == "left", pivoting, conjugate, vector)


@composite("left", "pivoting", "conjugate", "vector")
def _qr_multiply(
    a: Array, c: Array, left: bool, pivoting: bool, conjugate: bool, vector: bool
) -> tuple[Array, ...]:
    m, n = a.shape[-2:]
    k = min(m, n)
    order: tuple[Array, ...] = ()
    if pivoting:
        r, pivots, taus = linalg.geqp3(a, jnp.zeros((*a.shape[:-2], n), "int32"))
        order = (pivots - 1,)
    else:
        r, taus = linalg.geqrf(a)
    if left and m > k:
        c = jnp.concatenate([c, jnp.zeros((*c.shape[:-2], m - k, c.shape[-1]), c.dtype)], axis=-2)
    # conj(Q) c is the transpose of c^T Q^H.
    x = jnp.matrix_transpose(c) if conjugate else c
    x = linalg.ormqr(r, taus, x, left=left != conjugate, transpose=conjugate)
    x = jnp.matrix_transpose(x) if conjugate else x
    x = x if left else x[..., :k]
    return (x.ravel() if vector else x, jnp.triu(r[..., :k, :]), *order)


@composite("side", "method", "eps", "max_iterations")
def polar(
    a: ArrayLike,
    side: str = "right",
    *,
    method: str = "qdwh",
    eps: float | None = None,
    max_iterations: int | None = None,
) -> tuple[Array, Array]:
    """Polar decompositions, `a = U @ P`.

    Args:
      a: matrices, `(..., m, n)`.
      side: 'left' for `a = P @ U`.
      method: 'qdwh' for an iteration, which serves m >= n from the right and m < n from the
        left; 'svd' for the singular value decomposition.
      eps: the precision for 'qdwh'.
      max_iterations: how many steps 'qdwh' does at most.

    Returns:
      U, with orthonormal columns or rows, and P, Hermitian and positive semidefinite.

    Raises:
      ValueError: if there are less than two axes, or for another `side` or `method`.
      NotImplementedError: if 'qdwh' does not serve the shape.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.polar(jnp.array([[0.0, -2.0], [3.0, 0.0]]))[1].round(4)
    Array([[3., 0.],
           [0., 2.]], dtype=float32)
    """
    (a,) = inexact("polar", jnp.asarray(a))
    if a.ndim < 2:
        raise ValueError("The input `a` must be at least a 2-D array.")
    if side not in ("right", "left"):
        raise ValueError("The argument `side` must be either 'right' or 'left'.")
    if method == "svd":
        u, s, vh = linalg.svd(a, full_matrices=False)
        basis = adjoint(vh) if side == "right" else u
        scaled = basis * s[..., None, :].astype(basis.dtype)
        return precisely(u, vh), precisely(scaled, adjoint(basis))
    if method != "qdwh":
        raise ValueError(f"Unknown polar decomposition method {method}.")
    if (a.shape[-2] >= a.shape[-1]) != (side == "right"):
        raise NotImplementedError(
            "method='qdwh' only supports mxn matrices with m >= n where side='right' and m < n "
            f"where side='left', got {a.shape} with {side=}"
        )
    x = a if side == "right" else adjoint(a)
    u, p, _, _ = linalg.qdwh(x, eps=eps, max_iterations=max_iterations)
    return (u, p) if side == "right" else (adjoint(u), adjoint(p))
