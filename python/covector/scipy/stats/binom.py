"""The binomial distribution: how many of n trials succeed."""

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

    >>> covector.scipy.stats.binom.logpmf(1, 3, 0.5).shape
    ()
    """
    k, n, p, loc = inexact("binom.logpmf", k, n, p, loc)
    y = k - loc
    ways = special.gammaln(n + 1) - (special.gammaln(y + 1) + special.gammaln(n - y + 1))
    linear = special.xlogy(y, p) + special.xlog1py(n - y, -p)
    value = jnp.where(((y == 0) & (n == 0)) | (linear == 0), 0.0, ways + linear)
    return jnp.where((k >= loc) & (k < loc + n + 1), value, -np.inf)


@composite()
def pmf(k: ArrayLike, n: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of an integer.

    >>> covector.scipy.stats.binom.pmf(1, 3, 0.5).shape
    ()
    """
    return lax.exp(logpmf(k, n, p, loc))
