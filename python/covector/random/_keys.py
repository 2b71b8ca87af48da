"""Keys: made from seeds, split, folded; and the bits that come of them."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike

_IMPLEMENTATIONS = ("threefry2x32", "fry")


def _check_impl(impl: Any) -> None:
    if impl is not None and str(impl) not in _IMPLEMENTATIONS:
        raise ValueError(f"the random generator {impl!r} is not available; there is 'threefry2x32'")


def key(seed: ArrayLike, *, impl: str | None = None) -> Array:
    """A typed key.

    Args:
      seed: an integer. An array of integers gives an array of keys.
      impl: the generator: None or "threefry2x32".

    Returns:
      A key array of the shape of `seed`, of dtype `key<fry>`.

    Raises:
      TypeError: if the seed is no integer.
      OverflowError: if it has more than 64 bits.

    >>> covector.random.key(0).shape
    ()
    """
    _check_impl(impl)
    if isinstance(seed, (bool, float)) or not _is_integer(seed):
        raise TypeError(f"PRNG key seed must be an integer; got {seed!r}")
    return _core.random.key(seed)


def _is_integer(x: Any) -> bool:
    return isinstance(x, int) or issubdtype(getattr(x, "dtype", np.float32), np.integer)


def PRNGKey(seed: ArrayLike, *, impl: str | None = None) -> Array:
    """A raw key: an array of two words.

    Args:
      seed: an integer.
      impl: the generator: None or "threefry2x32".

    Returns:
      An array of shape (2,) and dtype uint32.

    Raises:
      TypeError: if the seed is no scalar integer.

    >>> covector.random.PRNGKey(42)
    Array([ 0, 42], dtype=uint32)
    """
    if np.ndim(seed):
        raise TypeError("PRNGKey accepts a scalar seed, but was given an array of shape "
                        f"{np.shape(seed)} != (). Use jax.vmap for batching")  # fmt: skip
    return _core.random.unwrap(key(seed, impl=impl))


def is_typed(keys: Any) -> bool:
    """Whether these are keys of an extended dtype, not arrays of words."""
    return isinstance(getattr(keys, "dtype", None), _core.ExtendedDType)


def check_key(function: str, k: Any) -> Array:
    """One key, typed or raw.

    Raises:
      TypeError: if it is none.
      ValueError: if there are several.
    """
    if not isinstance(k, (Array, np.ndarray)):
        raise TypeError(f"unexpected PRNG key type {type(k)}")
    if is_typed(k):
        shape = k.shape
    elif k.dtype == np.uint32 and k.ndim >= 1 and k.shape[-1] == 2:
        shape = k.shape[:-1]
    else:
        raise TypeError(
            f"random.{function} accepts a PRNG key: a typed one, or an array uint32[2]; got "
            f"{k.dtype.name}[{','.join(map(str, k.shape))}]"
        )
    if shape:
        raise ValueError(
            f"{function} accepts a single key, but was given a key array of shape {shape} != (). "
            "Use jax.vmap for batching."
        )
    return _core.asarray(k)


def as_shape(shape: Any) -> tuple[int, ...]:
    """A shape from a sequence of integers or one integer."""
    if isinstance(shape, Sequence) or np.ndim(shape):
        return tuple(operator.index(d) for d in shape)
    return (operator.index(shape),)


def key_data(keys: Array) -> Array:
    """The words of typed keys: uint32, with an axis of size 2 added.

    >>> covector.random.key_data(covector.random.key(1))
    Array([0, 1], dtype=uint32)
    """
    if is_typed(keys):
        return _core.random.unwrap(keys)
    check_key("key_data", keys)
    return _core.asarray(keys)


def wrap_key_data(key_bits_array: Array, *, impl: str | None = None) -> Array:
    """Typed keys of these words: uint32[..., 2] gives key<fry>[...]."""
    _check_impl(impl)
    return _core.random.wrap(key_bits_array)


def key_impl(keys: Array) -> str:
    """The name of the keys' generator."""
    return "fry" if is_typed(keys) else "threefry2x32"


def clone(key: Array) -> Array:
    """The same key, for a use on purpose of one key twice."""
    return _core.random.clone(key)


def split(key: ArrayLike, num: int | Sequence[int] = 2) -> Array:
    """Independent keys from one, which is not to be used again.

    Args:
      key: a key.
      num: how many, or the shape of the array of keys.

    Returns:
      An array of keys of shape `num`; of raw keys, uint32[num, 2].

    >>> covector.random.split(covector.random.PRNGKey(0)).shape
    (2, 2)
    """
    return _core.random.split(check_key("split", key), as_shape(num))


def fold_in(key: ArrayLike, data: ArrayLike) -> Array:
    """A key that depends on a key and an integer, e.g. the number of a step.

    Args:
      key: a key.
      data: an integer; its low 32 bits count.
    """
    if np.ndim(data):
        raise TypeError(
            f"fold_in accepts a scalar, but was given an array of shape {np.shape(data)} != (). "
            "Use jax.vmap for batching."
        )
    return _core.random.fold_in(check_key("fold_in", key), _core.asarray(data, np.uint32))


def bits(key: ArrayLike, shape: Any = (), dtype: DTypeLike | None = None) -> Array:
    """Uniform random bits.

    Args:
      key: a key.
      shape: the shape of the result.
      dtype: an unsigned integer type; None stands for the default one.

    Raises:
      ValueError: if the dtype is no unsigned integer type.
    """
    d = _core.canonical_dtype(np.uint64) if dtype is None else user_dtype(dtype, "bits")
    if not issubdtype(d, np.unsignedinteger):
        raise ValueError(f"dtype argument to `bits` must be an unsigned int dtype, got {d}")
    return _core.random.bits(check_key("bits", key), 8 * np.dtype(d).itemsize, as_shape(shape))
