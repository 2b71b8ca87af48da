"""The formats of compressed rows and of compressed columns, of matrices."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector.experimental.sparse import _coo
from covector.experimental.sparse._base import JAXSparse, diagonal_places, diagonal_size
from covector.experimental.sparse._info import _csr_to_coo, stored_elements
from covector.experimental.sparse._matrices import check_matrix, nonzeros, promoted
from covector.tree_util import register_pytree_node_class

Shape = tuple[int, ...]


class _Compressed(JAXSparse):
    """A matrix whose elements are listed line after line, be lines its rows or its columns."""

    indices: Array
    indptr: Array

    def __init__(self, args: Any, *, shape: Shape) -> None:
        self.data, self.indices, self.indptr = map(jnp.asarray, args)
        super().__init__(args, shape=shape)

    @property
    def _bufs(self) -> tuple[Array, Array, Array]:
        return self.data, self.indices, self.indptr

    @property
    def nse(self) -> int:
        """The number of specified elements."""
        return self.data.size

    def tree_flatten(self) -> tuple[tuple[Array, ...], dict[str, Any]]:
        """The buffers, and the shape."""
        return self._bufs, {"shape": self.shape}

    @classmethod
    def tree_unflatten(cls, aux_data: dict[str, Any], children: Any) -> Any:
        """A matrix of other buffers, which can be anything."""
        if aux_data.keys() != {"shape"}:
            raise ValueError(f"{cls.__name__}.tree_unflatten: invalid {aux_data=}")
        new = object.__new__(cls)
        new.data, new.indices, new.indptr = children
        new.shape = aux_data["shape"]
        return new


@register_pytree_node_class
class CSR(_Compressed):
    """A sparse matrix by rows. `BCSR` can do more.

    Args:
      args: data and columns, each of shape `(nse,)`; and where rows begin, of shape `(rows + 1,)`.
      shape: the shape of the matrix.

    >>> mat = CSR.fromdense(jnp.array([[0.0, 2.0], [1.0, 0.0]]))
    >>> mat @ jnp.array([1.0, 10.0])
    Array([20.,  1.], dtype=float32)
    """

    @classmethod
    def fromdense(cls, mat: Any, *, nse: int | None = None, index_dtype: Any = np.int32) -> "CSR":
        """A sparse matrix from a dense one; see `csr_fromdense`."""
        mat = jnp.asarray(mat)
        number = stored_elements("csr_fromdense", mat, nse)
        buffers = _fromdense(mat, nse=number, index_dtype=jnp.dtype(index_dtype))
        return cls(buffers, shape=mat.shape)

    @classmethod
    def _empty(
        cls, shape: Sequence[int], *, dtype: Any = None, index_dtype: Any = "int32"
    ) -> "CSR":
        check_matrix("CSR", shape)
        pointers = jnp.zeros(0, index_dtype), jnp.zeros(shape[0] + 1, index_dtype)
        return cls((jnp.zeros(0, dtype), *pointers), shape=tuple(shape))

    @classmethod
    def _eye(
        cls, N: int, M: int, k: int, *, dtype: Any = None, index_dtype: Any = "int32"
    ) -> "CSR":
        size = diagonal_size(N, M, k)
        row, col = diagonal_places(size, k, index_dtype)
        indptr = np.searchsorted(row, np.arange(N + 1)).astype(index_dtype)
        return cls((jnp.ones(size, dtype), col, indptr), shape=(N, M))

    def todense(self) -> Array:
        """The dense matrix."""
        return _todense(*self._bufs, shape=self.shape)

    def transpose(self, axes: Sequence[int] | None = None) -> "CSC":
        """The matrix with rows and columns exchanged, of the same buffers."""
        if axes is not None:
            raise NotImplementedError("axes argument to transpose()")
        return CSC(self._bufs, shape=self.shape[::-1])

    def __matmul__(self, other: Any) -> Array:
        data, other = promoted(self, other)
        return _matmul(data, self.indices, self.indptr, other, shape=self.shape)


@register_pytree_node_class
class CSC(_Compressed):
    """A sparse matrix by columns.

    Args:
      args: data and rows, each of shape `(nse,)`; and where columns begin, of shape
        `(columns + 1,)`.
      shape: the shape of the matrix.

    >>> mat = CSC.fromdense(jnp.array([[0.0, 2.0], [1.0, 0.0]]))
    >>> mat @ jnp.array([1.0, 10.0])
    Array([20.,  1.], dtype=float32)
    """

    @classmethod
    def fromdense(cls, mat: Any, *, nse: int | None = None, index_dtype: Any = np.int32) -> "CSC":
        """A sparse matrix from a dense one; see `csr_fromdense`."""
        return CSR.fromdense(jnp.asarray(mat).T, nse=nse, index_dtype=index_dtype).transpose()

    @classmethod
    def _empty(
        cls, shape: Sequence[int], *, dtype: Any = None, index_dtype: Any = "int32"
    ) -> "CSC":
        check_matrix("CSC", shape)
        return CSR._empty(shape[::-1], dtype=dtype, index_dtype=index_dtype).transpose()

    @classmethod
    def _eye(
        cls, N: int, M: int, k: int, *, dtype: Any = None, index_dtype: Any = "int32"
    ) -> "CSC":
        return CSR._eye(M, N, -k, dtype=dtype, index_dtype=index_dtype).transpose()

    def todense(self) -> Array:
        """The dense matrix."""
        return self.transpose().todense().T

    def transpose(self, axes: Sequence[int] | None = None) -> CSR:
        """The matrix with rows and columns exchanged, of the same buffers."""
        if axes is not None:
            raise NotImplementedError("axes argument to transpose()")
        return CSR(self._bufs, shape=self.shape[::-1])

    def __matmul__(self, other: Any) -> Array:
        data, other = promoted(self, other)
        shape = self.shape[::-1]
        return _matmul(data, self.indices, self.indptr, other, shape=shape, transpose=True)


@functools.partial(jit, static_argnames=("nse", "index_dtype"))
def _fromdense(mat: Array, *, nse: int, index_dtype: Any) -> tuple[Array, Array, Array]:
    data, row, col = nonzeros(mat, nse=nse, index_dtype=index_dtype)
    rows = mat.shape[0]
    # Padding belongs to no row.
    row = jnp.where(jnp.arange(nse) < (mat != 0).sum(), row, rows)
    ends = jnp.cumsum(jnp.bincount(row, length=rows), dtype=index_dtype)
    return data, col, jnp.concatenate([jnp.zeros(1, index_dtype), ends])


@functools.partial(jit, static_argnames="shape")
def _todense(data: Array, indices: Array, indptr: Array, *, shape: Shape) -> Array:
    return _coo.todense(data, *_csr_to_coo(indices, indptr), shape=shape)


@functools.partial(jit, static_argnames=("shape", "transpose"))
def _matmul(
    data: Array, indices: Array, indptr: Array, x: Array, *, shape: Shape, transpose: bool = False
) -> Array:
    places = _csr_to_coo(indices, indptr)
    return _coo.matmul(data, *places, x, shape=shape, transpose=transpose)


def csr_fromdense(mat: Any, *, nse: int | None = None, index_dtype: Any = np.int32) -> CSR:
    """A sparse matrix from a dense one.

    Args:
      mat: the matrix.
      nse: how many elements to store; None is as many as needed.
      index_dtype: the type of indices.

    Returns:
      The matrix in the format of compressed rows.

    >>> csr_fromdense(jnp.eye(2))
    CSR(float32[2, 2], nse=2)
    """
    return CSR.fromdense(mat, nse=nse, index_dtype=index_dtype)


def csr_todense(mat: CSR) -> Array:
    """The dense matrix of a sparse one.

    Args:
      mat: a matrix in the format of compressed rows.

    Returns:
      A matrix of its shape and dtype.

    >>> csr_todense(csr_fromdense(jnp.eye(2)))
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return mat.todense()


def csr_matvec(mat: CSR, v: Any, transpose: bool = False) -> Array:
    """The product of a matrix with a vector.

    Args:
      mat: a matrix in the format of compressed rows.
      v: a vector of its dtype.
      transpose: whether the matrix is transposed first.

    Returns:
      A vector.

    >>> csr_matvec(csr_fromdense(jnp.eye(2)), jnp.array([1.0, 2.0]))
    Array([1., 2.], dtype=float32)
    """
    return _matmul(*mat._bufs, jnp.asarray(v), shape=mat.shape, transpose=transpose)


def csr_matmat(mat: CSR, B: Any, *, transpose: bool = False) -> Array:
    """The product of a matrix with a dense matrix.

    Args:
      mat: a matrix in the format of compressed rows.
      B: a matrix of its dtype.
      transpose: whether the sparse matrix is transposed first.

    Returns:
      A dense matrix.

    >>> csr_matmat(csr_fromdense(jnp.eye(2)), jnp.array([[1.0], [2.0]]))
    Array([[1.],
           [2.]], dtype=float32)
    """
    return _matmul(*mat._bufs, jnp.asarray(B), shape=mat.shape, transpose=transpose)
