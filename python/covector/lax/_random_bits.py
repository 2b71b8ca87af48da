"""Random bits from the device's own generators."""

from typing import Any

import numpy as np

from covector import _core
from covector._arguments import canonical_shape
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, DTypeLike, Shape
from covector.lax._enums import RandomAlgorithm
from covector.lax._operands import as_operand


def rng_bit_generator(
    key: ArrayLike,
    shape: Shape,
    dtype: DTypeLike = np.uint32,
    algorithm: RandomAlgorithm = RandomAlgorithm.RNG_DEFAULT,
    *,
    out_sharding: Any = None,
) -> tuple[Array, Array]:
    """Random bits, and the state that follows.

    Functions of `random` are easier to use, and give the same numbers on every device.

    Args:
      key: the state: four 32-bit words or two 64-bit words.
      shape: the shape of the bits.
      dtype: of the bits: an unsigned integer type of eight bits or more.
      algorithm: which generator.
      out_sharding: must be None.

    Returns:
      The next state and the bits.

    Raises:
      TypeError: if the key or the dtype is of another type.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> state, bits = lax.rng_bit_generator(jnp.zeros(4, "uint32"), (2, 3))
    >>> bits.shape
    (2, 3)
    """
    dtype = user_dtype(dtype, "rng_bit_generator")
    state, bits = _core.lax._rng_bit_generator(
        as_operand(key), canonical_shape(shape), dtype, algorithm, out_sharding=out_sharding
    )
    return state, bits


def rng_uniform(a: ArrayLike, b: ArrayLike, shape: Shape) -> Array:
    """Uniformly distributed numbers from a generator with hidden state.

    Args:
      a: the lower bound, a scalar.
      b: the upper bound, a scalar of the same dtype.
      shape: the shape of the result.

    Returns:
      An array with elements in [a, b), other ones at each call.

    Raises:
      ValueError: if dtypes differ or the bounds are no scalars.

    >>> from covector import lax
    >>> lax.rng_uniform(0.0, 1.0, (3,)).shape
    (3,)
    """
    return _core.lax._rng_uniform(a, b, canonical_shape(shape))
