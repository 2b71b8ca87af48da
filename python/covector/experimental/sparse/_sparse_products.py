"""Products of two sparse arrays: of all pairs of elements, those that belong together."""

import functools
import math
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector.experimental.sparse._duplicates import sum_duplicates
from covector.experimental.sparse._info import SparseInfo
from covector.experimental.sparse._layout import Buffers, update_layout
from covector.experimental.sparse._places import (
    BCOOProperties,
    Shape,
    bounds,
    validate,
)
from covector.experimental.sparse._products import (
    DimensionNumbers,
    canonical_numbers,
    others,
    result_type,
)


def dot_sparse(
    lhs: Buffers,
    rhs: Buffers,
    *,
    lhs_spinfo: SparseInfo,
    rhs_spinfo: SparseInfo,
    dimension_numbers: Any,
    preferred_element_type: Any,
) -> Buffers:
    """The contraction of two sparse arrays.

    Axes of its batch are those that are shared, then those of lhs, then those of rhs.
    """
    preferred = None if preferred_element_type is None else jnp.dtype(preferred_element_type)
    return _dot_sparse(
        *lhs,
        *rhs,
        shapes=(tuple(lhs_spinfo.shape), tuple(rhs_spinfo.shape)),
        numbers=canonical_numbers(dimension_numbers),
        preferred=preferred,
    )


@functools.partial(jit, static_argnames=("shapes", "numbers", "preferred"))
def _dot_sparse(
    lhs_data: Array,
    lhs_indices: Array,
    rhs_data: Array,
    rhs_indices: Array,
    *,
    shapes: tuple[Shape, Shape],
    numbers: DimensionNumbers,
    preferred: Any,
) -> Buffers:
    lhs, rhs = (
        validate(lhs_data, lhs_indices, shapes[0]),
        validate(rhs_data, rhs_indices, shapes[1]),
    )
    types = (shapes[0], lhs_data.dtype), (shapes[1], rhs_data.dtype)
    out = result_type(*types, numbers, preferred)
    _check_sparse(lhs, rhs, numbers)
    (summed, rhs_summed), (batch, rhs_batch) = numbers
    own, other = others(lhs.n_batch, batch), others(rhs.n_batch, rhs_batch)
    n_batch = len(batch) + len(own) + len(other)
    gaps = range(lhs.n_batch, n_batch), range(len(batch), lhs.n_batch)
    left = _arranged((lhs_data, lhs_indices), (*batch, *own), [*gaps[0], n_batch + 1])
    right = _arranged((rhs_data, rhs_indices), (*rhs_batch, *other), [*gaps[1], n_batch])
    keys = tuple((i - lhs.n_batch, j - rhs.n_batch) for i, j in zip(summed, rhs_summed))
    sizes = [shapes[0][i] for i in summed]
    same = functools.reduce(
        jnp.logical_and,
        [
            (left[1][..., i] == right[1][..., j]) & (left[1][..., i] < n)
            for (i, j), n in zip(keys, sizes)
        ],
        jnp.array(True),
    )
    data = _product(left[0].astype(out.dtype), right[0].astype(out.dtype), same, n_batch)
    free = _free(left[1], [i for i, _ in keys]), _free(right[1], [j for _, j in keys])
    indices = _joined(*free, n_batch)
    nse = math.prod(p.nse if p.n_sparse > len(summed) else 1 for p in (lhs, rhs))
    nse = min(nse, math.prod(out.shape[n_batch:]))
    return sum_duplicates(data, indices, spinfo=SparseInfo(out.shape), nse=nse)


def _check_sparse(lhs: BCOOProperties, rhs: BCOOProperties, numbers: DimensionNumbers) -> None:
    """Raises NotImplementedError or ValueError if the result has no batched coordinates."""
    if lhs.n_dense or rhs.n_dense:
        raise NotImplementedError("bcoo_spdot_general with dense dimensions.")
    for p, summed, batch in zip((lhs, rhs), *numbers):
        if any(i >= p.n_batch for i in batch):
            raise NotImplementedError(
                "bcoo_spdot_general: batch_dims must correspond to batch dimensions of the sparse "
                "representation."
            )
        if any(i < p.n_batch for i in summed):
            raise NotImplementedError(
                "bcoo_spdot_general only supports contraction of sparse indices."
            )
    (summed, _), (_, rhs_batch) = numbers
    if rhs.n_batch > len(rhs_batch) and lhs.n_sparse > len(summed):
        raise ValueError(
            "bcoo_spdot_general: cannot have unused batch dims on rhs with unused sparse dims on "
            "lhs."
        )


