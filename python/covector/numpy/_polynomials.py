"""Polynomials as vectors of coefficients, the highest power first."""

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, index
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.numpy._editing import trim_zeros
from covector.numpy._products import convolve


def polyval(p: ArrayLike, x: ArrayLike, *, unroll: int = 16) -> Array:
    """The value of a polynomial, by Horner's scheme.

    Args:
      p: the coefficients, a vector; or an array of them along the first axis.
      x: where to evaluate.
      unroll: how many steps of a loop to put into one.

    Returns:
      An array of the shape of `x`, after broadcasting with the other axes of `p`.

    Raises:
      TypeError: if an argument is no array.

    >>> import covector.numpy as jnp
    >>> jnp.polyval(jnp.array([1.0, 2.0, 3.0]), 10.0)
    Array(123., dtype=float32)
    """
    return _polyval(*as_arrays("polyval", p, x))


@composite()
def _polyval(p: Array, x: Array) -> Array:
    p, x = _core.numpy.promote_dtypes(p, x)
    shape = lax.broadcast_shapes(p.shape[1:], x.shape)
    out = lax.full_like(x, 0, dtype=x.dtype, shape=shape)
    for i in range(p.shape[0]):
        out = out * x + lax.index_in_dim(p, i, 0, keepdims=False)
    return out


def polyadd(a1: ArrayLike, a2: ArrayLike) -> Array:
    """The sum of two polynomials.

    Args:
      a1, a2: vectors of coefficients.

    Returns:
      A vector of coefficients.

    >>> import covector.numpy as jnp
    >>> jnp.polyadd(jnp.array([1, 2]), jnp.array([9, 5, 4]))
    Array([9, 6, 6], dtype=int32)
    """
    a1, a2 = as_arrays("polyadd", a1, a2)
    return _polyadd(a1, a2, 1)


def polysub(a1: ArrayLike, a2: ArrayLike) -> Array:
    """The difference of two polynomials.

    Args:
      a1, a2: vectors of coefficients.

    Returns:
      A vector of coefficients.

    >>> import covector.numpy as jnp
    >>> jnp.polysub(jnp.array([1, 2]), jnp.array([9, 5, 4]))
    Array([-9, -4, -2], dtype=int32)
    """
    a1, a2 = as_arrays("polysub", a1, a2)
    return _polyadd(a1, a2, -1)


@composite("sign")
def _polyadd(a1: Array, a2: Array, sign: int) -> Array:
    a1, a2 = _core.numpy.promote_dtypes(a1, a2)
    size = a1.shape[0] if a1.shape[0] > a2.shape[0] else a2.shape[0]
    zero = _core.convert(0, a1.dtype)
    a1, a2 = (lax.pad(a, zero, [(size - a.shape[0], 0, 0)]) for a in (a1, a2))
    return a1 + a2 if sign > 0 else a1 - a2


def polymul(a1: ArrayLike, a2: ArrayLike, *, trim_leading_zeros: bool = False) -> Array:
    """The product of two polynomials.

    Args:
      a1, a2: vectors of coefficients.
      trim_leading_zeros: drop zeros before the first coefficient; values have to be known.

    Returns:
      A vector of coefficients.

    >>> import covector.numpy as jnp
    >>> jnp.polymul(jnp.array([1.0, 2.0]), jnp.array([1.0, 3.0]))
    Array([1., 5., 6.], dtype=float32)
    """
    factors = _core.numpy.promote_dtypes_inexact(*as_arrays("polymul", a1, a2))
    if trim_leading_zeros and any(f.size > 1 for f in factors):
        factors = tuple(trim_zeros(f, "f") for f in factors)
    first, second = (f if f.size else lax.full((1,), 0, f.dtype) for f in factors)
    return convolve(first, second)


def polydiv(u: ArrayLike, v: ArrayLike, *, trim_leading_zeros: bool = False) -> tuple[Array, Array]:
    """The quotient and the rest of two polynomials.

    Args:
      u: the coefficients of the dividend.
      v: the coefficients of the divisor.
      trim_leading_zeros: drop zeros before the first coefficient of the rest; values have to
        be known.

    Returns:
      Two vectors of coefficients.

    >>> import covector.numpy as jnp
    >>> jnp.polydiv(jnp.array([1.0, 5.0, 6.0]), jnp.array([1.0, 3.0]))[0]
    Array([1., 2.], dtype=float32)
    """
    quotient, rest = _polydiv(*as_arrays("polydiv", u, v))
    if trim_leading_zeros:
        tolerance = np.sqrt(np.finfo(np.asarray(rest).dtype).eps)
        rest = trim_zeros(_core.numpy.where(_core.numpy.abs(rest) < tolerance, 0, rest), "f")
    return quotient, rest


