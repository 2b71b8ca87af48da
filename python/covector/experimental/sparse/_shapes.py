"""Sparse arrays in other shapes."""

import functools
import itertools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._arguments import canonical_axis
from covector._core import Array
from covector._jit import jit
from covector._staging import eval_shape
from covector._struct import ShapeDtypeStruct
from covector.experimental.sparse._bcoo import BCOO
from covector.experimental.sparse._info import SparseInfo
from covector.experimental.sparse._layout import Buffers, check_permutation
from covector.experimental.sparse._places import (
    Shape,
    as_mask,
    bounds,
    columns,
    out_of_bounds,
    replace,
    split,
    validate,
)


def bcoo_broadcast_in_dim(
    mat: BCOO, *, shape: Sequence[int], broadcast_dimensions: Sequence[int], sharding: Any = None
) -> BCOO:
    """The array with new axes, and axes of size 1 repeated; see `lax.broadcast_in_dim`.

    Args:
      mat: an array in batched coordinate format.
      shape: the shape of the result.
      broadcast_dimensions: for each axis of the array, which one of the result it becomes. New
        axes in front of the sparse ones belong to the batch, those behind them are dense.
      sharding: accepted for compatibility.

    Returns:
      The result.

    Raises:
      ValueError: if the order of kinds of axes would change.
      NotImplementedError: if a sparse axis would be repeated.

    >>> mat = BCOO.fromdense(jnp.array([0.0, 1.0]))
    >>> bcoo_broadcast_in_dim(mat, shape=(3, 2), broadcast_dimensions=(1,))
    BCOO(float32[3, 2], nse=1, n_batch=1)
    """
    new = tuple(operator.index(n) for n in shape)
    to = tuple(operator.index(i) for i in broadcast_dimensions)
    buffers = _broadcast(*mat._bufs, spinfo=mat._info, shape=new, to=to)
    return BCOO(buffers, shape=new)


@functools.partial(jit, static_argnames=("spinfo", "shape", "to"))
def _broadcast(
    data: Array, indices: Array, *, spinfo: SparseInfo, shape: Shape, to: Shape
) -> Buffers:
    old = spinfo.shape
    if len(old) != len(to):
        raise ValueError(f"spinfo.shape={old} and broadcast_dimensions={to} must have same length")
    p = validate(data, indices, old)
    batch, sparse, dense = split(to, p.n_batch, p.n_sparse)
    if max(batch, default=0) > min(sparse, default=len(shape)):
        raise ValueError("Cannot mix batch and sparse dimensions during broadcast_in_dim")
    if max(sparse, default=0) > min(dense, default=len(shape)):
        raise ValueError("Cannot mix sparse and dense dimensions during broadcast_in_dim")
    n_batch = min((*sparse, *dense), default=len(shape))
    n_dense = len(shape) - min(dense) if dense else 0
    n_sparse = len(shape) - n_batch - n_dense
    new_batch, new_sparse, new_dense = split(shape, n_batch, n_sparse)
    if math.prod(old[p.n_batch : p.n_batch + p.n_sparse]) != math.prod(new_sparse):
        raise NotImplementedError("Adding sparse dimensions with lengths != 1")
    if (n_batch, n_dense) != (p.n_batch, p.n_dense) or batch + dense:
        axes = (*batch, n_batch, *(i + 1 - n_sparse for i in dense))
        data = lax.broadcast_in_dim(data, (*new_batch, p.nse, *new_dense), axes)
        axes = (*batch, n_batch, n_batch + 1)
        indices = lax.broadcast_in_dim(indices, (*new_batch, p.nse, p.n_sparse), axes)
    if n_sparse != p.n_sparse:
        old_columns = dict(zip(sparse, columns(indices)))
        zero = jnp.zeros(indices.shape[:-1], indices.dtype)
        found = [old_columns.get(n_batch + i, zero) for i in range(n_sparse)]
        indices = jnp.stack(found, -1) if found else indices[..., :0]
    return data, indices


