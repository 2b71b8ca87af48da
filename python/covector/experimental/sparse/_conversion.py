"""Sparse arrays from dense ones and back."""

import functools
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector._vmap import vmap
from covector.experimental.sparse._info import SparseInfo, nfold
from covector.experimental.sparse._places import (
    as_mask,
    batch_places,
    columns,
    replace,
    validate,
    validate_indices,
)


def todense(data: Any, indices: Any, *, spinfo: SparseInfo) -> Array:
    """Adds elements up at their places."""
    return _todense(jnp.asarray(data), jnp.asarray(indices), shape=tuple(spinfo.shape))


@functools.partial(jit, static_argnames="shape")
def _todense(data: Array, indices: Array, *, shape: tuple[int, ...]) -> Array:
    p = validate(data, indices, shape)
    if p.n_sparse == 0:
        return jnp.broadcast_to(data.sum(p.n_batch, dtype=data.dtype), shape)
    places = (*batch_places(shape[: p.n_batch]), *columns(indices))
    return jnp.zeros(shape, data.dtype).at[places].add(data)


def extract(indices: Any, arr: Any, *, assume_unique: bool = True) -> Array:
    """The elements of a dense array at places; without `assume_unique`, each only once."""
    return _extract(jnp.asarray(indices), jnp.asarray(arr), assume_unique=bool(assume_unique))


@functools.partial(jit, static_argnames="assume_unique")
def _extract(indices: Array, arr: Array, *, assume_unique: bool) -> Array:
    p = validate_indices(indices, arr.shape)
    if p.n_sparse == 0:
        one = jnp.expand_dims(arr, p.n_batch)
        data = jnp.broadcast_to(one, replace(one.shape, p.n_batch, p.nse))
    else:
        places = (*batch_places(arr.shape[: p.n_batch]), *columns(indices))
        data = arr.at[places].get(mode="fill", fill_value=0)
    if assume_unique:
        return data
    return jnp.where(as_mask(_first_of_equals(indices), data), data, jnp.zeros_like(data))


def _first_of_equals(indices: Array) -> Array:
    """Which elements are the first at their place, with an axis of size 1 behind."""
    order, new = sort_places(indices)
    n_batch = order.ndim - 1
    first = jnp.zeros(order.shape, bool)
    return first.at[(*batch_places(order.shape[:n_batch]), order)].set(new)[..., None]


def sort_places(indices: Array) -> tuple[Array, Array]:
    """The order in which places rise, and which of them, in this order, differ from the one
    before. The order of equal places stays."""
    axis = indices.ndim - 2
    number = lax.broadcasted_iota(jnp.int32, indices.shape[:-1], axis)
    if indices.shape[-1] == 0:
        return number, number == 0
    *rising, order = lax.sort(
        (*columns(indices), number), dimension=axis, num_keys=indices.shape[-1]
    )
    changes = [lax.slice_in_dim(c, 1, None, axis=axis) for c in rising]
    before = [lax.slice_in_dim(c, 0, -1, axis=axis) for c in rising]
    new = functools.reduce(jnp.logical_or, [a != b for a, b in zip(changes, before)])
    begin = jnp.ones((*new.shape[:axis], min(1, indices.shape[axis])), bool)
    return order, jnp.concatenate([begin, new], axis)


def fromdense(
    mat: Any, *, nse: int, n_batch: int = 0, n_dense: int = 0, index_dtype: Any = np.int32
) -> tuple[Array, Array]:
    """The first `nse` elements that are not zero, and their places; the rest is padding."""
    dtype = jnp.dtype(index_dtype)
    return _fromdense(
        jnp.asarray(mat), nse=int(nse), n_batch=n_batch, n_dense=n_dense, index_dtype=dtype
    )


@functools.partial(jit, static_argnames=("nse", "n_batch", "n_dense", "index_dtype"))
def _fromdense(
    mat: Array, *, nse: int, n_batch: int, n_dense: int, index_dtype: Any
) -> tuple[Array, Array]:
    stored = (mat != 0).any(tuple(range(mat.ndim - n_dense, mat.ndim)))
    sparse_shape = stored.shape[n_batch:]

    def places(stored: Array) -> Array:
        if not stored.ndim:
            return jnp.zeros((nse, 0), index_dtype)
        found = jnp.nonzero(stored, size=nse, fill_value=sparse_shape)
        return jnp.stack([i.astype(index_dtype) for i in found], axis=-1)

    indices = nfold(vmap, places, n_batch)(stored)
    data = extract(indices, mat)
    number = stored.sum(tuple(range(n_batch, stored.ndim)))[..., None, None]
    kept = lax.broadcasted_iota(number.dtype, (*(1,) * n_batch, nse, 1), n_batch) < number
    return jnp.where(as_mask(kept, data), data, jnp.zeros_like(data)), indices
