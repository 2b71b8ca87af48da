"""The normal distribution of vectors."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import as_arrays
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike


def logpdf(x: ArrayLike, mean: ArrayLike, cov: ArrayLike, allow_singular: None = None) -> Array:
    """The logarithm of the density.

    Args:
      x: where, a vector or an array of vectors.
      mean: the mean; a scalar stands for one dimension.
      cov: the covariance, a matrix or an array of them; a scalar multiplies the identity.
      allow_singular: must be None.

    Raises:
      NotImplementedError: if `allow_singular` is given.
      ValueError: if shapes do not fit.

    >>> covector.scipy.stats.multivariate_normal.logpdf(jnp.zeros(2), jnp.zeros(2), 1.0).shape
    ()
    """
    if allow_singular is not None:
        raise NotImplementedError("allow_singular argument of multivariate_normal.logpdf")
    return _logpdf(x, mean, cov)


@composite()
def _logpdf(x: Any, mean: Any, cov: Any) -> Array:
    arrays = as_arrays("multivariate_normal.logpdf", x, mean, cov)
    x, mean, cov = _core.numpy.promote_dtypes_inexact(*arrays)
    log_2pi = np.log(2 * np.pi).astype(x.dtype)
    if not mean.ndim:
        return -1 / 2 * jnp.square(x - mean) / cov - 1 / 2 * (log_2pi + jnp.log(cov))
    n, y = mean.shape[-1], x - mean
    if not cov.ndim:
        return -1 / 2 * jnp.sum(y * y, -1) / cov - n / 2 * (log_2pi + jnp.log(cov))
    if cov.ndim < 2 or cov.shape[-2:] != (n, n):
        raise ValueError("multivariate_normal.logpdf got incompatible shapes")
    factor = jnp.linalg.cholesky(cov)
    leading = jnp.broadcast_shapes(y.shape[:-1], factor.shape[:-2])
    rows = jnp.broadcast_to(y, (*leading, n))[..., None]
    white = lax.linalg.triangular_solve(
        jnp.broadcast_to(factor, (*leading, n, n)), rows, left_side=True, lower=True
    )[..., 0]
    log_det = jnp.log(jnp.diagonal(factor, axis1=-1, axis2=-2)).sum(-1)
    return -1 / 2 * jnp.sum(white * white, -1) - n / 2 * log_2pi - log_det


@composite()
def pdf(x: ArrayLike, mean: ArrayLike, cov: ArrayLike) -> Array:
    """The density.

    >>> covector.scipy.stats.multivariate_normal.pdf(jnp.zeros(2), jnp.zeros(2), 1.0).shape
    ()
    """
    return lax.exp(logpdf(x, mean, cov))