def bcoo_concatenate(operands: Sequence[BCOO], *, dimension: int) -> BCOO:
    """Arrays joined along a batch or sparse axis; see `lax.concatenate`.

    Args:
      operands: arrays in batched coordinate format.
      dimension: the axis.

    Returns:
      The arrays as one.

    Raises:
      ValueError: if kinds of axes differ.
      NotImplementedError: if the axis is dense, or buffers are shared differently by batches.

    >>> mat = BCOO.fromdense(jnp.array([0.0, 1.0]))
    >>> bcoo_concatenate([mat, mat], dimension=0).todense()
    Array([0., 1., 0., 1.], dtype=float32)
    """
    dimension = operator.index(dimension)
    if not all(isinstance(x, BCOO) for x in operands):
        raise ValueError(
            f"bcoo_concatenate: expected operands to be a sequence of BCOO arrays. Got {operands}"
        )
    structs = [ShapeDtypeStruct(x.shape, x.dtype) for x in operands]
    out = eval_shape(functools.partial(lax.concatenate, dimension=dimension), structs)
    if len({x.n_dense for x in operands}) > 1:
        raise ValueError("bcoo_concatenate requires inputs to have matching nse dimensions.")
    operands = _same_batch(operands)
    n_batch, n_sparse = operands[0].n_batch, operands[0].n_sparse
    others = [i for i in range(n_batch) if i != dimension]
    for same in ([x.data for x in operands], [x.indices for x in operands]):
        if len({tuple(b.shape[i] for i in others) for b in same}) != 1:
            raise NotImplementedError("concatenation of arrays with broadcasted batch indices")
    if dimension >= n_batch + n_sparse:
        raise NotImplementedError("Concatenation along dense dimensions.")
    buffers = [x._bufs for x in operands]
    if dimension < n_batch:
        nse = max(x.nse for x in operands)
        buffers = [_with_nse(*x._bufs, spinfo=x._info, nse=nse) for x in operands]
        axis = dimension
    else:
        sparse_shape = out.shape[n_batch : n_batch + n_sparse]
        offsets = itertools.accumulate([x.shape[dimension] for x in operands[:-1]], initial=0)
        buffers = [
            (x.data, _moved(x, dimension - n_batch, n, sparse_shape))
            for x, n in zip(operands, offsets)
        ]
        axis = n_batch
    data, indices = (lax.concatenate(b, axis) for b in zip(*buffers))
    return BCOO((data, indices), shape=out.shape)


def _moved(mat: BCOO, column: int, offset: int, sparse_shape: Shape) -> Array:
    """Indices with one of them moved; padding stays what it is in the larger shape."""
    indices, n_batch, n_sparse = mat.indices, mat.n_batch, mat.n_sparse
    padding = out_of_bounds(indices, mat.shape[n_batch : n_batch + n_sparse])
    moved = indices + bounds(indices, replace((0,) * n_sparse, column, offset))
    return jnp.where(padding, bounds(indices, sparse_shape), moved)


def _same_batch(operands: Sequence[BCOO]) -> Sequence[BCOO]:
    """Arrays with one number of batch axes, which costs nothing if their sizes are 1."""
    numbers = {x.n_batch for x in operands}
    if numbers == {0, 1}:
        for n in (0, 1):
            if all(x.shape[0] == 1 for x in operands if x.n_batch == n):
                return [x.update_layout(n_batch=1 - n) for x in operands]
    if len(numbers) != 1:
        raise ValueError("bcoo_concatenate requires inputs to have matching batch dimensions.")
    return operands


@functools.partial(jit, static_argnames=("spinfo", "nse"))
def _with_nse(data: Array, indices: Array, *, spinfo: SparseInfo, nse: int) -> Buffers:
    """Buffers with more elements, all of them padding."""
    p = validate(data, indices, spinfo.shape)
    more = nse - p.nse
    zeros = jnp.zeros(replace(data.shape, p.n_batch, more), data.dtype)
    limit = bounds(indices, split(spinfo.shape, p.n_batch, p.n_sparse)[1])
    padding = jnp.broadcast_to(limit, replace(indices.shape, p.n_batch, more))
    return (
        jnp.concatenate([data, zeros], p.n_batch),
        jnp.concatenate([indices, padding], p.n_batch),
    )


