"""Elements read at indices along one axis."""

import math
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, canonical_axis, reject_out
from covector._composite import composite
from covector._core import Array
from covector._dtypes import iinfo, issubdtype
from covector._typing import ArrayLike
from covector.lax import GatherDimensionNumbers, GatherScatterMode


def take(
    a: ArrayLike,
    indices: ArrayLike,
    axis: int | None = None,
    out: None = None,
    mode: str | None = None,
    unique_indices: bool = False,
    indices_are_sorted: bool = False,
    fill_value: Any = None,
) -> Array:
    """Elements of an array at indices along an axis.

    Args:
      a: an array.
      indices: an integer array.
      axis: the axis; by default the array is taken as a vector.
      out: must be None.
      mode: for indices out of bounds: 'fill' (default) returns a value that stands for none;
        'clip' the nearest element, which is the first for negative indices; 'wrap' goes round.
      unique_indices: promises that no element is taken twice.
      indices_are_sorted: promises that indices ascend.
      fill_value: what 'fill' returns; by default NaN, the smallest signed or largest unsigned
        integer, or True.

    Returns:
      An array with the axes of `indices` in place of the axis.

    Raises:
      ValueError: if there is no such axis, or the mode is unknown.
      TypeError: if an argument is no array.
      IndexError: if the axis is empty and indices are not.

    >>> import covector.numpy as jnp
    >>> jnp.take(jnp.array([10, 20, 30]), jnp.array([2, 0]))
    Array([30, 10], dtype=int32)
    """
    reject_out("take", out)
    a, indices = as_arrays("take", a, indices)
    if mode == "raise":
        raise NotImplementedError("The 'raise' mode to jnp.take is not supported.")
    if mode not in (None, "fill", "clip", "wrap"):
        raise ValueError(f"take: mode must be 'fill', 'clip' or 'wrap', got {mode!r}")
    if axis is None:
        a, axis = lax.reshape(a, (a.size,)), 0
    axis = canonical_axis(axis, max(a.ndim, 1))
    if a.ndim == 0:
        a = lax.reshape(a, (1,))
    if not a.shape[axis] and indices.size:
        raise IndexError("Cannot do a non-empty jnp.take() from an empty axis.")
    if indices.dtype == np.bool_:
        indices = lax.convert_element_type(indices, np.int32)
    if not issubdtype(indices.dtype, np.integer):
        raise ValueError(f"take: indices must be integers, got {indices.dtype}")
    return _take(
        a, indices, axis, mode or "fill", bool(unique_indices), bool(indices_are_sorted), fill_value
    )


@composite("axis", "mode", "unique", "ascend", "fill_value")
def _take(
    a: Array, indices: Array, axis: int, mode: str, unique: bool, ascend: bool, fill_value: Any
) -> Array:
    length = a.shape[axis]
    indices = wide_enough(indices, length)
    if mode == "fill":
        indices = wrap_negative(indices, length)
    if mode == "wrap":
        indices = _core.numpy.remainder(indices, _core.convert(max(length, 1), indices.dtype))
        mode = "clip"
    return gather_along(a, indices, axis, mode, unique, ascend, fill_value)


def wide_enough(indices: Array, length: int) -> Array:
    """Indices of a dtype in which the length of the axis can be written."""
    if indices.dtype.itemsize >= 4 or length <= iinfo(indices.dtype).max:
        return indices
    return lax.convert_element_type(indices, np.int32 if length < 2**31 else np.int64)


def wrap_negative(indices: Array, length: int) -> Array:
    """Indices with the length of the axis added to negative ones."""
    if not issubdtype(indices.dtype, np.signedinteger):
        return indices
    shifted = lax.add(indices, _core.convert(length, indices.dtype))
    return lax.select(lax.lt(indices, lax.full_like(indices, 0)), shifted, indices)


def gather_along(
    a: Array,
    indices: Any,
    axis: int,
    mode: str = "clip",
    unique: bool = False,
    ascend: bool = False,
    fill_value: Any = None,
) -> Array:
    """What stands at indices along an axis: one gather, in which negative indices do not wrap."""
    indices = as_array("gather", indices)
    rank = indices.ndim
    offsets = (*range(axis), *range(axis + rank, a.ndim - 1 + rank))
    numbers = GatherDimensionNumbers(offsets, (axis,), (axis,))
    sizes = [1 if i == axis else s for i, s in enumerate(a.shape)]
    return lax.gather(
        a,
        lax.expand_dims(indices, (rank,)),
        numbers,
        sizes,
        unique_indices=unique,
        indices_are_sorted=ascend,
        mode=mode,
        fill_value=fill_value,
    )


