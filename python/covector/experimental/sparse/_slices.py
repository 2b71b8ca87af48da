"""Parts of sparse arrays, and sums along axes."""

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector._staging import eval_shape
from covector._struct import ShapeDtypeStruct
from covector._vmap import vmap
from covector.experimental.sparse._bcoo import BCOO
from covector.experimental.sparse._duplicates import sum_duplicates
from covector.experimental.sparse._info import SparseInfo
from covector.experimental.sparse._layout import Buffers
from covector.experimental.sparse._places import (
    Shape,
    as_mask,
    bounds,
    broadcast_batch,
    out_of_bounds,
    split,
    validate,
)
from covector.experimental.sparse._shapes import bcoo_reshape, bcoo_squeeze


def _check_mat(function: str, mat: Any) -> None:
    if not isinstance(mat, BCOO):
        raise TypeError(f"{function}: input should be BCOO array, got type(mat)={type(mat)}")


def bcoo_slice(
    mat: BCOO,
    *,
    start_indices: Sequence[int],
    limit_indices: Sequence[int],
    strides: Sequence[int] | None = None,
) -> BCOO:
    """A part of an array; see `lax.slice`.

    Args:
      mat: an array in batched coordinate format.
      start_indices: where the part begins along each axis.
      limit_indices: where it ends.
      strides: each how many elements one is taken; None is each.

    Returns:
      The part, with no more elements specified than it has.

    Raises:
      TypeError: if the array is of another kind.
      ValueError: if numbers do not fit its shape.

    >>> mat = BCOO.fromdense(jnp.arange(6.0))
    >>> bcoo_slice(mat, start_indices=(2,), limit_indices=(5,)).todense()
    Array([2., 3., 4.], dtype=float32)
    """
    _check_mat("bcoo_slice", mat)
    start, limit = (tuple(map(operator.index, x)) for x in (start_indices, limit_indices))
    step = (1,) * mat.ndim if strides is None else tuple(map(operator.index, strides))
    if not len(start) == len(limit) == len(step) == mat.ndim:
        raise ValueError(f"bcoo_slice: indices must have size mat.ndim={mat.ndim}")
    if any(s <= 0 for s in step):
        raise ValueError(f"strides must be a sequence of positive integers; got {step}")
    if not all(0 <= a <= b <= size for a, b, size in zip(start, limit, mat.shape)):
        raise ValueError(
            f"bcoo_slice: invalid indices. Got start_indices={start}, limit_indices={limit} and "
            f"shape={mat.shape}"
        )
    shape = tuple(len(range(*parts)) for parts in zip(start, limit, step))
    buffers = _slice(*mat._bufs, spinfo=mat._info, start=start, limit=limit, step=step)
    return _without_excess(buffers, shape)


