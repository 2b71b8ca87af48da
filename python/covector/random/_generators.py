"""The generators of random bits: what `impl=` can be, and generators made of functions."""

from collections.abc import Callable, Sequence
from typing import Any

from covector import _core
from covector._config import default_prng_impl
from covector._core import Array
from covector._typing import ArrayLike
from covector._vmap import vmap

Shape = tuple[int, ...]


class PRNGImpl:
    """A generator: the shape of its keys, and what it does with one of them.

    Attributes:
      key_shape: the shape of a raw key, which is of dtype uint32.
      seed: a key from an integer.
      split: an array of keys, of a given shape, from a key.
      random_bits: uniform bits of a given width and shape from a key.
      fold_in: a key from a key and an integer.
      name: what it is called.
      tag: a short name, for the dtype of its keys.
      dtype: of its typed keys.
    """

    __slots__ = (
        "dtype",
        "fold_in",
        "key_shape",
        "name",
        "random_bits",
        "seed",
        "split",
        "tag",
    )

    def __init__(
        self,
        key_shape: Sequence[int],
        seed: Callable[[Array], Array],
        split: Callable[[Array, Shape], Array],
        random_bits: Callable[[Array, int, Shape], Array],
        fold_in: Callable[[Array, Any], Array],
        name: str = "<unnamed>",
        tag: str = "?",
        dtype: Any = None,
    ) -> None:
        self.key_shape = tuple(key_shape)
        self.seed, self.split, self.random_bits, self.fold_in = seed, split, random_bits, fold_in
        self.name, self.tag = name, tag
        self.dtype = dtype
        if dtype is None:
            arrays = _OfArrays(self)
            self.dtype = _core.random.define(
                name, tag, self.key_shape, arrays.seed, arrays.split, arrays.fold_in, arrays.bits
            )
            OF_DTYPE[self.dtype] = self

    @property
    def words(self) -> int:
        """The number of words of a key."""
        count = 1
        for size in self.key_shape:
            count *= size
        return count

    def __repr__(self) -> str:
        return f"PRNGImpl({self.name!r}, tag={self.tag!r}, key_shape={self.key_shape})"

    def __str__(self) -> str:
        return self.tag


class _OfArrays:
    """A generator's functions on arrays of keys uint32[..., words], as the core calls them."""

    def __init__(self, impl: PRNGImpl) -> None:
        self._impl = impl

    def _mapped(self, function: Callable[..., Array], *arrays: Array, rank: int) -> Array:
        for _ in range(rank):
            function = vmap(function)
        return function(*arrays)

    def _shaped(self, keys: Array) -> Array:
        return keys.reshape(*keys.shape[:-1], *self._impl.key_shape)

    def _flat(self, keys: Array, rank: int) -> Array:
        if keys.shape[rank:] != self._impl.key_shape:
            raise TypeError(
                f"random number generator {self._impl.name!r}: its functions must give keys of "
                f"shape {self._impl.key_shape}, got {keys.shape[rank:]}"
            )
        return keys.reshape(*keys.shape[:rank], self._impl.words)

    def seed(self, seeds: Array) -> Array:
        return self._flat(self._mapped(self._impl.seed, seeds, rank=seeds.ndim), seeds.ndim)

    def split(self, keys: Array, shape: Shape) -> Array:
        rank = keys.ndim - 1
        out = self._mapped(lambda k: self._impl.split(k, shape), self._shaped(keys), rank=rank)
        return self._flat(out, rank + len(shape))

    def fold_in(self, keys: Array, data: Array) -> Array:
        from covector.numpy import broadcast_shapes, broadcast_to

        shape = broadcast_shapes(keys.shape[:-1], data.shape)
        keys, data = broadcast_to(keys, (*shape, keys.shape[-1])), broadcast_to(data, shape)
        out = self._mapped(self._impl.fold_in, self._shaped(keys), data, rank=len(shape))
        return self._flat(out, len(shape))

    def bits(self, keys: Array, width: int, shape: Shape) -> Array:
        return self._mapped(
            lambda k: self._impl.random_bits(k, width, shape),
            self._shaped(keys),
            rank=keys.ndim - 1,
        )


