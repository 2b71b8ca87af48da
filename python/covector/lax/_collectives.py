"""Operations over named axes: functions under `vmap(axis_name=...)` that see the whole batch."""

import math
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from covector import _core
from covector._core import Array, Tracer
from covector.tree_util import tree_flatten, tree_map, tree_unflatten

AxisName = Hashable
_native = _core.collectives


def names_of(axis_name: Any) -> tuple[AxisName, ...]:
    return tuple(axis_name) if isinstance(axis_name, (tuple, list)) else (axis_name,)


def groups_of(axis_index_groups: Any) -> list[list[int]]:
    """The groups as lists of integers; none if all indices are one group."""
    if axis_index_groups is None:
        return []
    return [[int(index) for index in group] for group in axis_index_groups]


def group_size(names: tuple[AxisName, ...], groups: list[list[int]]) -> int:
    return len(groups[0]) if groups else math.prod(_native.axis_size(name) for name in names)


def _split_axes(axis_name: Any, groups: Any) -> tuple[list[int], list[AxisName], list[list[int]]]:
    """Positional axes (integers), names, and groups of the named ones' indices."""
    axes = names_of(axis_name)
    positional = [a for a in axes if isinstance(a, int)]
    if groups is not None and positional:
        raise ValueError("axis_index_groups only supported for sums over just named axes")
    return positional, [a for a in axes if not isinstance(a, int)], groups_of(groups)


def _reduce(x: Any, axis_name: Any, groups: Any, over_names: Callable, over_axes: Callable) -> Any:
    positional, names, parts = _split_axes(axis_name, groups)

    def one(leaf: Any) -> Array:
        array = _core.asarray(leaf)
        if positional:
            array = over_axes(array, [a % array.ndim for a in positional])
        return over_names(array, names, parts)

    return tree_map(one, x)


def psum(x: Any, axis_name: Any, *, axis_index_groups: Any = None) -> Any:
    """The sum over a named axis.

    Args:
      x: a tree of arrays. The sum of a Python number is its product with the axis' size, as a
        Python number.
      axis_name: the name, or several.
      axis_index_groups: sums over parts of the axis: lists of indices, of which each index is
        in one, and gets that of its list.

    Returns:
      A tree like `x`, the same for all of the batch.

    Raises:
      NameError: if no axis of that name is being mapped over.
      ValueError: if the groups do not have each index once.

    JAX knows groups under `pmap` and `shard_map`, but not under `vmap`. This holds for all
    functions over named axes.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.vmap(lambda x: x / covector.lax.psum(x, "i"), axis_name="i")(jnp.array([1.0, 3.0]))
    Array([0.25, 0.75], dtype=float32)
    >>> pairs = [[0, 2], [1, 3]]
    >>> f = lambda x: covector.lax.psum(x, "i", axis_index_groups=pairs)
    >>> covector.vmap(f, axis_name="i")(jnp.array([1, 2, 30, 40]))
    Array([31, 42, 31, 42], dtype=int32)
    """
    leaves, tree = tree_flatten(x)
    leaves = [_counting(leaf) for leaf in leaves]
    positional, names, groups = _split_axes(axis_name, axis_index_groups)
    alike = len({len(group) for group in groups}) <= 1
    if alike and all(not isinstance(leaf, Tracer) for leaf in leaves):
        _native.check_groups("psum", names, groups)
        size = group_size(tuple(names), groups)
        return tree_unflatten(tree, [_times(leaf, size, positional) for leaf in leaves])
    x = tree_unflatten(tree, leaves)
    return _reduce(x, axis_name, axis_index_groups, _native.psum, _core.lax.reduce_sum)


def _counting(leaf: Any) -> Any:
    """Truth values are counted."""
    if isinstance(leaf, bool):
        return int(leaf)
    if getattr(leaf, "dtype", None) == np.dtype(bool):
        return _core.convert(leaf, "int32", False)
    return leaf


def _times(leaf: Any, size: int, positional: list[int]) -> Any:
    if isinstance(leaf, (int, float, complex)):
        return leaf * size
    array = _core.asarray(leaf)
    if positional:
        array = _core.lax.reduce_sum(array, [a % array.ndim for a in positional])
    return array * _core.convert(size, array.dtype, False)


