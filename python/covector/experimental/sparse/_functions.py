"""Functions of arrays in batched coordinate format: conversions, order, layout, contractions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector.experimental.sparse import _conversion, _layout, _products, _sparse_products
from covector.experimental.sparse._bcoo import BCOO


def bcoo_todense(mat: BCOO) -> Array:
    """The dense array of a sparse one.

    Args:
      mat: an array in batched coordinate format.

    Returns:
      An array of its shape and dtype. Elements at one place are added up.

    >>> bcoo_todense(BCOO((jnp.array([1.0, 2.0]), jnp.array([[0], [0]])), shape=(2,)))
    Array([3., 0.], dtype=float32)
    """
    return mat.todense()


def bcoo_fromdense(
    mat: Any,
    *,
    nse: int | None = None,
    n_batch: int = 0,
    n_dense: int = 0,
    index_dtype: Any = np.int32,
) -> BCOO:
    """A sparse array from a dense one.

    Args:
      mat: the array.
      nse: how many elements to store, for each array of the batch; None is as many as needed,
        which only an untraced array tells. Elements behind them are left out.
      n_batch: how many of the first axes are those of a batch.
      n_dense: how many of the last axes are dense. A block along them is stored if any element of
        it is not zero.
      index_dtype: the type of indices.

    Returns:
      The array in batched coordinate format, in order and without duplicates.

    Raises:
      ConcretizationTypeError: if `nse` is needed, or traced.

    >>> bcoo_fromdense(jnp.array([[0.0, 1.0], [2.0, 0.0]]), n_batch=1)
    BCOO(float32[2, 2], nse=1, n_batch=1)
    """
    return BCOO.fromdense(mat, nse=nse, n_batch=n_batch, n_dense=n_dense, index_dtype=index_dtype)


def bcoo_extract(sparr: BCOO, arr: Any, *, assume_unique: bool | None = None) -> BCOO:
    """The elements of a dense array that a sparse array specifies.

    Args:
      sparr: an array in batched coordinate format, of which only the places matter.
      arr: an array of the same shape.
      assume_unique: whether no place occurs twice; None is what `sparr` says. If it is False, an
        element is taken at the first of equal places, and the others get 0.

    Returns:
      The elements, in batched coordinate format.

    Raises:
      TypeError: if the first argument is of another type.
      ValueError: if shapes differ.

    >>> mat = bcoo_fromdense(jnp.array([0.0, 1.0]))
    >>> bcoo_extract(mat, jnp.array([5.0, 6.0])).todense()
    Array([0., 6.], dtype=float32)
    """
    if not isinstance(sparr, BCOO):
        raise TypeError(
            f"First argument to bcoo_extract should be a BCOO array. Got {type(sparr)=}"
        )
    a = jnp.asarray(arr)
    if a.shape != sparr.shape:
        raise ValueError(f"shape mismatch: {sparr.shape=} {a.shape=}")
    unique = sparr.unique_indices if assume_unique is None else assume_unique
    data = _conversion.extract(sparr.indices, a, assume_unique=unique)
    return BCOO((data, sparr.indices), **sparr._info._asdict())


def bcoo_transpose(mat: BCOO, *, permutation: Sequence[int]) -> BCOO:
    """The array with its axes permuted.

    Args:
      mat: an array in batched coordinate format.
      permutation: for each axis of the result, which one of the array it is. Kinds of axes do not
        mix.

    Returns:
      The result.

    Raises:
      TypeError: if it is no permutation.
      NotImplementedError: if an axis changes its kind.

    >>> bcoo_transpose(bcoo_fromdense(jnp.eye(2)), permutation=(1, 0)).indices.tolist()
    [[0, 0], [1, 1]]
    """
    _layout.check_permutation(permutation, mat._info, mat.n_batch, mat.n_sparse)
    if tuple(permutation) == tuple(range(mat.ndim)):
        return mat
    return mat.transpose([int(i) for i in permutation])


def bcoo_sort_indices(mat: BCOO) -> BCOO:
    """The array with its elements in the order of their places.

    Args:
      mat: an array in batched coordinate format.

    Returns:
      The same array.

    >>> mat = BCOO((jnp.array([1.0, 2.0]), jnp.array([[1], [0]])), shape=(2,))
    >>> bcoo_sort_indices(mat).data
    Array([2., 1.], dtype=float32)
    """
    return mat.sort_indices()


def bcoo_sum_duplicates(mat: BCOO, nse: int | None = None) -> BCOO:
    """The array with each place once, in order.

    Args:
      mat: an array in batched coordinate format.
      nse: how many elements the result specifies; None is as many as needed, which only untraced
        indices tell. What is behind them is left out, and what is missing is padding.

    Returns:
      The same array.

    Raises:
      ValueError: if `nse` is needed.

    >>> mat = BCOO((jnp.array([1.0, 2.0]), jnp.array([[1], [1]])), shape=(2,))
    >>> bcoo_sum_duplicates(mat).data
    Array([3.], dtype=float32)
    """
    return mat.sum_duplicates(nse=nse, remove_zeros=False)


def bcoo_eliminate_zeros(mat: BCOO, nse: int | None = None) -> BCOO:
    """The array with each place once, in order, without zeros.

    Args:
      mat: an array in batched coordinate format.
      nse: as in `bcoo_sum_duplicates`.

    Returns:
      The same array.

    >>> bcoo_eliminate_zeros(BCOO((jnp.array([0.0, 2.0]), jnp.array([[1], [0]])), shape=(2,)))
    BCOO(float32[2], nse=1)
    """
    return mat.sum_duplicates(nse=nse)


def bcoo_update_layout(
    mat: BCOO,
    *,
    n_batch: int | None = None,
    n_dense: int | None = None,
    on_inefficient: str | None = "error",
) -> BCOO:
    """The same array with other numbers of batch and dense axes.

    More batch or dense axes mean that nearly all elements are stored, unless the axes have size 0
    or 1.

    Args:
      mat: an array in batched coordinate format.
      n_batch: the number of batch axes; None leaves it.
      n_dense: the number of dense axes; None leaves it.
      on_inefficient: what to do about storing nearly all elements: "error", "warn" or None.

    Returns:
      The same array.

    Raises:
      SparseEfficiencyError: (a ValueError) if nearly all elements would be stored.
      ValueError: if there are no such numbers of axes.

    >>> bcoo_update_layout(bcoo_fromdense(jnp.eye(2), n_batch=1), n_batch=0)
    BCOO(float32[2, 2], nse=2)
    """
    return mat.update_layout(n_batch=n_batch, n_dense=n_dense, on_inefficient=on_inefficient)


def bcoo_dot_general(
    lhs: BCOO | Array,
    rhs: BCOO | Array,
    *,
    dimension_numbers: Any,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> BCOO | Array:
    """The contraction of arrays of which some are sparse; see `lax.dot_general`.

    Args:
      lhs: an array, in batched coordinate format or dense.
      rhs: another.
      dimension_numbers: contracted and batch axes, as for `lax.dot_general`. Batch axes are batch
        axes of sparse arrays as well; dense ones are not contracted.
      precision: accepted for compatibility, like `out_sharding`.
      preferred_element_type: the type of the result.
      out_sharding: see above.

    Returns:
      A sparse array if both are sparse, else a dense one.

    Raises:
      NotImplementedError: for other axes.

    >>> mat = bcoo_fromdense(jnp.array([[0.0, 1.0], [2.0, 0.0]]))
    >>> bcoo_dot_general(mat, jnp.array([3.0, 4.0]), dimension_numbers=(([1], [0]), ([], [])))
    Array([4., 6.], dtype=float32)
    """
    kwargs: dict[str, Any] = {"preferred_element_type": preferred_element_type}
    if isinstance(lhs, BCOO) and isinstance(rhs, BCOO):
        kwargs |= {"lhs_spinfo": lhs._info, "rhs_spinfo": rhs._info}
        types = (lhs.shape, lhs.dtype), (rhs.shape, rhs.dtype)
        out = _products.result_type(*types, dimension_numbers, preferred_element_type)
        buffers = _sparse_products.dot_sparse(
            lhs._bufs, rhs._bufs, dimension_numbers=dimension_numbers, **kwargs
        )
        return BCOO(buffers, shape=out.shape)
    if isinstance(lhs, BCOO):
        kwargs["lhs_spinfo"] = lhs._info
        return _products.dot_dense(
            lhs.data, lhs.indices, rhs, dimension_numbers=dimension_numbers, **kwargs
        )
    if isinstance(rhs, BCOO):
        kwargs["lhs_spinfo"] = rhs._info
        (contract, rhs_contract), (batch, rhs_batch) = dimension_numbers
        turned = ((rhs_contract, contract), (rhs_batch, batch))
        out = _products.dot_dense(rhs.data, rhs.indices, lhs, dimension_numbers=turned, **kwargs)
        shared, first = len(batch), rhs.ndim - len(contract)
        order = (*range(shared), *range(first, out.ndim), *range(shared, first))
        return lax.transpose(out, order)
    return lax.dot_general(lhs, rhs, dimension_numbers, **kwargs)


def bcoo_dot_general_sampled(A: Any, B: Any, indices: Any, *, dimension_numbers: Any) -> Array:
    """Elements of a contraction of dense arrays, without computing the others if possible.

    Args:
      A: an array.
      B: another.
      indices: the places of elements, as in batched coordinate format.
      dimension_numbers: contracted and batch axes, as for `lax.dot_general`.

    Returns:
      The elements, as the data of an array with these indices.

    >>> numbers = (([1], [0]), ([], []))
    >>> bcoo_dot_general_sampled(jnp.eye(2), 3 * jnp.eye(2), jnp.array([[1, 1]]),
    ...                          dimension_numbers=numbers)
    Array([3.], dtype=float32)
    """
    return _products.dot_sampled(A, B, indices, dimension_numbers=dimension_numbers)
