"""The exponential integrals Ei and E(n)."""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._arguments import as_array
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._typing import ArrayLike
from covector.numpy import finfo
from covector.scipy.special import _coefficients as table
from covector.scipy.special._operands import ratio, real


def expi(x: ArrayLike) -> Array:
    """The exponential integral Ei: of exp(t) / t from -inf to x.

    Raises:
      ValueError: if x is complex.

    >>> float(covector.scipy.special.expi(-200.0))
    -0.0
    """
    return _expi(*real("expi", x))


@custom_jvp
def _expi(x: Array) -> Array:
    return _expi_value(x)


@composite()
def _expi_value(x: Array) -> Array:
    negative = x < 0
    positive = _expi_positive(jnp.where(negative, 1.0, x))
    return jnp.where(negative, -_expn_value(1, jnp.where(negative, -x, 1.0)), positive)


def _expi_positive(x: Array) -> Array:
    value = x * ratio(table.EXPI_A1, table.EXPI_B1, x) + np.euler_gamma + jnp.log(x)
    # From 2 on: exp(x) / x * (1 + P(1 / x) / Q(1 / x) / x).
    w = 1.0 / x
    for k in range(2, 8):
        above, below = getattr(table, f"EXPI_A{k}"), getattr(table, f"EXPI_B{k}")
        scaled = w * ratio(above, below, w) + 1.0
        value = jnp.where(x > 2 ** (k - 1), jnp.exp(x) * w * scaled, value)
    return jnp.where(x > 0, value, jnp.where(x == 0, -np.inf, value)).astype(x.dtype)


def _expi_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    return _expi(x), jnp.exp(x) / x * g


_expi.defjvp(_expi_jvp)


def exp1(x: ArrayLike) -> Array:
    """The exponential integral E(1): of exp(-x t) / t from 1 to inf.

    Raises:
      ValueError: if x is complex.

    >>> float(covector.scipy.special.exp1(0.0))
    inf
    """
    (z,) = real("exp1", x)
    return expn(1, z)


def expn(n: ArrayLike, x: ArrayLike) -> Array:
    """The exponential integral E(n): of exp(-x t) / t**n from 1 to inf.

    Args:
      n: the order; it has no derivative.
      x: where.

    Raises:
      ValueError: if x is complex.

    >>> float(covector.scipy.special.expn(2, 0.0))
    1.0
    """
    return _expn(as_array("expn", n), *real("expn", x))


@custom_jvp
def _expn(n: Array, x: Array) -> Array:
    return _expn_value(n, x)


def _expn_jvp(primals: Any, tangents: Any) -> Any:
    (n, x), (_, g) = primals, tangents
    return _expn(n, x), -g * _expn(n - 1, x)


_expn.defjvp(_expn_jvp)


@composite()
def _expn_value(n: Any, x: Any) -> Array:
    n, x = real("expn", n, x)
    n, x = jnp.broadcast_arrays(n, x)
    few, many = x <= 1, n >= 5000
    by_series = few & ~many & (x > 0) & (n > 0)
    by_fraction = ~few & ~many & (n > 0)
    value = jnp.where(few, _series(n, x, by_series), _fraction(n, x, by_fraction))
    value = jnp.where(many, _large_order(n, x), value)
    value = jnp.where((n == 0) & (x >= 0), jnp.exp(-x) / x, value)
    at_zero = jnp.where(n < 2, np.inf, 1.0 / jnp.where(n < 2, 2.0, n - 1.0))
    value = jnp.where(x == 0, at_zero, value)
    return jnp.where((n < 0) | (x < 0), np.nan, value).astype(x.dtype)


def _series(n: Array, x: Array, on: Array) -> Array:
    """For small x, by DLMF 8.19.8: E(n) = (-x)^(n-1) psi / (n-1)! - sum (-x)^k / (k! (k-n+1))."""
    n = jnp.where(on, n, 1.0)
    x = jnp.where(on, x, 0.5)
    epsilon = np.array(finfo(x.dtype).eps, x.dtype)

    def harmonic(state: Any) -> Any:
        k, psi = state
        return k + 1, psi + jnp.where(k < n, 1.0 / k, 0.0)

    first_psi = (jnp.ones((), x.dtype), -np.euler_gamma - jnp.log(x))
    _, psi = lax.while_loop(lambda s: jnp.any(s[0] < n), harmonic, first_psi)

    def step(state: Any) -> Any:
        k, power, total, going = state
        k = k + 1
        power = power * (-x / k)
        place = k + 1 - n
        term = jnp.where(place != 0, power / jnp.where(place != 0, place, 1.0), 0.0)
        added = total + term
        size = jnp.where(added != 0, jnp.abs(power / added), 1.0)
        return k, power, jnp.where(going, added, total), going & (size > epsilon)

    first = jnp.where(n == 1, 0.0, 1.0 / jnp.where(n == 1, 1.0, 1.0 - n))
    start = (jnp.zeros((), x.dtype), jnp.ones_like(x), first, jnp.ones_like(x, dtype=bool))
    _, _, total, _ = lax.while_loop(lambda s: jnp.any(s[3]), step, start)
    return (-x) ** (n - 1) * psi / jnp.exp(lax.lgamma(n)) - total


def _fraction(n: Array, x: Array, on: Array) -> Array:
    """For large x, by the continued fraction of DLMF 8.19.17."""
    n = jnp.where(on, n, 1.0)
    x = jnp.where(on, x, 2.0)
    epsilon, big = np.array(finfo(x.dtype).eps, x.dtype), np.array(2.0**57, x.dtype)
    one = jnp.ones_like(x)

    def step(state: Any) -> Any:
        k, p2, q2, p1, q1, value, going = state
        k = k + 1
        odd = k % 2 == 1
        y = jnp.where(odd, one, x)
        z = jnp.where(odd, n + (k - 1) / 2, k / 2)
        p, q = p1 * y + p2 * z, q1 * y + q2 * z
        r = jnp.where(q != 0, p / q, value)
        change = jnp.where(q != 0, jnp.abs((value - r) / r), one)
        scale = jnp.where(jnp.abs(p) > big, 1 / big, one)
        terms = (p1 * scale, q1 * scale, p * scale, q * scale)
        return k, *terms, jnp.where(going, r, value), going & (change > epsilon)

    start = (jnp.ones((), x.dtype), one, x, one, x + n, 1.0 / (x + n), one == 1)
    value = lax.while_loop(lambda s: jnp.any(s[6]), step, start)[5]
    return value * jnp.exp(-x)


def _large_order(n: Array, x: Array) -> Array:
    """By the asymptotic series of DLMF 8.20.6."""
    sum_ = x + n
    y = 1.0 / (sum_ * sum_)
    value = y * n * (6.0 * x * x - 8.0 * n * x + n * n)
    value = y * (value + n * (n - 2.0 * x))
    value = y * (value + n)
    return (value + 1.0) * jnp.exp(-x) / sum_