def pmean(x: Any, axis_name: Any, *, axis_index_groups: Any = None) -> Any:
    """The mean over a named axis.

    Args:
      x: a tree of arrays.
      axis_name: the name, or several.
      axis_index_groups: means over parts of the axis: lists of indices, of which each index is
        in one, and gets that of its list.

    Returns:
      A tree like `x`, the same for all of the batch.

    Raises:
      NameError: if no axis of that name is being mapped over.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.vmap(lambda x: x - covector.lax.pmean(x, "i"), axis_name="i")(jnp.arange(3.0))
    Array([-1.,  0.,  1.], dtype=float32)
    """
    total = psum(x, axis_name, axis_index_groups=axis_index_groups)
    n = psum(1, axis_name, axis_index_groups=axis_index_groups)
    return tree_map(lambda v: v / n, total)


def pmax(x: Any, axis_name: Any, *, axis_index_groups: Any = None) -> Any:
    """The maximum over a named axis; it has no derivative.

    Args:
      x: a tree of arrays.
      axis_name: the name, or several.
      axis_index_groups: maxima over parts of the axis: lists of indices, of which each index is
        in one, and gets that of its list.

    Returns:
      A tree like `x`, the same for all of the batch.

    Raises:
      NameError: if no axis of that name is being mapped over.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.vmap(lambda x: covector.lax.pmax(x, "i"), axis_name="i")(jnp.array([1, 3, 2]))
    Array([3, 3, 3], dtype=int32)
    """
    return _reduce(x, axis_name, axis_index_groups, _native.pmax, _core.lax.reduce_max)


def pmin(x: Any, axis_name: Any, *, axis_index_groups: Any = None) -> Any:
    """The minimum over a named axis; it has no derivative.

    Args:
      x: a tree of arrays.
      axis_name: the name, or several.
      axis_index_groups: minima over parts of the axis: lists of indices, of which each index is
        in one, and gets that of its list.

    Returns:
      A tree like `x`, the same for all of the batch.

    Raises:
      NameError: if no axis of that name is being mapped over.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.vmap(lambda x: covector.lax.pmin(x, "i"), axis_name="i")(jnp.array([1, 3, 2]))
    Array([1, 1, 1], dtype=int32)
    """
    return _reduce(x, axis_name, axis_index_groups, _native.pmin, _core.lax.reduce_min)


def _extremal_index(x: Any, extreme: Any, axis_name: Any) -> Array:
    index = axis_index(axis_name)
    largest = _core.convert(2**31 - 1, index.dtype, False)
    return pmin(_core.numpy.where(extreme == x, index, largest), axis_name)


def pargmax(x: Any, axis_name: AxisName) -> Array:
    """The index along a named axis at which the array is largest: the first such.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.vmap(lambda x: covector.lax.pargmax(x, "i"), axis_name="i")(jnp.array([1, 3, 2]))
    Array([1, 1, 1], dtype=int32)
    """
    if isinstance(axis_name, (tuple, list)):
        raise TypeError(f"pargmax only accepts a single axis, got {axis_name}")
    return _extremal_index(x, pmax(x, axis_name), axis_name)


def pargmin(x: Any, axis_name: AxisName) -> Array:
    """The index along a named axis at which the array is smallest: the first such.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.vmap(lambda x: covector.lax.pargmin(x, "i"), axis_name="i")(jnp.array([1, 3, 2]))
    Array([0, 0, 0], dtype=int32)
    """
    if isinstance(axis_name, (tuple, list)):
        raise TypeError(f"pargmin only accepts a single axis, got {axis_name}")
    return _extremal_index(x, pmin(x, axis_name), axis_name)


def axis_index(axis_name: Any) -> Array:
    """The index along a named axis; along several, row-major.

    Raises:
      NameError: if no axis of that name is being mapped over.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.vmap(lambda x: x * covector.lax.axis_index("i"), axis_name="i")(jnp.ones(3))
    Array([0., 1., 2.], dtype=float32)
    """
    names = names_of(axis_name)
    index = _native.axis_index(names[0])
    for name in names[1:]:
        index = index * _native.axis_size(name) + _native.axis_index(name)
    return index


def axis_size(axis_name: Any) -> int:
    """The size of a named axis; of several, the product.

    Raises:
      NameError: if no axis of that name is being mapped over.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> covector.vmap(lambda x: x / covector.lax.axis_size("i"), axis_name="i")(jnp.ones(2))
    Array([0.5, 0.5], dtype=float32)
    """
    return math.prod(_native.axis_size(name) for name in names_of(axis_name))
