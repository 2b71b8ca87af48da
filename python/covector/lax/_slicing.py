"""Slices along one axis, as compositions of those along all."""

import operator
from typing import Any

import numpy as np

from covector import _core
from covector._arguments import canonical_axis
from covector._core import Array
from covector._typing import ArrayLike
from covector.lax._operands import as_operand


def slice_in_dim(
    operand: Any,
    start_index: int | None,
    limit_index: int | None,
    stride: int = 1,
    axis: int = 0,
) -> Array:
    """A slice along one axis: `operand[..., start:limit:stride, ...]`.

    Args:
      operand: an array.
      start_index: the first index; from the end if negative, the start if None.
      limit_index: the index after the last; from the end if negative, the end if None.
      stride: the distance between indices.
      axis: the axis.

    Returns:
      An array of the rank of `operand`.

    Raises:
      ValueError: if there is no such axis.
      TypeError: if the indices are out of order or range.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.slice_in_dim(jnp.arange(5), 1, 4)
    Array([1, 2, 3], dtype=int32)
    """
    operand = as_operand(operand)
    axis = canonical_axis(axis, operand.ndim)
    starts, limits, strides = [0] * operand.ndim, list(operand.shape), [1] * operand.ndim
    length = limits[axis]
    starts[axis] = _from_front(start_index, 0, length)
    limits[axis] = _from_front(limit_index, length, length)
    strides[axis] = operator.index(stride)
    return _core.lax.slice(operand, starts, limits, strides)


def _from_front(index: Any, default: int, length: int) -> int:
    if index is None:
        return default
    i = operator.index(index)
    return i + length if i < 0 else i


def index_in_dim(operand: Any, index: int, axis: int = 0, keepdims: bool = True) -> Array:
    """One index along an axis: `operand[..., index, ...]`.

    Args:
      operand: an array.
      index: the index; from the end if negative.
      axis: the axis.
      keepdims: keep the axis, with size one.

    Returns:
      An array.

    Raises:
      IndexError: if the index is out of range.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.index_in_dim(jnp.arange(5), 1, keepdims=False)
    Array(1, dtype=int32)
    """
    operand = as_operand(operand)
    axis = canonical_axis(axis, operand.ndim)
    i, length = operator.index(index), operand.shape[axis]
    if not -length <= i < length:
        raise IndexError(f"index {i} is out of bounds for axis {axis} with size {length}")
    i += length if i < 0 else 0
    out = slice_in_dim(operand, i, i + 1, 1, axis)
    return out if keepdims else _core.lax.squeeze(out, (axis,))


def _zero_like(index: ArrayLike) -> ArrayLike:
    """Zero, of the type of the index: all starts must have the same."""
    return np.zeros((), index.dtype) if isinstance(index, (Array, np.generic, np.ndarray)) else 0


def dynamic_slice_in_dim(
    operand: Any,
    start_index: ArrayLike,
    slice_size: int,
    axis: int = 0,
    *,
    allow_negative_indices: bool = True,
) -> Array:
    """A slice along one axis, whose start may be traced and whose size is known.

    Args:
      operand: an array.
      start_index: an integer scalar; one that is out of range is moved into it.
      slice_size: how many indices.
      axis: the axis.
      allow_negative_indices: whether negative starts count from the end.

    Returns:
      An array of the rank of `operand`.

    Raises:
      TypeError: if the start is no integer or the size larger than the axis.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.dynamic_slice_in_dim(jnp.arange(5), 1, 2)
    Array([1, 2], dtype=int32)
    """
    operand = as_operand(operand)
    axis = canonical_axis(axis, operand.ndim)
    starts = [_zero_like(start_index)] * operand.ndim
    sizes = list(operand.shape)
    starts[axis], sizes[axis] = start_index, operator.index(slice_size)
    return _core.lax.dynamic_slice(
        operand, starts, sizes, allow_negative_indices=allow_negative_indices
    )


def dynamic_index_in_dim(
    operand: Any,
    index: ArrayLike,
    axis: int = 0,
    keepdims: bool = True,
    *,
    allow_negative_indices: bool = True,
) -> Array:
    """One index along an axis, which may be traced.

    Args:
      operand: an array.
      index: an integer scalar; one that is out of range is moved into it.
      axis: the axis.
      keepdims: keep the axis, with size one.
      allow_negative_indices: whether negative indices count from the end.

    Returns:
      An array.

    Raises:
      TypeError: if the index is no integer.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.dynamic_index_in_dim(jnp.arange(5), 2)
    Array([2], dtype=int32)
    """
    operand = as_operand(operand)
    axis = canonical_axis(axis, operand.ndim)
    out = dynamic_slice_in_dim(
        operand, index, 1, axis, allow_negative_indices=allow_negative_indices
    )
    return out if keepdims else _core.lax.squeeze(out, (axis,))


def dynamic_update_slice_in_dim(
    operand: Any,
    update: ArrayLike,
    start_index: ArrayLike,
    axis: int,
    *,
    allow_negative_indices: bool = True,
) -> Array:
    """An array with a slice along one axis replaced; its start may be traced.

    Args:
      operand: an array.
      update: an array of the rank and dtype of `operand`; as large but along the axis.
      start_index: an integer scalar; one that is out of range is moved into it.
      axis: the axis.
      allow_negative_indices: whether negative starts count from the end.

    Returns:
      An array of the shape of `operand`.

    Raises:
      TypeError: if the update does not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.dynamic_update_slice_in_dim(jnp.zeros(4), jnp.ones(2), 1, 0)
    Array([0., 1., 1., 0.], dtype=float32)
    """
    operand = as_operand(operand)
    axis = canonical_axis(axis, operand.ndim)
    starts = [_zero_like(start_index)] * operand.ndim
    starts[axis] = start_index
    return _core.lax.dynamic_update_slice(
        operand, update, starts, allow_negative_indices=allow_negative_indices
    )


def dynamic_update_index_in_dim(
    operand: Any,
    update: ArrayLike,
    index: ArrayLike,
    axis: int,
    *,
    allow_negative_indices: bool = True,
) -> Array:
    """An array with one index along an axis replaced; the index may be traced.

    Args:
      operand: an array.
      update: an array of the dtype of `operand`, of its shape but along the axis, which has
        size one or is left out.
      index: an integer scalar; one that is out of range is moved into it.
      axis: the axis.
      allow_negative_indices: whether negative indices count from the end.

    Returns:
      An array of the shape of `operand`.

    Raises:
      TypeError: if the update does not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.dynamic_update_index_in_dim(jnp.zeros(3), 1.0, 1, 0)
    Array([0., 1., 0.], dtype=float32)
    """
    operand = as_operand(operand)
    update = as_operand(update)
    axis = canonical_axis(axis, operand.ndim)
    if update.ndim != operand.ndim:
        update = _core.lax.expand_dims(update, (axis,))
    return dynamic_update_slice_in_dim(
        operand, update, index, axis, allow_negative_indices=allow_negative_indices
    )
