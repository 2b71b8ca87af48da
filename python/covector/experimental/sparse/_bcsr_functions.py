"""Functions of arrays in the batched format of compressed rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector.experimental.sparse import _conversion, _products
from covector.experimental.sparse._bcsr import BCSR, to_coordinates
from covector.experimental.sparse._shapes import bcoo_broadcast_in_dim, bcoo_concatenate


def bcsr_todense(mat: BCSR) -> Array:
    """The dense array of a sparse one.

    Args:
      mat: an array in the batched format of compressed rows.

    Returns:
      An array of its shape and dtype.

    >>> bcsr_todense(bcsr_fromdense(jnp.eye(2)))
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return mat.todense()


def bcsr_fromdense(
    mat: Any,
    *,
    nse: int | None = None,
    n_batch: int = 0,
    n_dense: int = 0,
    index_dtype: Any = np.int32,
) -> BCSR:
    """A sparse array from a dense one.

    Args:
      mat: the array.
      nse: how many elements to store, for each matrix of the batch; None is as many as needed,
        which only an untraced array tells. Elements behind them are left out.
      n_batch: how many of the first axes are those of a batch.
      n_dense: how many of the last axes are dense. Two are left, rows and columns.
      index_dtype: the type of indices.

    Returns:
      The array in the batched format of compressed rows.

    Raises:
      ConcretizationTypeError: if `nse` is needed, or traced.
      ValueError: if not two axes are left.

    >>> bcsr_fromdense(jnp.array([[0.0, 1.0], [2.0, 0.0]])).indptr.tolist()
    [0, 1, 2]
    """
    return BCSR.fromdense(mat, nse=nse, n_batch=n_batch, n_dense=n_dense, index_dtype=index_dtype)


def bcsr_extract(indices: Any, indptr: Any, mat: Any) -> Array:
    """The elements of a dense array at places.

    Args:
      indices: the columns, as in the batched format of compressed rows.
      indptr: where rows begin.
      mat: the array.

    Returns:
      The elements, as the data of an array with these indices.

    >>> bcsr_extract(jnp.array([1, 0]), jnp.array([0, 1, 2]), jnp.arange(4.0).reshape(2, 2))
    Array([1., 2.], dtype=float32)
    """
    mat = jnp.asarray(mat)
    places = to_coordinates(jnp.asarray(indices), jnp.asarray(indptr), shape=mat.shape)
    return _conversion.extract(places, mat)


def bcsr_sum_duplicates(mat: BCSR, nse: int | None = None) -> BCSR:
    """The array with each place once, in order; see `bcoo_sum_duplicates`.

    Args:
      mat: an array in the batched format of compressed rows.
      nse: how many elements the result specifies.

    Returns:
      The same array.

    >>> bcsr_sum_duplicates(bcsr_fromdense(jnp.eye(2)))
    BCSR(float32[2, 2], nse=2)
    """
    return mat.sum_duplicates(nse, remove_zeros=False)


def bcsr_eliminate_zeros(mat: BCSR, nse: int | None = None) -> BCSR:
    """The array with each place once, in order, without zeros; see `bcoo_eliminate_zeros`.

    Args:
      mat: an array in the batched format of compressed rows.
      nse: how many elements the result specifies.

    Returns:
      The same array.

    >>> bcsr_eliminate_zeros(bcsr_fromdense(jnp.eye(2), nse=3))
    BCSR(float32[2, 2], nse=2)
    """
    return mat.sum_duplicates(nse)


def bcsr_dot_general(
    lhs: BCSR | Array,
    rhs: Array,
    *,
    dimension_numbers: Any,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Array:
    """The contraction of a sparse array with a dense one; see `lax.dot_general`.

    Args:
      lhs: an array, in the batched format of compressed rows or dense.
      rhs: a dense array.
      dimension_numbers: contracted and batch axes, as for `lax.dot_general`. Batch axes are batch
        axes of the sparse array as well; dense ones are not contracted.
      precision: accepted for compatibility, like `out_sharding`.
      preferred_element_type: the type of the result.
      out_sharding: see above.

    Returns:
      A dense array.

    Raises:
      NotImplementedError: for other formats and axes.

    >>> mat = bcsr_fromdense(jnp.array([[0.0, 1.0], [2.0, 0.0]]))
    >>> bcsr_dot_general(mat, jnp.array([3.0, 4.0]), dimension_numbers=(([1], [0]), ([], [])))
    Array([4., 6.], dtype=float32)
    """
    if not isinstance(rhs, (np.ndarray, Array)) or not isinstance(lhs, (np.ndarray, Array, BCSR)):
        raise NotImplementedError(
            "bcsr_dot_general currently implemented for BCSR lhs and ndarray rhs."
        )
    if not isinstance(lhs, BCSR):
        return lax.dot_general(
            lhs, rhs, dimension_numbers, preferred_element_type=preferred_element_type
        )
    return _products.dot_dense(
        lhs.data,
        lhs.to_bcoo().indices,
        rhs,
        dimension_numbers=dimension_numbers,
        preferred_element_type=preferred_element_type,
        lhs_spinfo=lhs._info,
    )


def bcsr_broadcast_in_dim(
    mat: BCSR, *, shape: Sequence[int], broadcast_dimensions: Sequence[int], sharding: Any = None
) -> BCSR:
    """The array with new axes, and axes of size 1 repeated; see `bcoo_broadcast_in_dim`.

    Args:
      mat: an array in the batched format of compressed rows.
      shape: the shape of the result.
      broadcast_dimensions: for each axis of the array, which one of the result it becomes.
      sharding: accepted for compatibility.

    Returns:
      The result.

    >>> mat = bcsr_fromdense(jnp.eye(2))
    >>> bcsr_broadcast_in_dim(mat, shape=(3, 2, 2), broadcast_dimensions=(1, 2))
    BCSR(float32[3, 2, 2], nse=2, n_batch=1)
    """
    return BCSR.from_bcoo(
        bcoo_broadcast_in_dim(mat.to_bcoo(), shape=shape, broadcast_dimensions=broadcast_dimensions)
    )


def bcsr_concatenate(operands: Sequence[BCSR], *, dimension: int) -> BCSR:
    """Arrays joined along a batch or sparse axis; see `bcoo_concatenate`.

    Args:
      operands: arrays in the batched format of compressed rows.
      dimension: the axis.

    Returns:
      The arrays as one.

    >>> mat = bcsr_fromdense(jnp.eye(2))
    >>> bcsr_concatenate([mat, mat], dimension=0)
    BCSR(float32[4, 2], nse=4)
    """
    return BCSR.from_bcoo(bcoo_concatenate([m.to_bcoo() for m in operands], dimension=dimension))