def take_along_axis(
    arr: ArrayLike,
    indices: ArrayLike,
    axis: int | None = -1,
    mode: str | GatherScatterMode | None = None,
    fill_value: Any = None,
    *,
    wrap_negative_indices: bool | None = None,
) -> Array:
    """Elements of an array at indices that differ from row to row, as `argsort` returns them.

    Args:
      arr: an array.
      indices: an integer array of the rank of `arr`, whose other axes broadcast with its.
      axis: the axis that indices count; None takes `arr` as a vector.
      mode: for indices out of bounds, as in `x.at[...].get`; 'fill' by default.
      fill_value: what 'fill' returns; by default as in `take`.
      wrap_negative_indices: whether negative indices count from the end; by default yes, if the
        caller does not promise that all are in bounds.

    Returns:
      An array of the shape of `indices`, after broadcasting.

    Raises:
      TypeError: if an argument is no array or indices are no integers.
      ValueError: if ranks differ or shapes do not fit.

    >>> import covector.numpy as jnp
    >>> x = jnp.array([[3, 1], [5, 7]])
    >>> jnp.take_along_axis(x, jnp.array([[1], [0]]), axis=1)
    Array([[1],
           [5]], dtype=int32)
    """
    arr, indices = as_arrays("take_along_axis", arr, indices)
    if not issubdtype(indices.dtype, np.integer):
        raise TypeError(f"take_along_axis: indices must be integers, got {indices.dtype}")
    if axis is None:
        if indices.ndim != 1:
            raise ValueError(f"take_along_axis: indices must be a vector, got {indices.shape}")
        arr, axis = lax.reshape(arr, (arr.size,)), 0
    if indices.ndim != arr.ndim:
        raise ValueError(f"take_along_axis: ranks differ: {indices.ndim} and {arr.ndim}")
    axis = canonical_axis(axis, arr.ndim)
    how = GatherScatterMode.from_any(mode)
    wrap = wrap_negative_indices
    if wrap is None:
        wrap = how is not GatherScatterMode.PROMISE_IN_BOUNDS
    return _take_along_axis(arr, indices, axis, how, fill_value, bool(wrap))


@composite("axis", "mode", "fill_value", "wrap")
def _take_along_axis(
    a: Array, indices: Array, axis: int, mode: GatherScatterMode, fill_value: Any, wrap: bool
) -> Array:
    indices = wide_enough(indices, a.shape[axis])
    if wrap:
        indices = wrap_negative(indices, a.shape[axis])
    others = [i for i in range(a.ndim) if i != axis]
    lax.broadcast_shapes(*([s.shape[i] for i in others] for s in (a, indices)))
    # An axis of the array that indices lack (size one) is read whole; one that the array lacks
    # is dropped from it; others run along together.
    whole = [i for i in others if indices.shape[i] == 1 and a.shape[i] != 1]
    lacking = [i for i in others if a.shape[i] == 1 and indices.shape[i] != 1]
    together = [i for i in others if i not in whole and i not in lacking]
    of_array = [i for i in range(a.ndim) if i not in lacking]
    of_indices = [i for i in range(a.ndim) if i not in whole]
    a, indices = lax.squeeze(a, lacking), lax.squeeze(indices, whole)
    numbers = GatherDimensionNumbers(
        offset_dims=tuple(whole),
        collapsed_slice_dims=(of_array.index(axis),),
        start_index_map=(of_array.index(axis),),
        operand_batching_dims=tuple(of_array.index(i) for i in together),
        start_indices_batching_dims=tuple(of_indices.index(i) for i in together),
    )
    sizes = [a.shape[j] if i in whole else 1 for j, i in enumerate(of_array)]
    indices = lax.expand_dims(indices, (indices.ndim,))
    return lax.gather(a, indices, numbers, sizes, mode=mode, fill_value=fill_value)


def put_along_axis(
    arr: ArrayLike,
    indices: ArrayLike,
    values: ArrayLike,
    axis: int | None,
    inplace: bool = True,
    *,
    mode: str | None = None,
) -> Array:
    """An array with elements at indices that differ from row to row replaced.

    Args:
      arr: an array.
      indices: an integer array of the rank of `arr`, whose other axes broadcast with its.
      values: what to put there, of a shape that broadcasts to that of `indices`.
      axis: the axis that indices count; None takes `arr` as a vector.
      inplace: must be false: arrays do not change.
      mode: for indices out of bounds, as in `x.at[...].set`.

    Returns:
      An array of the shape of `arr`.

    Raises:
      ValueError: if `inplace` is true, or shapes do not fit.

    >>> import covector.numpy as jnp
    >>> x = jnp.zeros((2, 2), int)
    >>> jnp.put_along_axis(x, jnp.array([[1], [0]]), 7, axis=1, inplace=False)
    Array([[0, 7],
           [7, 0]], dtype=int32)
    """
    if inplace:
        raise ValueError("put_along_axis: inplace must be False, as arrays do not change")
    arr, indices, values = as_arrays("put_along_axis", arr, indices, values)
    if not issubdtype(indices.dtype, np.integer):
        raise TypeError(f"put_along_axis: indices must be integers, got {indices.dtype}")
    shape = arr.shape
    if axis is None:
        arr, axis = lax.reshape(arr, (math.prod(shape),)), 0
    if indices.ndim != arr.ndim:
        raise ValueError(f"put_along_axis: ranks differ: {indices.ndim} and {arr.ndim}")
    axis = canonical_axis(axis, arr.ndim)
    return lax.reshape(_put_along_axis(arr, indices, values, axis, mode), shape)


@composite("axis", "mode")
def _put_along_axis(a: Array, indices: Array, values: Array, axis: int, mode: str | None) -> Array:
    sizes = [indices.shape[i] if i == axis else s for i, s in enumerate(a.shape)]
    where: list[Any] = [lax.broadcasted_iota(np.int32, sizes, i) for i in range(a.ndim)]
    where[axis] = _core.numpy.broadcast_to(indices, sizes)
    return _core.numpy.setitem("set", a, tuple(where), values, mode=mode)
