"""The beta-binomial distribution."""

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


@composite()
def logpmf(k: ArrayLike, n: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of an integer.

    >>> covector.scipy.stats.betabinom.logpmf(1, 3, 2.0, 2.0).shape
    ()
    """
    k, n, a, b, loc = inexact("betabinom.logpmf", k, n, a, b, loc)
    y = lax.floor(k) - loc
    ways = -(lax.log1p(n) + special.betaln(n - y + 1, y + 1))
    value = ways + special.betaln(y + a, n - y + b) - special.betaln(a, b)
    value = jnp.where((y == 0) & (n == 0), 0.0, value)
    value = jnp.where((y < -loc) | (y > n) | (y + a <= 0), -np.inf, value)
    return jnp.where((n < 0) | (a <= 0) | (b <= 0), np.nan, value)


@composite()
def pmf(k: ArrayLike, n: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of an integer.

    >>> covector.scipy.stats.betabinom.pmf(1, 3, 2.0, 2.0).shape
    ()
    """
    return lax.exp(logpmf(k, n, a, b, loc))
