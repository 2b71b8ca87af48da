"""The coordinate format of matrices."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector.experimental.sparse._base import JAXSparse, diagonal_places, diagonal_size
from covector.experimental.sparse._info import stored_elements
from covector.experimental.sparse._matrices import check_matrix, nonzeros, promoted
from covector.tree_util import register_pytree_node_class

Shape = tuple[int, ...]


class COOInfo(NamedTuple):
    """What is known of a matrix besides its buffers."""

    shape: Shape
    rows_sorted: bool = False
    cols_sorted: bool = False


@register_pytree_node_class
class COO(JAXSparse):
    """A sparse matrix in coordinate format. `BCOO` can do more.

    Args:
      args: data, rows and columns, each of shape `(nse,)`. Elements at one place are added up.
      shape: the shape of the matrix.
      rows_sorted: whether rows are known to rise.
      cols_sorted: whether columns are known to rise.

    >>> mat = COO.fromdense(jnp.array([[0.0, 2.0], [1.0, 0.0]]))
    >>> mat @ jnp.array([1.0, 10.0])
    Array([20.,  1.], dtype=float32)
    """

    row: Array
    col: Array

    def __init__(
        self, args: Any, *, shape: Shape, rows_sorted: bool = False, cols_sorted: bool = False
    ) -> None:
        self.data, self.row, self.col = map(jnp.asarray, args)
        self._rows_sorted, self._cols_sorted = rows_sorted, cols_sorted
        super().__init__(args, shape=shape)

    @property
    def _info(self) -> COOInfo:
        return COOInfo(self.shape, self._rows_sorted, self._cols_sorted)

    @property
    def _bufs(self) -> tuple[Array, Array, Array]:
        return self.data, self.row, self.col

    @property
    def nse(self) -> int:
        """The number of specified elements."""
        return self.data.size

    def tree_flatten(self) -> tuple[tuple[Array, ...], dict[str, Any]]:
        """The buffers, and what is known of them."""
        return self._bufs, self._info._asdict()

    @classmethod
    def tree_unflatten(cls, aux_data: dict[str, Any], children: Any) -> "COO":
        """A matrix of other buffers, which can be anything."""
        if aux_data.keys() != {*COOInfo._fields}:
            raise ValueError(f"COO.tree_unflatten: invalid {aux_data=}")
        new: COO = object.__new__(cls)
        new.data, new.row, new.col = children
        new.shape = aux_data["shape"]
        new._rows_sorted, new._cols_sorted = aux_data["rows_sorted"], aux_data["cols_sorted"]
        return new

    @classmethod
    def fromdense(cls, mat: Any, *, nse: int | None = None, index_dtype: Any = np.int32) -> "COO":
        """A sparse matrix from a dense one; see `coo_fromdense`."""
        mat = jnp.asarray(mat)
        number = stored_elements("coo_fromdense", mat, nse)
        buffers = nonzeros(mat, nse=number, index_dtype=jnp.dtype(index_dtype))
        return cls(buffers, shape=mat.shape, rows_sorted=True)

    @classmethod
    def _empty(
        cls, shape: Sequence[int], *, dtype: Any = None, index_dtype: Any = "int32"
    ) -> "COO":
        check_matrix("COO", shape)
        places = jnp.zeros(0, index_dtype)
        buffers = (jnp.zeros(0, dtype), places, places)
        return cls(buffers, shape=tuple(shape), rows_sorted=True, cols_sorted=True)

    @classmethod
    def _eye(
        cls, N: int, M: int, k: int, *, dtype: Any = None, index_dtype: Any = "int32"
    ) -> "COO":
        size = diagonal_size(N, M, k)
        buffers = (jnp.ones(size, dtype), *diagonal_places(size, k, index_dtype))
        return cls(buffers, shape=(N, M), rows_sorted=True, cols_sorted=True)

    def _sort_indices(self) -> "COO":
        if self._rows_sorted:
            return self
        row, col, data = lax.sort((self.row, self.col, self.data), num_keys=2)
        return COO((data, row, col), shape=self.shape, rows_sorted=True)

    def todense(self) -> Array:
        """The dense matrix."""
        return todense(*self._bufs, shape=self.shape)

    def transpose(self, axes: Sequence[int] | None = None) -> "COO":
        """The matrix with rows and columns exchanged."""
        if axes is not None:
            raise NotImplementedError("axes argument to transpose()")
        return COO(
            (self.data, self.col, self.row),
            shape=self.shape[::-1],
            rows_sorted=self._cols_sorted,
            cols_sorted=self._rows_sorted,
        )

    def __matmul__(self, other: Any) -> Array:
        data, other = promoted(self, other)
        return matmul(data, self.row, self.col, other, shape=self.shape)


@functools.partial(jit, static_argnames="shape")
def todense(data: Array, row: Array, col: Array, *, shape: Shape) -> Array:
    """Adds elements up at their places."""
    return jnp.zeros(shape, data.dtype).at[row, col].add(data)


@functools.partial(jit, static_argnames=("shape", "transpose"))
def matmul(
    data: Array, row: Array, col: Array, x: Array, *, shape: Shape, transpose: bool = False
) -> Array:
    """The product of a matrix, or its transpose, with a vector or a matrix."""
    if transpose:
        row, col, shape = col, row, shape[::-1]
    if x.shape[0] != shape[1]:
        raise TypeError(f"cannot multiply matrix of shape {shape} with array of shape {x.shape}")
    # A column behind the last one is padding.
    factors = x.at[col].get(mode="fill", fill_value=0)
    products = lax.expand_dims(data, range(1, x.ndim)) * factors
    return jnp.zeros((shape[0], *x.shape[1:]), products.dtype).at[row].add(products)


def coo_fromdense(mat: Any, *, nse: int | None = None, index_dtype: Any = np.int32) -> COO:
    """A sparse matrix from a dense one.

    Args:
      mat: the matrix.
      nse: how many elements to store; None is as many as needed.
      index_dtype: the type of rows and columns.

    Returns:
      The matrix in coordinate format, rows in order.

    >>> coo_fromdense(jnp.eye(2))
    COO(float32[2, 2], nse=2)
    """
    return COO.fromdense(mat, nse=nse, index_dtype=index_dtype)


def coo_todense(mat: COO) -> Array:
    """The dense matrix of a sparse one.

    Args:
      mat: a matrix in coordinate format.

    Returns:
      A matrix of its shape and dtype.

    >>> coo_todense(coo_fromdense(jnp.eye(2)))
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return mat.todense()


def coo_matvec(mat: COO, v: Any, transpose: bool = False) -> Array:
    """The product of a matrix with a vector.

    Args:
      mat: a matrix in coordinate format.
      v: a vector of its dtype.
      transpose: whether the matrix is transposed first.

    Returns:
      A vector.

    >>> coo_matvec(coo_fromdense(jnp.eye(2)), jnp.array([1.0, 2.0]))
    Array([1., 2.], dtype=float32)
    """
    return matmul(*mat._bufs, jnp.asarray(v), shape=mat.shape, transpose=transpose)


def coo_matmat(mat: COO, B: Any, *, transpose: bool = False) -> Array:
    """The product of a matrix with a dense matrix.

    Args:
      mat: a matrix in coordinate format.
      B: a matrix of its dtype.
      transpose: whether the sparse matrix is transposed first.

    Returns:
      A dense matrix.

    >>> coo_matmat(coo_fromdense(jnp.eye(2)), jnp.array([[1.0], [2.0]]))
    Array([[1.],
           [2.]], dtype=float32)
    """
    return matmul(*mat._bufs, jnp.asarray(B), shape=mat.shape, transpose=transpose)
