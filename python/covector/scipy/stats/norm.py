"""The normal distribution."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.norm.logpdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("norm.logpdf", x, loc, scale)
    variance = lax.square(scale)
    constant = lax.log(np.array(2 * np.pi, x.dtype) * variance)
    return (constant + lax.square(x - loc) / variance) / -2


@composite()
def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.norm.pdf(1.0).shape
    ()
    """
    return lax.exp(logpdf(x, loc, scale))


@composite()
def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.norm.cdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("norm.cdf", x, loc, scale)
    return special.ndtr((x - loc) / scale)


@composite()
def logcdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> covector.scipy.stats.norm.logcdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("norm.logcdf", x, loc, scale)
    return special.log_ndtr((x - loc) / scale)


@composite()
def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.norm.sf(1.0).shape
    ()
    """
    x, loc, scale = inexact("norm.sf", x, loc, scale)
    return cdf(-x, -loc, scale)


@composite()
def logsf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the survival function.

    >>> covector.scipy.stats.norm.logsf(1.0).shape
    ()
    """
    x, loc, scale = inexact("norm.logsf", x, loc, scale)
    return logcdf(-x, -loc, scale)


@composite()
def ppf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile function, the inverse of the distribution function.

    >>> covector.scipy.stats.norm.ppf(0.5).shape
    ()
    """
    return jnp.asarray(special.ndtri(q) * scale + loc, float)


@composite()
def isf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The inverse of the survival function.

    >>> covector.scipy.stats.norm.isf(0.5).shape
    ()
    """
    return ppf(1 - jnp.asarray(q), loc, scale)
