"""Where the elements of batched sparse arrays are, as indices of dense arrays.

Axes of an array in BCOO format are, in this order, `n_batch` of a batch, `n_sparse` sparse ones and
`n_dense` dense ones. Its buffers are `data`, of shape `batch + (nse,) + dense`, and `indices`, of
shape `batch + (nse, n_sparse)`. Sizes in `batch` can be 1: then they are the same for all. An
element one of whose indices is out of bounds is padding.

All operations are indexing with arrays that broadcast over `batch + (nse,)`. So they are
compositions that can be differentiated and mapped like any others.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array

Shape = tuple[int, ...]


class BCOOProperties(NamedTuple):
    """How many axes there are of each kind, and how many elements are specified."""

    n_batch: int
    n_sparse: int
    n_dense: int
    nse: int


def validate_indices(indices: Any, shape: Shape) -> BCOOProperties:
    """The numbers of axes by kind; ValueError if indices do not fit the shape."""
    if not jnp.issubdtype(indices.dtype, jnp.integer):
        raise TypeError(f"indices of sparse arrays must be integers, got {indices.dtype}")
    nse, n_sparse = indices.shape[-2:]
    n_batch = indices.ndim - 2
    n_dense = len(shape) - n_batch - n_sparse
    if n_dense < 0:
        raise ValueError(f"{indices.shape=} has more batch and sparse axes than {shape=}")
    if not fits(indices.shape[:n_batch], shape[:n_batch]):
        raise ValueError(f"indices batch dimensions not compatible for {indices.shape=}, {shape=}")
    return BCOOProperties(n_batch, n_sparse, n_dense, nse)


def validate(data: Any, indices: Any, shape: Shape) -> BCOOProperties:
    """The numbers of axes by kind; ValueError if buffers do not fit the shape."""
    p = validate_indices(indices, shape)
    if not fits(data.shape[: p.n_batch], shape[: p.n_batch]):
        raise ValueError(f"data batch dimensions not compatible for {data.shape=}, {shape=}")
    if data.shape[p.n_batch :] != (p.nse, *shape[p.n_batch + p.n_sparse :]):
        raise ValueError(
            f"Invalid {data.shape=} for nse={p.nse}, n_batch={p.n_batch}, n_dense={p.n_dense}"
        )
    return p


def fits(sizes: Sequence[int], full: Sequence[int]) -> bool:
    """Whether each size is 1 or the full one."""
    return len(sizes) == len(full) and all(s in (1, f) for s, f in zip(sizes, full))


def split(xs: Sequence[Any], n_batch: int, n_sparse: int) -> tuple[Shape, Shape, Shape]:
    """What belongs to batch, sparse and dense axes."""
    end = n_batch + n_sparse
    return tuple(xs[:n_batch]), tuple(xs[n_batch:end]), tuple(xs[end:])


def columns(indices: Array) -> tuple[Array, ...]:
    """The indices of each sparse axis."""
    return tuple(indices[..., i] for i in range(indices.shape[-1]))


def batch_places(sizes: Sequence[int]) -> tuple[np.ndarray, ...]:
    """Indices of the axes of a batch, as `columns` has those of sparse ones."""
    n = len(sizes)
    return tuple(
        np.arange(size, dtype=np.int32).reshape([-1 if j == i else 1 for j in range(n + 1)])
        for i, size in enumerate(sizes)
    )


def take(data: Array, places: Array) -> Array:
    """Elements by their number, for each array of a batch; one of both batches can broadcast."""
    n_batch = places.ndim - 1
    return data[(*batch_places(data.shape[:n_batch]), places)]


def broadcast_batch(x: Array, sizes: Sequence[int]) -> Array:
    """A buffer with a batch of the sizes given."""
    return jnp.broadcast_to(x, (*sizes, *x.shape[len(sizes) :]))


def replace(sizes: Sequence[int], axis: int, size: int) -> Shape:
    """A shape with another size of one axis."""
    return (*sizes[:axis], size, *sizes[axis + 1 :])


def out_of_bounds(indices: Array, sparse_shape: Sequence[int]) -> Array:
    """Which elements are padding, with an axis of size 1 in place of that of indices."""
    return (indices >= bounds(indices, sparse_shape)).any(-1, keepdims=True)


def bounds(indices: Array, sparse_shape: Sequence[int]) -> Array:
    """The sizes of sparse axes, which are also the indices of padding, as one row of indices."""
    row = jnp.array(sparse_shape, indices.dtype)
    return row.reshape((1,) * (indices.ndim - 1) + (row.size,))


def as_mask(kept: Array, data: Array) -> Array:
    """A mask of elements, `batch + (nse, 1)`, as one of data."""
    return lax.expand_dims(kept[..., 0], range(kept.ndim - 1, data.ndim))
