"""Axes in another order, and elements in another order along them."""

import operator
from collections.abc import Sequence

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_tuple, canonical_axes, canonical_axis
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike


def transpose(a: ArrayLike, axes: Sequence[int] | None = None) -> Array:
    """An array with its axes in another order.

    Args:
      a: an array or scalar.
      axes: for each axis of the result, which one of `a` it is; reversed by default.

    Returns:
      An array with the elements of `a`.

    Raises:
      TypeError: if the axes are no permutation.
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.transpose(jnp.zeros((2, 3, 4)), (1, 2, 0)).shape
    (3, 4, 2)
    """
    a = as_array("transpose", a)
    if axes is None:
        return reverse_axes(a)
    return lax.transpose(a, tuple(canonical_axis(i, a.ndim) for i in axes))


def permute_dims(a: ArrayLike, /, axes: Sequence[int]) -> Array:
    """An array with its axes in another order: `transpose` by the array API's name.

    >>> import covector.numpy as jnp
    >>> jnp.permute_dims(jnp.zeros((2, 3, 4)), (1, 2, 0)).shape
    (3, 4, 2)
    """
    return transpose(a, axes)


def reverse_axes(a: Array) -> Array:
    """The array with its axes in reverse order."""
    return lax.transpose(a, tuple(range(a.ndim - 1, -1, -1)))


def matrix_transpose(x: ArrayLike, /) -> Array:
    """An array with its last two axes exchanged.

    Args:
      x: an array of rank two or more.

    Returns:
      An array with the elements of `x`.

    Raises:
      ValueError: if the rank is less than two.

    >>> import covector.numpy as jnp
    >>> jnp.matrix_transpose(jnp.zeros((4, 2, 3))).shape
    (4, 3, 2)
    """
    x = as_array("matrix_transpose", x)
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose: rank must be at least 2, got {x.ndim}")
    return swapaxes(x, -1, -2)


