"""The von Mises distribution, on the circle."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.special._operands import inexact


@composite()
def logpdf(x: ArrayLike, kappa: ArrayLike) -> Array:
    """The logarithm of the density.

    >>> covector.scipy.stats.vonmises.logpdf(1.0, 2.0).shape
    ()
    """
    x, kappa = inexact("vonmises.logpdf", x, kappa)
    value = kappa * (jnp.cos(x) - 1) - jnp.log(2 * np.pi * lax.bessel_i0e(kappa))
    return jnp.where(kappa > 0, value, np.nan)


@composite()
def pdf(x: ArrayLike, kappa: ArrayLike) -> Array:
    """The density.

    >>> covector.scipy.stats.vonmises.pdf(1.0, 2.0).shape
    ()
    """
    return lax.exp(logpdf(x, kappa))
