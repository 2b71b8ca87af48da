"""The normal distribution truncated to [a, b], in units of the scale."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact
from covector.scipy.stats import norm


def _log_mass(a: Array, b: Array) -> Array:
    """The logarithm of the probability that a normal variate is in [a, b]."""
    a, b = jnp.broadcast_arrays(a, b)
    right = a > 0
    # In a tail the difference is taken of logarithms, on the left, where they are exact.
    low, high = jnp.where(right, -b, a), jnp.where(right, -a, b)
    logs = jnp.stack([special.log_ndtr(high), special.log_ndtr(low)])
    signs = jnp.stack([jnp.ones_like(a), -jnp.ones_like(a)])
    tail = special.logsumexp(logs, b=signs, axis=0)
    middle = jnp.log1p(-special.ndtr(a) - special.ndtr(-b))
    return jnp.where((b <= 0) | right, tail, middle)


@composite()
def logpdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.truncnorm.logpdf(0.5, -1.0, 1.0).shape
    ()
    """
    x, a, b, loc, scale = inexact("truncnorm.logpdf", x, a, b, loc, scale)
    value = norm.logpdf(x, loc, scale) - _log_mass(a, b)
    y = (x - loc) / scale
    value = jnp.where((y < a) | (y > b), -np.inf, value)
    return jnp.where(a >= b, np.nan, value)


@composite()
def pdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The density.

    >>> covector.scipy.stats.truncnorm.pdf(0.5, -1.0, 1.0).shape
    ()
    """
    return lax.exp(logpdf(x, a, b, loc, scale))


@composite()
def logcdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The logarithm of the distribution function.

    >>> covector.scipy.stats.truncnorm.logcdf(0.5, -1.0, 1.0).shape
    ()
    """
    x, a, b, loc, scale = inexact("truncnorm.logcdf", x, a, b, loc, scale)
    y = (x - loc) / scale
    whole = _log_mass(a, b)
    below, above = _log_mass(a, y) - whole, _log_mass(y, b) - whole
    value = jnp.where(below > -0.1, jnp.log1p(-jnp.exp(above)), below)
    value = jnp.where(y >= b, 0.0, jnp.where(y <= a, -np.inf, value))
    return jnp.where(a >= b, np.nan, value)


@composite()
def cdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.truncnorm.cdf(0.5, -1.0, 1.0).shape
    ()
    """
    return lax.exp(logcdf(x, a, b, loc, scale))


@composite()
def logsf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The logarithm of the survival function.

    >>> covector.scipy.stats.truncnorm.logsf(0.5, -1.0, 1.0).shape
    ()
    """
    x, a, b, loc, scale = inexact("truncnorm.logsf", x, a, b, loc, scale)
    return logcdf(-x, -b, -a, -loc, scale)


@composite()
def sf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.truncnorm.sf(0.5, -1.0, 1.0).shape
    ()
    """
    return lax.exp(logsf(x, a, b, loc, scale))