@functools.partial(jit, static_argnames=("spinfo", "start", "limit", "step"))
def _slice(
    data: Array, indices: Array, *, spinfo: SparseInfo, start: Shape, limit: Shape, step: Shape
) -> Buffers:
    p = validate(data, indices, spinfo.shape)
    parts = [slice(*numbers) for numbers in zip(start, limit, step)]
    last = p.n_batch + p.n_sparse
    batch, dense = parts[: p.n_batch], parts[last:]
    every = slice(None)

    def of_batch(x: Array) -> tuple[slice, ...]:
        shared = [size != full for size, full in zip(x.shape, spinfo.shape[: p.n_batch])]
        return tuple(every if s else part for s, part in zip(shared, batch))

    data, indices = data[(*of_batch(data), every, *dense)], indices[of_batch(indices)]
    if not p.n_sparse:
        return data, indices
    first, end, stride = (bounds(indices, x[p.n_batch : last]) for x in (start, limit, step))
    inside = (indices >= first) & (indices < end) & ((indices - first) % stride == 0)
    kept = inside.all(-1, keepdims=True)
    sizes = (end - first + stride - 1) // stride
    indices = jnp.where(kept, (indices - first) // stride, sizes)
    return jnp.where(as_mask(kept, data), data, jnp.zeros_like(data)), indices


def _without_excess(buffers: Buffers, shape: Shape) -> BCOO:
    """An array with no more elements specified than its shape has."""
    data, indices = buffers
    n_batch, (nse, n_sparse) = indices.ndim - 2, indices.shape[-2:]
    most = math.prod(shape[n_batch : n_batch + n_sparse])
    if n_sparse and nse > most:
        data, indices = sum_duplicates(data, indices, spinfo=SparseInfo(shape), nse=most)
    return BCOO((data, indices), shape=shape)


def bcoo_dynamic_slice(mat: BCOO, start_indices: Sequence[Any], slice_sizes: Sequence[int]) -> BCOO:
    """A part of an array, of fixed size; see `lax.dynamic_slice`.

    Args:
      mat: an array in batched coordinate format.
      start_indices: where the part begins along each axis: scalars, which can be traced. They are
        clamped so that the part is inside.
      slice_sizes: its shape.

    Returns:
      The part, with no more elements specified than it has.

    Raises:
      TypeError: if the array is of another kind, or the shape does not fit.

    >>> mat = BCOO.fromdense(jnp.arange(6.0))
    >>> bcoo_dynamic_slice(mat, (jnp.int32(5),), (3,)).todense()
    Array([3., 4., 5.], dtype=float32)
    """
    sizes = tuple(operator.index(n) for n in slice_sizes)
    _check_mat("bcoo_dynamic_slice", mat)
    start = tuple(jnp.asarray(i) for i in start_indices)
    struct = ShapeDtypeStruct(mat.shape, mat.dtype)
    eval_shape(lambda x, *i: lax.dynamic_slice(x, i, sizes), struct, *start)
    return _without_excess(_dynamic_slice(*mat._bufs, *start, spinfo=mat._info, sizes=sizes), sizes)


@functools.partial(jit, static_argnames=("spinfo", "sizes"))
def _dynamic_slice(
    data: Array, indices: Array, *start: Array, spinfo: SparseInfo, sizes: Shape
) -> Buffers:
    p = validate(data, indices, spinfo.shape)
    clamped = []
    for i, size, full in zip(start, sizes, spinfo.shape):
        from_front = jnp.where(i < 0, i + full, i)
        clamped.append(jnp.clip(from_front, 0, full - size).astype(jnp.int32))
    starts, parts = split(clamped, p.n_batch, p.n_sparse), split(sizes, p.n_batch, p.n_sparse)
    zero = jnp.int32(0)

    def sliced(x: Array, tail_starts: Any, tail_sizes: Any) -> Array:
        """A buffer's part; what the whole batch shares stays."""
        shared = [n != full for n, full in zip(x.shape, spinfo.shape[: p.n_batch])]
        begin = [zero if s else i for s, i in zip(shared, starts[0])]
        extent = [1 if s else n for s, n in zip(shared, parts[0])]
        return lax.dynamic_slice(x, [*begin, *tail_starts], [*extent, *tail_sizes])

    data = sliced(data, (zero, *starts[2]), (p.nse, *parts[2]))
    indices = sliced(indices, (zero, zero), (p.nse, p.n_sparse))
    if not p.n_sparse:
        return data, indices
    first = lax.expand_dims(jnp.stack(starts[1]).astype(indices.dtype), range(p.n_batch + 1))
    extent = bounds(indices, parts[1])
    kept = ((indices >= first) & (indices < first + extent)).all(-1, keepdims=True)
    indices = jnp.where(kept, indices - first, extent)
    return jnp.where(as_mask(kept, data), data, jnp.zeros_like(data)), indices


def bcoo_gather(
    operand: BCOO,
    start_indices: Array,
    dimension_numbers: Any,
    slice_sizes: Sequence[int],
    *,
    unique_indices: bool = False,
    indices_are_sorted: bool = False,
    mode: Any = None,
    fill_value: Any = None,
) -> BCOO:
    """Parts of an array from several places; see `lax.gather`.

    Args:
      operand: an array in batched coordinate format.
      start_indices: where parts begin.
      dimension_numbers: what axes mean, as for `lax.gather`.
      slice_sizes: the shape of a part.
      unique_indices: accepted for compatibility, like `indices_are_sorted` and `fill_value`.
      indices_are_sorted: see above.
      mode: parts have to be inside: None or "promise_in_bounds".
      fill_value: see above.

    Returns:
      The parts; axes of the places belong to the batch where the order of axes allows it.

    Raises:
      NotImplementedError: for other modes.

    >>> numbers = lax.GatherDimensionNumbers((), (0,), (0,))
    >>> mat = BCOO.fromdense(jnp.array([0.0, 1.0, 2.0]))
    >>> bcoo_gather(mat, jnp.array([[2], [1]]), numbers, (1,)).todense()
    Array([2., 1.], dtype=float32)
    """
    inside = lax.GatherScatterMode.PROMISE_IN_BOUNDS
    parsed = inside if mode is None else lax.GatherScatterMode.from_any(mode)
    if parsed != inside:
        raise NotImplementedError(f"bcoo_gather: {mode=} not yet supported.")
    gather = functools.partial(
        lax.gather, dimension_numbers=dimension_numbers, slice_sizes=slice_sizes, mode=inside
    )
    structs = [ShapeDtypeStruct(x.shape, x.dtype) for x in (operand, start_indices)]
    out = eval_shape(gather, *structs)
    sizes = list(operand.shape)
    for i in dimension_numbers.start_index_map:
        sizes[i] = slice_sizes[i]

    places = start_indices.reshape(-1, start_indices.shape[-1])
    parts: BCOO = vmap(_part(operand, dimension_numbers, sizes))(places)
    shape = (*start_indices.shape[:-1], *parts.shape[1:])
    parts = bcoo_reshape(parts, new_sizes=shape)
    offset = tuple(dimension_numbers.offset_dims)
    batch = [i for i in range(len(out.shape)) if i not in offset]
    order = np.argsort([*batch, *offset])
    if sorted(order[: parts.n_batch]) != list(range(parts.n_batch)):
        parts = parts.update_layout(n_batch=0)
    return parts.transpose([int(i) for i in order])


def _part(mat: BCOO, numbers: Any, sizes: Sequence[int]) -> Callable[[Array], BCOO]:
    """One part of an array, as a function of the place where it begins."""

    def part(place: Array) -> BCOO:
        start = [jnp.zeros((), place.dtype)] * mat.ndim
        for n, i in enumerate(numbers.start_index_map):
            start[i] = place[n]
        whole = bcoo_dynamic_slice(mat, start, sizes)
        return bcoo_squeeze(whole, dimensions=numbers.collapsed_slice_dims)

    return part


def bcoo_rev(operand: BCOO, dimensions: Sequence[int]) -> BCOO:
    """The array with the order of elements reversed along axes; see `lax.rev`.

    Args:
      operand: an array in batched coordinate format.
      dimensions: the axes.

    Returns:
      The result.

    >>> bcoo_rev(BCOO.fromdense(jnp.array([0.0, 1.0, 2.0])), (0,)).todense()
    Array([2., 1., 0.], dtype=float32)
    """
    struct = ShapeDtypeStruct(operand.shape, operand.dtype)
    eval_shape(functools.partial(lax.rev, dimensions=tuple(dimensions)), struct)
    n, last = operand.n_batch, operand.n_batch + operand.n_sparse
    batch = [i for i in dimensions if i < n]
    dense = [i + 1 - operand.n_sparse for i in dimensions if i >= last]
    data, indices = lax.rev(operand.data, batch + dense), lax.rev(operand.indices, batch)
    sizes = bounds(indices, operand.shape[n:last])
    turned = bounds(indices, [i in dimensions for i in range(n, last)]) > 0
    padding = out_of_bounds(indices, operand.shape[n:last])
    indices = jnp.where(padding, sizes, jnp.where(turned, sizes - 1 - indices, indices))
    return BCOO((data, indices), shape=operand.shape)


def bcoo_reduce_sum(mat: BCOO, *, axes: Sequence[int]) -> BCOO:
    """The sum along axes.

    Args:
      mat: an array in batched coordinate format.
      axes: the axes, counted from the front.

    Returns:
      The sum, in which the same elements are specified: those of one place are not yet added up.

    >>> mat = BCOO.fromdense(jnp.array([[1.0, 0.0], [2.0, 3.0]]))
    >>> bcoo_reduce_sum(mat, axes=(0,)).todense()
    Array([3., 3.], dtype=float32)
    """
    gone = tuple(sorted({operator.index(i) for i in axes}))
    buffers = _reduce_sum(*mat._bufs, spinfo=mat._info, axes=gone)
    return BCOO(buffers, shape=[n for i, n in enumerate(mat.shape) if i not in gone])


@functools.partial(jit, static_argnames=("spinfo", "axes"))
def _reduce_sum(data: Array, indices: Array, *, spinfo: SparseInfo, axes: Shape) -> Buffers:
    shape = spinfo.shape
    p = validate(data, indices, shape)
    last = p.n_batch + p.n_sparse
    data = data.sum(tuple(i - p.n_sparse + 1 for i in axes if i >= last), dtype=data.dtype)
    # Without an axis, padding may no longer be out of bounds.
    padding = as_mask(out_of_bounds(indices, shape[p.n_batch : last]), data)
    data = jnp.where(padding, jnp.zeros_like(data), data)
    kept = np.array([i for i in range(p.n_sparse) if i + p.n_batch not in axes], int)
    indices = indices[..., kept]
    gone = [i for i in axes if i < p.n_batch]
    left = [i for i in range(p.n_batch) if i not in gone]
    merged = [shape[i] if i in gone else 1 for i in range(p.n_batch)]

    def merge(x: Array) -> Array:
        """The elements of all arrays along the axes that go, one after the other."""
        x = broadcast_batch(x, jnp.broadcast_shapes(x.shape[: p.n_batch], merged))
        sizes = [*(x.shape[i] for i in left), math.prod(merged) * p.nse, *x.shape[p.n_batch + 1 :]]
        return x.transpose([*left, *gone, *range(p.n_batch, x.ndim)]).reshape(sizes)

    return merge(data), merge(indices)
