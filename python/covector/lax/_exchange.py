"""Collectives that move arrays between the indices of a named axis."""

from collections.abc import Sequence
from typing import Any

from covector import _core
from covector._arguments import canonical_axis
from covector._core import Array
from covector.lax._collectives import AxisName, group_size, groups_of, names_of
from covector.tree_util import tree_map

_native = _core.collectives


def ppermute(x: Any, axis_name: Any, perm: Sequence[tuple[int, int]]) -> Any:
    """Sends arrays from some indices of a named axis to others.

    Args:
      x: a tree of arrays.
      axis_name: the name, or several, which count as one axis, the first name's index slowest.
      perm: pairs of a source and a destination. No index may occur twice on one side. Where
        nothing is sent to, the result is zero.

    Returns:
      A tree like `x`.

    Raises:
      NameError: if no axis of that name is being mapped over.
      ValueError: if `perm` has indices out of range, or twice.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> ring = [(0, 1), (1, 2), (2, 0)]
    >>> shift = covector.vmap(lambda x: covector.lax.ppermute(x, "i", ring), axis_name="i")
    >>> shift(jnp.array([10, 20, 30]))
    Array([30, 10, 20], dtype=int32)
    """
    names = names_of(axis_name)
    sends = [(int(source), int(target)) for source, target in perm]
    return tree_map(lambda leaf: _native.ppermute(leaf, names, sends), x)


def pshuffle(x: Any, axis_name: Any, perm: Sequence[int]) -> Any:
    """`ppermute` whose argument says for each index where it receives from.

    Raises:
      ValueError: if `perm` is no permutation of the axis' indices.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> turn = covector.vmap(lambda x: covector.lax.pshuffle(x, "i", [2, 1, 0]), axis_name="i")
    >>> turn(jnp.array([10, 20, 30]))
    Array([30, 20, 10], dtype=int32)
    """
    if set(perm) != set(range(len(perm))):
        raise ValueError(f"`perm` does not represent a permutation: {perm}")
    return ppermute(x, axis_name, [(source, target) for target, source in enumerate(perm)])


def pbroadcast(x: Any, axis_name: Any, source: int) -> Any:
    """What one index of a named axis has, for all.

    Args:
      x: a tree of arrays.
      axis_name: the name, or several, which count as one axis, the first name's index slowest.
      source: the index.

    Returns:
      A tree like `x`, the same for all of the batch.

    Raises:
      NameError: if no axis of that name is being mapped over.
      ValueError: if the axis has no such index.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> first = covector.vmap(lambda x: covector.lax.pbroadcast(x, "i", 0), axis_name="i")
    >>> first(jnp.array([10, 20, 30]))
    Array([10, 10, 10], dtype=int32)
    """
    names = names_of(axis_name)
    return tree_map(lambda leaf: _native.pbroadcast(leaf, names, source), x)


