"""The Dirichlet distribution."""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._arguments import as_arrays
from covector._composite import composite
from covector._core import Array
from covector._core.numpy import promote_dtypes_inexact
from covector._typing import ArrayLike
from covector.scipy import special


def _check_shapes(x: Array, alpha: Array) -> None:
    if alpha.ndim != 1:
        raise ValueError(f"`alpha` must be one-dimensional; got alpha.shape={alpha.shape}")
    if x.shape[0] not in (alpha.shape[0], alpha.shape[0] - 1):
        raise ValueError(
            "`x` must have either the same number of entries as `alpha` or one entry fewer; got "
            f"x.shape={x.shape}, alpha.shape={alpha.shape}"
        )


def logpdf(x: ArrayLike, alpha: ArrayLike) -> Array:
    """The logarithm of the density.

    Args:
      x: where: numbers that add up to 1 along the first axis; the last may be left out.
      alpha: the concentrations, a vector.

    Raises:
      ValueError: if shapes do not fit.

    >>> covector.scipy.stats.dirichlet.logpdf(jnp.ones(3) / 3, jnp.ones(3)).shape
    ()
    """
    return _logpdf(x, alpha)


@composite()
def _logpdf(x: Any, alpha: Any) -> Array:
    x, alpha = promote_dtypes_inexact(*as_arrays("dirichlet.logpdf", x, alpha))
    _check_shapes(x, alpha)
    if x.shape[0] != alpha.shape[0]:
        x = jnp.concatenate([x, 1 - x.sum(0, keepdims=True)], axis=0)
    constant = jnp.sum(special.gammaln(alpha)) - special.gammaln(jnp.sum(alpha))
    alpha = alpha.reshape(alpha.shape + (1,) * (x.ndim - 1))
    value = jnp.sum(special.xlogy(alpha - 1, x), axis=0) - constant
    inside = jnp.all(x > 0, axis=0) & (jnp.abs(jnp.sum(x, axis=0) - 1) < 1e-6)
    return jnp.where(inside, value, -np.inf)


@composite()
def pdf(x: ArrayLike, alpha: ArrayLike) -> Array:
    """The density.

    >>> covector.scipy.stats.dirichlet.pdf(jnp.ones(3) / 3, jnp.ones(3)).shape
    ()
    """
    return lax.exp(logpdf(x, alpha))