@composite()
def _polydiv(u: Array, v: Array) -> tuple[Array, Array]:
    u, v = _core.numpy.promote_dtypes_inexact(u, v)
    scale = 1.0 / v[0]
    quotient = []
    for k in range(u.size - v.size + 1):
        factor = scale * u[k]
        quotient.append(lax.reshape(factor, (1,)))
        u = _core.numpy.setitem("add", u, slice(k, k + v.size), -factor * v)
    if not quotient:
        return lax.full((1,), 0, u.dtype), u
    return lax.concatenate(quotient, 0), u


def polyder(p: ArrayLike, m: int = 1) -> Array:
    """The derivative of a polynomial.

    Args:
      p: the coefficients.
      m: how often to differentiate.

    Returns:
      A vector of coefficients.

    Raises:
      ValueError: if `m` is negative.

    >>> import covector.numpy as jnp
    >>> jnp.polyder(jnp.array([1.0, 1.0, 1.0]))
    Array([2., 1.], dtype=float32)
    """
    m = index(m, "'m' argument of jnp.polyder")
    if m < 0:
        raise ValueError("Order of derivative must be positive")
    return _polyder(as_array("polyder", p), m)


@composite("m")
def _polyder(p: Array, m: int) -> Array:
    (p,) = _core.numpy.promote_dtypes_inexact(p)
    if m == 0:
        return p
    powers = np.arange(p.size - 1, m - 1, -1, dtype=float)
    factors = np.prod([powers - i for i in range(m)], axis=0)
    return lax.slice_in_dim(p, 0, max(p.size - m, 0)) * _core.convert(factors, p.dtype)


def polyint(p: ArrayLike, m: int = 1, k: ArrayLike | None = None) -> Array:
    """The integral of a polynomial.

    Args:
      p: the coefficients.
      m: how often to integrate.
      k: the constants, one or one for each time; zero by default.

    Returns:
      A vector of coefficients.

    Raises:
      ValueError: if `m` is negative or the constants do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.polyint(jnp.array([2.0, 1.0]))
    Array([1., 1., 0.], dtype=float32)
    """
    m = index(m, "'m' argument of jnp.polyint")
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    p, k = as_arrays("polyint", p, 0 if k is None else k)
    if k.ndim > 1 or (k.size != 1 and k.shape != (m,)):
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or m.")
    return _polyint(p, k, m)


@composite("m")
def _polyint(p: Array, k: Array, m: int) -> Array:
    p, k = _core.numpy.promote_dtypes_inexact(p, k)
    if m == 0:
        return p
    k = lax.broadcast_in_dim(lax.reshape(k, ()), (m,), ()) if k.size == 1 else k
    powers = np.arange(p.size + m - 1, -1, -1, dtype=float)
    factors = np.prod([np.maximum(powers - i, 1) for i in range(m)], axis=0)
    return lax.concatenate([p, k], 0) / _core.convert(factors, p.dtype)


def vander(x: ArrayLike, N: int | None = None, increasing: bool = False) -> Array:
    """The matrix of powers of numbers.

    Args:
      x: a vector.
      N: the number of columns; as many as numbers by default.
      increasing: powers ascend from left to right.

    Returns:
      A matrix of shape `(x.size, N)`.

    Raises:
      ValueError: if `x` is no vector or `N` negative.

    >>> import covector.numpy as jnp
    >>> jnp.vander(jnp.array([1, 2]), 3)
    Array([[1, 1, 1],
           [4, 2, 1]], dtype=int32)
    """
    x = as_array("vander", x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array")
    N = x.shape[0] if N is None else index(N, "'N' argument of jnp.vander()")
    if N < 0:
        raise ValueError("N must be nonnegative")
    return _vander(x, N, bool(increasing))


@composite("count", "increasing")
def _vander(x: Array, count: int, increasing: bool) -> Array:
    powers = lax.iota(x.dtype, count)
    powers = powers if increasing else lax.rev(powers, (0,))
    return _core.numpy.power(lax.expand_dims(x, (1,)), lax.expand_dims(powers, (0,)))
