"""Samplers of continuous distributions with parameters, by maps of standard samples."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import canonical_shape, place
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.random._continuous import _exponential, _maxwell, _normal, _uniform
from covector.random._discrete import _rademacher
from covector.random._keys import check_key, split
from covector.random._parameters import check_safe, parametric, real_dtype, sample_shape


def pareto(
    key: ArrayLike,
    b: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the Pareto distribution: density b / x**(b + 1) on [1, inf).

    Args:
      key: a key.
      b: the exponent.
      shape: the shape of the result; None stands for that of `b`.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> bool(covector.random.pareto(covector.random.PRNGKey(0), 2.0) >= 1)
    True
    """
    return parametric("pareto", _pareto, key, (b,), shape, dtype, out_sharding)


@composite("shape", "dtype")
def _pareto(key: Array, b: Array, shape: Any, dtype: Any) -> Array:
    return lax.exp(_exponential(key, shape, dtype) / lax.convert_element_type(b, dtype))


def rayleigh(
    key: ArrayLike,
    scale: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the Rayleigh distribution: lengths of normal vectors in the plane.

    Args:
      key: a key.
      scale: the standard deviation of the coordinates.
      shape: the shape of the result; None stands for that of `scale`.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> covector.random.rayleigh(covector.random.PRNGKey(0), jnp.ones(2)).shape
    (2,)
    """
    return parametric("rayleigh", _rayleigh, key, (scale,), shape, dtype, out_sharding)


@composite("shape", "dtype")
def _rayleigh(key: Array, scale: Array, shape: Any, dtype: Any) -> Array:
    u = _uniform(key, shape, dtype, 0.0, 1.0)
    radius = lax.sqrt(lax.mul(lax.log(u), np.array(-2, dtype)))
    return lax.mul(jnp.broadcast_to(scale.astype(dtype), shape), radius)


def wald(
    key: ArrayLike,
    mean: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the Wald (inverse Gaussian) distribution of scale 1.

    The method is that of Michael, Schucany and Haas, "Generating random variates using
    transformations with multiple roots" (1976).

    Args:
      key: a key.
      mean: the mean.
      shape: the shape of the result; None stands for that of `mean`.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> bool(covector.random.wald(covector.random.PRNGKey(0), jnp.float32(1)) > 0)
    True
    """
    return parametric("wald", _wald, key, (mean,), shape, dtype, out_sharding)


@composite("shape", "dtype")
def _wald(key: Array, mean: Array, shape: Any, dtype: Any) -> Array:
    key_v, key_z = split(key)
    mean = jnp.broadcast_to(mean.astype(dtype), shape)
    v, z = _normal(key_v, shape, dtype), _uniform(key_z, shape, dtype, 0.0, 1.0)
    y = lax.integer_pow(v, 2)
    square = lax.integer_pow(mean, 2)
    root = lax.sqrt(4 * mean * y + square * lax.integer_pow(y, 2))
    x = mean + square * y / 2 - mean / 2 * root
    return jnp.where(z <= mean / (mean + x), x, square / x)


def weibull_min(
    key: ArrayLike,
    scale: ArrayLike,
    concentration: ArrayLike,
    shape: Any = (),
    dtype: DTypeLike | None = None,
) -> Array:
    """Samples of the Weibull distribution.

    Args:
      key: a key.
      scale: what samples are multiplied by.
      concentration: the exponent.
      shape: the shape of the uniform variates that samples are made of.
      dtype: a floating dtype; None stands for the default one.

    >>> bool(covector.random.weibull_min(covector.random.PRNGKey(0), 1.0, 2.0) >= 0)
    True
    """
    k, d = check_key("weibull_min", key), real_dtype("weibull_min", dtype)
    return _weibull_min(k, scale, concentration, canonical_shape(shape), d)


@composite("shape", "dtype")
def _weibull_min(key: Array, scale: Any, concentration: Any, shape: Any, dtype: Any) -> Array:
    u = _uniform(key, shape, dtype, 0, 1)
    return jnp.power(-jnp.log1p(-u), 1.0 / concentration) * scale


def double_sided_maxwell(
    key: ArrayLike,
    loc: ArrayLike,
    scale: ArrayLike,
    shape: Any = (),
    dtype: DTypeLike | None = None,
) -> Array:
    """Samples of the Maxwell distribution with a random sign, scaled and moved.

    Args:
      key: a key.
      loc: what is added.
      scale: what samples are multiplied by.
      shape: leading axes of the result, before those of the parameters; () stands for the
        shape of the parameters.
      dtype: a floating dtype; None stands for the default one.

    >>> covector.random.double_sided_maxwell(covector.random.PRNGKey(0), 0.0, 1.0, (3,)).shape
    (3,)
    """
    k, d = check_key("double_sided_maxwell", key), real_dtype("double_sided_maxwell", dtype)
    own = jnp.broadcast_shapes(np.shape(loc), np.shape(scale))
    dims = (canonical_shape(shape) or own) + own
    return _double_sided_maxwell(k, loc, scale, dims, d)


@composite("shape", "dtype")
def _double_sided_maxwell(key: Array, loc: Any, scale: Any, shape: Any, dtype: Any) -> Array:
    size, sign = split(key)
    return _rademacher(sign, shape, dtype) * _maxwell(size, shape, dtype) * scale + loc


def triangular(
    key: ArrayLike,
    left: ArrayLike,
    mode: ArrayLike,
    right: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the triangular distribution.

    Args:
      key: a key.
      left: where the density begins.
      mode: where it is highest.
      right: where it ends.
      shape: the shape of the result; None stands for that of the parameters.
      dtype: a floating dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> x = covector.random.triangular(covector.random.PRNGKey(0), 1.0, 2.0, 4.0)
    >>> bool((x >= 1) & (x <= 4))
    True
    """
    own = (left, mode, right)
    return parametric("triangular", _triangular, key, own, shape, dtype, out_sharding)


@composite("shape", "dtype")
def _triangular(
    key: Array, left: Array, mode: Array, right: Array, shape: Any, dtype: Any
) -> Array:
    left, mode, right = (
        jnp.broadcast_to(lax.convert_element_type(x, dtype), shape) for x in (left, mode, right)
    )
    u = _uniform(key, shape, dtype, 0.0, 1.0)
    below = left + lax.sqrt(u * (right - left) * (mode - left))
    above = right - lax.sqrt((1 - u) * (right - left) * (right - mode))
    return jnp.where(u < (mode - left) / (right - left), below, above)


_ONE: ArrayLike = np.float32(1)


def lognormal(
    key: ArrayLike,
    sigma: ArrayLike = _ONE,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Exponentials of normal samples with mean 0.

    Args:
      key: a key.
      sigma: the standard deviation of the logarithm.
      shape: the shape of the result; None stands for that of `sigma`.
      dtype: a real or complex dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> bool(covector.random.lognormal(covector.random.PRNGKey(0)) > 0)
    True
    """
    k = check_key("lognormal", key)
    d = user_dtype(float if dtype is None else dtype, "lognormal")
    if not issubdtype(d, np.inexact):
        raise ValueError(f"dtype argument to `lognormal` must be a float or complex dtype, got {d}")
    dims = sample_shape("lognormal", shape, sigma)
    check_safe("lognormal", d, sigma)
    return place(_lognormal(k, _core.asarray(sigma), dims, d), None, out_sharding)


@composite("shape", "dtype")
def _lognormal(key: Array, sigma: Array, shape: Any, dtype: Any) -> Array:
    return lax.exp(_normal(key, shape, dtype) * lax.convert_element_type(sigma, dtype))
