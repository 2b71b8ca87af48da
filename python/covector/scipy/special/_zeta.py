"""Functions with sums over powers of integers, or products over many gammas."""

import operator
from typing import Any

import numpy as np

import covector
from covector import lax
from covector import numpy as jnp
from covector._arguments import concrete
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._dtypes import dtype_of, issubdtype
from covector._typing import ArrayLike
from covector.numpy import finfo
from covector.scipy.special._gamma import gamma
from covector.scipy.special._more_coefficients import BERNOULLI_RATIOS
from covector.scipy.special._operands import inexact, real


def multigammaln(a: ArrayLike, d: ArrayLike) -> Array:
    """The logarithm of the multivariate gamma function.

    Args:
      a: an array.
      d: the dimension, a known integer.

    >>> covector.scipy.special.multigammaln(jnp.ones(2) * 3, 2).shape
    (2,)
    """
    return _multigammaln(a, int(concrete(d, "d argument of multigammaln")))


@composite("d")
def _multigammaln(a: Any, d: int) -> Array:
    (a,) = inexact("multigammaln", a)
    total = jnp.zeros_like(a)
    for k in range(d):
        total = total + lax.lgamma(a - k / 2)
    return total + np.array(0.25 * d * (d - 1) * np.log(np.pi), a.dtype)


def polygamma(n: ArrayLike, x: ArrayLike) -> Array:
    """The n-th derivative of the digamma function.

    Args:
      n: an integer or an array of integers.
      x: where.

    Raises:
      ValueError: if n is of no integer type, or x complex.

    >>> covector.scipy.special.polygamma(1, jnp.ones(2)).shape
    (2,)
    """
    if not issubdtype(dtype_of(n), np.integer):
        raise ValueError(
            f"Argument `n` to polygamma must be of integer type. Got dtype {dtype_of(n)}."
        )
    return _polygamma(n, x)


@composite()
def _polygamma(n: ArrayLike, x: ArrayLike) -> Array:
    return lax.polygamma(*real("polygamma", n, x))


def zeta(x: ArrayLike, q: ArrayLike | None = None) -> Array:
    """Hurwitz's zeta function: the sum of (k + q)**-x for k = 0, 1, ...

    Args:
      x: the exponent.
      q: the first base.

    Raises:
      NotImplementedError: without q.

    >>> covector.scipy.special.zeta(2.0, jnp.ones(2)).shape
    (2,)
    """
    if q is None:
        raise NotImplementedError(
            "Riemann zeta function not implemented; pass q != None to compute the Hurwitz Zeta "
            "function."
        )
    return _zeta(*inexact("zeta", x, q))


@custom_jvp
def _zeta(x: Array, q: Array) -> Array:
    return _zeta_value(x, q)


@composite()
def _zeta_value(x: Array, q: Array) -> Array:
    return lax.zeta(x, q)


def _zeta_jvp(primals: Any, tangents: Any) -> Any:
    return _zeta(*primals), covector.jvp(_zeta_series, primals, tangents)[1]


_zeta.defjvp(_zeta_jvp)


@composite()
def _zeta_series(s: Array, a: Array) -> Array:
    """By the Euler-Maclaurin formula, which is differentiable by both operands.

    See F. Johansson, "Rigorous high-precision computation of the Hurwitz zeta function and its
    derivatives" (2015).
    """
    terms = 8 if a.dtype == np.float32 else 16
    end = a + terms
    total: Any = 0.0
    for k in range(terms):
        total = total + (a + k) ** -s
    tail: Any = 0.5
    rising: Any = 1.0
    for m in range(2 * terms):
        rising = rising * ((s + m) / end)
        if m % 2 == 0:
            capped = jnp.minimum(rising, np.array(finfo(a.dtype).max, a.dtype))
            tail = tail + capped / np.array(BERNOULLI_RATIOS[m // 2], a.dtype)
    return total + end ** (1 - s) / (s - 1) + end**-s * tail


def bernoulli(n: int) -> Array:
    """The Bernoulli numbers B(0), ..., B(n).

    Args:
      n: the last index, a known integer.

    Raises:
      ValueError: if it is negative.

    >>> covector.scipy.special.bernoulli(1)
    Array([ 1. , -0.5], dtype=float32)
    """
    last = operator.index(concrete(n, "Argument n of bernoulli"))
    if last < 0:
        raise ValueError("n must be a non-negative integer.")
    return _bernoulli(last)


@composite("n")
def _bernoulli(n: int) -> Array:
    first = jnp.array([1.0, -0.5, 1 / 6])
    if n < 3:
        return first[: n + 1]
    # B(m) = -2 (-1)^(m/2) m! / (2 pi)^m * zeta(m), for even m.
    m = jnp.arange(4, n + 1, 2, dtype=first.dtype)
    factor = (1.0 / np.pi**2) * jnp.cumprod(-(m - 1) * m / 4 / np.pi**2)
    k = jnp.arange(2, 50, dtype=first.dtype)
    zetas = 1 + jnp.sum(k[:, None] ** -m[None, :], axis=0)
    return jnp.zeros(n + 1).at[:3].set(first).at[4::2].set(factor * zetas)


def poch(z: ArrayLike, m: ArrayLike) -> Array:
    """The rising factorial: gamma(z + m) / gamma(z).

    Args:
      z: where it begins.
      m: how many factors.

    >>> round(float(covector.scipy.special.poch(2.0, 3.0)))
    24
    """
    return _poch(*real("poch", z, m))


@custom_jvp
def _poch(z: Array, m: Array) -> Array:
    return _poch_value(z, m)


@composite()
def _poch_value(z: Array, m: Array) -> Array:
    return jnp.where(m == 0.0, 1.0, gamma(z + m) / gamma(z)).astype(z.dtype)


def _poch_jvp(primals: Any, tangents: Any) -> Any:
    (z, m), (dz, dm) = primals, tangents
    value, slope = _poch(z, m), lax.digamma(z + m)
    return value, (slope - lax.digamma(z)) * value * dz + slope * value * dm


_poch.defjvp(_poch_jvp)
