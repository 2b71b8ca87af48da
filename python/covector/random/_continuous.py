"""Samplers of continuous distributions.

Each draws uniform floats and maps them through the inverse of a distribution function, as JAX
does, so that equal keys give equal samples.
"""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy import finfo
from covector.random._keys import as_shape, check_key, split


def real_dtype(function: str, dtype: DTypeLike) -> Any:
    """The dtype of samples, which must be real.

    Raises:
      ValueError: if it is not.
    """
    d = user_dtype(dtype, function)
    if not issubdtype(d, np.floating):
        raise ValueError(f"dtype argument to `{function}` must be a float dtype, got {d}")
    return d


def sample_shape(function: str, shape: Any, *parameters: Array) -> tuple[int, ...]:
    """The shape asked for, or that of the parameters, which must broadcast to it.

    Raises:
      ValueError: if they do not.
    """
    own = jnp.broadcast_shapes(*(p.shape for p in parameters))
    if shape is None:
        return own
    asked = as_shape(shape)
    if own != asked and jnp.broadcast_shapes(asked, own) != asked:
        raise ValueError(
            f"{function} parameter shapes must be broadcast-compatible with shape argument, and "
            f"the result of broadcasting the shapes must equal the shape argument, but got "
            f"parameters of shape {own} for shape {asked}"
        )
    return asked


def uniform(
    key: ArrayLike,
    shape: Any = (),
    dtype: DTypeLike = float,
    minval: ArrayLike = 0.0,
    maxval: ArrayLike = 1.0,
) -> Array:
    """Samples that are uniform in [minval, maxval).

    Args:
      key: a key.
      shape: the shape of the result.
      dtype: a floating dtype.
      minval: the bounds; broadcast to the shape.
      maxval: likewise.

    Returns:
      An array of the shape and dtype.

    Raises:
      ValueError: if the dtype is not real.

    >>> covector.random.uniform(covector.random.PRNGKey(0), (3,)).shape
    (3,)
    """
    d = real_dtype("uniform", dtype)
    return _uniform(check_key("uniform", key), as_shape(shape), d, minval, maxval)


@composite("shape", "dtype")
def _uniform(key: Array, shape: Any, dtype: Any, minval: ArrayLike, maxval: ArrayLike) -> Array:
    low, high = (
        _spread(lax.convert_element_type(bound, dtype), shape) for bound in (minval, maxval)
    )
    info = finfo(dtype)
    # Random mantissas under the exponent of 1.0 are uniform in [1, 2).
    width = max(info.bits, 8)
    words = _core.random.bits(key, width, shape)
    one = np.ones((), dtype).view(words.dtype)
    mantissa = lax.shift_right_logical(words, np.array(width - info.nmant, words.dtype))
    floats = lax.bitcast_convert_type(lax.bitwise_or(mantissa, one), dtype)
    floats = lax.sub(floats, np.ones((), dtype))
    # Rounding may carry a sample below the lower bound.
    return lax.max(low, lax.add(lax.mul(floats, lax.sub(high, low)), low))


def _spread(x: Array, shape: tuple[int, ...]) -> Array:
    """With as many axes as the shape, so that it broadcasts."""
    return lax.reshape(x, (1,) * (len(shape) - x.ndim) + x.shape)


def normal(key: ArrayLike, shape: Any = (), dtype: DTypeLike = float) -> Array:
    """Samples of the standard normal distribution, real or complex.

    >>> covector.random.normal(covector.random.PRNGKey(0), (2, 2)).shape
    (2, 2)
    """
    d = user_dtype(dtype, "normal")
    if not issubdtype(d, np.inexact):
        raise ValueError(f"dtype argument to `normal` must be a float or complex dtype, got {d}")
    return _normal(check_key("normal", key), as_shape(shape), d)


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


def exponential(key: ArrayLike, shape: Any = (), dtype: DTypeLike = float) -> Array:
    """Samples of the exponential distribution of rate 1."""
    d = real_dtype("exponential", dtype)
    return _exponential(check_key("exponential", key), as_shape(shape), d)


@composite("shape", "dtype")
def _exponential(key: Array, shape: Any, dtype: Any) -> Array:
    return lax.neg(lax.log1p(lax.neg(_uniform(key, shape, dtype, 0.0, 1.0))))


