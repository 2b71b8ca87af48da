"""The Pareto distribution."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.pareto.logpdf(2.0, 1.0).shape
    ()
    """
    x, b, loc, scale = inexact("pareto.logpdf", x, b, loc, scale)
    y = (x - loc) / scale
    value = -(lax.log(scale / b) + (b + 1) * lax.log(y))
    return jnp.where(x < loc + scale, -np.inf, value)


@composite()
def pdf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.pareto.pdf(2.0, 1.0).shape
    ()
    """
    return lax.exp(logpdf(x, b, loc, scale))


@composite()
def cdf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.pareto.cdf(2.0, 1.0).shape
    ()
    """
    x, b, loc, scale = inexact("pareto.cdf", x, b, loc, scale)
    y = (x - loc) / scale
    return jnp.where(x < loc + scale, 0, 1 - y**-b)


@composite()
def logcdf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> covector.scipy.stats.pareto.logcdf(2.0, 1.0).shape
    ()
    """
    x, b, loc, scale = inexact("pareto.logcdf", x, b, loc, scale)
    y = (x - loc) / scale
    return jnp.where(x < loc + scale, -np.inf, lax.log1p(-(y**-b)))


@composite()
def logsf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the survival function.

    >>> covector.scipy.stats.pareto.logsf(2.0, 1.0).shape
    ()
    """
    x, b, loc, scale = inexact("pareto.logsf", x, b, loc, scale)
    y = (x - loc) / scale
    return jnp.where(x < loc + scale, 0, -(b * lax.log(y)))


@composite()
def sf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.pareto.sf(2.0, 1.0).shape
    ()
    """
    return lax.exp(logsf(x, b, loc, scale))


@composite()
def ppf(q: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile function, the inverse of the distribution function.

    >>> covector.scipy.stats.pareto.ppf(0.5, 1.0).shape
    ()
    """
    q, b, loc, scale = inexact("pareto.ppf", q, b, loc, scale)
    value = loc + scale * (1 - q) ** -(1 / b)
    return jnp.where(jnp.isnan(q) | (q < 0) | (q > 1), np.nan, value)
