"""The logistic distribution."""

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

    >>> covector.scipy.stats.logistic.logpdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("logistic.logpdf", x, loc, scale)
    half = (x - loc) / scale / 2
    return -2 * jnp.logaddexp(half, -half) - lax.log(scale)


@composite()
def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.logistic.pdf(1.0).shape
    ()
    """
    return lax.exp(logpdf(x, loc, scale))


@composite()
def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.logistic.cdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("logistic.cdf", x, loc, scale)
    return special.expit((x - loc) / scale)


@composite()
def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.logistic.sf(1.0).shape
    ()
    """
    x, loc, scale = inexact("logistic.sf", x, loc, scale)
    return special.expit(-((x - loc) / scale))


@composite()
def ppf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile function, the inverse of the distribution function.

    >>> covector.scipy.stats.logistic.ppf(0.5).shape
    ()
    """
    x, loc, scale = inexact("logistic.ppf", x, loc, scale)
    return special.logit(x) * scale + loc


@composite()
def isf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The inverse of the survival function.

    >>> covector.scipy.stats.logistic.isf(0.5).shape
    ()
    """
    x, loc, scale = inexact("logistic.isf", x, loc, scale)
    return -special.logit(x) * scale + loc
