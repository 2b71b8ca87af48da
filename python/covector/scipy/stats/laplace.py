"""The Laplace distribution."""

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.laplace.logpdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("laplace.logpdf", x, loc, scale)
    return -(lax.abs(x - loc) / scale + lax.log(2 * scale))


@composite()
def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.laplace.pdf(1.0).shape
    ()
    """
    return lax.exp(logpdf(x, loc, scale))


@composite()
def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.laplace.cdf(1.0).shape
    ()
    """
    x, loc, scale = inexact("laplace.cdf", x, loc, scale)
    y = (x - loc) / scale
    return jnp.where(y <= 0, 0.5 * lax.exp(y), 1 - 0.5 * lax.exp(-y))