def _arranged(buffers: Buffers, batch: Shape, gaps: list[int]) -> Buffers:
    """Buffers with the axes of their batch permuted and new axes of size 1."""
    data, indices = (x.transpose([*batch, *range(len(batch), x.ndim)]) for x in buffers)
    return jnp.expand_dims(data, gaps), jnp.expand_dims(indices, gaps)


def _product(left: Array, right: Array, same: Array, n_batch: int) -> Array:
    """Products of the pairs that belong together, 0 for others, along one axis."""
    product = left * right
    same = lax.expand_dims(same, range(same.ndim, product.ndim)) if same.ndim else same
    product = jnp.where(same, product, jnp.zeros_like(product))
    return product.reshape(*product.shape[:n_batch], -1, *product.shape[n_batch + 2 :])


def _free(indices: Array, used: list[int]) -> Array:
    return indices[..., np.array(others(indices.shape[-1], used), int)]


def _joined(left: Array, right: Array, n_batch: int) -> Array:
    """The indices of all pairs: those of both elements, one after the other."""
    sizes = jnp.broadcast_shapes(left.shape[:-1], right.shape[:-1])
    parts = [jnp.broadcast_to(x, (*sizes, x.shape[-1])) for x in (left, right)]
    indices = jnp.concatenate(parts, -1)
    pairs = math.prod(sizes[n_batch:])
    return indices.reshape(*sizes[:n_batch], pairs, indices.shape[-1])


@functools.partial(jit, static_argnames=("shapes",))
def multiply_sparse(
    lhs_data: Array,
    lhs_indices: Array,
    rhs_data: Array,
    rhs_indices: Array,
    *,
    shapes: tuple[Shape, Shape],
) -> Buffers:
    """The product of two sparse arrays, element by element; sizes of 1 broadcast."""
    lhs, rhs = (
        validate(lhs_data, lhs_indices, shapes[0]),
        validate(rhs_data, rhs_indices, shapes[1]),
    )
    if len(shapes[0]) != len(shapes[1]):
        raise TypeError(
            "bcoo_multiply_sparse: arrays must have same number of dimensions, got "
            f"{shapes[0]}, {shapes[1]}"
        )
    if lhs.n_dense != rhs.n_dense:
        raise NotImplementedError(
            f"bcoo_multiply_sparse: arrays with differing numbers of dense dimensions: {lhs}, {rhs}"
        )
    n_batch, n_dense = min(lhs.n_batch, rhs.n_batch), lhs.n_dense
    buffers = ((lhs_data, lhs_indices), (rhs_data, rhs_indices))
    (left_data, left), (right_data, right) = (
        update_layout(*b, spinfo=SparseInfo(shape), n_batch=n_batch, n_dense=n_dense)
        for b, shape in zip(buffers, shapes)
    )
    left, right = jnp.expand_dims(left, n_batch + 1), jnp.expand_dims(right, n_batch)
    end = len(shapes[0]) - n_dense
    own, other = (bounds(left, s[n_batch:end]) for s in shapes)
    inside = (left < own) & (right < other.astype(right.dtype))
    same = (inside & ((left == right) | (own == 1) | (other == 1))).all(-1)
    data = _product(
        jnp.expand_dims(left_data, n_batch + 1), jnp.expand_dims(right_data, n_batch), same, n_batch
    )
    # A size of 1 has index 0, so the larger index is that of the result.
    places = jnp.where(same[..., None], jnp.maximum(left, right), jnp.maximum(own, other))
    return data, places.reshape(*places.shape[:n_batch], -1, places.shape[-1])
