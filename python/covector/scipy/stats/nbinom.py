"""The negative binomial distribution: how many trials fail before n succeed."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


@composite()
def logpmf(k: ArrayLike, n: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of an integer.

    >>> covector.scipy.stats.nbinom.logpmf(1, 3, 0.5).shape
    ()
    """
    k, n, p, loc = inexact("nbinom.logpmf", k, n, p, loc)
    y = k - loc
    ways = special.gammaln(y + n) - special.gammaln(n) - special.gammaln(y + 1)
    value = ways + (special.xlogy(n, p) + special.xlogy(y, 1 - p))
    return jnp.where(k < loc, -np.inf, value)


@composite()
def pmf(k: ArrayLike, n: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of an integer.

    >>> covector.scipy.stats.nbinom.pmf(1, 3, 0.5).shape
    ()
    """
    return lax.exp(logpmf(k, n, p, loc))
