"""The geometric distribution: how many trials it takes until one succeeds."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


@composite()
def logpmf(k: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of an integer.

    >>> covector.scipy.stats.geom.logpmf(1, 0.5).shape
    ()
    """
    k, p, loc = inexact("geom.logpmf", k, p, loc)
    x = k - loc
    return jnp.where(x <= 0, -np.inf, special.xlog1py(x - 1, -p) + lax.log(p))


@composite()
def pmf(k: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of an integer.

    >>> covector.scipy.stats.geom.pmf(1, 0.5).shape
    ()
    """
    return jnp.exp(logpmf(k, p, loc))
