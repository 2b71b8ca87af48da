"""Which axes of a sparse array are batch, sparse and dense ones; and their order."""

import functools
import math
import operator
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector.experimental.sparse._info import (
    SparseEfficiencyError,
    SparseEfficiencyWarning,
    SparseInfo,
)
from covector.experimental.sparse._places import (
    Shape,
    batch_places,
    broadcast_batch,
    columns,
    split,
    validate,
)

Buffers = tuple[Array, Array]


def check_layout(
    info: SparseInfo, old: tuple[int, int], new: tuple[int, int], on_inefficient: str | None
) -> None:
    """Raises ValueError if there is no such layout, and complains if it stores much more."""
    shape, ndim = info.shape, len(info.shape)
    (old_batch, old_dense), (n_batch, n_dense) = old, new
    if on_inefficient not in ("error", "warn", None):
        raise ValueError(f"{on_inefficient=}; expected one of ['error', 'warn', None].")
    if n_batch < 0:
        raise ValueError(f"n_batch must be non-negative; got {n_batch}")
    if n_dense < 0:
        raise ValueError(f"n_dense must be non-negative; got {n_dense}")
    if n_batch + n_dense > ndim:
        raise ValueError(f"sum of {n_batch=} and {n_dense=} cannot be larger than mat.ndim={ndim}.")
    grown = [("n_dense", old_dense, n_dense, shape[ndim - n_dense : ndim - old_dense])]
    grown.append(("n_batch", old_batch, n_batch, shape[old_batch:n_batch]))
    for name, before, after, sizes in grown:
        if after > before and any(size > 1 for size in sizes):
            _complain(
                f"For matrix of shape {shape}, increasing {name} from {before} to {after} results "
                "in inefficient storage.",
                on_inefficient,
            )


def _complain(message: str, how: str | None) -> None:
    if how == "error":
        raise SparseEfficiencyError(
            f"{message} To disable this error, set the on_inefficient argument of "
            "bcoo_update_layout to 'warn' or None."
        )
    if how == "warn":
        warnings.warn(
            f"{message} To disable this warning, set the on_inefficient argument of "
            "bcoo_update_layout to None.",
            category=SparseEfficiencyWarning,
            stacklevel=4,
        )


@functools.partial(jit, static_argnames=("spinfo", "n_batch", "n_dense"))
def update_layout(
    data: Array, indices: Array, *, spinfo: SparseInfo, n_batch: int, n_dense: int
) -> Buffers:
    """Buffers of the same array with other numbers of batch and dense axes."""
    shape = spinfo.shape
    p = validate(data, indices, shape)
    if n_dense < p.n_dense:
        data, indices = _dense_to_sparse(data, indices, p.n_batch, p.n_dense - n_dense)
    if n_batch < p.n_batch:
        data, indices = _batch_to_sparse(data, indices, shape, p.n_batch, n_batch)
    if n_dense > p.n_dense:
        data, indices = _sparse_to_dense(data, indices, shape, n_dense - p.n_dense)
    if n_batch > indices.ndim - 2:
        data, indices = _sparse_to_batch(data, indices, shape, n_batch)
    return data, indices


def _grid(sizes: Sequence[int], dtype: Any) -> np.ndarray:
    """All indices of an array of these sizes, one a row."""
    return np.indices(sizes, dtype).reshape(len(sizes), math.prod(sizes)).T


def _dense_to_sparse(data: Array, indices: Array, n_batch: int, n: int) -> Buffers:
    """The first n dense axes become the last sparse ones."""
    head, (nse, *tail) = data.shape[:n_batch], data.shape[n_batch:]
    block, rest = tail[:n], tail[n:]
    grid = _grid(block, indices.dtype)
    data = data.reshape(*head, nse * len(grid), *rest)
    new = [*indices.shape[:-1], len(grid)]
    indices = jnp.concatenate(
        [
            jnp.broadcast_to(indices[..., None, :], (*new, indices.shape[-1])),
            jnp.broadcast_to(grid, (*new, n)),
        ],
        -1,
    )
    return data, indices.reshape(*indices.shape[:-3], nse * len(grid), indices.shape[-1])


