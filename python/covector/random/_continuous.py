"""Samplers of continuous distributions without parameters, and of intervals.

Each draws uniform floats and maps them through the inverse of a distribution function, as JAX
does, so that equal keys give equal samples.
"""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import canonical_shape, place
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy import finfo
from covector.random._keys import check_key, split
from covector.random._parameters import real_dtype, sample_shape, standard


def uniform(
    key: ArrayLike,
    shape: Any = (),
    dtype: DTypeLike | None = None,
    minval: ArrayLike = 0.0,
    maxval: ArrayLike = 1.0,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples that are uniform in [minval, maxval).

    Args:
      key: a key.
      shape: the shape of the result.
      dtype: a floating dtype; None stands for the default one.
      minval: the bounds; broadcast to the shape.
      maxval: likewise.
      out_sharding: where the result goes.

    Returns:
      An array of the shape and dtype.

    Raises:
      ValueError: if the dtype is not real.

    >>> covector.random.uniform(covector.random.PRNGKey(0), (3,)).shape
    (3,)
    """
    k, d = check_key("uniform", key), real_dtype("uniform", dtype)
    return place(_uniform(k, canonical_shape(shape), d, minval, maxval), None, out_sharding)


@composite("shape", "dtype")
def _uniform(key: Array, shape: Any, dtype: Any, minval: ArrayLike, maxval: ArrayLike) -> Array:
    low, high = (
        _spread(lax.convert_element_type(bound, dtype), shape) for bound in (minval, maxval)
    )
    info = finfo(dtype)
    # Random mantissas under the exponent of 1.0 are uniform in [1, 2).
    width = 8 if info.nmant < 8 else info.bits
    word = np.dtype(f"uint{info.bits}")
    words = lax.convert_element_type(_core.random.bits(key, width, shape), word)
    one = np.ones((), dtype).view(word)
    mantissa = lax.shift_right_logical(words, np.array(width - info.nmant, word))
    floats = lax.bitcast_convert_type(lax.bitwise_or(mantissa, one), dtype)
    floats = lax.sub(floats, np.ones((), dtype))
    # Rounding may carry a sample below the lower bound.
    return lax.max(low, lax.add(lax.mul(floats, lax.sub(high, low)), low))


def _spread(x: Array, shape: tuple[int, ...]) -> Array:
    """With as many axes as the shape, so that it broadcasts."""
    return lax.reshape(x, (1,) * (len(shape) - x.ndim) + x.shape)


def normal(
    key: ArrayLike, shape: Any = (), dtype: DTypeLike | None = None, *, out_sharding: Any = None
) -> Array:
    """Samples of the standard normal distribution, real or complex.

    >>> covector.random.normal(covector.random.PRNGKey(0), (2, 2)).shape
    (2, 2)
    """
    k, d = check_key("normal", key), user_dtype(float if dtype is None else dtype, "normal")
    if not issubdtype(d, np.inexact):
        raise ValueError(f"dtype argument to `normal` must be a float or complex dtype, got {d}")
    return place(_normal(k, canonical_shape(shape), d), None, out_sharding)


@composite("shape", "dtype")
def _normal(key: Array, shape: Any, dtype: Any) -> Array:
    if issubdtype(dtype, np.complexfloating):
        real = finfo(dtype).dtype
        key_re, key_im = split(key)
        parts = (_normal(k, shape, real) for k in (key_re, key_im))
        return lax.div(lax.complex(*parts), np.array(np.sqrt(2), dtype))
    low = np.nextafter(np.array(-1.0, dtype), np.array(0.0, dtype), dtype=dtype)
    u = _uniform(key, shape, dtype, low, np.array(1.0, dtype))
    return lax.mul(np.array(np.sqrt(2), dtype), lax.erf_inv(u))


def exponential(
    key: ArrayLike, shape: Any = (), dtype: DTypeLike | None = None, *, out_sharding: Any = None
) -> Array:
    """Samples of the exponential distribution of rate 1.

    >>> bool(covector.random.exponential(covector.random.PRNGKey(0)) >= 0)
    True
    """
    return standard("exponential", _exponential, key, shape, dtype, out_sharding)


@composite("shape", "dtype")
def _exponential(key: Array, shape: Any, dtype: Any) -> Array:
    return lax.neg(lax.log1p(lax.neg(_uniform(key, shape, dtype, 0.0, 1.0))))


def laplace(
    key: ArrayLike, shape: Any = (), dtype: DTypeLike | None = None, *, out_sharding: Any = None
) -> Array:
    """Samples of the standard Laplace distribution.

    >>> covector.random.laplace(covector.random.PRNGKey(0), (2,)).shape
    (2,)
    """
    return standard("laplace", _laplace, key, shape, dtype, out_sharding)


@composite("shape", "dtype")
def _laplace(key: Array, shape: Any, dtype: Any) -> Array:
    u = _uniform(key, shape, dtype, -1.0 + finfo(dtype).epsneg, 1.0)
    return lax.mul(lax.sign(u), lax.log1p(lax.neg(lax.abs(u))))


def logistic(
    key: ArrayLike, shape: Any = (), dtype: DTypeLike | None = None, *, out_sharding: Any = None
) -> Array:
    """Samples of the standard logistic distribution.

    >>> covector.random.logistic(covector.random.PRNGKey(0), (2,)).shape
    (2,)
    """
    return standard("logistic", _logistic, key, shape, dtype, out_sharding)


@composite("shape", "dtype")
def _logistic(key: Array, shape: Any, dtype: Any) -> Array:
    u = _uniform(key, shape, dtype, finfo(dtype).tiny, 1.0)
    return lax.sub(lax.log(u), lax.log1p(lax.neg(u)))


def cauchy(
    key: ArrayLike, shape: Any = (), dtype: DTypeLike | None = None, *, out_sharding: Any = None
) -> Array:
    """Samples of the standard Cauchy distribution.

    >>> covector.random.cauchy(covector.random.PRNGKey(0), (2,)).shape
    (2,)
    """
    return standard("cauchy", _cauchy, key, shape, dtype, out_sharding)


@composite("shape", "dtype")
def _cauchy(key: Array, shape: Any, dtype: Any) -> Array:
    u = _uniform(key, shape, dtype, finfo(dtype).eps, 1.0)
    return lax.tan(lax.mul(np.array(np.pi, dtype), lax.sub(u, np.array(0.5, dtype))))


def maxwell(
    key: ArrayLike, shape: Any = (), dtype: DTypeLike | None = None, *, out_sharding: Any = None
) -> Array:
    """Samples of the Maxwell distribution: lengths of normal vectors in space.

    >>> covector.random.maxwell(covector.random.PRNGKey(0), (2,)).shape
    (2,)
    """
    return standard("maxwell", _maxwell, key, shape, dtype, out_sharding)


@composite("shape", "dtype")
def _maxwell(key: Array, shape: Any, dtype: Any) -> Array:
    x = _normal(key, (*shape, 3), dtype)
    return lax.sqrt(jnp.sum(lax.mul(x, x), axis=-1))


def truncated_normal(
    key: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the normal distribution, of those between two bounds.

    Args:
      key: a key.
      lower: the bounds; broadcast against each other.
      upper: likewise.
      shape: the shape of the result; None stands for that of the bounds.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> x = covector.random.truncated_normal(covector.random.PRNGKey(0), 1.0, 2.0)
    >>> bool((x > 1) & (x < 2))
    True
    """
    k, d = check_key("truncated_normal", key), real_dtype("truncated_normal", dtype)
    dims = sample_shape("truncated_normal", shape, lower, upper)
    low, high = (lax.convert_element_type(_core.asarray(x), d) for x in (lower, upper))
    return place(_truncated_normal(k, low, high, dims, d), None, out_sharding)


@composite("shape", "dtype")
def _truncated_normal(key: Array, low: Array, high: Array, shape: Any, dtype: Any) -> Array:
    root = np.array(np.sqrt(2), dtype)
    a, b = lax.erf(lax.div(low, root)), lax.erf(lax.div(high, root))
    out = lax.mul(root, lax.erf_inv(_uniform(key, shape, dtype, a, b)))
    # Rounding may carry a sample to a bound or beyond.
    inf = np.array(np.inf, dtype)
    low, high = lax.stop_gradient(low), lax.stop_gradient(high)
    return jnp.clip(out, lax.nextafter(low, inf), lax.nextafter(high, -inf))
