"""Elements in the order of their places, and equal places added up."""

import functools
from typing import Any

from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector.errors import ConcretizationTypeError
from covector.experimental.sparse._conversion import sort_places
from covector.experimental.sparse._info import SparseInfo
from covector.experimental.sparse._places import (
    batch_places,
    bounds,
    out_of_bounds,
    replace,
    split,
    take,
    validate,
    validate_indices,
)


@functools.partial(jit, static_argnames="spinfo")
def sort_indices(data: Array, indices: Array, *, spinfo: SparseInfo) -> tuple[Array, Array]:
    """The same elements, in the order of their places."""
    if validate(data, indices, spinfo.shape).n_sparse == 0:
        return data, indices
    order, _ = sort_places(indices)
    return take(data, order), take(indices, order)


def sum_duplicates(
    data: Array, indices: Array, *, spinfo: SparseInfo, nse: int | None
) -> tuple[Array, Array]:
    """Elements in the order of their places, each place once, then padding."""
    shape = tuple(spinfo.shape)
    return _sum_duplicates(data, indices, shape=shape, nse=_number(indices, shape, nse))


def _number(indices: Array, shape: tuple[int, ...], nse: Any) -> int:
    try:
        if nse is None:
            nse = count_places(indices, shape=shape).max(initial=0)
        return int(nse)
    except ConcretizationTypeError as error:
        raise ValueError(
            "bcoo_sum_duplicates: nse must be specified when using the function within jit, vmap, "
            "and other transformations requiring abstract evaluation."
        ) from error


@functools.partial(jit, static_argnames="shape")
def count_places(indices: Array, *, shape: tuple[int, ...]) -> Array:
    """How many different places there are, for each array of a batch."""
    p = validate_indices(indices, shape)
    if p.n_sparse == 0:
        return jnp.ones(indices.shape[: p.n_batch], jnp.int32)
    order, new = sort_places(indices)
    padding = out_of_bounds(take(indices, order), shape[p.n_batch : p.n_batch + p.n_sparse])
    return (new & ~padding[..., 0]).sum(-1)


@functools.partial(jit, static_argnames=("shape", "nse"))
def _sum_duplicates(
    data: Array, indices: Array, *, shape: tuple[int, ...], nse: int
) -> tuple[Array, Array]:
    p = validate(data, indices, shape)
    _, sparse_shape, _ = split(shape, p.n_batch, p.n_sparse)
    limit = bounds(indices, sparse_shape)
    # All padding is at one place, behind all others.
    indices = jnp.where(out_of_bounds(indices, sparse_shape), limit, indices)
    order, new = sort_places(indices)
    data, indices = take(data, order), take(indices, order)
    number = jnp.cumsum(new, -1) - 1
    batch = indices.shape[: p.n_batch]
    places = (*batch_places(batch), number)
    limits = jnp.broadcast_to(limit, (*batch, nse, p.n_sparse))
    summed = jnp.zeros(replace(data.shape, p.n_batch, nse), data.dtype)
    return (
        summed.at[(*batch_places(data.shape[: p.n_batch]), number)].add(data, mode="drop"),
        limits.at[places].set(indices, mode="drop"),
    )


@functools.partial(jit, static_argnames="spinfo")
def without_zeros(data: Array, indices: Array, *, spinfo: SparseInfo) -> Array:
    """The indices with those of zeros out of bounds."""
    p = validate(data, indices, spinfo.shape)
    zero = (data == 0).all(tuple(range(p.n_batch + 1, data.ndim)))
    shared = tuple(i for i, size in enumerate(indices.shape[: p.n_batch]) if size == 1)
    zero = zero.all(shared, keepdims=True)[..., None]
    _, sparse_shape, _ = split(spinfo.shape, p.n_batch, p.n_sparse)
    return jnp.where(zero, bounds(indices, sparse_shape), indices)
