"""The multinomial distribution."""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._core.numpy import promote_dtypes
from covector._dtypes import issubdtype
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


def logpmf(x: ArrayLike, n: ArrayLike, p: ArrayLike) -> Array:
    """The logarithm of the probability of counts.

    Args:
      x: the counts, integers, along the last axis.
      n: their sum.
      p: probabilities of the categories.

    Raises:
      ValueError: if counts are no integers.

    >>> covector.scipy.stats.multinomial.logpmf(jnp.array([1, 2]), 3, jnp.ones(2) / 2).shape
    ()
    """
    return _logpmf(x, n, p)


@composite()
def _logpmf(x: Any, n: Any, p: Any) -> Array:
    (p,) = inexact("multinomial.logpmf", p)
    x, n = promote_dtypes(jnp.asarray(x), jnp.asarray(n))
    if not issubdtype(x.dtype, np.integer):
        raise ValueError(
            f"x and n must be of integer type; got x.dtype={x.dtype}, n.dtype={n.dtype}"
        )
    x, n = x.astype(p.dtype), n.astype(p.dtype)
    terms = special.xlogy(x, p) - special.gammaln(x + 1)
    value = special.gammaln(n + 1) + jnp.sum(terms, axis=-1)
    return jnp.where(jnp.sum(x) == n, value, -np.inf)


@composite()
def pmf(x: ArrayLike, n: ArrayLike, p: ArrayLike) -> Array:
    """The probability of an integer.

    >>> covector.scipy.stats.multinomial.pmf(jnp.array([1, 2]), 3, jnp.ones(2) / 2).shape
    ()
    """
    return lax.exp(logpmf(x, n, p))
