"""The wrapped Cauchy distribution, on [0, 2 pi]."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, c: ArrayLike) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.wrapcauchy.logpdf(1.0, 0.5).shape
    ()
    """
    x, c = inexact("wrapcauchy.logpdf", x, c)
    square = c * c
    value = jnp.log(1 - square) - np.log(2 * np.pi) - jnp.log(1 + square - 2 * c * jnp.cos(x))
    value = jnp.where((x >= 0) & (x <= np.pi * 2), value, -np.inf)
    return jnp.where((c > 0) & (c < 1), value, np.nan)


@composite()
def pdf(x: ArrayLike, c: ArrayLike) -> Array:
    """The density.

    >>> covector.scipy.stats.wrapcauchy.pdf(1.0, 0.5).shape
    ()
    """
    return lax.exp(logpdf(x, c))
