"""Samplers of vectors and matrices that need a factorization."""

from typing import Any

import numpy as np

from covector import _core
from covector import numpy as jnp
from covector._arguments import canonical_shape, concrete, place
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.random._continuous import _normal
from covector.random._keys import check_key
from covector.random._parameters import check_shape


def multivariate_normal(
    key: ArrayLike,
    mean: ArrayLike,
    cov: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    method: str = "cholesky",
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of a normal distribution of vectors.

    Args:
      key: a key.
      mean: the mean, a vector or an array of vectors.
      cov: the covariance, a symmetric positive (semi)definite matrix or an array of them.
      shape: the leading axes of the result; None stands for those of mean and covariance,
        broadcast.
      dtype: a floating dtype; None stands for that of the mean.
      method: how the covariance is factored: "cholesky", or "eigh" or "svd", which take
        singular matrices too.
      out_sharding: where the result goes.

    Raises:
      ValueError: if shapes do not fit, or there is no such method.

    >>> key = covector.random.PRNGKey(0)
    >>> covector.random.multivariate_normal(key, jnp.zeros(2), jnp.eye(2), (3,)).shape
    (3, 2)
    """
    k = check_key("multivariate_normal", key)
    m, c = _core.numpy.promote_dtypes_inexact(_core.asarray(mean), _core.asarray(cov))
    if method not in ("svd", "eigh", "cholesky"):
        raise ValueError("method must be one of {'svd', 'eigh', 'cholesky'}")
    d = m.dtype if dtype is None else user_dtype(dtype, "multivariate_normal")
    if not issubdtype(d, np.floating):
        raise ValueError(f"dtype argument to `multivariate_normal` must be a float dtype, got {d}")
    _check_moments(m, c)
    leading = (m.shape[:-1], c.shape[:-2])
    dims = jnp.broadcast_shapes(*leading) if shape is None else canonical_shape(shape)
    check_shape("normal", dims, *leading)
    return place(_multivariate_normal(k, m, c, dims, d, method), None, out_sharding)


def _check_moments(mean: Array, cov: Array) -> None:
    if mean.ndim < 1:
        raise ValueError("multivariate_normal requires mean.ndim >= 1, got mean.ndim == 0")
    if cov.ndim < 2:
        raise ValueError(f"multivariate_normal requires cov.ndim >= 2, got cov.ndim == {cov.ndim}")
    n = mean.shape[-1]
    if cov.shape[-2:] != (n, n):
        raise ValueError(
            f"multivariate_normal requires cov.shape == (..., n, n) for n={n}, but got cov.shape "
            f"== {cov.shape}."
        )


@composite("shape", "dtype", "method")
def _multivariate_normal(
    key: Array, mean: Array, cov: Array, shape: Any, dtype: Any, method: str
) -> Array:
    if method == "svd":
        u, s, _ = jnp.linalg.svd(cov)
        factor = u * jnp.sqrt(s[..., None, :])
    elif method == "eigh":
        w, v = jnp.linalg.eigh(cov)
        factor = v * jnp.sqrt(w[..., None, :])
    else:
        factor = jnp.linalg.cholesky(cov)
    samples = _normal(key, (*shape, mean.shape[-1]), dtype)
    noise = jnp.einsum("...ij,...j->...i", factor, samples)
    return jnp.broadcast_to(mean, noise.shape) + noise


def orthogonal(
    key: ArrayLike,
    n: int,
    shape: Any = (),
    dtype: DTypeLike | None = None,
    m: int | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Orthogonal (or unitary) matrices, uniform by the Haar measure.

    They are factors of normal matrices, with signs made unique (Mezzadri, "How to generate
    random matrices from the classical compact groups", 2007).

    Args:
      key: a key.
      n: the number of rows.
      shape: the leading axes of the result.
      dtype: a floating or complex dtype; None stands for the default one.
      m: the number of columns; None stands for n. If it is another, rows or columns are
        orthonormal, whichever are fewer.
      out_sharding: where the result goes.

    >>> covector.random.orthogonal(covector.random.PRNGKey(0), 3, (2,)).shape
    (2, 3, 3)
    """
    k, d = check_key("orthogonal", key), user_dtype(float if dtype is None else dtype, "orthogonal")
    context = "The error occurred in jax.random.orthogonal()"
    rows = int(concrete(n, context))
    columns = rows if m is None else int(concrete(m, context))
    return place(_orthogonal(k, rows, columns, canonical_shape(shape), d), None, out_sharding)


@composite("n", "m", "shape", "dtype")
def _orthogonal(key: Array, n: int, m: int, shape: Any, dtype: Any) -> Array:
    z = _normal(key, (*shape, max(n, m), min(n, m)), dtype)
    q, r = jnp.linalg.qr(z)
    d = jnp.diagonal(r, axis1=-2, axis2=-1)
    x = q * jnp.expand_dims(jnp.sign(d), -2)
    return x.mT if n < m else x
