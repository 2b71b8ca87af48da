"""The batched coordinate format."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._core import Array
from covector._vmappable import register_vmappable
from covector.experimental.sparse import _conversion, _duplicates, _layout
from covector.experimental.sparse._base import BatchedSparse, diagonal_places, diagonal_size
from covector.experimental.sparse._info import stored_elements
from covector.experimental.sparse._places import Shape, split, validate
from covector.tree_util import register_pytree_node_class


@register_pytree_node_class
class BCOO(BatchedSparse):
    """A sparse array in batched coordinate format.

    Its axes are, in this order, `n_batch` axes of a batch, `n_sparse` sparse and `n_dense` dense
    ones. Elements at one place are added up; an element whose index is out of bounds is padding.
    Operators and indexing work as for dense arrays, where the result is sparse as well.

    Args:
      args: data, of shape `batch + (nse,) + dense`, and indices, of shape
        `batch + (nse, n_sparse)` and an integer dtype. Sizes in `batch` can be 1 in either of the
        two: then they are the same for the whole batch.
      shape: the shape of the array.
      indices_sorted: whether indices are known to be in lexicographic order.
      unique_indices: whether no place is known to occur twice.

    Raises:
      ValueError: if the buffers do not fit each other or the shape.
      TypeError: if indices are no integers.

    >>> from covector.experimental.sparse import BCOO
    >>> mat = BCOO.fromdense(jnp.array([[0.0, 2.0, 0.0], [1.0, 0.0, 4.0]]))
    >>> mat
    BCOO(float32[2, 3], nse=3)
    >>> mat.data, mat.indices.tolist()
    (Array([2., 1., 4.], dtype=float32), [[0, 1], [1, 0], [1, 2]])
    >>> (2 * mat) @ jnp.array([1.0, 2.0, 3.0])
    Array([ 8., 26.], dtype=float32)
    """

    _BUFFERS = ("data", "indices")

    def __init__(
        self,
        args: Any,
        *,
        shape: Sequence[int],
        indices_sorted: bool = False,
        unique_indices: bool = False,
    ) -> None:
        self.data, self.indices = map(jnp.asarray, args)
        self.indices_sorted, self.unique_indices = indices_sorted, unique_indices
        super().__init__(args, shape=tuple(shape))
        validate(self.data, self.indices, self.shape)

    @property
    def nse(self) -> int:
        """The number of specified elements, of each array of the batch."""
        return self.indices.shape[-2]

    @property
    def n_batch(self) -> int:
        """The number of axes of the batch."""
        return self.indices.ndim - 2

    @property
    def n_sparse(self) -> int:
        """The number of sparse axes."""
        return self.indices.shape[-1]

    @property
    def n_dense(self) -> int:
        """The number of dense axes."""
        return self.data.ndim - 1 - self.n_batch

    @classmethod
    def fromdense(
        cls,
        mat: Any,
        *,
        nse: int | None = None,
        index_dtype: Any = np.int32,
        n_dense: int = 0,
        n_batch: int = 0,
    ) -> "BCOO":
        """A sparse array from a dense one; see `bcoo_fromdense`."""
        mat = jnp.asarray(mat)
        number = stored_elements("bcoo_fromdense", mat, nse, n_batch, n_dense)
        buffers = _conversion.fromdense(
            mat, nse=number, n_batch=n_batch, n_dense=n_dense, index_dtype=index_dtype
        )
        return cls(buffers, shape=mat.shape, indices_sorted=True, unique_indices=True)

    @classmethod
    def from_scipy_sparse(
        cls, mat: Any, *, index_dtype: Any = None, n_dense: int = 0, n_batch: int = 0
    ) -> "BCOO":
        """A sparse array from a matrix of `scipy.sparse`."""
        if n_dense or n_batch:
            raise NotImplementedError("BCOO.fromscipy with nonzero n_dense/n_batch")
        mat = mat.tocoo()
        places = np.stack([mat.row, mat.col], -1).astype(index_dtype or np.int32)
        return cls((mat.data, places), shape=mat.shape)

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
    ) -> "BCOO":
        n_sparse = len(shape) - n_dense - n_batch
        if min(n_sparse, n_dense, n_batch, nse) < 0:
            raise ValueError(f"Invalid inputs: {shape=}, {n_dense=}, {n_batch=}, {nse=}")
        batch, sparse, dense = split(shape, n_batch, n_sparse)
        indices = np.broadcast_to(np.array(sparse, index_dtype), (*batch, nse, n_sparse))
        data = jnp.zeros((*batch, nse, *dense), dtype)
        return cls((data, indices), shape=shape, indices_sorted=True, unique_indices=True)

    @classmethod
    def _eye(
        cls,
        N: int,
        M: int,
        k: int,
        *,
        dtype: Any = None,
        index_dtype: Any = "int32",
        n_batch: int = 0,
        n_dense: int = 0,
    ) -> "BCOO":
        if min(2 - n_batch - n_dense, n_dense, n_batch) < 0:
            raise ValueError(f"Invalid inputs: shape={(N, M)}, {n_dense=}, {n_batch=}")
        kinds = {"n_batch": n_batch, "n_dense": n_dense}
        size = diagonal_size(N, M, k)
        if size == 0:
            return cls._empty((N, M), dtype=dtype, index_dtype=index_dtype, **kinds)
        if n_dense > 0 or n_batch > 0:
            return cls.fromdense(jnp.eye(N, M, k, dtype=dtype), index_dtype=index_dtype, **kinds)
        places = np.stack(diagonal_places(size, k, index_dtype), -1)
        data = jnp.ones(size, dtype)
        return cls((data, places), shape=(N, M), indices_sorted=True, unique_indices=True)

    def update_layout(
        self,
        *,
        n_batch: int | None = None,
        n_dense: int | None = None,
        on_inefficient: str | None = "error",
    ) -> "BCOO":
        """The same array with other numbers of batch and dense axes; see `bcoo_update_layout`."""
        old = self.n_batch, self.n_dense
        batch = old[0] if n_batch is None else operator.index(n_batch)
        dense = old[1] if n_dense is None else operator.index(n_dense)
        if (batch, dense) == old:
            return self
        _layout.check_layout(self._info, old, (batch, dense), on_inefficient)
        buffers = _layout.update_layout(
            *self._bufs, spinfo=self._info, n_batch=batch, n_dense=dense
        )
        return BCOO(buffers, shape=self.shape)

    def sum_duplicates(self, nse: int | None = None, remove_zeros: bool = True) -> "BCOO":
        """The array with each place once, in order; see `bcoo_sum_duplicates`.

        Args:
          nse: the number of elements of the result; None is as many as are needed, which only
            untraced indices tell. What is behind it is dropped.
          remove_zeros: whether zeros are left out. Then the result cannot be differentiated
            where a zero was.
        """
        data, indices = self._bufs
        if remove_zeros:
            indices = _duplicates.without_zeros(data, indices, spinfo=self._info)
        buffers = _duplicates.sum_duplicates(data, indices, spinfo=self._info, nse=nse)
        return BCOO(buffers, shape=self.shape, indices_sorted=True, unique_indices=True)

    def sort_indices(self) -> "BCOO":
        """The array with its elements in the order of their places."""
        return BCOO(
            _duplicates.sort_indices(*self._bufs, spinfo=self._info),
            shape=self.shape,
            indices_sorted=True,
            unique_indices=self.unique_indices,
        )

    def todense(self) -> Array:
        """The dense array."""
        return _conversion.todense(*self._bufs, spinfo=self._info)

    def transpose(self, axes: Sequence[int] | None = None) -> "BCOO":
        """The array with its axes permuted, each kind among itself."""
        order = tuple(range(self.ndim))[::-1] if axes is None else tuple(axes)
        sparse = order[self.n_batch : self.n_batch + self.n_sparse]
        return BCOO(
            _layout.transpose(*self._bufs, permutation=order, spinfo=self._info),
            shape=tuple(self.shape[i] for i in order),
            indices_sorted=self.indices_sorted and sparse == tuple(sorted(sparse)),
            unique_indices=self.unique_indices,
        )


def _element(cont: Any, axis_size: Any, mat: BCOO, axis: int | None) -> BCOO:
    if axis is None:
        return mat
    if axis >= mat.n_batch:
        raise ValueError(
            f"Cannot map in_axis={axis} for BCOO array with n_batch={mat.n_batch}. in_axes for "
            "batched BCOO operations must correspond to a batch dimension."
        )
    info = mat._info._replace(shape=mat.shape[:axis] + mat.shape[axis + 1 :])
    return BCOO((cont(mat.data, axis), cont(mat.indices, axis)), **info._asdict())


def _batch(cont: Any, axis_size: int, mat: BCOO, axis: int | None) -> BCOO:
    if axis is None:
        return mat
    if axis > mat.n_batch:
        raise ValueError(
            f"BCOO: cannot add out_axis={axis} for BCOO array with n_batch={mat.n_batch}. BCOO "
            "batch axes must be a contiguous block of leading dimensions."
        )
    info = mat._info._replace(shape=(*mat.shape[:axis], axis_size, *mat.shape[axis:]))
    buffers = (cont(axis_size, mat.data, axis), cont(axis_size, mat.indices, axis))
    return BCOO(buffers, **info._asdict())


register_vmappable(BCOO, int, int, _element, _batch, None)
