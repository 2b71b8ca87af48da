"""Keys: made from seeds, split, folded; and the bits that come of them."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._arguments import canonical_shape, place
from covector._config import default_prng_impl, legacy_prng_key
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike


class PRNGSpec:
    """A generator of random bits, as `impl=` and `key_dtype` take it.

    Args:
      name: "threefry2x32", "rbg" or "unsafe_rbg".
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"PRNGSpec({self.name!r})"

    def __str__(self) -> str:
        return _GENERATORS[self.name][1]

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, PRNGSpec) and self.name == other.name


# By name: the name, what is in the name of the keys' dtype, that dtype, the number of words.
_GENERATORS = {row[0]: row for row in _core.random.generators()}
_OF_DTYPE = {row[2]: row for row in _GENERATORS.values()}


def _generator(spec: Any) -> tuple[str, str, Any, int]:
    """What a caller means by `impl=`.

    Raises:
      TypeError: if it is neither a name nor a dtype of keys nor a `PRNGSpec`.
      ValueError: if there is no generator of this name.
    """
    if spec is None:
        spec = default_prng_impl.value
    if isinstance(spec, PRNGSpec):
        spec = spec.name
    if isinstance(spec, _core.ExtendedDType):
        return _OF_DTYPE[spec]
    if not isinstance(spec, str):
        raise TypeError(f"unrecognized type {type(spec)} for specifying PRNG implementation.")
    if spec not in _GENERATORS:
        names = ", ".join(f'"{name}"' for name in _GENERATORS)
        raise ValueError(
            f'unrecognized PRNG implementation "{spec}". Did you mean one of: {names}?'
        )
    return _GENERATORS[spec]


def key(seed: ArrayLike, *, impl: Any = None, dtype: Any = None) -> Array:
    """A typed key.

    Args:
      seed: an integer.
      impl: the generator: "threefry2x32", "rbg" or "unsafe_rbg". None stands for that of the
        option `default_prng_impl`. Threefry gives the same numbers on every device; rbg, the
        device's own generator, may be faster, and unsafe_rbg makes new keys by it too.
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
    name = _generator(impl)[0]
    if isinstance(seed, bool):
        seed = int(seed)
    if not _is_integer(seed):
        raise TypeError(f"PRNG key seed must be an integer; got {seed!r}")
    return _core.random.key(seed, name)


def key_dtype(impl_spec: Any = None) -> Any:
    """The dtype of the typed keys of a generator.

    >>> covector.random.key_dtype()
    key<fry>
    """
    return _generator(impl_spec)[2]


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
    name, _, _, words = _generator(None)
    if k.dtype != np.uint32 or k.ndim < 1 or k.shape[-1] != words:
        raise TypeError(
            f"random.{function} accepts a PRNG key: a typed one, or an array uint32[{words}]; got "
            f"{k.dtype}[{','.join(map(str, k.shape))}]"
        )
    if legacy_prng_key.value != "allow":
        _object_to_raw_keys()
    return _core.asarray(k) if words == 2 else _core.random.wrap(k, name)


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
    return _core.random.unwrap(own) if is_typed(own) else own


def wrap_key_data(key_bits_array: Array, *, impl: Any = None, dtype: Any = None) -> Array:
    """Typed keys of these words: of Threefry, uint32[..., 2] gives key<fry>[...].

    Args:
      key_bits_array: the words.
      impl: the generator, see `key`.
      dtype: the same by the dtype of keys, see `key_dtype`.

    >>> covector.random.wrap_key_data(np.zeros((3, 2), np.uint32)).shape
    (3,)
    """
    return _core.random.wrap(key_bits_array, _generator(_one_of("wrap_key_data", impl, dtype))[0])


def key_impl(keys: ArrayLike) -> str:
    """The name of the keys' generator.

    >>> covector.random.key_impl(covector.random.key(0))
    'threefry2x32'
    """
    own = check_keys("key_impl", keys)
    return _OF_DTYPE[own.dtype][0] if is_typed(own) else "threefry2x32"


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
