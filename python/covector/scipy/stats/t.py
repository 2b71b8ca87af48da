"""Student's t distribution."""

import numpy as np

from covector import lax
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.t.logpdf(1.0, 3.0).shape
    ()
    """
    x, df, loc, scale = inexact("t.logpdf", x, df, loc, scale)
    y = (x - loc) / scale
    half = df / 2
    width = lax.log(scale * scale * np.pi * df) / 2
    constant = lax.lgamma(half) + width - lax.lgamma(half + 0.5)
    return -(constant + (half + 0.5) * lax.log1p(y * y / df))


@composite()
def pdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> covector.scipy.stats.t.pdf(1.0, 3.0).shape
    ()
    """
    return lax.exp(logpdf(x, df, loc, scale))
