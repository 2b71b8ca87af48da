"""The Cauchy distribution."""

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

    >>> covector.scipy.stats.cauchy.logpdf(0.0).shape
    ()
    """
    x, loc, scale = inexact("cauchy.logpdf", x, loc, scale)
    y = (x - loc) / scale
    return -(lax.log(np.pi * scale) + lax.log1p(y * y))


@composite()
def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.cauchy.pdf(0.0).shape
    ()
    """
    return lax.exp(logpdf(x, loc, scale))


@composite()
def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.cauchy.cdf(0.0).shape
    ()
    """
    x, loc, scale = inexact("cauchy.cdf", x, loc, scale)
    return 0.5 + (1 / np.pi) * jnp.arctan((x - loc) / scale)


@composite()
def logcdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> covector.scipy.stats.cauchy.logcdf(0.0).shape
    ()
    """
    return lax.log(cdf(x, loc, scale))


@composite()
def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.cauchy.sf(0.0).shape
    ()
    """
    x, loc, scale = inexact("cauchy.sf", x, loc, scale)
    return cdf(-x, -loc, scale)


@composite()
def logsf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the survival function.

    >>> covector.scipy.stats.cauchy.logsf(0.0).shape
    ()
    """
    x, loc, scale = inexact("cauchy.logsf", x, loc, scale)
    return logcdf(-x, -loc, scale)


@composite()
def isf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The inverse of the survival function.

    >>> covector.scipy.stats.cauchy.isf(0.5).shape
    ()
    """
    q, loc, scale = inexact("cauchy.isf", q, loc, scale)
    return lax.tan(np.pi / 2 - np.pi * q) * scale + loc


@composite()
def ppf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile function, the inverse of the distribution function.

    >>> covector.scipy.stats.cauchy.ppf(0.5).shape
    ()
    """
    q, loc, scale = inexact("cauchy.ppf", q, loc, scale)
    return lax.tan(np.pi * q - np.pi / 2) * scale + loc
