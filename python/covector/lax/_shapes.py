"""Shapes: axes joined and added, margins of windows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._arguments import canonical_shape
from covector._core import Array
from covector._dtypes import dtype_of
from covector._typing import ArrayLike
from covector.lax._operands import as_operand


def dtype(x: Any) -> Any:
    """The dtype of an array, or the one that a scalar or dtype gets as an array.

    Args:
      x: an array, a scalar or a dtype.

    Returns:
      A dtype.

    Raises:
      TypeError: if arrays cannot have it.

    >>> from covector import lax
    >>> lax.dtype(1.0)
    dtype('float32')
    """
    return dtype_of(x)


def reciprocal(x: ArrayLike) -> Array:
    """One divided by each element.

    Args:
      x: an array of an inexact dtype.

    Returns:
      An array of the shape and dtype of `x`.

    Raises:
      TypeError: if the dtype is not inexact.

    >>> from covector import lax
    >>> lax.reciprocal(4.0)
    Array(0.25, dtype=float32, weak_type=True)
    """
    return _core.lax.integer_pow(x, -1)


def broadcast_to_rank(x: ArrayLike, rank: int) -> Array:
    """An array with axes of size one in front, to have a rank.

    Args:
      x: an array.
      rank: the rank of the result, not less than that of `x`.

    Returns:
      An array of the rank.

    Raises:
      ValueError: if the rank of `x` is larger.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.broadcast_to_rank(jnp.zeros(3), 2).shape
    (1, 3)
    """
    x = as_operand(x)
    if x.ndim > rank:
        raise ValueError(f"broadcast_to_rank: rank {rank} is less than that of shape {x.shape}")
    return _core.lax.expand_dims(x, tuple(range(rank - x.ndim)))


def collapse(operand: Array, start_dimension: int, stop_dimension: int | None = None) -> Array:
    """An array with neighbouring axes joined to one.

    Args:
      operand: an array.
      start_dimension: the first of the axes.
      stop_dimension: the axis after the last of them; the end by default.

    Returns:
      An array with the elements of `operand` in their order.

    Raises:
      ValueError: if there are no such axes.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.collapse(jnp.zeros((2, 3, 4)), 1).shape
    (2, 12)
    """
    operand = as_operand(operand)
    rank = operand.ndim
    stop_dimension = rank if stop_dimension is None else stop_dimension
    start, stop = slice(start_dimension, stop_dimension).indices(rank)[:2]
    if stop < start:
        raise ValueError(
            f"Invalid dimension range passed to collapse: {operand.shape}"
            f"[{start_dimension}:{stop_dimension}]"
        )
    shape = operand.shape
    joined = int(np.prod(shape[start:stop], dtype=np.int64))
    return _core.lax.reshape(operand, (*shape[:start], joined, *shape[stop:]))


def unstack(x: ArrayLike, axis: int = 0) -> tuple[Array, ...]:
    """The slices of an array along an axis.

    Args:
      x: an array of rank one or more.
      axis: the axis that the slices lack.

    Returns:
      As many arrays as the axis is long.

    Raises:
      ValueError: if there is no such axis.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.unstack(jnp.array([[1, 2], [3, 4]]))[1]
    Array([3, 4], dtype=int32)
    """
    return tuple(_core.lax._unstack(as_operand(x), axis))


def broadcast(operand: ArrayLike, sizes: Sequence[int], *, out_sharding: Any = None) -> Array:
    """An array repeated along new axes in front.

    Args:
      operand: an array.
      sizes: of the new axes.
      out_sharding: must be None.

    Returns:
      An array of shape `(*sizes, *operand.shape)`.

    Raises:
      TypeError: if a size is no integer or negative.

    >>> from covector import lax
    >>> lax.broadcast(7, (2,))
    Array([7, 7], dtype=int32, weak_type=True)
    """
    operand = as_operand(operand)
    sizes = canonical_shape(sizes)
    axes = tuple(range(len(sizes), len(sizes) + operand.ndim))
    if not sizes:
        return operand
    return _core.lax.broadcast_in_dim(operand, sizes + operand.shape, axes)


def broadcast_like(arr: ArrayLike, like_arr: ArrayLike) -> Array:
    """An array repeated to the shape of another one, as NumPy broadcasts.

    Args:
      arr: an array.
      like_arr: an array whose shape the result has.

    Returns:
      An array of the dtype of `arr`.

    Raises:
      ValueError: if the shapes do not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.broadcast_like(jnp.array([1, 2]), jnp.zeros((2, 2)))
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return _core.numpy.broadcast_to(as_operand(arr), np.shape(like_arr))


def shape_as_value(shape: Sequence[int]) -> Array | np.ndarray:
    """The sizes of a shape as an array.

    >>> from covector import lax
    >>> lax.shape_as_value((2, 3)).tolist()
    [2, 3]
    """
    largest = max(shape, default=0)
    return np.asarray(shape, np.int32 if largest <= np.iinfo(np.int32).max else np.int64)


def padtype_to_pads(
    in_shape: Sequence[int],
    window_shape: Sequence[int],
    window_strides: Sequence[int],
    padding: Any,
) -> list[tuple[int, int]]:
    """How wide margins are that a word asks for, of windows that move over an array.

    Args:
      in_shape: the sizes of the array.
      window_shape: the sizes of the windows.
      window_strides: how far windows are apart.
      padding: 'SAME': as many windows as the array has elements, divided by strides, the larger
        margin at the end; 'SAME_LOWER': the larger margin at the start; 'VALID': no margins.

    Returns:
      A pair of margins for each axis.

    Raises:
      RuntimeError: for another word.

    >>> from covector import lax
    >>> lax.padtype_to_pads((10,), (3,), (1,), "SAME")
    [(1, 1)]
    """
    word = getattr(padding, "name", padding)
    if not isinstance(word, str):
        raise TypeError(f"Unknown padding type: {padding}.")
    return _core.padtype_to_pads(in_shape, window_shape, window_strides, word)
