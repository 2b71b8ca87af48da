"""The beta distribution."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


@composite()
def logpdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.beta.logpdf(0.5, 2.0, 2.0).shape
    ()
    """
    x, a, b, loc, scale = inexact("beta.logpdf", x, a, b, loc, scale)
    y = (x - loc) / scale
    linear = special.xlogy(a - 1, y) + special.xlog1py(b - 1, -y)
    value = linear - special.betaln(a, b) - lax.log(scale)
    value = jnp.where((x > loc + scale) | (x < loc), -np.inf, value)
    return jnp.where((a <= 0) | (b <= 0) | (scale <= 0), np.nan, value)


@composite()
def pdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The density.

    >>> covector.scipy.stats.beta.pdf(0.5, 2.0, 2.0).shape
    ()
    """
    return lax.exp(logpdf(x, a, b, loc, scale))


@composite()
def cdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.beta.cdf(0.5, 2.0, 2.0).shape
    ()
    """
    x, a, b, loc, scale = inexact("beta.cdf", x, a, b, loc, scale)
    return special.betainc(a, b, jnp.clip((x - loc) / scale, 0, 1))


@composite()
def logcdf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The logarithm of the distribution function.

    >>> covector.scipy.stats.beta.logcdf(0.5, 2.0, 2.0).shape
    ()
    """
    return lax.log(cdf(x, a, b, loc, scale))


@composite()
def sf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The survival function: 1 minus the distribution function.

    >>> covector.scipy.stats.beta.sf(0.5, 2.0, 2.0).shape
    ()
    """
    x, a, b, loc, scale = inexact("beta.sf", x, a, b, loc, scale)
    return special.betainc(b, a, 1 - jnp.clip((x - loc) / scale, 0, 1))


@composite()
def logsf(
    x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1
) -> Array:
    """The logarithm of the survival function.

    >>> covector.scipy.stats.beta.logsf(0.5, 2.0, 2.0).shape
    ()
    """
    return lax.log(sf(x, a, b, loc, scale))
