"""The chi-square distribution."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.chi2.logpdf(1.0, 3.0).shape
    ()
    """
    x, df, loc, scale = inexact("chi2.logpdf", x, df, loc, scale)
    y = (x - loc) / scale
    half = df / 2
    kernel = (half - 1) * lax.log(y) - y / 2
    constant = -(lax.lgamma(half) + np.log(2).astype(x.dtype) * df / 2)
    return jnp.where(x < loc, -np.inf, constant - lax.log(scale) + kernel)


@composite()
def pdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.chi2.pdf(1.0, 3.0).shape
    ()
    """
    return lax.exp(logpdf(x, df, loc, scale))


@composite()
def cdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.chi2.cdf(1.0, 3.0).shape
    ()
    """
    x, df, loc, scale = inexact("chi2.cdf", x, df, loc, scale)
    return special.gammainc(df / 2, jnp.clip((x - loc) / (scale * 2), 0, np.inf))


@composite()
def logcdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> covector.scipy.stats.chi2.logcdf(1.0, 3.0).shape
    ()
    """
    return lax.log(cdf(x, df, loc, scale))


@composite()
def sf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.chi2.sf(1.0, 3.0).shape
    ()
    """
    x, df, loc, scale = inexact("chi2.sf", x, df, loc, scale)
    return special.gammaincc(df / 2, jnp.clip((x - loc) / (scale * 2), 0, np.inf))


@composite()
def logsf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the survival function.

    >>> covector.scipy.stats.chi2.logsf(1.0, 3.0).shape
    ()
    """
    return lax.log(sf(x, df, loc, scale))
