"""The normal distribution function, its inverse and its logarithm."""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._typing import ArrayLike
from covector.scipy.special import _coefficients as table
from covector.scipy.special._operands import ratio, single_or_double

_HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


@composite()
def ndtr(x: ArrayLike) -> Array:
    """The normal distribution function.

    Raises:
      TypeError: if x is not of float32 or float64.

    >>> float(covector.scipy.special.ndtr(0.0))
    0.5
    """
    return _ndtr(single_or_double("ndtr", x))


def _ndtr(x: Array) -> Array:
    half_root = np.array(0.5 * np.sqrt(2.0), x.dtype)
    w = x * half_root
    z = lax.abs(w)
    tail = lax.erfc(z)
    far = jnp.where(w > 0, 2.0 - tail, tail)
    return 0.5 * jnp.where(z < half_root, 1.0 + lax.erf(w), far)


@composite()
def ndtri(p: ArrayLike) -> Array:
    """The inverse of the normal distribution function.

    Raises:
      TypeError: if p is not of float32 or float64.

    >>> float(covector.scipy.special.ndtri(1.0))
    inf
    """
    p = single_or_double("ndtri", p)
    q = jnp.where(p > -np.expm1(-2.0), 1.0 - p, p)
    q = jnp.where(q == 0, 0.5, q)
    w = q - 0.5
    ww = lax.square(w)
    middle = w + w * ww * ratio(table.NDTRI_P0, table.NDTRI_Q0, ww)
    middle = middle * -np.sqrt(2 * np.pi)
    z = lax.sqrt(-2.0 * lax.log(q))
    first, t = z - lax.log(z) / z, 1 / z
    far = first - ratio(table.NDTRI_P2, table.NDTRI_Q2, t) / z
    near = first - ratio(table.NDTRI_P1, table.NDTRI_Q1, t) / z
    x = jnp.where(q > np.exp(-2.0), middle, jnp.where(z >= 8.0, far, near))
    x = jnp.where(p > 1 - np.exp(-2.0), x, -x)
    x = jnp.where(p == 0, -np.inf, jnp.where(p == 1, np.inf, x))
    return x.astype(p.dtype)


def log_ndtr(x: ArrayLike, series_order: int = 3) -> Array:
    """The logarithm of the normal distribution function, also far out on the left.

    Args:
      x: an array.
      series_order: how many terms of the asymptotic series are used there.

    Raises:
      TypeError: if x is not of float32 or float64, or the order no integer.
      ValueError: if the order is not in 0, ..., 30.

    >>> float(covector.scipy.special.log_ndtr(jnp.inf))
    -0.0
    """
    if not isinstance(series_order, int):
        raise TypeError("series_order must be a Python integer.")
    if series_order < 0:
        raise ValueError("series_order must be non-negative.")
    if series_order > 30:
        raise ValueError("series_order must be <= 30.")
    return _log_ndtr(single_or_double("log_ndtr", x), series_order)


def _log_ndtr_jvp(order: int, primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    value = _log_ndtr(x, order)
    return value, g * lax.exp(-0.5 * lax.square(x) - _HALF_LOG_2PI - value)


def _log_ndtr_of(x: Array, order: int) -> Array:
    return _log_ndtr_value(x, order)


_log_ndtr = custom_jvp(_log_ndtr_of, nondiff_argnums=(1,))
_log_ndtr.defjvp(_log_ndtr_jvp)


@composite("order")
def _log_ndtr_value(x: Array, order: int) -> Array:
    double = x.dtype == np.float64
    low, high = (np.array(c, x.dtype) for c in ((-20, 8) if double else (-10, 5)))
    right = x > high
    middle = _ndtr(jnp.where(right, -x, lax.max(x, low)))
    left = _log_tail(lax.min(x, low), order)
    return jnp.where(right, -middle, jnp.where(x > low, lax.log(middle), left))


def _log_tail(x: Array, order: int) -> Array:
    """By the asymptotic series of (2 k - 1)!! / (-x^2)^k, DLMF 7.12.1."""
    xx = lax.square(x)
    log_density = -0.5 * xx - lax.log(-x) - np.array(_HALF_LOG_2PI, x.dtype)
    even, odd, power = jnp.zeros_like(x), jnp.zeros_like(x), xx
    factor = 1.0
    for k in range(1, order + 1):
        factor *= 2 * k - 1
        term = np.array(factor, x.dtype) / power
        even, odd = (even, odd + term) if k % 2 else (even + term, odd)
        power = power * xx
    return log_density + lax.log(1.0 + even - odd)
