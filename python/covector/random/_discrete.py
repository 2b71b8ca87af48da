"""Samplers of integers and booleans."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy import iinfo
from covector.random._continuous import sample_shape, uniform
from covector.random._keys import as_shape, check_key, split


def randint(
    key: ArrayLike,
    shape: Any,
    minval: ArrayLike,
    maxval: ArrayLike,
    dtype: DTypeLike = int,
) -> Array:
    """Integers that are uniform in [minval, maxval).

    Args:
      key: a key.
      shape: the shape of the result.
      minval: the bounds; integers that broadcast to the shape.
      maxval: likewise.
      dtype: an integer dtype.

    Returns:
      An array of the shape and dtype; minval where maxval is not larger.

    Raises:
      TypeError: if the dtype or a bound is no integer.

    >>> covector.random.randint(covector.random.PRNGKey(0), (3,), 0, 10).dtype
    dtype('int32')
    """
    d = user_dtype(dtype, "randint")
    if not issubdtype(d, np.integer):
        raise TypeError(f"randint only accepts an integer dtype, got {d}")
    for name, bound in (("minval", minval), ("maxval", maxval)):
        if not issubdtype(jnp.result_type(bound), np.integer):
            raise TypeError(f"randint: {name} must be an integer, got {bound!r}")
    beyond = isinstance(maxval, int) and maxval > int(iinfo(d).max)
    low, high = (_clipped(bound, d) for bound in (minval, maxval))
    return _randint(check_key("randint", key), as_shape(shape), low, high, d, beyond)


def _clipped(bound: ArrayLike, dtype: Any) -> Array:
    """A bound in the dtype; what it cannot hold becomes its extreme."""
    info = iinfo(dtype)
    if isinstance(bound, int):
        return _core.asarray(np.array(min(max(bound, int(info.min)), int(info.max)), dtype))
    x = _core.asarray(bound)
    if x.dtype != dtype:
        x = jnp.clip(x, max(int(info.min), int(iinfo(x.dtype).min)),
                     min(int(info.max), int(iinfo(x.dtype).max)))  # fmt: skip
    return lax.convert_element_type(x, dtype)


@composite("shape", "dtype", "beyond")
def _randint(key: Array, shape: Any, low: Array, high: Array, dtype: Any, beyond: bool) -> Array:
    low, high = jnp.broadcast_to(low, shape), jnp.broadcast_to(high, shape)
    width = 8 * np.dtype(dtype).itemsize
    higher, lower = (_core.random.bits(k, width, shape) for k in split(key))
    word = higher.dtype
    span = lax.convert_element_type(lax.sub(high, low), word)
    span = jnp.where(high <= low, np.ones((), word), span)
    if beyond:
        span = jnp.where(high > low, span + np.ones((), word), span)
    # Twice the bits make the remainder nearly uniform: (higher * 2**width + lower) % span.
    multiplier = lax.rem(jnp.broadcast_to(np.array(2 ** (width // 2), word), shape), span)
    multiplier = lax.rem(lax.mul(multiplier, multiplier), span)
    offset = lax.add(lax.mul(lax.rem(higher, span), multiplier), lax.rem(lower, span))
    return lax.add(low, lax.convert_element_type(lax.rem(offset, span), dtype))


def bernoulli(key: ArrayLike, p: ArrayLike = 0.5, shape: Any = None, mode: str = "low") -> Array:
    """Booleans that are true with probability p.

    Args:
      key: a key.
      p: the probability; an array gives each element its own.
      shape: the shape of the result; None stands for that of p.
      mode: "low" or "high": how finely probabilities are resolved.

    Raises:
      TypeError: if p is not real.
      ValueError: if p does not broadcast to the shape.

    >>> covector.random.bernoulli(covector.random.PRNGKey(0), 1.0)
    Array(True, dtype=bool)
    """
    if mode not in ("low", "high"):
        raise ValueError(f"mode must be 'low' or 'high', got {mode!r}")
    probability = _core.asarray(p)
    if not issubdtype(probability.dtype, np.floating):
        d = _core.canonical_dtype(float)
        if not issubdtype(probability.dtype, np.integer):
            raise TypeError(f"bernoulli probability `p` must have a floating dtype, got "
                            f"{probability.dtype}.")  # fmt: skip
        probability = lax.convert_element_type(probability, d)
    dims = sample_shape("bernoulli", shape, probability)
    return _bernoulli(check_key("bernoulli", key), probability, dims, mode == "high")


@composite("shape", "high")
def _bernoulli(key: Array, p: Array, shape: Any, high: bool) -> Array:
    if high:
        top, bottom = uniform(key, (2, *shape), p.dtype)
        return top - p < -bottom * np.array(
            2.0**-24 if p.dtype == np.float32 else 2.0**-53, p.dtype
        )
    return uniform(key, shape, p.dtype) < p


def rademacher(key: ArrayLike, shape: Any = (), dtype: DTypeLike = int) -> Array:
    """Samples that are -1 or 1, each half of the time."""
    d = user_dtype(dtype, "rademacher")
    return _rademacher(check_key("rademacher", key), as_shape(shape), d)


@composite("shape", "dtype")
def _rademacher(key: Array, shape: Any, dtype: Any) -> Array:
    signs = bernoulli(key, 0.5, shape)
    return (2 * signs.astype(_core.canonical_dtype(int)) - 1).astype(dtype)
