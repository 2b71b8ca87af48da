"""The right-skewed Gumbel distribution, of largest values."""

import numpy as np

from covector import lax, nn
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.gumbel_r.logpdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("gumbel_r.logpdf", x, loc, scale)
    z = (x - loc) / scale
    return jnp.where(scale > 0, -(z + lax.exp(-z)) - lax.log(scale), np.nan)


@composite()
def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.gumbel_r.pdf(1.0).shape
    ()
    """
    return lax.exp(logpdf(x, loc, scale))


@composite()
def logcdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> covector.scipy.stats.gumbel_r.logcdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("gumbel_r.logcdf", x, loc, scale)
    z = (x - loc) / scale
    return jnp.where(scale > 0, -lax.exp(-z), np.nan)


@composite()
def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.gumbel_r.cdf(1.0).shape
    ()
    """
    return lax.exp(logcdf(x, loc, scale))


@composite()
def ppf(p: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile function, the inverse of the distribution function.

    >>> covector.scipy.stats.gumbel_r.ppf(0.5).shape
    ()
    """
    p, loc, scale = inexact("gumbel_r.ppf", p, loc, scale)
    value = loc - scale * lax.log(-lax.log(p))
    return jnp.where((p > 0) & (p < 1), value, np.nan)


@composite()
def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.gumbel_r.sf(1.0).shape
    ()
    """
    x, loc, scale = inexact("gumbel_r.sf", x, loc, scale)
    z = (x - loc) / scale
    return jnp.where(scale > 0, 1 - lax.exp(-lax.exp(-z)), np.nan)


@composite()
def logsf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the survival function.

    >>> covector.scipy.stats.gumbel_r.logsf(1.0).shape
    ()
    """
    x, loc, scale = inexact("gumbel_r.logsf", x, loc, scale)
    z = (x - loc) / scale
    return jnp.where(scale > 0, nn.log1mexp(lax.exp(-z)), np.nan)
