"""The batched format of compressed rows."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector._vmap import vmap
from covector._vmappable import register_vmappable
from covector.experimental.sparse import _conversion
from covector.experimental.sparse._base import BatchedSparse
from covector.experimental.sparse._bcoo import BCOO
from covector.experimental.sparse._info import (
    _csr_to_coo,
    nfold,
    stored_elements,
)
from covector.experimental.sparse._places import Shape, fits, split
from covector.tree_util import register_pytree_node_class


class BCSRProperties(NamedTuple):
    """How many axes there are of each kind but sparse ones, and how many elements."""

    n_batch: int
    n_dense: int
    nse: int


def validate_pointers(indices: Any, indptr: Any, shape: Shape) -> BCSRProperties:
    """The numbers of axes by kind; ValueError if indices do not fit the shape."""
    for x in (indices, indptr):
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise TypeError(f"indices of sparse arrays must be integers, got {x.dtype}")
    n_batch, nse = indices.ndim - 1, indices.shape[-1]
    n_dense = len(shape) - n_batch - 2
    if n_dense < 0:
        raise ValueError(f"BCSR array must have 2 sparse dimensions; got {shape=} with {n_batch=}.")
    for name, x in (("indices", indices), ("indptr", indptr)):
        if not fits(x.shape[:n_batch], shape[:n_batch]):
            raise ValueError(
                f"{name} batch dimensions not compatible for {name}.shape={x.shape}, {shape=}"
            )
    if indptr.shape[n_batch:] != (shape[n_batch] + 1,):
        raise ValueError("indptr shape must match the matrix shape plus 1.")
    return BCSRProperties(n_batch, n_dense, nse)


@functools.partial(jit, static_argnames="shape")
def to_coordinates(indices: Array, indptr: Array, *, shape: Shape) -> Array:
    """Indices in batched coordinate format."""
    n_batch, _, nse = validate_pointers(indices, indptr, shape)
    batch = jnp.broadcast_shapes(indices.shape[:n_batch], indptr.shape[:n_batch])
    indices = jnp.broadcast_to(indices, (*batch, nse))
    indptr = jnp.broadcast_to(indptr, (*batch, indptr.shape[-1]))
    return jnp.stack(nfold(vmap, _csr_to_coo, n_batch)(indices, indptr), -1)


@functools.partial(jit, static_argnames=("shape", "index_dtype"))
def to_pointers(indices: Array, *, shape: Shape, index_dtype: Any) -> tuple[Array, Array]:
    """Columns, and where rows begin, of sorted indices in batched coordinate format."""
    n_batch = indices.ndim - 2
    if indices.shape[-1] != 2:
        raise ValueError("Must have 2 sparse dimensions to be converted to BCSR.")
    rows = shape[n_batch]

    def begins(row: Array) -> Array:
        counts = jnp.bincount(row, length=rows).astype(index_dtype)
        return jnp.concatenate([jnp.zeros(1, index_dtype), jnp.cumsum(counts, dtype=index_dtype)])

    return indices[..., 1], nfold(vmap, begins, n_batch)(indices[..., 0])


@register_pytree_node_class
class BCSR(BatchedSparse):
    """A batch of sparse matrices by rows.

    Its axes are, in this order, `n_batch` axes of a batch, rows, columns, and `n_dense` dense ones.

    Args:
      args: data, of shape `batch + (nse,) + dense`; indices of columns, `batch + (nse,)`; and
        indptr, `batch + (rows + 1,)`: row i has the elements from `indptr[i]` up to
        `indptr[i + 1]`. Elements behind the last row are padding. Sizes in `batch` can be 1:
        then they are the same for the whole batch.
      shape: the shape of the array.
      indices_sorted: whether columns are known to rise in each row.
      unique_indices: whether no place is known to occur twice.

    Raises:
      ValueError: if the buffers do not fit each other or the shape.
      TypeError: if indices are no integers.

    >>> from covector.experimental.sparse import BCSR
    >>> mat = BCSR.fromdense(jnp.array([[0.0, 2.0, 0.0], [1.0, 0.0, 4.0]]))
    >>> mat
    BCSR(float32[2, 3], nse=3)
    >>> mat.indices.tolist(), mat.indptr.tolist()
    ([1, 0, 2], [0, 1, 3])
    >>> mat @ jnp.array([1.0, 2.0, 3.0])
    Array([ 4., 13.], dtype=float32)
    """

    _BUFFERS = ("data", "indices", "indptr")

    indptr: Array

    def __init__(
        self,
        args: Any,
        *,
        shape: Sequence[int],
        indices_sorted: bool = False,
        unique_indices: bool = False,
    ) -> None:
        self.data, self.indices, self.indptr = map(jnp.asarray, args)
        self.indices_sorted, self.unique_indices = indices_sorted, unique_indices
        super().__init__(args, shape=tuple(shape))
        p = validate_pointers(self.indices, self.indptr, self.shape)
        batch, dense = self.shape[: p.n_batch], self.shape[p.n_batch + 2 :]
        if not fits(self.data.shape[: p.n_batch], batch):
            raise ValueError(
                f"data batch dimensions not compatible for {self.data.shape=}, {shape=}"
            )
        if self.data.shape[p.n_batch :] != (p.nse, *dense):
            raise ValueError(f"Invalid {self.data.shape=} for nse={p.nse}, n_dense={p.n_dense}")

    @property
    def nse(self) -> int:
        """The number of specified elements, of each matrix of the batch."""
        return self.indices.shape[-1]

    @property
    def n_batch(self) -> int:
        """The number of axes of the batch."""
        return self.indices.ndim - 1

    @property
    def n_sparse(self) -> int:
        """The number of sparse axes: rows and columns."""
        return 2

    @property
    def n_dense(self) -> int:
        """The number of dense axes."""
        return self.data.ndim - self.indices.ndim

    @classmethod
    def fromdense(
        cls,
        mat: Any,
        *,
        nse: int | None = None,
        index_dtype: Any = np.int32,
        n_dense: int = 0,
        n_batch: int = 0,
    ) -> "BCSR":
        """A sparse array from a dense one; see `bcsr_fromdense`."""
        mat = jnp.asarray(mat)
        number = stored_elements("bcsr_fromdense", mat, nse, n_batch, n_dense)
        options = {"n_batch": n_batch, "n_dense": n_dense, "index_dtype": index_dtype}
        return cls(fromdense(mat, nse=number, **options), shape=mat.shape)

    @classmethod
    def from_scipy_sparse(
        cls, mat: Any, *, index_dtype: Any = None, n_dense: int = 0, n_batch: int = 0
    ) -> "BCSR":
        """A sparse array from a matrix of `scipy.sparse`."""
        if n_dense or n_batch:
            raise NotImplementedError("BCSR from_scipy_sparse with nonzero n_dense/n_batch.")
        if mat.ndim != 2:
            raise ValueError(f"BCSR from_scipy_sparse requires 2D array; {mat.ndim}D is given.")
        mat = mat.tocsr()
        dtype = index_dtype or np.int32
        return cls((mat.data, mat.indices.astype(dtype), mat.indptr.astype(dtype)), shape=mat.shape)

    @classmethod
    def _empty(
        cls,
        shape: Shape,
        *,
        dtype: Any = None,
        index_dtype: Any = "int32",
        n_dense: int = 0,
        n_batch: int = 0,
        nse: int = 0,
    ) -> "BCSR":
        if min(n_dense, n_batch, nse) < 0:
            raise ValueError(f"Invalid inputs: {shape=}, {n_dense=}, {n_batch=}, {nse=}")
        if len(shape) - n_dense - n_batch != 2:
            raise ValueError("BCSR sparse.empty: must have 2 sparse dimensions.")
        batch, (rows, columns), dense = split(shape, n_batch, 2)
        data = jnp.zeros((*batch, nse, *dense), dtype)
        indices = jnp.full((*batch, nse), columns, index_dtype)
        return cls((data, indices, jnp.zeros((*batch, rows + 1), index_dtype)), shape=shape)

    @classmethod
    def from_bcoo(cls, arr: BCOO) -> "BCSR":
        """The array from one in batched coordinate format with two sparse axes."""
        if arr.n_sparse != 2:
            raise NotImplementedError(f"BCSR.from_bcoo requires n_sparse=2; got {arr.n_sparse=}")
        arr = arr if arr.indices_sorted else arr.sort_indices()
        pointers = to_pointers(arr.indices, shape=arr.shape, index_dtype=arr.indices.dtype)
        return cls((arr.data, *pointers), shape=arr.shape)

    def to_bcoo(self) -> BCOO:
        """The array in batched coordinate format."""
        indices = to_coordinates(self.indices, self.indptr, shape=self.shape)
        return BCOO((self.data, indices), shape=self.shape)

    def sum_duplicates(self, nse: int | None = None, remove_zeros: bool = True) -> "BCSR":
        """The array with each place once, in order; see `BCOO.sum_duplicates`."""
        return BCSR.from_bcoo(self.to_bcoo().sum_duplicates(nse, remove_zeros))

    def todense(self) -> Array:
        """The dense array."""
        return self.to_bcoo().todense()

    def transpose(self, axes: Sequence[int] | None = None) -> Any:
        """There is no format of columns with a batch: see `BCSR.to_bcoo`."""
        raise NotImplementedError("Transpose is not implemented.")


def _element(cont: Any, axis_size: Any, mat: BCSR, axis: int | None) -> BCSR:
    if axis is None:
        return mat
    if axis >= mat.n_batch:
        raise ValueError(
            f"Cannot map in_axis={axis} for BCSR array with n_batch={mat.n_batch}. in_axes for "
            "batched BCSR operations must correspond to a batched dimension."
        )
    buffers = [cont(x, axis) for x in mat._bufs]
    return BCSR(buffers, shape=mat.shape[:axis] + mat.shape[axis + 1 :])


def _batch(cont: Any, axis_size: int, mat: BCSR, axis: int | None) -> BCSR:
    if axis is None:
        return mat
    if axis > mat.n_batch:
        raise ValueError(
            f"BCSR: cannot add out_axis={axis} for BCSR array with n_batch={mat.n_batch}. BCSR "
            "batch axes must be a contiguous block of leading dimensions."
        )
    buffers = [cont(axis_size, x, axis) for x in mat._bufs]
    return BCSR(buffers, shape=(*mat.shape[:axis], axis_size, *mat.shape[axis:]))


register_vmappable(BCSR, int, int, _element, _batch, None)


def fromdense(
    mat: Any, *, nse: int, n_batch: int = 0, n_dense: int = 0, index_dtype: Any = np.int32
) -> tuple[Array, Array, Array]:
    """Buffers of the first `nse` elements that are not zero."""
    mat = jnp.asarray(mat)
    if mat.ndim - n_batch - n_dense != 2:
        raise ValueError("bcsr_fromdense: must have 2 sparse dimensions.")
    data, indices = _conversion.fromdense(
        mat, nse=nse, n_batch=n_batch, n_dense=n_dense, index_dtype=index_dtype
    )
    pointers = to_pointers(indices, shape=mat.shape, index_dtype=jnp.dtype(index_dtype))
    return data, *pointers