def all_gather(
    x: Any,
    axis_name: Any,
    *,
    axis_index_groups: Any = None,
    axis: int = 0,
    tiled: bool = False,
    to: str = "varying",
) -> Any:
    """The arrays of all indices of a named axis, stacked.

    Args:
      x: a tree of arrays.
      axis_name: the name, or several, which count as one axis, the first name's index slowest.
      axis_index_groups: gathers parts of the axis: lists of indices, all of one length, of which
        each index is in one, and gets the arrays of its list.
      axis: where the new axis is to be.
      tiled: whether to concatenate along an axis that is there instead.
      to: "varying", "reduced" or "invarying": how JAX's types of a `shard_map` are to describe
        the result. It has no effect on values.

    Returns:
      A tree like `x`, the same for all of the batch or group.

    Raises:
      NameError: if no axis of that name is being mapped over.
      ValueError: if the groups do not have each index once, or are not of one length.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.vmap(lambda x: covector.lax.all_gather(x, "i"), axis_name="i")(jnp.array([1, 2]))
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    if to not in ("varying", "reduced", "invarying"):
        raise ValueError(
            "Got unexpected `to` value for `all_gather`: it must be 'varying', 'reduced' or "
            f"'invarying', got {to!r}"
        )
    names, groups = names_of(axis_name), groups_of(axis_index_groups)

    def one(leaf: Any) -> Array:
        at = canonical_axis(axis, _core.asarray(leaf).ndim + (not tiled))
        return _native.all_gather(leaf, names, groups, at, tiled)

    return tree_map(one, x)


def psum_scatter(
    x: Any,
    axis_name: Any,
    *,
    scatter_dimension: int = 0,
    axis_index_groups: Any = None,
    tiled: bool = False,
) -> Any:
    """The sum over a named axis, of which each index keeps its part.

    Args:
      x: a tree of arrays.
      axis_name: the name, or several, which count as one axis, the first name's index slowest.
      scatter_dimension: the axis whose parts the indices keep. It has the size of the named axis,
        and goes.
      axis_index_groups: sums over parts of the axis: lists of indices, all of one length, of
        which each index is in one, and gets its part of the sum over its list.
      tiled: whether the axis stays, and has a multiple of that size.

    Returns:
      A tree like `x`.

    Raises:
      NameError: if no axis of that name is being mapped over.
      ValueError: if the size does not fit.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> f = covector.vmap(lambda x: covector.lax.psum_scatter(x, "i"), axis_name="i")
    >>> f(jnp.array([[1, 2], [30, 40]]))
    Array([31, 42], dtype=int32)
    """
    names, groups = names_of(axis_name), groups_of(axis_index_groups)

    def one(leaf: Any) -> Array:
        at = canonical_axis(scatter_dimension, _core.asarray(leaf).ndim)
        return _native.reduce_scatter(leaf, names, groups, at, tiled)

    return tree_map(one, x)


def all_to_all(
    x: Any,
    axis_name: Any,
    split_axis: int,
    concat_axis: int,
    *,
    axis_index_groups: Any = None,
    tiled: bool = False,
) -> Any:
    """Exchanges parts of arrays between all indices of a named axis.

    Args:
      x: a tree of arrays.
      axis_name: the name, or several, which count as one axis, the first name's index slowest.
      split_axis: the axis along which each array is cut, a part for each index. It has the size of
        the named axis, and goes.
      concat_axis: where the axis is to be along which the parts that an index gets are stacked.
      axis_index_groups: exchanges in parts of the axis: lists of indices, all of one length, of
        which each index is in one.
      tiled: whether the axis that is cut stays, and has a multiple of that size, and the parts are
        concatenated along an axis that is there.

    Returns:
      A tree like `x`.

    Raises:
      NameError: if no axis of that name is being mapped over.
      ValueError: if the size does not fit.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> f = covector.vmap(lambda x: covector.lax.all_to_all(x, "i", 0, 0), axis_name="i")
    >>> f(jnp.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    names, groups = names_of(axis_name), groups_of(axis_index_groups)

    def one(leaf: Any) -> Array:
        array = _core.asarray(leaf)
        split, concat = (canonical_axis(a, array.ndim) for a in (split_axis, concat_axis))
        if tiled:
            return _native.all_to_all(leaf, names, groups, split, concat)
        return _stacked_exchange(array, names, groups, split, concat)

    return tree_map(one, x)


def _unequal(size: int, split: int) -> ValueError:
    return ValueError(
        "all_to_all requires the size of the mapped axis axis_name to equal x.shape[split_axis], "
        f"but they are {size} and {split} respectively."
    )


def _stacked_exchange(
    x: Array, names: tuple[AxisName, ...], groups: list[list[int]], split: int, concat: int
) -> Array:
    """all_to_all with one row for each index: the tiled one beside an axis of size 1."""
    n = group_size(names, groups)
    if x.shape[split] != n:
        raise _unequal(n, x.shape[split])
    if split == concat:
        return _native.all_to_all(x, names, groups, split, concat)
    if split < concat:
        concat += 1  # counted while the axis that goes is there
    else:
        split += 1
    spread = _core.lax.expand_dims(x, [concat])
    return _core.lax.squeeze(_native.all_to_all(spread, names, groups, split, concat), [split])


def pswapaxes(x: Any, axis_name: Any, axis: int, *, axis_index_groups: Any = None) -> Any:
    """Swaps a named axis with an axis of the array.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> f = covector.vmap(lambda x: covector.lax.pswapaxes(x, "i", 0), axis_name="i")
    >>> f(jnp.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return all_to_all(x, axis_name, axis, axis, axis_index_groups=axis_index_groups)
