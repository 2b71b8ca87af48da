"""The generalized normal distribution, of density proportional to exp(-|x|**beta)."""

from covector import lax
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, beta: ArrayLike) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.gennorm.logpdf(1.0, 2.0).shape
    ()
    """
    x, beta = inexact("gennorm.logpdf", x, beta)
    return lax.log(0.5 * beta) - lax.lgamma(1 / beta) - lax.abs(x) ** beta


@composite()
def pdf(x: ArrayLike, beta: ArrayLike) -> Array:
    """The density.

    >>> covector.scipy.stats.gennorm.pdf(1.0, 2.0).shape
    ()
    """
    return lax.exp(logpdf(x, beta))


@composite()
def cdf(x: ArrayLike, beta: ArrayLike) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.gennorm.cdf(1.0, 2.0).shape
    ()
    """
    x, beta = inexact("gennorm.cdf", x, beta)
    return 0.5 * (1 + lax.sign(x) * special.gammainc(1 / beta, lax.abs(x) ** beta))