def _batch_to_sparse(data: Array, indices: Array, shape: Shape, n: int, kept: int) -> Buffers:
    """The last of n batch axes become the first sparse ones; as many as are given are kept."""
    merged = shape[kept:n]
    sizes = [*data.shape[:kept], *merged], [*indices.shape[:kept], *merged]
    data, indices = (broadcast_batch(x, s) for x, s in zip((data, indices), sizes))
    nse, grid = indices.shape[-2], _grid(merged, indices.dtype)
    grid = grid.reshape(*merged, 1, len(merged))
    indices = jnp.concatenate(
        [jnp.broadcast_to(grid, (*indices.shape[:-1], len(merged))), indices], -1
    )
    total = math.prod(merged) * nse
    return (
        data.reshape(*data.shape[:kept], total, *data.shape[n + 1 :]),
        indices.reshape(*indices.shape[:kept], total, indices.shape[-1]),
    )


def _common_batch(data: Array, indices: Array) -> Shape:
    n_batch = indices.ndim - 2
    return jnp.broadcast_shapes(data.shape[:n_batch], indices.shape[:n_batch])


def _sparse_to_dense(data: Array, indices: Array, shape: Shape, n: int) -> Buffers:
    """The last n sparse axes become the first dense ones."""
    n_batch, (nse, n_sparse) = indices.ndim - 2, indices.shape[-2:]
    batch = _common_batch(data, indices)
    first = n_batch + n_sparse - n
    spread = jnp.zeros((*batch, nse, *shape[first:]), data.dtype)
    places = (
        *batch_places((*batch, nse)),
        *(c[..., None] for c in columns(indices)[n_sparse - n :]),
    )
    data = broadcast_batch(data, batch)[(slice(None),) * (n_batch + 1) + (None,)]
    return spread.at[places].set(data), indices[..., : n_sparse - n]


def _sparse_to_batch(data: Array, indices: Array, shape: Shape, n_batch: int) -> Buffers:
    """The first sparse axes become the last of n batch axes."""
    old, (nse, n_sparse) = indices.ndim - 2, indices.shape[-2:]
    n = n_batch - old
    batch, new = _common_batch(data, indices), shape[old:n_batch]
    spread = jnp.zeros((*batch, *new, nse, *data.shape[old + 1 :]), data.dtype)
    places = (*batch_places(batch), *columns(indices)[:n], np.arange(nse))
    indices = jnp.expand_dims(indices[..., n:], range(old, n_batch))
    full = (*indices.shape[:old], *new, nse, n_sparse - n)
    return spread.at[places].set(data), jnp.broadcast_to(indices, full)


def check_permutation(
    permutation: Any, spinfo: SparseInfo, n_batch: int, n_sparse: int
) -> tuple[Shape, Shape, Shape]:
    """The permutations of batch, sparse and dense axes, each counted from 0."""
    shape = spinfo.shape
    if not isinstance(permutation, (tuple, list, np.ndarray)):
        raise TypeError(
            f"transpose permutation must be a tuple/list/ndarray, got {type(permutation)}."
        )
    permutation = tuple(operator.index(i) for i in permutation)
    if tuple(sorted(permutation)) != tuple(range(len(shape))):
        raise TypeError(
            "transpose permutation isn't a permutation of operand dimensions, got permutation "
            f"{permutation} for shape {shape}."
        )
    batch, sparse, dense = split(permutation, n_batch, n_sparse)
    n_dense, last = len(dense), n_batch + n_sparse
    if sorted(batch) != list(range(n_batch)):
        raise NotImplementedError(
            "transpose permutation cannot permute batch axes with non-batch axes; got permutation "
            f"{permutation}, with {n_batch=}."
        )
    if sorted(dense) != list(range(last, len(shape))):
        raise NotImplementedError(
            "transpose permutation cannot permute dense axes with non-dense axes; got permutation "
            f"{permutation}, with {n_dense=}."
        )
    return batch, tuple(i - n_batch for i in sparse), tuple(i - last for i in dense)


@functools.partial(jit, static_argnames=("permutation", "spinfo"))
def transpose(
    data: Array, indices: Array, *, permutation: Sequence[int], spinfo: SparseInfo
) -> Buffers:
    """Buffers of the array with its axes permuted, each kind among itself."""
    n = indices.ndim - 2
    batch, sparse, dense = check_permutation(permutation, spinfo, n, indices.shape[-1])
    order = (*batch, n)
    data = data.transpose(*order, *(i + n + 1 for i in dense))
    return data, indices[..., np.array(sparse, int)].transpose(*order, n + 1)
