"""The uniform distribution on [loc, loc + scale]."""

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

    >>> covector.scipy.stats.uniform.logpdf(0.5).shape
    ()
    """
    x, loc, scale = inexact("uniform.logpdf", x, loc, scale)
    return jnp.where((x > loc + scale) | (x < loc), -np.inf, -lax.log(scale))


@composite()
def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.uniform.pdf(0.5).shape
    ()
    """
    return lax.exp(logpdf(x, loc, scale))


@composite()
def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.uniform.cdf(0.5).shape
    ()
    """
    x, loc, scale = inexact("uniform.cdf", x, loc, scale)
    inside = jnp.where((x >= loc) & (x <= loc + scale), (x - loc) / scale, 0.0)
    return jnp.where(x < loc, 0.0, jnp.where(x > loc + scale, 1.0, inside)).astype(x.dtype)


@composite()
def ppf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile function, the inverse of the distribution function.

    >>> covector.scipy.stats.uniform.ppf(0.5).shape
    ()
    """
    q, loc, scale = inexact("uniform.ppf", q, loc, scale)
    return jnp.where(jnp.isnan(q) | (q < 0) | (q > 1), np.nan, loc + scale * q)
