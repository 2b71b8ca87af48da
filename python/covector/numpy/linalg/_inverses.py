"""Systems of equations, and inverses."""

import math
import operator
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._arguments import as_array, as_arrays, canonical_axis
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._typing import ArrayLike
from covector.lax import linalg
from covector.numpy.linalg._decompositions import svd
from covector.numpy.linalg._matrices import adjoint, broadcast_batches, inexact, precisely
from covector.numpy.linalg._norms import norm


@composite()
def solve(a: ArrayLike, b: ArrayLike) -> Array:
    """Solves systems of linear equations, `a @ x = b`.

    Args:
      a: square matrices, `(..., n, n)`.
      b: one vector `(n,)`, or matrices `(..., n, k)`.

    Returns:
      x, of the shape of `b` with leading axes broadcast. Where `a` is singular there is no
      error, but infinities or NaN.

    Raises:
      ValueError: if shapes do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.solve(jnp.array([[2.0, 0.0], [0.0, 4.0]]), jnp.array([2.0, 2.0]))
    Array([1. , 0.5], dtype=float32)
    """
    a, b = inexact("solve", a, b)
    if a.ndim < 2:
        raise ValueError(f"left hand array must be at least two dimensional; got {a.shape=}")
    if b.ndim == 0:
        raise ValueError(f"solve: the right side must have an axis; got {b.shape=}")
    rows = b.shape[-1] if b.ndim == 1 else b.shape[-2]
    if not a.shape[-1] == a.shape[-2] == rows:
        raise ValueError(
            "The arguments to solve must have shapes a=[..., m, m] and b=[..., m, k] or b=[m]; "
            f"got a={a.shape} and b={b.shape}"
        )
    x = solve_matrix(*broadcast_batches(a, b[:, None] if b.ndim == 1 else b))
    return x[..., 0] if b.ndim == 1 else x


@custom_jvp
def solve_matrix(a: Array, b: Array) -> Array:
    """x with `a @ x = b` for matrices of equal leading shapes."""
    return _solution(a, b)[1]


def _solution(a: Array, b: Array) -> tuple[Any, Array]:
    factors, _, permutation = linalg.lu(a)
    return (factors, permutation), linalg.lu_solve(factors, permutation, b)


# One factorization serves the value and its derivative, a da x + a dx = db.
@solve_matrix.defjvp
def _solve_matrix_jvp(primals: Any, tangents: Any) -> Any:
    (a, b), (da, db) = primals, tangents
    (factors, permutation), x = _solution(a, b)
    return x, linalg.lu_solve(factors, permutation, db - precisely(da, x))


