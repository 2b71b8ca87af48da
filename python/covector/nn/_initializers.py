"""Initializers that do not look at the shape: constants and independent samples."""

from typing import Any, Protocol, runtime_checkable

from covector import _core, random
from covector import numpy as jnp
from covector._arguments import place
from covector._core import Array
from covector._typing import ArrayLike


@runtime_checkable
class Initializer(Protocol):
    """A function that makes an array of a shape and dtype from a key.

    >>> isinstance(covector.nn.initializers.zeros, covector.nn.initializers.Initializer)
    True
    """

    def __call__(self, key: Any, shape: Any, dtype: Any = None, out_sharding: Any = None) -> Array:
        """The array."""
        raise NotImplementedError


def default_float(dtype: Any) -> Any:
    """The dtype, or the default floating one for None."""
    return _core.canonical_dtype(float) if dtype is None else dtype


def zeros(key: Any, shape: Any, dtype: Any = None, out_sharding: Any = None) -> Array:
    """An array of zeros; the key is not used.

    >>> covector.nn.initializers.zeros(None, (2,))
    Array([0., 0.], dtype=float32)
    """
    return place(jnp.zeros(shape, default_float(dtype)), None, out_sharding)


def ones(key: Any, shape: Any, dtype: Any = None, out_sharding: Any = None) -> Array:
    """An array of ones; the key is not used.

    >>> covector.nn.initializers.ones(None, (2,))
    Array([1., 1.], dtype=float32)
    """
    return place(jnp.ones(shape, default_float(dtype)), None, out_sharding)


def constant(value: ArrayLike, dtype: Any = None) -> Initializer:
    """An initializer of arrays filled with a value.

    >>> covector.nn.initializers.constant(7)(None, (2,))
    Array([7., 7.], dtype=float32)
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: Any = None) -> Array:
        return place(jnp.full(shape, value, default_float(dtype)), None, out_sharding)

    return init


def uniform(scale: ArrayLike = 1e-2, dtype: Any = None) -> Initializer:
    """An initializer with samples that are uniform in [0, scale).

    >>> covector.nn.initializers.uniform()(covector.random.PRNGKey(0), (2,)).shape
    (2,)
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: Any = None) -> Array:
        d = default_float(dtype)
        return random.uniform(key, shape, d, out_sharding=out_sharding) * jnp.array(scale, d)

    return init


def normal(stddev: ArrayLike = 1e-2, dtype: Any = None) -> Initializer:
    """An initializer with normal samples of mean 0.

    >>> covector.nn.initializers.normal(0.1)(covector.random.PRNGKey(0), (2,)).shape
    (2,)
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: Any = None) -> Array:
        d = default_float(dtype)
        return random.normal(key, shape, d, out_sharding=out_sharding) * jnp.array(stddev, d)

    return init


def truncated_normal(
    stddev: ArrayLike = 1e-2, dtype: Any = None, lower: ArrayLike = -2.0, upper: ArrayLike = 2.0
) -> Initializer:
    """An initializer with samples of a truncated normal distribution, scaled.

    Args:
      stddev: what samples are multiplied by: the deviation before truncation.
      dtype: the dtype if the initializer is called without one.
      lower: the bounds before scaling.
      upper: likewise.

    >>> covector.nn.initializers.truncated_normal()(covector.random.PRNGKey(0), (2,)).shape
    (2,)
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: Any = None) -> Array:
        d = default_float(dtype)
        samples = random.truncated_normal(key, lower, upper, shape, d, out_sharding=out_sharding)
        return samples * jnp.array(stddev, d)

    return init
