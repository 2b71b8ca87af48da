"""The gamma distribution."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.gamma.logpdf(1.0, 2.0).shape
    ()
    """
    x, a, loc, scale = inexact("gamma.logpdf", x, a, loc, scale)
    inside = x >= loc
    y = jnp.where(inside, (x - loc) / scale, 1)
    value = special.xlogy(a - 1, y) - y - (special.gammaln(a) + lax.log(scale))
    return jnp.where(inside, value, -np.inf)


@composite()
def pdf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.gamma.pdf(1.0, 2.0).shape
    ()
    """
    return lax.exp(logpdf(x, a, loc, scale))


@composite()
def cdf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.gamma.cdf(1.0, 2.0).shape
    ()
    """
    x, a, loc, scale = inexact("gamma.cdf", x, a, loc, scale)
    return special.gammainc(a, jnp.clip((x - loc) / scale, 0, np.inf))


@composite()
def logcdf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> covector.scipy.stats.gamma.logcdf(1.0, 2.0).shape
    ()
    """
    return lax.log(cdf(x, a, loc, scale))


@composite()
def sf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.gamma.sf(1.0, 2.0).shape
    ()
    """
    x, a, loc, scale = inexact("gamma.sf", x, a, loc, scale)
    y = (x - loc) / scale
    return jnp.where(y < 0, 1, special.gammaincc(a, y))


@composite()
def logsf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the survival function.

    >>> covector.scipy.stats.gamma.logsf(1.0, 2.0).shape
    ()
    """
    return lax.log(sf(x, a, loc, scale))