@composite()
def inv(a: ArrayLike) -> Array:
    """Inverses of square matrices.

    Args:
      a: matrices, `(..., n, n)`.

    Returns:
      An array of that shape. Where `a` is singular there is no error, but infinities or NaN.

    Raises:
      ValueError: if the matrices are not square.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.inv(jnp.array([[2.0, 0.0], [0.0, 4.0]]))
    Array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    a = as_array("jnp.linalg.inv", a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"Argument to inv must have shape [..., n, n], got {a.shape}.")
    return solve(a, jnp.broadcast_to(jnp.eye(a.shape[-1], dtype=a.dtype), a.shape))


def pinv(
    a: ArrayLike,
    rtol: ArrayLike | None = None,
    hermitian: bool = False,
    *,
    rcond: ArrayLike | None = None,
) -> Array:
    """Pseudo-inverses of matrices, by Moore and Penrose.

    Args:
      a: matrices, `(..., m, n)`.
      rtol: singular values up to this fraction of the largest count as zero; by default ten
        times max(m, n) times the precision of the dtype.
      hermitian: whether `a` is Hermitian, which is quicker.
      rcond: an old name of `rtol`.

    Returns:
      An array `(..., n, m)`. Its derivative is that of matrices of constant rank: G. Golub,
      V. Pereyra, The differentiation of pseudo-inverses, SIAM J. Numer. Anal. 10 (1973).

    Raises:
      ValueError: if both `rtol` and `rcond` are given.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.pinv(jnp.array([[2.0], [0.0]]))
    Array([[0.5, 0. ]], dtype=float32)
    """
    if rcond is not None:
        if rtol is not None:
            raise ValueError("pinv: only one of rtol and rcond may be specified.")
        rtol = rcond
    (a,) = inexact("pinv", a)
    if rtol is None:
        rtol = 10.0 * max(a.shape[-2:]) * float(jnp.finfo(a.dtype).eps)
    return _pinv_jitted(a, jnp.asarray(rtol), hermitian)


@composite("hermitian")
def _pinv_jitted(a: Array, rtol: Array, hermitian: bool) -> Array:
    return _pinv(hermitian, a, rtol)


def _pseudo_inverse(hermitian: bool, a: Array, rtol: Array) -> Array:
    m, n = a.shape[-2:]
    if m == 0 or n == 0:
        return jnp.empty((*a.shape[:-2], n, m), a.dtype)
    u, s, vh = svd(jnp.conj(a), full_matrices=False, hermitian=hermitian)
    rtol = lax.expand_dims(rtol[..., None], range(s.ndim - rtol.ndim - 1))
    s = jnp.where(s > rtol * s[..., :1], s, np.inf).astype(u.dtype)
    vt, ut = jnp.matrix_transpose(vh), jnp.matrix_transpose(u)
    return lax.convert_element_type(precisely(vt, ut / s[..., None]), a.dtype)


_pinv = custom_jvp(_pseudo_inverse, nondiff_argnums=(0,))


@_pinv.defjvp
def _pinv_jvp(hermitian: bool, primals: Any, tangents: Any) -> Any:
    (a, rtol), (da, _) = primals, tangents
    p = _pinv(hermitian, a, rtol)
    if hermitian:
        a, da = (a + adjoint(a)) / 2, (da + adjoint(da)) / 2
    tall = a.shape[-2] >= a.shape[-1]

    def product(x: Array, y: Array, z: Array) -> Array:
        """Of three matrices, first of the two whose product is the smaller."""
        return precisely(precisely(x, y), z) if tall else precisely(x, precisely(y, z))

    s = product(p, adjoint(p), adjoint(da))
    t = product(adjoint(da), adjoint(p), p)
    return p, -product(p, da, p) + s - product(s, a, p) + t - product(p, a, t)


def lstsq(
    a: ArrayLike, b: ArrayLike, rcond: float | None = None, *, numpy_resid: bool = False
) -> tuple[Array, Array, Array, Array]:
    """Solves a system of equations in the sense of least squares.

    Args:
      a: a matrix, `(m, n)`.
      b: right sides, `(m,)` or `(m, k)`.
      rcond: singular values below this fraction of the largest count as zero; by default
        max(m, n) times the precision of the dtype.
      numpy_resid: whether residuals are left out where NumPy leaves them out; not under `jit`.

    Returns:
      The shortest x that makes `|b - a @ x|` least, the squares of that norm, the rank of `a`
      and its singular values.

    Raises:
      TypeError: if ranks are not as above.
      ValueError: if the numbers of rows differ.

    >>> import covector.numpy as jnp
    >>> a = jnp.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    >>> jnp.linalg.lstsq(a, jnp.array([1.0, 3.0, 5.0]))[0].round(4)
    Array([1., 2.], dtype=float32)
    """
    a, b = inexact("lstsq", a, b)
    if a.ndim != 2:
        raise TypeError(f"{a.ndim}-dimensional array given. Array must be two-dimensional")
    if b.ndim not in (1, 2):
        raise TypeError(f"{b.ndim}-dimensional array given. Array must be one or two-dimensional")
    if a.shape[0] != b.shape[0]:
        raise ValueError("Leading dimensions of input arrays must match")
    eps = float(jnp.finfo(a.dtype).eps)
    cutoff = eps * max(a.shape) if rcond is None else jnp.where(rcond < 0, eps, rcond)
    x, residuals, rank, s = _lstsq(a, b, cutoff)
    if numpy_resid and (a.shape[0] <= a.shape[1] or rank < a.shape[1]):
        residuals = jnp.zeros((0,), residuals.dtype)
    return x, residuals, rank, s


@composite()
def _lstsq(a: Array, b: Array, cutoff: Any) -> tuple[Array, Array, Array, Array]:
    right = b[:, None] if b.ndim == 1 else b
    if a.size == 0:
        s = jnp.zeros((0,), a.dtype)
        rank = jnp.array(0, dtype=int)
        x = jnp.zeros((a.shape[1], right.shape[1]), a.dtype)
    else:
        u, s, vh = svd(a, full_matrices=False)
        kept = (s > 0) & (s >= jnp.asarray(cutoff, dtype=s.dtype) * s[0])
        rank = kept.sum()
        inverse = jnp.where(kept, 1 / jnp.where(kept, s, 1).astype(a.dtype), 0)
        x = precisely(adjoint(vh), inverse[:, None] * precisely(adjoint(u), right))
    residuals = norm(right - precisely(a, x), axis=0) ** 2
    return (x.ravel() if b.ndim == 1 else x), residuals, rank, s


def tensorinv(a: ArrayLike, ind: int = 2) -> Array:
    """The inverse of an array as a linear map, with respect to `tensordot`.

    Args:
      a: an array whose first `ind` sizes have the product of the others.
      ind: how many axes are those of the map's values.

    Returns:
      x with `tensordot(x, a, ind)` the identity; its first axes are the last of `a`.

    Raises:
      ValueError: if the products of sizes differ, or `ind` is not positive.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.tensorinv(jnp.eye(6).reshape(2, 3, 6)).shape
    (6, 2, 3)
    """
    a = as_array("tensorinv", a)
    ind = operator.index(ind)
    if ind <= 0:
        raise ValueError(f"ind must be a positive integer; got {ind=}")
    first, last = a.shape[:ind], a.shape[ind:]
    if math.prod(first) != math.prod(last):
        raise ValueError(
            "tensorinv is only possible when the product of the first `ind` dimensions equals "
            f"that of the remaining dimensions. got arr.shape={a.shape} with {ind=}."
        )
    return inv(a.reshape(math.prod(first), math.prod(last))).reshape(*last, *first)


def tensorsolve(a: ArrayLike, b: ArrayLike, axes: tuple[int, ...] | None = None) -> Array:
    """Solves `tensordot(a, x, x.ndim) = b`.

    Args:
      a: an array whose first axes are those of `b`, and whose others are those of x.
      b: an array.
      axes: axes of `a` to move to the end first, in the order that they have in `a`.

    Returns:
      x.

    Raises:
      TypeError: if `axes` is no sequence, or has an axis twice.
      ValueError: if shapes do not fit, or `a` has no such axis.

    Like in JAX, axes keep their order; NumPy moves them in the order in which they are given.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.tensorsolve(2 * jnp.eye(6).reshape(2, 3, 6), jnp.ones((2, 3)))
    Array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5], dtype=float32)
    """
    a, b = as_arrays("tensorsolve", a, b)
    if axes is not None:
        last = sorted(canonical_axis(axis, a.ndim) for axis in axes)
        a = lax.transpose(a, [i for i in range(a.ndim) if i not in last] + last)
    shape = a.shape[b.ndim :]
    if a.shape[: b.ndim] != b.shape:
        raise ValueError(
            "After moving axes to end, leading shape of a must match shape of b. "
            f"got a.shape={a.shape}, b.shape={b.shape}"
        )
    if b.size != math.prod(shape):
        raise ValueError(
            "Input arrays must have prod(a.shape[:b.ndim]) == prod(a.shape[b.ndim:]); "
            f"got a.shape={a.shape}, b.ndim={b.ndim}."
        )
    return solve(a.reshape(b.size, b.size), b.ravel()).reshape(shape)