def bcoo_reshape(
    mat: BCOO,
    *,
    new_sizes: Sequence[int],
    dimensions: Sequence[int] | None = None,
    sharding: Any = None,
) -> BCOO:
    """The array in another shape, in which kinds of axes do not mix; see `lax.reshape`.

    Args:
      mat: an array in batched coordinate format.
      new_sizes: the shape.
      dimensions: a permutation of axes that comes first.
      sharding: accepted for compatibility.

    Returns:
      The result.

    Raises:
      ValueError: if an axis would be of two kinds.
      NotImplementedError: if buffers are shared by the batch.

    >>> mat = BCOO.fromdense(jnp.arange(6.0))
    >>> bcoo_reshape(mat, new_sizes=(2, 3)).todense()
    Array([[0., 1., 2.],
           [3., 4., 5.]], dtype=float32)
    """
    shape, sizes = mat.shape, tuple(operator.index(n) for n in new_sizes)
    n_batch, n_sparse, head = mat.n_batch, mat.n_sparse, mat.shape[: mat.n_batch]
    if any(b.shape[:n_batch] != head for b in mat._bufs):
        raise NotImplementedError("reshape of arrays with broadcasted batch dimensions.")
    order = tuple(range(mat.ndim)) if dimensions is None else tuple(dimensions)
    check_permutation(order, mat._info, n_batch, n_sparse)
    batch, sparse, _ = split(shape, n_batch, n_sparse)
    ends = [0, *itertools.accumulate(sizes, operator.mul)][1:]
    batch_size, stored = math.prod(batch), math.prod(batch) * math.prod(sparse)
    if batch_size != 1 and batch_size not in ends:
        raise ValueError(
            "bcoo_reshape: new shape cannot mix batch and sparse dimensions; got "
            f"shape={shape} new_shape={sizes} with n_batch={n_batch}"
        )
    if math.prod(sparse) != 1 and stored not in ends:
        raise ValueError(
            "bcoo_reshape: new shape cannot mix sparse and dense dimensions; got "
            f"shape={shape} new_shape={sizes} with n_dense={mat.n_dense}"
        )
    first, last = (int(np.searchsorted(ends, n, side="right")) for n in (batch_size, stored))
    parts = split(sizes, first, last - first)
    return BCOO(_reshape(*mat._bufs, spinfo=mat._info, parts=parts, order=order), shape=sizes)


@functools.partial(jit, static_argnames=("spinfo", "parts", "order"))
def _reshape(
    data: Array, indices: Array, *, spinfo: SparseInfo, parts: tuple[Shape, ...], order: Shape
) -> Buffers:
    n, (nse, n_sparse) = indices.ndim - 2, indices.shape[-2:]
    batch, sparse, dense = check_permutation(order, spinfo, n, n_sparse)
    new_batch, new_sparse, new_dense = parts
    axes = (*batch, n, *(i + n + 1 for i in dense))
    data = lax.reshape(data, (*new_batch, nse, *new_dense), axes)
    indices = lax.reshape(indices, (*new_batch, nse, n_sparse), (*batch, n, n + 1))
    if not new_sparse or not n_sparse:
        return data, jnp.zeros((*new_batch, nse, len(new_sparse)), indices.dtype)
    old = spinfo.shape[n : n + n_sparse]
    padding = out_of_bounds(indices, old)
    number, stride, new = jnp.zeros(indices.shape[:-1], indices.dtype), 1, []
    for i in sparse[::-1]:
        number, stride = number + indices[..., i] * stride, stride * old[i]
    for size in new_sparse[::-1]:
        new.append(number % max(size, 1))
        number = number // max(size, 1)
    places = jnp.stack(new[::-1], -1)
    return data, jnp.where(padding, bounds(indices, new_sparse), places)


def bcoo_squeeze(arr: BCOO, *, dimensions: Sequence[int]) -> BCOO:
    """The array without axes of size 1; see `lax.squeeze`.

    Args:
      arr: an array in batched coordinate format.
      dimensions: the axes.

    Returns:
      The result.

    Raises:
      ValueError: if the size of an axis is not 1.

    >>> mat = BCOO.fromdense(jnp.array([[0.0, 1.0]]))
    >>> bcoo_squeeze(mat, dimensions=(0,)).todense()
    Array([0., 1.], dtype=float32)
    """
    gone = {canonical_axis(i, arr.ndim) for i in dimensions}
    if any(arr.shape[i] != 1 for i in gone):
        raise ValueError(
            "cannot select an axis to squeeze out which has size not equal to one, got "
            f"shape={arr.shape} and dimensions={tuple(dimensions)}"
        )
    n, last = arr.n_batch, arr.n_batch + arr.n_sparse
    batch = tuple(i for i in sorted(gone) if i < n)
    dense = tuple(i - arr.n_sparse + 1 for i in sorted(gone) if i >= last)
    kept = np.array([i for i in range(arr.n_sparse) if i + n not in gone], int)
    data, indices = arr._bufs
    if len(kept) < arr.n_sparse:
        # Without these axes, padding may no longer be out of bounds.
        padding = as_mask(out_of_bounds(indices, arr.shape[n:last]), data)
        data, indices = jnp.where(padding, jnp.zeros_like(data), data), indices[..., kept]
    return BCOO(
        (lax.squeeze(data, batch + dense), lax.squeeze(indices, batch)),
        shape=tuple(size for i, size in enumerate(arr.shape) if i not in gone),
        indices_sorted=arr.indices_sorted,
        unique_indices=arr.unique_indices,
    )
