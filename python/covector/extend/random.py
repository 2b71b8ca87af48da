"""Generators of random bits as objects, and generators made of functions.

>>> import covector
>>> covector.extend.random.threefry_prng_impl.key_shape
(2,)
"""

from typing import Any

import numpy as np

from covector import _core
from covector._core import Array
from covector._core.primitives import threefry2x32_p
from covector._typing import ArrayLike
from covector.random._generators import GENERATORS, PRNGImpl, define_prng_impl, random_seed

__all__ = [
    "define_prng_impl",
    "random_seed",
    "rbg_prng_impl",
    "seed_with_impl",
    "threefry2x32_p",
    "threefry_2x32",
    "threefry_prng_impl",
    "unsafe_rbg_prng_impl",
]

threefry_prng_impl = GENERATORS["threefry2x32"]
rbg_prng_impl = GENERATORS["rbg"]
unsafe_rbg_prng_impl = GENERATORS["unsafe_rbg"]


def seed_with_impl(impl: PRNGImpl, seed: ArrayLike) -> Array:
    """`random_seed` with its arguments the other way round.

    >>> seed_with_impl(threefry_prng_impl, 0).dtype
    key<fry>
    """
    return random_seed(seed, impl)


def threefry_2x32(keypair: Any, count: Any) -> Array:
    """Encrypts words by the Threefry-2x32 cipher.

    The first half of the words are the first words of the blocks, the second half the second; an
    odd number of them is encrypted with a zero after them.

    Args:
      keypair: the two words of the key: a pair, or an array of shape (2,).
      count: an array of words, of dtype uint32.

    Returns:
      An array of its shape.

    Raises:
      TypeError: if the words are not of dtype uint32.

    >>> threefry_2x32(np.zeros(2, np.uint32), np.zeros(2, np.uint32))
    Array([1797259609, 2579123966], dtype=uint32)
    """
    from covector import numpy as jnp

    key = [jnp.asarray(word) for word in keypair]
    words = jnp.asarray(count)
    if any(x.dtype != np.uint32 for x in (*key, words)):
        raise TypeError(
            f"threefry_2x32 requires uint32 arguments, got {[str(x.dtype) for x in (*key, words)]}"
        )
    flat = words.ravel()
    even = jnp.concatenate([flat, jnp.zeros(flat.size % 2, np.uint32)])
    halves = _core.random.threefry2x32(*key, *jnp.split(even, 2))
    return jnp.concatenate(halves)[: flat.size].reshape(words.shape)