def gumbel(
    key: ArrayLike, shape: Any = (), dtype: DTypeLike = float, mode: str | None = None
) -> Array:
    """Samples of the standard Gumbel distribution.

    Args:
      key: a key.
      shape: the shape of the result.
      dtype: a floating dtype.
      mode: "low" (the default) or "high", which spends twice the bits on the upper tail.
    """
    if mode not in (None, "low", "high"):
        raise ValueError("Must provide valid mode for random.gumbel: 'low' or 'high'")
    d = real_dtype("gumbel", dtype)
    return _gumbel(check_key("gumbel", key), as_shape(shape), d, mode == "high")


@composite("shape", "dtype", "high")
def _gumbel(key: Array, shape: Any, dtype: Any, high: bool) -> Array:
    if high:
        top, bottom = _uniform(key, (2, *shape), dtype, 0.0, 1.0)
        u = lax.add(top, lax.mul(bottom, np.array(finfo(dtype).eps, dtype)))
        u = lax.max(u, np.array(finfo(dtype).tiny, dtype))
        return lax.neg(lax.log(lax.neg(lax.log1p(lax.neg(u)))))
    u = _uniform(key, shape, dtype, finfo(dtype).tiny, 1.0)
    return lax.neg(lax.log(lax.neg(lax.log(u))))


def laplace(key: ArrayLike, shape: Any = (), dtype: DTypeLike = float) -> Array:
    """Samples of the standard Laplace distribution."""
    d = real_dtype("laplace", dtype)
    return _laplace(check_key("laplace", key), as_shape(shape), d)


@composite("shape", "dtype")
def _laplace(key: Array, shape: Any, dtype: Any) -> Array:
    u = _uniform(key, shape, dtype, -1.0 + finfo(dtype).epsneg, 1.0)
    return lax.mul(lax.sign(u), lax.log1p(lax.neg(lax.abs(u))))


def logistic(key: ArrayLike, shape: Any = (), dtype: DTypeLike = float) -> Array:
    """Samples of the standard logistic distribution."""
    d = real_dtype("logistic", dtype)
    return _logistic(check_key("logistic", key), as_shape(shape), d)


@composite("shape", "dtype")
def _logistic(key: Array, shape: Any, dtype: Any) -> Array:
    u = _uniform(key, shape, dtype, finfo(dtype).tiny, 1.0)
    return lax.log(lax.div(u, lax.sub(np.ones((), dtype), u)))


def cauchy(key: ArrayLike, shape: Any = (), dtype: DTypeLike = float) -> Array:
    """Samples of the standard Cauchy distribution."""
    d = real_dtype("cauchy", dtype)
    return _cauchy(check_key("cauchy", key), as_shape(shape), d)


@composite("shape", "dtype")
def _cauchy(key: Array, shape: Any, dtype: Any) -> Array:
    u = _uniform(key, shape, dtype, finfo(dtype).eps, 1.0)
    return lax.tan(lax.mul(np.array(np.pi, dtype), lax.sub(u, np.array(0.5, dtype))))


def truncated_normal(
    key: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike = float,
) -> Array:
    """Samples of the normal distribution, of those between two bounds.

    Args:
      key: a key.
      lower: the bounds; broadcast against each other.
      upper: likewise.
      shape: the shape of the result; None stands for that of the bounds.
      dtype: a floating dtype.
    """
    d = real_dtype("truncated_normal", dtype)
    low, high = _core.asarray(lower, d), _core.asarray(upper, d)
    dims = sample_shape("truncated_normal", shape, low, high)
    return _truncated_normal(check_key("truncated_normal", key), low, high, dims, d)


@composite("shape", "dtype")
def _truncated_normal(key: Array, low: Array, high: Array, shape: Any, dtype: Any) -> Array:
    root = np.array(np.sqrt(2), dtype)
    a, b = lax.erf(lax.div(low, root)), lax.erf(lax.div(high, root))
    out = lax.mul(root, lax.erf_inv(_uniform(key, shape, dtype, a, b)))
    # Rounding may carry a sample to a bound or beyond.
    inf = np.array(np.inf, dtype)
    first = jnp.broadcast_to(lax.nextafter(low, inf), shape)
    last = jnp.broadcast_to(lax.nextafter(high, -inf), shape)
    return lax.clamp(first, out, last)
