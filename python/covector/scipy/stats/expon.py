"""The exponential distribution."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.expon.logpdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("expon.logpdf", x, loc, scale)
    return jnp.where(x < loc, -np.inf, -((x - loc) / scale + lax.log(scale)))


@composite()
def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.expon.pdf(1.0).shape
    ()
    """
    return lax.exp(logpdf(x, loc, scale))


@composite()
def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.expon.cdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("expon.cdf", x, loc, scale)
    y = (loc - x) / scale
    return jnp.where(x < loc, jnp.zeros_like(y), -lax.expm1(y))


@composite()
def logcdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> covector.scipy.stats.expon.logcdf(1.0).shape
    ()
    """
    return lax.log1p(-sf(x, loc, scale))


@composite()
def logsf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the survival function.

    >>> covector.scipy.stats.expon.logsf(1.0).shape
    ()
    """
    x, loc, scale = inexact("expon.sf", x, loc, scale)
    y = (loc - x) / scale
    return jnp.where(x < loc, jnp.zeros_like(y), y)


@composite()
def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.expon.sf(1.0).shape
    ()
    """
    return lax.exp(logsf(x, loc, scale))


@composite()
def ppf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile function, the inverse of the distribution function.

    >>> covector.scipy.stats.expon.ppf(0.5).shape
    ()
    """
    q, loc, scale = inexact("expon.ppf", q, loc, scale)
    bad = jnp.isnan(q) | (q < 0) | (q > 1)
    return jnp.where(bad, np.nan, loc - scale * lax.log1p(-q))
