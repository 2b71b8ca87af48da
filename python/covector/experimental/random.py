"""Generators of random numbers that keep their state by a reference, in compiled functions too.

>>> from covector.experimental import random
>>> rng = random.stateful_rng(42)
>>> rng.uniform(size=2).shape
(2,)
"""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

import covector.numpy as jnp
from covector import _core, random
from covector._core import Array
from covector._references import addupdate, new_ref
from covector._typing import ArrayLike, DTypeLike
from covector.random._keys import is_typed
from covector.tree_util import GetAttrKey, register_pytree_with_keys

__all__ = ["StatefulPRNG", "stateful_rng"]

Size = int | Sequence[int] | None


def _shape(size: Size, *parameters: ArrayLike) -> tuple[int, ...]:
    """The shape asked for, or that of the parameters together."""
    if size is None:
        return np.broadcast_shapes(*map(np.shape, parameters))
    if isinstance(size, (int, np.integer)):
        return (operator.index(size),)
    return tuple(map(operator.index, size))


class StatefulPRNG:
    """A generator of random numbers; `stateful_rng` makes one.

    Each draw folds a counter into a key that stays, and adds one to the counter. It is a tree of
    both: an argument of compiled and mapped functions, but, as the counter is a reference, no
    result of them and no carry of a loop.

    Raises:
      ValueError: if the key is no typed key, or the counter no reference.
    """

    __slots__ = ("_base_key", "_counter")

    def __init__(self, _base_key: Array, _counter: _core.Ref) -> None:
        if not is_typed(_base_key):
            raise ValueError(f"Expected base_key to be a typed PRNG key; got {_base_key}")
        if not isinstance(_counter, _core.Ref):
            raise ValueError(f"Expected counter to be a scalar integer ref; got {_counter}")
        self._base_key, self._counter = _base_key, _counter

    def __repr__(self) -> str:
        return f"StatefulPRNG(_base_key={self._base_key!r}, _counter={self._counter!r})"

    def key(self, shape: int | Sequence[int] = ()) -> Array:
        """A new key, or an array of keys.

        Args:
          shape: of the keys.

        Raises:
          ValueError: if this is a batch of generators, which `split` gave.

        >>> from covector.experimental.random import stateful_rng
        >>> stateful_rng(0).key(3).shape
        (3,)
        """
        if self._base_key.shape:
            raise ValueError(
                f"cannot operate on split stateful generator, of shape {self._base_key.shape}: "
                "map over it with vmap"
            )
        key = random.fold_in(self._base_key, self._counter[...])
        addupdate(self._counter, ..., 1)
        shape = _shape(shape)
        return random.split(key, shape) if shape else key

    def random(self, size: Size = None, dtype: DTypeLike = float) -> Array:
        """Numbers from [0, 1), of shape `size`.

        >>> from covector.experimental.random import stateful_rng
        >>> stateful_rng(0).random((2, 3)).shape
        (2, 3)
        """
        return random.uniform(self.key(), _shape(size), dtype)

    def uniform(
        self,
        low: ArrayLike = 0,
        high: ArrayLike = 1,
        size: Size = None,
        *,
        dtype: DTypeLike = float,
    ) -> Array:
        """Numbers from [low, high), of shape `size` or, if None, of the bounds' shape.

        >>> from covector.experimental.random import stateful_rng
        >>> bool((stateful_rng(0).uniform(2, 3, 10) >= 2).all())
        True
        """
        return random.uniform(self.key(), _shape(size, low, high), dtype, low, high)

    def normal(
        self,
        loc: ArrayLike = 0,
        scale: ArrayLike = 1,
        size: Size = None,
        *,
        dtype: DTypeLike = float,
    ) -> Array:
        """Normally distributed numbers of mean `loc` and standard deviation `scale`.

        >>> from covector.experimental.random import stateful_rng
        >>> stateful_rng(0).normal([0.0, 10.0]).shape
        (2,)
        """
        standard = random.normal(self.key(), _shape(size, loc, scale), dtype)
        return (jnp.asarray(loc) + jnp.asarray(scale) * standard).astype(dtype)

    def integers(
        self,
        low: ArrayLike,
        high: ArrayLike | None = None,
        size: Size = None,
        *,
        dtype: DTypeLike = int,
    ) -> Array:
        """Integers from [low, high), or from [0, low) if there is no `high`.

        >>> from covector.experimental.random import stateful_rng
        >>> bool((stateful_rng(0).integers(5, size=20) < 5).all())
        True
        """
        low, high = (0, low) if high is None else (low, high)
        return random.randint(self.key(), _shape(size, low, high), low, high, dtype)

    def split(self, num: int | Sequence[int]) -> "StatefulPRNG":
        """A batch of independent generators, to be mapped over.

        >>> import covector
        >>> rng = covector.experimental.random.stateful_rng(0)
        >>> covector.vmap(lambda r: r.uniform())(rng.split(3)).shape
        (3,)
        """
        return StatefulPRNG(self.key(num), new_ref(jnp.zeros(num, int)))

    def spawn(self, n_children: int) -> list["StatefulPRNG"]:
        """Independent generators, in a list.

        >>> import covector
        >>> len(covector.experimental.random.stateful_rng(0).spawn(3))
        3
        """
        return [StatefulPRNG(key, new_ref(0)) for key in self.key(n_children)]


def _unflatten(_: Any, parts: Any) -> StatefulPRNG:
    """Of anything, as trees may hold anything."""
    rng = object.__new__(StatefulPRNG)
    rng._base_key, rng._counter = parts
    return rng


_key_of: Any = GetAttrKey  # whose stub does not tell its argument
_PARTS = (_key_of("_base_key"), _key_of("_counter"))
register_pytree_with_keys(
    StatefulPRNG,
    lambda rng: ([(key, getattr(rng, key.name)) for key in _PARTS], None),
    _unflatten,
    lambda rng: ([getattr(rng, key.name) for key in _PARTS], None),
)


def stateful_rng(seed: ArrayLike | None = None, *, impl: Any = None) -> StatefulPRNG:
    """Makes a generator of random numbers that keeps its state.

    Args:
      seed: an integer; None takes one from the operating system.
      impl: the generator of its key, see `covector.random.key`.

    Raises:
      TypeError: if there is no seed, inside of a function under transformation.

    >>> import covector
    >>> rng = covector.experimental.random.stateful_rng(1)
    >>> draw = covector.jit(rng.uniform)
    >>> bool(draw() == draw())
    False
    """
    if seed is None:
        if not _core.is_eager():
            raise TypeError(
                "When used within transformed code, stateful_rng() requires an explicit seed to "
                "be set."
            )
        seed = np.int64(int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> 1))
    return StatefulPRNG(random.key(seed, impl=impl), new_ref(0))
