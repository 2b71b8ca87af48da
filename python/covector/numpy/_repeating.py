"""Arrays made larger: elements repeated, copies side by side, margins."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import (
    as_array,
    canonical_axis,
    canonical_shape,
    check_arraylike,
    concrete,
    place,
)
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.numpy._gathering import gather_along


def tile(A: ArrayLike, reps: int | Sequence[int]) -> Array:
    """Copies of an array side by side.

    Args:
      A: an array.
      reps: how many copies along each axis, of the last axes if they are fewer than the rank.

    Returns:
      An array of the rank of `A`, or as many axes as there are numbers.

    Raises:
      TypeError: if a number is no integer.
      ValueError: if one is negative.

    >>> import covector.numpy as jnp
    >>> jnp.tile(jnp.arange(2), 3)
    Array([0, 1, 0, 1, 0, 1], dtype=int32)
    """
    A = as_array("tile", A)
    counts = canonical_shape(reps)
    if any(n < 0 for n in counts):
        raise ValueError(f"tile: numbers of copies must not be negative, got {counts}")
    return _tile(A, counts)


@composite("counts")
def _tile(a: Array, counts: tuple[int, ...]) -> Array:
    rank = max(a.ndim, len(counts))
    counts = (1,) * (rank - len(counts)) + counts
    sizes = (1,) * (rank - a.ndim) + a.shape
    spread = [n for pair in zip(counts, sizes) for n in pair]
    axes = [2 * i + 1 for i in range(rank - a.ndim, rank)]
    copies = lax.broadcast_in_dim(a, spread, axes)
    return lax.reshape(copies, [n * s for n, s in zip(counts, sizes)])


def repeat(
    a: ArrayLike,
    repeats: ArrayLike,
    axis: int | None = None,
    *,
    total_repeat_length: int | None = None,
    out_sharding: Any = None,
) -> Array:
    """An array with its elements, or what stands along an axis, repeated.

    Args:
      a: an array.
      repeats: how often, one number or one for each index along the axis.
      axis: the axis; by default the array is repeated as a vector.
      total_repeat_length: the size of the result along the axis, to be given where `repeats` is
        traced. What does not fit is cut off; what is missing is the last element.
      out_sharding: a sharding of the result.

    Returns:
      An array of the rank of `a`, or a vector.

    Raises:
      ConcretizationTypeError: if the size of the result would not be known while tracing.
      ValueError: if there is no such axis, or the numbers do not fit it.

    >>> import covector.numpy as jnp
    >>> jnp.repeat(jnp.array([1, 2]), jnp.array([2, 1]))
    Array([1, 1, 2], dtype=int32)
    """
    check_arraylike("repeat", a, repeats)
    a = as_array("repeat", a)
    if axis is None:
        a, axis = lax.reshape(a, (a.size,)), 0
    axis = canonical_axis(axis, a.ndim)
    if total_repeat_length is None:
        out = _repeat_known(a, repeats, axis)
    else:
        repeats = as_array("repeat", repeats, 1)
        out = _repeat_padded(a, repeats, axis, operator.index(total_repeat_length))
    return place(out, None, out_sharding)


def _repeat_known(a: Array, repeats: Any, axis: int) -> Array:
    counts = np.asarray(
        concrete(
            repeats,
            "When jit-compiling jnp.repeat, the total number of repeats must be static. "
            "Either make `repeats` static or give `total_repeat_length`.",
        )
    )
    length = a.shape[axis]
    if counts.size == 1 and counts.ndim < 2:
        return _repeat_each(a, operator.index(counts.reshape(())[()]), axis)
    if counts.shape != (length,):
        raise ValueError(f"repeat: {counts.shape} numbers do not fit an axis of size {length}")
    return gather_along(a, np.repeat(np.arange(length, dtype=np.int32), counts), axis)


@composite("count", "axis")
def _repeat_each(a: Array, count: int, axis: int) -> Array:
    if count < 0:
        raise ValueError(f"repeat: numbers must not be negative, got {count}")
    spread = [*a.shape[: axis + 1], count, *a.shape[axis + 1 :]]
    sizes = [*a.shape[:axis], a.shape[axis] * count, *a.shape[axis + 1 :]]
    axes = [i for i in range(a.ndim + 1) if i != axis + 1]
    return lax.reshape(lax.broadcast_in_dim(a, spread, axes), sizes)


@composite("axis", "total")
def _repeat_padded(a: Array, repeats: Array, axis: int, total: int) -> Array:
    if not a.shape[axis]:
        return lax.slice_in_dim(a, 0, 0, axis=axis)
    counts = _core.numpy.broadcast_to(lax.reshape(repeats, (repeats.size,)), (a.shape[axis],))
    # What the i-th place holds is as far along the axis as elements begin up to it.
    starts = lax.slice_in_dim(lax.cumsum(counts, 0), 0, -1)
    begins = lax.full((total,), 0, np.int32)
    begins = _core.numpy.setitem("add", begins, starts, 1, mode="drop")
    return gather_along(a, lax.cumsum(begins, 0), axis)