def _of_the_core(name: str, tag: str, dtype: Any, key_shape: Shape) -> PRNGImpl:
    core = _core.random

    def seed(seeds: Array) -> Array:
        return core.unwrap(core.key(seeds, dtype))

    def split(key: Array, shape: Shape) -> Array:
        return core.unwrap(core.split(core.wrap(key, dtype), shape))

    def fold_in(key: Array, data: Any) -> Array:
        return core.unwrap(core.fold_in(core.wrap(key, dtype), data))

    def random_bits(key: Array, bit_width: int, shape: Shape) -> Array:
        return core.bits(core.wrap(key, dtype), bit_width, shape)

    return PRNGImpl(key_shape, seed, split, random_bits, fold_in, name, tag, dtype)


class PRNGSpec:
    """A generator as `impl=` takes it.

    Args:
      impl: a name such as "threefry2x32", or the generator itself.
    """

    __slots__ = ("_impl",)

    def __init__(self, impl: "str | PRNGImpl") -> None:
        self._impl = impl if isinstance(impl, PRNGImpl) else GENERATORS[impl]

    @property
    def name(self) -> str:
        """The generator's name."""
        return self._impl.name

    def __repr__(self) -> str:
        return f"PRNGSpec({self.name!r})"

    def __str__(self) -> str:
        return self._impl.tag

    def __hash__(self) -> int:
        return hash(self._impl)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, PRNGSpec) and self._impl is other._impl


# The generators of the core by name, and all of them by the dtype of their keys.
GENERATORS = {row[0]: _of_the_core(*row) for row in _core.random.generators()}
OF_DTYPE = {impl.dtype: impl for impl in GENERATORS.values()}


def generator(spec: Any) -> PRNGImpl:
    """What a caller means by `impl=`.

    Raises:
      TypeError: if it is neither a name nor a dtype of keys nor a `PRNGSpec`.
      ValueError: if there is no generator of this name.
    """
    if spec is None:
        spec = default_prng_impl.value
    if isinstance(spec, PRNGSpec):
        return spec._impl
    if isinstance(spec, PRNGImpl):
        return spec
    if isinstance(spec, _core.ExtendedDType):
        return OF_DTYPE[spec]
    if not isinstance(spec, str):
        raise TypeError(f"unrecognized type {type(spec)} for specifying PRNG implementation.")
    if spec not in GENERATORS:
        names = ", ".join(f'"{name}"' for name in GENERATORS)
        raise ValueError(
            f'unrecognized PRNG implementation "{spec}". Did you mean one of: {names}?'
        )
    return GENERATORS[spec]


def define_prng_impl(
    *,
    key_shape: Sequence[int],
    seed: Callable[[Array], Array],
    split: Callable[[Array, Shape], Array],
    random_bits: Callable[[Array, int, Shape], Array],
    fold_in: Callable[[Array, Any], Array],
    name: str = "<unnamed>",
    tag: str = "?",
) -> PRNGSpec:
    """A random number generator made of functions of one raw key, an array of uint32.

    Each function is mapped where there are several keys, and must be traceable.

    Args:
      key_shape: the shape of a key; at most 63 words.
      seed: takes an integer scalar, gives a key.
      split: takes a key and a shape, gives keys: uint32[*shape, *key_shape].
      random_bits: takes a key, a width and a shape, gives bits: uint<width>[*shape].
      fold_in: takes a key and an integer scalar, gives a key.
      name: what it is called.
      tag: a short name, for the dtype of its keys: key<tag>.

    Returns:
      What `covector.random.key` and others take as `impl`.

    >>> import covector
    >>> counter = covector.extend.random.define_prng_impl(
    ...     key_shape=(1,),
    ...     seed=lambda seed: seed.astype("uint32").reshape(1),
    ...     split=lambda key, shape: key + covector.numpy.arange(shape[0], dtype="uint32")[:, None],
    ...     random_bits=lambda k, bits, shape: covector.numpy.full(shape, k[0], f"uint{bits}"),
    ...     fold_in=lambda key, data: key + data.astype("uint32"),
    ...     name="counter",
    ...     tag="count",
    ... )
    >>> covector.random.bits(covector.random.key(7, impl=counter), (2,))
    Array([7, 7], dtype=uint32)
    """
    return PRNGSpec(PRNGImpl(key_shape, seed, split, random_bits, fold_in, name, tag))


def random_seed(seeds: ArrayLike, impl: PRNGImpl) -> Array:
    """Typed keys of a generator, one for each integer.

    Args:
      seeds: an integer or an array of integers.
      impl: the generator.

    >>> from covector.extend.random import random_seed, rbg_prng_impl
    >>> random_seed(np.arange(3), rbg_prng_impl).shape
    (3,)
    """
    return _core.random.key(seeds, impl.dtype)
