"""The Bernoulli distribution: 1 with probability p, else 0."""

import numpy as np

from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


@composite()
def logpmf(k: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of an integer.

    >>> covector.scipy.stats.bernoulli.logpmf(1, 0.5).shape
    ()
    """
    k, p, loc = inexact("bernoulli.logpmf", k, p, loc)
    x = k - loc
    log_probability = special.xlogy(x, p) + special.xlog1py(1 - x, -p)
    return jnp.where((x < 0) | (x > 1), -np.inf, log_probability)


@composite()
def pmf(k: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of an integer.

    >>> covector.scipy.stats.bernoulli.pmf(1, 0.5).shape
    ()
    """
    return jnp.exp(logpmf(k, p, loc))


@composite()
def cdf(k: ArrayLike, p: ArrayLike) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.bernoulli.cdf(1, 0.5).shape
    ()
    """
    k, p = inexact("bernoulli.cdf", k, p)
    value = jnp.where(k < 0, 0.0, jnp.where(k < 1, 1 - p, 1.0))
    bad = jnp.isnan(k) | jnp.isnan(p) | (p < 0) | (p > 1)
    return jnp.where(bad, np.nan, value).astype(p.dtype)


@composite()
def ppf(q: ArrayLike, p: ArrayLike) -> Array:
    """The quantile function, the inverse of the distribution function.

    >>> covector.scipy.stats.bernoulli.ppf(0.5, 0.5).shape
    ()
    """
    q, p = inexact("bernoulli.ppf", q, p)
    bad = jnp.isnan(q) | jnp.isnan(p) | (p < 0) | (p > 1) | (q < 0) | (q > 1)
    return jnp.where(bad, np.nan, jnp.where(q <= 1 - p, 0.0, 1.0)).astype(q.dtype)
