"""The Poisson distribution."""

import numpy as np

from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy import special
from covector.scipy.special._operands import inexact


def _summed_entropy(mu: Array, terms: int, end: Array) -> Array:
    k = jnp.arange(terms, dtype=mu.dtype).reshape((terms,) + (1,) * mu.ndim)
    probabilities = jnp.where(k < jnp.ceil(end), pmf(k, mu), 0.0)
    return jnp.sum(special.entr(probabilities), axis=0)


@composite()
def logpmf(k: ArrayLike, mu: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of an integer.

    >>> covector.scipy.stats.poisson.logpmf(1, 2.0).shape
    ()
    """
    k, mu, loc = inexact("poisson.logpmf", k, mu, loc)
    x = k - loc
    value = special.xlogy(x, mu) - special.gammaln(x + 1) - mu
    return jnp.where((x < 0) | (jnp.round(k) != k), -np.inf, value)


@composite()
def pmf(k: ArrayLike, mu: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of an integer.

    >>> covector.scipy.stats.poisson.pmf(1, 2.0).shape
    ()
    """
    return jnp.exp(logpmf(k, mu, loc))


@composite()
def cdf(k: ArrayLike, mu: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The distribution function.

    >>> covector.scipy.stats.poisson.cdf(1, 2.0).shape
    ()
    """
    k, mu, loc = inexact("poisson.cdf", k, mu, loc)
    x = k - loc
    return jnp.where(x < 0, 0, special.gammaincc(jnp.floor(1 + x), mu))


@composite()
def entropy(mu: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The entropy: by its sum, and for large mu by an asymptotic series.

    >>> covector.scipy.stats.poisson.entropy(2.0).shape
    ()
    """
    mu, loc = inexact("poisson.entropy", mu, loc)
    small = _summed_entropy(jnp.where(mu < 10, mu, 1.0), 35, mu + 20)
    medium = _summed_entropy(jnp.where(mu < 100, mu, 1.0), 250, mu + 10 * jnp.sqrt(mu) + 20)
    large = 0.5 * jnp.log(2 * np.pi * np.e * mu) - 1.0 / (12 * mu)
    value = jnp.where(mu < 10, small, jnp.where(mu < 100, medium, large))
    value = jnp.where(mu == 0, jnp.zeros_like(mu), value)
    return jnp.broadcast_to(value, jnp.broadcast_shapes(mu.shape, loc.shape))
