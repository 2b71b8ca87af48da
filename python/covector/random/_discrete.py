"""Samplers of integers and booleans."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import canonical_shape, check_arraylike, place
from covector._composite import composite
from covector._core import Array
from covector._dtypes import dtype_of, issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy import finfo, iinfo
from covector.random._continuous import _uniform
from covector.random._keys import check_key, split
from covector.random._parameters import check_shape, integer_dtype, sample_shape


def randint(
    key: ArrayLike,
    shape: Any,
    minval: ArrayLike,
    maxval: ArrayLike,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Integers that are uniform in [minval, maxval), up to a small bias.

    The bias is that of remainders of numbers with twice the bits of the dtype, at least 64.

    Args:
      key: a key.
      shape: the shape of the result.
      minval: the bounds; integers that broadcast to the shape.
      maxval: likewise.
      dtype: an integer dtype; None stands for the default one.
      out_sharding: where the result goes.

    Returns:
      An array of the shape and dtype; minval where maxval is not larger.

    Raises:
      TypeError: if the dtype is no integer.

    >>> covector.random.randint(covector.random.PRNGKey(0), (3,), 0, 10).dtype
    dtype('int32')
    """
    k, d = check_key("randint", key), user_dtype(int if dtype is None else dtype, "randint")
    if not issubdtype(d, np.integer):
        raise TypeError(f"randint only accepts integer dtypes, got {d}")
    dims, info = canonical_shape(shape), iinfo(d)
    wide = d
    if info.bits < 32:  # fewer bits have a bias that is noticed
        wide, low, high = np.dtype(np.int32), int(info.min), int(info.max)
        minval = jnp.asarray(minval).astype(wide).clip(low, high)
        maxval = jnp.asarray(maxval).astype(wide).clip(low, high + 1)
    check_arraylike("randint", minval, maxval)
    check_shape("randint", dims, np.shape(minval), np.shape(maxval))
    return place(_randint(k, dims, minval, maxval, wide).astype(d), None, out_sharding)


def _clipped(bound: Array, dtype: Any) -> Array:
    """A bound in the dtype; what it cannot hold becomes its extreme."""
    info, own = iinfo(dtype), iinfo(bound.dtype)
    low, high = max(int(info.min), int(own.min)), min(int(info.max), int(own.max))
    limits = (np.array(x, bound.dtype) for x in (low, high))
    return jnp.clip(bound, *limits).astype(dtype)


def _integer(bound: ArrayLike) -> Array:
    x = jnp.asarray(bound)
    return x if issubdtype(x.dtype, np.integer) else x.astype(int)


@composite("shape", "dtype")
def _randint(key: Array, shape: Any, minval: Any, maxval: Any, dtype: Any) -> Array:
    minval, maxval = _integer(minval), _integer(maxval)
    beyond = maxval > _clipped(jnp.array(iinfo(dtype).max, dtype), maxval.dtype)
    low, high = _clipped(minval, dtype), _clipped(maxval, dtype)
    width = iinfo(dtype).bits
    higher, lower = (_core.random.bits(k, width, shape) for k in split(key))
    word = higher.dtype
    one = np.ones((), word)
    span = lax.convert_element_type(high - low, word)
    span = jnp.where(high <= low, one, span)
    # A span of all numbers wraps around to 0, and the remainder by 0 is the number itself.
    span = jnp.where(beyond & (high > low), span + one, span)
    # Twice the bits make the remainder nearly uniform: (higher * 2**width + lower) % span.
    multiplier = lax.rem(jnp.full_like(span, 2 ** (width // 2)), span)
    multiplier = lax.rem(lax.mul(multiplier, multiplier), span)
    span, multiplier, low = (jnp.broadcast_to(x, shape) for x in (span, multiplier, low))
    offset = lax.add(lax.mul(lax.rem(higher, span), multiplier), lax.rem(lower, span))
    return lax.add(low, lax.convert_element_type(lax.rem(offset, span), dtype))


def bernoulli(
    key: ArrayLike,
    p: ArrayLike = 0.5,
    shape: Any = None,
    mode: str = "low",
    *,
    out_sharding: Any = None,
) -> Array:
    """Booleans that are true with probability p.

    Args:
      key: a key.
      p: the probability; an array gives each element its own.
      shape: the shape of the result; None stands for that of p.
      mode: "low" or "high": how finely probabilities are resolved.
      out_sharding: where the result goes.

    Raises:
      TypeError: if p is no float.
      ValueError: if p does not broadcast to the shape, or there is no such mode.

    >>> covector.random.bernoulli(covector.random.PRNGKey(0), 1.0)
    Array(True, dtype=bool)
    """
    if mode not in ("low", "high"):
        raise ValueError(f"got mode={mode!r}, expected 'high' or 'low'")
    k, d = check_key("bernoulli", key), dtype_of(p)
    if not issubdtype(d, np.floating):
        raise TypeError(f"bernoulli probability `p` must have a floating dtype, got {d}.")
    probability = lax.convert_element_type(p, _core.canonical_dtype(d))
    dims = sample_shape("bernoulli", shape, probability)
    return place(_bernoulli(k, probability, dims, mode == "high"), None, out_sharding)


@composite("shape", "high")
def _bernoulli(key: Array, p: Array, shape: Any, high: bool) -> Array:
    if high:
        top, bottom = _uniform(key, (2, *shape), p.dtype, 0.0, 1.0)
        return bottom * 2 ** (-finfo(p.dtype).nmant) < p - top
    return _uniform(key, shape, p.dtype, 0.0, 1.0) < p


def rademacher(
    key: ArrayLike, shape: Any = (), dtype: DTypeLike | None = None, *, out_sharding: Any = None
) -> Array:
    """Samples that are -1 or 1, each half of the time.

    >>> int(covector.random.rademacher(covector.random.PRNGKey(0))) ** 2
    1
    """
    k, d = check_key("rademacher", key), user_dtype(int if dtype is None else dtype, "rademacher")
    return place(_rademacher(k, canonical_shape(shape), d), None, out_sharding)


@composite("shape", "dtype")
def _rademacher(key: Array, shape: Any, dtype: Any) -> Array:
    half = jnp.asarray(0.5, _core.canonical_dtype(float))
    return (2 * _bernoulli(key, half, shape, False).astype(dtype) - 1).astype(dtype)


def geometric(
    key: ArrayLike,
    p: ArrayLike,
    shape: Any = None,
    dtype: DTypeLike | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """How many trials it takes until one succeeds.

    Args:
      key: a key.
      p: the probability of success.
      shape: the shape of the result; None stands for that of `p`.
      dtype: an integer dtype; None stands for the default one.
      out_sharding: where the result goes.

    >>> int(covector.random.geometric(covector.random.PRNGKey(0), 1.0))
    1
    """
    k, d = check_key("geometric", key), integer_dtype("geometric", dtype)
    dims = sample_shape("geometric", shape, p)
    check_arraylike("geometric", p)
    return place(_geometric(k, p, dims, d), None, out_sharding)


@composite("shape", "dtype")
def _geometric(key: Array, p: Any, shape: Any, dtype: Any) -> Array:
    (p,) = _core.numpy.promote_dtypes_inexact(_core.asarray(p))
    u = _uniform(key, shape, p.dtype, 0.0, 1.0)
    log_u = lax.log(jnp.where(u == 0, 1, u))
    log_failure = jnp.broadcast_to(lax.log1p(-p), shape)
    return (lax.floor(lax.div(log_u, log_failure)) + 1).astype(dtype)