def swapaxes(a: ArrayLike, axis1: int, axis2: int) -> Array:
    """An array with two axes exchanged.

    Args:
      a: an array.
      axis1, axis2: the axes.

    Returns:
      An array with the elements of `a`.

    Raises:
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.swapaxes(jnp.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    a = as_array("swapaxes", a)
    order = list(range(a.ndim))
    i, j = canonical_axis(axis1, a.ndim), canonical_axis(axis2, a.ndim)
    order[i], order[j] = order[j], order[i]
    return lax.transpose(a, order)


def moveaxis(a: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """An array with axes moved to other places, the others in the order they had.

    Args:
      a: an array.
      source: the axes to move.
      destination: where each of them goes.

    Returns:
      An array with the elements of `a`.

    Raises:
      ValueError: if there is no such axis or the numbers of axes differ.

    >>> import covector.numpy as jnp
    >>> jnp.moveaxis(jnp.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    a = as_array("moveaxis", a)
    origins = tuple(canonical_axis(i, a.ndim) for i in as_tuple(source))
    places = tuple(canonical_axis(i, a.ndim) for i in as_tuple(destination))
    if len(origins) != len(places):
        raise ValueError(f"moveaxis: {len(origins)} axes cannot go to {len(places)} places")
    order = [i for i in range(a.ndim) if i not in origins]
    for where, origin in sorted(zip(places, origins)):
        order.insert(where, origin)
    return lax.transpose(a, order)


def rollaxis(a: ArrayLike, axis: int, start: int = 0) -> Array:
    """An array with an axis moved in front of another; `moveaxis` is easier to read.

    Args:
      a: an array.
      axis: the axis to move.
      start: the axis in front of which it goes; the rank for the end.

    Returns:
      An array with the elements of `a`.

    Raises:
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.rollaxis(jnp.zeros((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    a = as_array("rollaxis", a)
    origin = canonical_axis(axis, a.ndim)
    first = operator.index(start)
    if not -a.ndim <= first <= a.ndim:
        raise ValueError(f"rollaxis: start must be in [{-a.ndim}, {a.ndim}], got {first}")
    first += a.ndim if first < 0 else 0
    return moveaxis(a, origin, first - 1 if first > origin else first)


def flip(m: ArrayLike, axis: int | Sequence[int] | None = None) -> Array:
    """An array with its elements in reverse order along axes.

    Args:
      m: an array.
      axis: an axis or several; all by default.

    Returns:
      An array of the shape of `m`.

    Raises:
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.flip(jnp.arange(3))
    Array([2, 1, 0], dtype=int32)
    """
    m = as_array("flip", m)
    return lax.rev(m, canonical_axes(axis, m.ndim))


def fliplr(m: ArrayLike) -> Array:
    """An array with its columns (axis 1) in reverse order.

    Args:
      m: an array of rank two or more.

    Returns:
      An array of the shape of `m`.

    Raises:
      ValueError: if there is no axis 1.

    >>> import covector.numpy as jnp
    >>> jnp.fliplr(jnp.array([[1, 2], [3, 4]]))
    Array([[2, 1],
           [4, 3]], dtype=int32)
    """
    return flip(as_array("fliplr", m), 1)


def flipud(m: ArrayLike) -> Array:
    """An array with its rows (axis 0) in reverse order.

    Args:
      m: an array of rank one or more.

    Returns:
      An array of the shape of `m`.

    Raises:
      ValueError: if there is no axis 0.

    >>> import covector.numpy as jnp
    >>> jnp.flipud(jnp.array([[1, 2], [3, 4]]))
    Array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return flip(as_array("flipud", m), 0)


def rot90(m: ArrayLike, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """An array turned by quarter turns in the plane of two axes.

    Args:
      m: an array of rank two or more.
      k: how many quarter turns, from the first axis towards the second.
      axes: two axes.

    Returns:
      An array with the elements of `m`.

    Raises:
      ValueError: if the axes are equal or not there.

    >>> import covector.numpy as jnp
    >>> jnp.rot90(jnp.array([[1, 2], [3, 4]]))
    Array([[2, 4],
           [1, 3]], dtype=int32)
    """
    m = as_array("rot90", m)
    if m.ndim < 2:
        raise ValueError(f"rot90: rank must be at least 2, got an array of shape {m.shape}")
    first, second = (canonical_axis(i, m.ndim) for i in axes)
    if first == second:
        raise ValueError("rot90: axes must be different")
    return _rot90(m, k % 4, first, second)


@composite("k", "first", "second")
def _rot90(m: Array, k: int, first: int, second: int) -> Array:
    if k == 0:
        return m
    if k == 2:
        return lax.rev(m, (first, second))
    turned = swapaxes(m, first, second)
    return lax.rev(turned, (first,) if k == 1 else (second,))


def roll(
    a: ArrayLike, shift: ArrayLike | Sequence[int], axis: int | Sequence[int] | None = None
) -> Array:
    """An array with its elements moved along axes; those that leave enter at the other end.

    Args:
      a: an array.
      shift: how far, one number or one for each axis. May be traced.
      axis: an axis or several; by default the array is rolled as if it were a vector.

    Returns:
      An array of the shape of `a`.

    Raises:
      ValueError: if there is no such axis, or shifts and axes do not pair.

    >>> import covector.numpy as jnp
    >>> jnp.roll(jnp.arange(4), 1)
    Array([3, 0, 1, 2], dtype=int32)
    """
    a = as_array("roll", a)
    if axis is None:
        flat = lax.reshape(a, (a.size,))
        return lax.reshape(roll(flat, shift, 0), a.shape)
    axes = tuple(canonical_axis(i, a.ndim) for i in as_tuple(axis))
    if isinstance(shift, Array):
        return _roll_traced(a, shift, axes)
    amounts = np.asarray(shift)
    if amounts.ndim > 1 or (amounts.size not in (1, len(axes)) and len(axes) != 1):
        raise ValueError(f"roll: {amounts.size} shifts do not fit {len(axes)} axes")
    if not axes:
        return a
    count = max(amounts.size, len(axes))
    pairs = zip(np.broadcast_to(amounts, (count,)).tolist(), axes * (count // len(axes)))
    return _roll(a, tuple((int(amount), i) for amount, i in pairs))


@composite("shifts")
def _roll(a: Array, shifts: tuple[tuple[int, int], ...]) -> Array:
    if not a.size:
        return a
    for amount, axis in shifts:
        start = -amount % a.shape[axis]
        if start:
            pieces = [
                lax.slice_in_dim(a, start, None, axis=axis),
                lax.slice_in_dim(a, 0, start, axis=axis),
            ]
            a = lax.concatenate(pieces, axis)
    return a


@composite("axes")
def _roll_traced(a: Array, shift: Array, axes: tuple[int, ...]) -> Array:
    if not a.size:
        return a
    amounts = _core.numpy.broadcast_to(shift, (max(shift.size, len(axes)),))
    axes = axes * (amounts.shape[0] // len(axes))
    for i, axis in enumerate(axes):
        length = a.shape[axis]
        start = _core.numpy.remainder(_core.numpy.negative(amounts[i]), max(length, 1))
        a = lax.dynamic_slice_in_dim(lax.concatenate([a, a], axis), start, length, axis)
    return a
