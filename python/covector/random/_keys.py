"""Keys: made from seeds, split, folded; and the bits that come of them."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._arguments import canonical_shape, place
from covector._config import legacy_prng_key
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.random._generators import GENERATORS, OF_DTYPE, PRNGSpec, generator


def key(seed: ArrayLike, *, impl: Any = None, dtype: Any = None) -> Array:
    """A typed key.

    Args:
      seed: an integer.
      impl: the generator: "threefry2x32", "threefry4x32", "philox2x32", "philox4x32", "rbg" or
        "unsafe_rbg", or one of `covector.extend.random.define_prng_impl`. None stands for that of
        the option `default_prng_impl`. All but the last two give the same numbers on every device;
        rbg, the device's own generator, may be faster, and unsafe_rbg makes new keys by it too.
      dtype: the same by the dtype of keys, see `key_dtype`.

    Returns:
      A key, whose dtype says what generator it is of.

    Raises:
      TypeError: if the seed is no integer.
      OverflowError: if it has more than 64 bits.

    >>> covector.random.key(0).shape
    ()
    """
    return _seeded("key", seed, _one_of("key", impl, dtype))


def _one_of(function: str, impl: Any, dtype: Any) -> Any:
    if impl is not None and dtype is not None:
        raise ValueError(
            f"Cannot specify both `impl` and `dtype` arguments to jax.random.{function}"
        )
    return impl if dtype is None else dtype


def _seeded(function: str, seed: Any, impl: Any) -> Array:
    if is_typed(seed):
        raise TypeError(f"{function} accepts a scalar seed, but was given a PRNG key.")
    if np.ndim(seed):
        raise TypeError(
            f"{function} accepts a scalar seed, but was given an array of shape "
            f"{np.shape(seed)} != (). Use jax.vmap for batching"
        )
    dtype = generator(impl).dtype
    if isinstance(seed, bool):
        seed = int(seed)
    if not _is_integer(seed):
        raise TypeError(f"PRNG key seed must be an integer; got {seed!r}")
    return _core.random.key(seed, dtype)


def key_dtype(impl_spec: Any = None) -> Any:
    """The dtype of the typed keys of a generator.

    >>> covector.random.key_dtype()
    key<fry>
    """
    return generator(impl_spec).dtype


def _is_integer(x: Any) -> bool:
    return isinstance(x, int) or issubdtype(getattr(x, "dtype", np.float32), np.integer)


def PRNGKey(seed: ArrayLike, *, impl: Any = None) -> Array:
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
    return _core.random.unwrap(_seeded("PRNGKey", seed, impl))


def is_typed(keys: Any) -> bool:
    """Whether these are keys of an extended dtype, not arrays of words."""
    return isinstance(getattr(keys, "dtype", None), _core.ExtendedDType)


def check_key(function: str, k: Any) -> Array:
    """One key, typed or raw.

    Raises:
      TypeError: if it is none.
      ValueError: if there are several.
    """
    keys = check_keys(function, k)
    if keys.ndim > (0 if is_typed(keys) else 1):
        raise ValueError(
            f"{function} accepts a single key, but was given a key array of shape {k.shape} != (). "
            "Use jax.vmap for batching."
        )
    return keys


def check_keys(function: str, k: Any) -> Array:
    """An array of keys, typed or raw; raw ones of other generators than Threefry become typed.

    Raises:
      TypeError: if it is none.
      ValueError: if it is raw, which the option `legacy_prng_key` can forbid.
    """
    if not isinstance(k, (Array, np.ndarray)):
        raise TypeError(f"{function}: unexpected PRNG key type {type(k)}")
    if is_typed(k):
        return _core.asarray(k)
    impl = generator(None)
    words = impl.words
    if k.dtype != np.uint32 or k.ndim < 1 or k.shape[-1] != words:
        raise TypeError(
            f"random.{function} accepts a PRNG key: a typed one, or an array uint32[{words}]; got "
            f"{k.dtype}[{','.join(map(str, k.shape))}]"
        )
    if legacy_prng_key.value != "allow":
        _object_to_raw_keys()
    raw = _core.asarray(k)
    return raw if impl is GENERATORS["threefry2x32"] else _core.random.wrap(raw, impl.dtype)


def _object_to_raw_keys() -> None:
    text = (
        "Legacy uint32 key array passed as key to jax.random function. Please create keys using "
        'jax.random.key(). If use of a raw key array was intended, set jax_legacy_prng_key="allow".'
    )
    if legacy_prng_key.value == "error":
        raise ValueError(text)
    warnings.warn(text, stacklevel=4)


def _as_given(keys: Array, given: Any) -> Array:
    """Raw keys where raw ones were given."""
    return _core.random.unwrap(keys) if is_typed(keys) and not is_typed(given) else keys


def key_data(keys: ArrayLike) -> Array:
    """The words of typed keys: uint32, with an axis of size 2 added.

    >>> covector.random.key_data(covector.random.key(1))
    Array([0, 1], dtype=uint32)
    """
    own = check_keys("key_data", keys)
    if not is_typed(own):
        return own
    words, shape = _core.random.unwrap(own), OF_DTYPE[own.dtype].key_shape
    return words if len(shape) == 1 else words.reshape(*own.shape, *shape)


def wrap_key_data(key_bits_array: Array, *, impl: Any = None, dtype: Any = None) -> Array:
    """Typed keys of these words: of Threefry, uint32[..., 2] gives key<fry>[...].

    Args:
      key_bits_array: the words.
      impl: the generator, see `key`.
      dtype: the same by the dtype of keys, see `key_dtype`.

    >>> covector.random.wrap_key_data(np.zeros((3, 2), np.uint32)).shape
    (3,)
    """
    of = generator(_one_of("wrap_key_data", impl, dtype))
    rank = len(of.key_shape)
    if rank > 1:
        words = _core.asarray(key_bits_array)
        if words.shape[-rank:] != of.key_shape:
            raise TypeError(
                "JAX encountered invalid PRNG key data: expected key_data.shape to end with "
                f"{of.key_shape}; got shape={words.shape} for impl={of}"
            )
        key_bits_array = words.reshape(*words.shape[:-rank], of.words)
    return _core.random.wrap(key_bits_array, of.dtype)


def key_impl(keys: ArrayLike) -> str | PRNGSpec:
    """The name of the keys' generator, or itself if it is none of the library's own.

    >>> covector.random.key_impl(covector.random.key(0))
    'threefry2x32'
    """
    own = check_keys("key_impl", keys)
    if not is_typed(own):
        return "threefry2x32"
    impl = OF_DTYPE[own.dtype]
    return impl.name if GENERATORS.get(impl.name) is impl else PRNGSpec(impl)


def clone(key: Any) -> Any:
    """The same key, for a use on purpose of one key twice.

    >>> covector.random.clone(covector.random.PRNGKey(1))
    Array([0, 1], dtype=uint32)
    """
    return _as_given(_core.random.clone(check_keys("clone", key)), key)


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
    return _as_given(_core.random.split(check_key("split", key), canonical_shape(num)), key)


def fold_in(key: ArrayLike, data: ArrayLike) -> Array:
    """A key that depends on a key and an integer, e.g. the number of a step.

    Args:
      key: a key.
      data: an integer; its low 32 bits count.

    >>> covector.random.fold_in(covector.random.PRNGKey(0), 7).shape
    (2,)
    """
    if np.ndim(data):
        raise TypeError(
            f"fold_in accepts a scalar, but was given an array of shape {np.shape(data)} != (). "
            "Use jax.vmap for batching."
        )
    word = _core.asarray(data, np.uint32)
    return _as_given(_core.random.fold_in(check_key("fold_in", key), word), key)


def bits(
    key: ArrayLike, shape: Any = (), dtype: DTypeLike | None = None, *, out_sharding: Any = None
) -> Array:
    """Uniform random bits.

    Args:
      key: a key.
      shape: the shape of the result.
      dtype: an unsigned integer type; None stands for the default one.
      out_sharding: where the result goes.

    Raises:
      ValueError: if the dtype is no unsigned integer type.

    >>> covector.random.bits(covector.random.PRNGKey(0), (2,)).dtype
    dtype('uint32')
    """
    d = _core.canonical_dtype(np.uint64) if dtype is None else user_dtype(dtype, "bits")
    if not issubdtype(d, np.unsignedinteger):
        raise ValueError(f"dtype argument to `bits` must be an unsigned int dtype, got {d}")
    dims = canonical_shape(shape)
    out = _core.random.bits(check_key("bits", key), 8 * np.dtype(d).itemsize, dims)
    return place(out, None, out_sharding)
