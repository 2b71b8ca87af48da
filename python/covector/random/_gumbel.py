"""Samples of the Gumbel distribution, with as many random bits as the caller pays for."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import canonical_shape, place
from covector._composite import composite
from covector._config import use_high_dynamic_range_gumbel
from covector._core import Array
from covector._typing import ArrayLike, DTypeLike
from covector.numpy import finfo
from covector.random._continuous import _uniform
from covector.random._keys import check_key
from covector.random._parameters import real_dtype


def gumbel(
    key: ArrayLike,
    shape: Any = (),
    dtype: DTypeLike | None = None,
    mode: str | None = None,
    *,
    out_sharding: Any = None,
) -> Array:
    """Samples of the standard Gumbel distribution.

    Args:
      key: a key.
      shape: the shape of the result.
      dtype: a floating dtype; None stands for the default one.
      mode: "low", "high" or "highest": how far the upper tail reaches. "high" spends twice the
        bits of "low". None stands for what the option `use_high_dynamic_range_gumbel` says.
      out_sharding: where the result goes.

    Raises:
      ValueError: if there is no such mode.

    >>> covector.random.gumbel(covector.random.PRNGKey(0), (2,)).shape
    (2,)
    """
    k, d = check_key("gumbel", key), real_dtype("gumbel", dtype)
    if mode is None:
        mode = "high" if use_high_dynamic_range_gumbel.value else "low"
    if mode not in ("low", "high", "highest"):
        raise ValueError(f"Must provide valid mode for gumbel got: {mode}")
    if mode == "highest" and d != np.float32:
        mode = "high"
    return place(_gumbel(k, canonical_shape(shape), d, mode), None, out_sharding)


@composite("shape", "dtype", "mode")
def _gumbel(key: Array, shape: Any, dtype: Any, mode: str) -> Array:
    if mode == "highest":
        return _from_64_bits(key, shape)
    info = finfo(dtype)
    if mode == "high":
        top, bottom = _uniform(key, (2, *shape), dtype, 0.0, 1.0)
        u = jnp.where(top >= 0.5, top, top + 2 ** (-info.nmant) * bottom + info.tiny)
        return -jnp.log(-jnp.log1p(-u))
    return -jnp.log(-jnp.log(_uniform(key, shape, dtype, info.tiny, 1.0)))


def _from_64_bits(key: Array, shape: tuple[int, ...]) -> Array:
    """float32 samples whose uniform variate u has 64 random bits.

    Each tail is computed from the distance of u to its end of the interval, which a float
    holds with full relative precision.
    """
    words = _core.random.bits(key, 32, (2, *shape))
    # 1 - u in fixed point is the two's complement.
    inverse = lax.bitwise_not(words)
    carry = inverse[1] == np.uint32(0xFFFFFFFF)
    inverse = inverse + jnp.array([carry, jnp.ones_like(inverse[1])], dtype=np.uint32)
    lower_half = words[0] < np.uint32(1 << 31)
    x = _fraction(*jnp.where(lower_half, words, inverse))
    return jnp.where(lower_half, -jnp.log(-jnp.log1p(-x)), -jnp.log(-jnp.log(x)))


def _fraction(high: Array, low: Array) -> Array:
    """The float32 of a 64-bit binary fraction, cut to 24 significant bits."""
    zeros_high, zeros_low = lax.clz(high), lax.clz(low)
    empty = zeros_high == 32
    below = jnp.where(
        empty,
        lax.shift_left(low, zeros_low),
        lax.shift_right_logical(low, np.uint32(32) - zeros_high),
    )
    significant = lax.bitwise_or(lax.shift_left(high, zeros_high), below)
    mantissa = (significant >> np.uint32(8)) & np.uint32((1 << 23) - 1)
    zeros = jnp.where(empty, np.uint32(32) + zeros_low, zeros_high)
    exponent = lax.shift_left(np.uint32(126) - zeros, np.uint32(23))
    exponent = exponent & np.uint32((1 << 30) - (1 << 22))
    return lax.bitcast_convert_type(exponent | mantissa, np.float32)
