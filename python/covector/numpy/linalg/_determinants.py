"""Determinants."""

from typing import Any, NamedTuple

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._typing import ArrayLike
from covector.lax import linalg
from covector.numpy.linalg._inverses import solve_matrix
from covector.numpy.linalg._matrices import inexact


class SlogdetResult(NamedTuple):
    """The sign of a determinant and the logarithm of its absolute value."""

    sign: Array
    logabsdet: Array


@composite("method")
def slogdet(a: ArrayLike, *, method: str | None = None) -> SlogdetResult:
    """Signs of determinants, and logarithms of their absolute values.

    Args:
      a: square matrices, `(..., n, n)`.
      method: 'lu' for the LU factorization, which is the default, or 'qr'.

    Returns:
      Two arrays of the leading shape, as a named tuple. The sign of a complex determinant has
      absolute value one; of a singular matrix it is zero, and the logarithm -inf.

    Raises:
      ValueError: if the matrices are not square, or for another method.
      NotImplementedError: for method 'qr' of complex matrices.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.slogdet(-jnp.eye(3)).sign
    Array(-1., dtype=float32)
    """
    (a,) = inexact("slogdet", a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"Argument to slogdet() must have shape [..., n, n], got {a.shape}")
    if method not in (None, "lu", "qr"):
        raise ValueError(
            f"Unknown slogdet method '{method}'. Supported methods are 'lu' (`None`), and 'qr'."
        )
    if method == "qr" and jnp.iscomplexobj(a):
        raise NotImplementedError("slogdet method='qr' not implemented for complex inputs")
    return SlogdetResult(*_slogdet("qr" if method == "qr" else "lu", a))


def _sign_and_logarithm(method: str, a: Array) -> tuple[Array, Array]:
    if method == "qr":
        return _by_reflections(a)
    if a.shape[-1] in (1, 2):
        d = _small(a)
        return lax.sign(d), jnp.log(jnp.abs(d))
    factors, pivots, _ = linalg.lu(a)
    diagonal = jnp.diagonal(factors, axis1=-2, axis2=-1)
    signs = jnp.prod(lax.sign(diagonal), axis=-1)
    return signs * _exchanges(pivots, a), jnp.sum(jnp.log(jnp.abs(diagonal)), axis=-1)


_slogdet = custom_jvp(_sign_and_logarithm, nondiff_argnums=(0,))


# d log(det a) = trace(a^-1 da); what of it is imaginary turns the sign.
@_slogdet.defjvp
def _slogdet_jvp(method: str, primals: Any, tangents: Any) -> Any:
    (a,), (da,) = primals, tangents
    sign, logarithm = _slogdet(method, a)
    t = jnp.trace(solve_matrix(a, da), axis1=-2, axis2=-1)
    if not jnp.iscomplexobj(a):
        return (sign, logarithm), (jnp.zeros_like(sign), t)
    return (sign, logarithm), ((t - jnp.real(t).astype(t.dtype)) * sign, jnp.real(t))


def _by_reflections(a: Array) -> tuple[Array, Array]:
    """The determinant of R, and -1 for each reflection in Q."""
    r, factors = linalg.geqrf(a)
    diagonal = jnp.diagonal(r, axis1=-2, axis2=-1)
    made = jnp.where(factors[..., : a.shape[-1] - 1] != 0, -1, 1)
    sign = jnp.prod(lax.sign(diagonal), axis=-1)
    return (
        sign * jnp.prod(made, axis=-1).astype(sign.dtype),
        jnp.sum(jnp.log(jnp.abs(diagonal)), axis=-1),
    )


def _exchanges(pivots: Array, a: Array) -> Array:
    """The determinant of the permutation that pivots make."""
    places = lax.broadcasted_iota(pivots.dtype, pivots.shape, pivots.ndim - 1)
    moved = jnp.sum(pivots != places, axis=-1)
    return (1 - 2 * (moved % 2)).astype(a.dtype)


@composite()
def det(a: ArrayLike) -> Array:
    """Determinants of square matrices.

    Args:
      a: square matrices, `(..., n, n)`.

    Returns:
      An array of the leading shape. It can be differentiated at singular matrices too.

    Raises:
      ValueError: if the matrices are not square.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.det(jnp.array([[1.0, 2.0], [3.0, 4.0]]))
    Array(-2., dtype=float32)
    """
    (a,) = inexact("det", a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"Argument to _det() must have shape [..., n, n], got {a.shape}")
    return _small(a) if a.shape[-1] in (2, 3) else _det(a)


def _small(a: Array) -> Array:
    """By the formula of Leibniz, for up to three rows."""
    n = a.shape[-1]
    if n == 1:
        return a[..., 0, 0]

    def diagonal(step: int, offset: int) -> Array:
        terms = [a[..., i, (offset + step * i) % n] for i in range(n)]
        product = terms[0]
        for term in terms[1:]:
            product = product * term
        return product

    if n == 2:
        return diagonal(1, 0) - diagonal(1, 1)
    descending = diagonal(1, 0) + diagonal(1, 1) + diagonal(1, 2)
    return descending - diagonal(-1, 2) - diagonal(-1, 0) - diagonal(-1, 1)


@custom_jvp
def _det(a: Array) -> Array:
    sign, logarithm = _slogdet("lu", a)
    return sign * jnp.exp(logarithm).astype(sign.dtype)


# d det(a) = trace(adj(a) da), by Jacobi.
@_det.defjvp
def _det_jvp(primals: Any, tangents: Any) -> Any:
    (a,), (da,) = primals, tangents
    value, product = _times_adjugate(a, da)
    return value, jnp.trace(product, axis1=-2, axis2=-1)


def _times_adjugate(a: Array, b: Array) -> tuple[Array, Array]:
    """det(a) and adj(a) b, where adj(a) is det(a) a^-1 also in the limit of singular matrices.

    Pivoting leaves a zero for the last pivot if the rank is one less than the size. That pivot
    divides the last row alone, so the determinant of the others goes there instead. For still
    smaller ranks adj(a) is zero.
    """
    n = a.shape[-1]
    if n == 0:
        return jnp.ones(a.shape[:-2], a.dtype), b
    if n == 1:
        return a[..., 0, 0], b
    factors, pivots, permutation = linalg.lu(a)
    diagonal = jnp.diagonal(factors, axis1=-2, axis2=-1)
    minors = jnp.cumprod(diagonal, axis=-1) * _exchanges(pivots, a)[..., None]
    whole = minors[..., -1]
    factors = factors.at[..., -1, -1].set(1.0 / minors[..., -2])

    def upper(x: Array) -> Array:
        return linalg.triangular_solve(factors, x, left_side=True)

    finite = jnp.isfinite(upper(jnp.ones((*a.shape[:-1], 1), a.dtype)))
    regular = jnp.all(finite, axis=(-2, -1), keepdims=True)
    x = jnp.take_along_axis(b, permutation[..., None], axis=-2)
    x = jnp.where(regular, x, 0)
    x = linalg.triangular_solve(factors, x, left_side=True, lower=True, unit_diagonal=True)
    last = np.arange(n).reshape(*[1] * (a.ndim - 2), n, 1) == n - 1
    x = upper(jnp.where(last, x, x * whole[..., None, None]))
    return whole, jnp.where(regular, x, 0)
