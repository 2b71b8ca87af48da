"""Arrays of indices: of diagonals, triangles and grids, and between forms of indices."""

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, canonical_shape, concrete, index
from covector._composite import composite
from covector._core import Array
from covector._dtypes import iinfo, issubdtype, result_type, user_dtype
from covector._typing import ArrayLike, DTypeLike, Shape
from covector.numpy._creation import diagonal_mask, ones
from covector.numpy._nonzero import nonzero, unravel


def unravel_index(indices: ArrayLike, shape: Shape) -> tuple[Array, ...]:
    """Indices into an array from indices into its elements as a vector.

    Args:
      indices: an integer array; ones that are out of bounds are moved into them.
      shape: the shape of the array.

    Returns:
      A tuple of an integer array for each axis.

    Raises:
      TypeError: if the indices are no integers.

    >>> import covector.numpy as jnp
    >>> jnp.unravel_index(jnp.array([0, 4]), (2, 3))
    (Array([0, 1], dtype=int32), Array([0, 1], dtype=int32))
    """
    indices = as_array("unravel_index", indices)
    single = not isinstance(shape, (tuple, list)) and np.ndim(shape) == 0
    sizes: tuple[Any, ...] = (shape,) if single else tuple(shape)
    if any(np.ndim(size) for size in sizes):
        raise ValueError("unravel_index: shape should be a scalar or 1D sequence.")
    if any(isinstance(size, _core.Tracer) for size in sizes):
        return _unravel_index(indices, sizes)
    return _unravel_known(indices, tuple(operator.index(size) for size in sizes))


@composite("sizes")
def _unravel_known(indices: Array, sizes: tuple[int, ...]) -> tuple[Array, ...]:
    return _unravel_index(indices, sizes)


def _unravel_index(indices: Array, sizes: tuple[Any, ...]) -> tuple[Array, ...]:
    total = math.prod(sizes)
    (indices,) = _core.numpy.promote_dtypes(indices)
    clipped = _core.numpy.minimum(_core.numpy.maximum(indices, -total), total - 1)
    wrapped = _core.numpy.where(
        _core.numpy.less(clipped, 0), _core.numpy.add(clipped, total), clipped
    )
    return tuple(unravel(wrapped, sizes))


def ravel_multi_index(
    multi_index: Sequence[ArrayLike],
    dims: Sequence[int],
    mode: str = "raise",
    order: str = "C",
    *,
    dtype: DTypeLike | None = None,
) -> Array:
    """Indices into the elements of an array as a vector from indices into it.

    Args:
      multi_index: a sequence of an integer array for each axis.
      dims: the shape of the array.
      mode: for indices out of bounds: 'raise', for which none may be traced; 'wrap', 'clip' or
        'ignore', for which none is expected.
      order: 'C': the last axis runs fastest; 'F': the first does.
      dtype: of the result; by default that of the indices, at least the default integer.

    Returns:
      An integer array.

    Raises:
      ValueError: if an index is out of bounds, there is not one for each axis, or the dtype cannot
        hold all results.
      TypeError: if an index is no integer.

    >>> import covector.numpy as jnp
    >>> jnp.ravel_multi_index((jnp.array([0, 1]), jnp.array([0, 1])), (2, 3))
    Array([0, 4], dtype=int32)
    """
    sizes = canonical_shape(dims)
    columns = as_arrays("ravel_multi_index", *multi_index)
    if len(columns) != len(sizes):
        raise ValueError(f"ravel_multi_index: {len(columns)} indices for {len(sizes)} axes")
    target = _flat_dtype(columns, sizes, dtype)
    if not all(issubdtype(c.dtype, np.integer) for c in columns):
        raise TypeError(f"only int indices permitted, got {[str(c.dtype) for c in columns]}")
    if mode not in ("raise", "wrap", "clip", "ignore"):
        raise ValueError(f"invalid {mode=}. Expected 'raise', 'wrap', 'clip', or 'ignore'.")
    if order not in ("C", "F"):
        raise ValueError(f"ravel_multi_index: order must be 'C' or 'F', got {order!r}")
    if mode == "raise":
        for column, size in zip(columns, sizes):
            known = np.asarray(concrete(column, _RAISE_TRACED))
            if np.any((known < 0) | (known >= size)):
                raise ValueError("invalid entry in coordinates array")
    return _ravel_multi_index(
        *columns, sizes=sizes, mode=mode, fastest_last=order == "C", dtype=target
    )


_RAISE_TRACED = (
    "The error occurred because ravel_multi_index was jit-compiled with mode='raise'. "
    "Use mode='wrap' or mode='clip' instead."
)


def _flat_dtype(columns: Sequence[Array], sizes: tuple[int, ...], dtype: Any) -> Any:
    """The dtype of indices into all elements; has to hold the largest of them."""
    out = result_type(int, *columns) if dtype is None else user_dtype(dtype, "ravel_multi_index")
    if not issubdtype(out, np.integer):
        raise ValueError(f"ravel_multi_index: dtype={out} is not an integer type.")
    if math.prod(sizes) - 1 > iinfo(out).max:
        raise ValueError(
            f"jnp.ravel_multi_index: dtype={out} not large enough to hold flattened index for "
            f"dims={sizes}. Use the dtype argument to pass a suitable dtype "
            "(e.g. dtype=np.min_scalar_type(prod(dims)))."
        )
    return out


@composite("sizes", "mode", "fastest_last", "dtype")
def _ravel_multi_index(
    *columns: Array, sizes: tuple[int, ...], mode: str, fastest_last: bool, dtype: Any
) -> Array:
    strides = [1]
    for size in sizes[:0:-1] if fastest_last else sizes[:-1]:
        strides.append(strides[-1] * size)
    out: Any = _core.convert(0, dtype)
    for column, size, stride in zip(columns, sizes, strides[::-1] if fastest_last else strides):
        if mode == "wrap":
            column = _core.numpy.remainder(column, size)
        elif mode == "clip":
            column = _core.numpy.minimum(_core.numpy.maximum(column, 0), size - 1)
        column = lax.convert_element_type(column, dtype)
        out = lax.add(out, _core.numpy.multiply(column, stride))
    return out


def diag_indices(n: int, ndim: int = 2) -> tuple[Array, ...]:
    """The indices of the main diagonal of an array.

    Args:
      n: the size of its axes.
      ndim: its rank.

    Returns:
      A tuple of an integer vector for each axis.

    Raises:
      ValueError: if a number is negative.

    >>> import covector.numpy as jnp
    >>> jnp.diag_indices(2)
    (Array([0, 1], dtype=int32), Array([0, 1], dtype=int32))
    """
    n = index(n, "'n' argument of jnp.diag_indices()")
    ndim = index(ndim, "'ndim' argument of jnp.diag_indices()")
    if n < 0 or ndim < 0:
        raise ValueError(f"diag_indices: n and ndim must not be negative, got {n} and {ndim}")
    return (lax.iota(int, n),) * ndim


def diag_indices_from(arr: ArrayLike) -> tuple[Array, ...]:
    """The indices of the main diagonal of this array.

    Args:
      arr: an array of rank two or more, all of whose axes have one size.

    Returns:
      A tuple of an integer vector for each axis.

    Raises:
      ValueError: if the rank is less, or sizes differ.

    >>> import covector.numpy as jnp
    >>> jnp.diag_indices_from(jnp.zeros((2, 2)))
    (Array([0, 1], dtype=int32), Array([0, 1], dtype=int32))
    """
    arr = as_array("diag_indices_from", arr)
    if arr.ndim < 2:
        raise ValueError("input array must be at least 2-d")
    if len(set(arr.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    return diag_indices(arr.shape[0], arr.ndim)


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Array, Array]:
    """The indices on and below a diagonal of a matrix.

    Args:
      n: the number of rows.
      k: which diagonal: positive ones are above the main one.
      m: the number of columns; as many as rows by default.

    Returns:
      The row indices and the column indices, two integer vectors.

    >>> import covector.numpy as jnp
    >>> jnp.tril_indices(2)
    (Array([0, 1, 1], dtype=int32), Array([0, 0, 1], dtype=int32))
    """
    return _triangle("tril_indices", n, k, m, True)


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Array, Array]:
    """The indices on and above a diagonal of a matrix.

    Args:
      n: the number of rows.
      k: which diagonal: positive ones are above the main one.
      m: the number of columns; as many as rows by default.

    Returns:
      The row indices and the column indices, two integer vectors.

    >>> import covector.numpy as jnp
    >>> jnp.triu_indices(2)
    (Array([0, 0, 1], dtype=int32), Array([0, 1, 1], dtype=int32))
    """
    return _triangle("triu_indices", n, k, m, False)


def _triangle(function: str, n: Any, k: Any, m: Any, lower: bool) -> tuple[Array, Array]:
    rows = index(n, f"'n' argument of jnp.{function}()")
    diagonal = index(k, f"'k' argument of jnp.{function}()")
    columns = rows if m is None else index(m, f"'m' argument of jnp.{function}()")
    size = int(np.count_nonzero(_triangle_mask(np, rows, columns, diagonal, lower)))
    return _triangle_indices(rows, columns, diagonal, lower, size)


def _triangle_mask(library: Any, rows: int, columns: int, k: int, lower: bool) -> Any:
    last = k if lower else k - 1
    mask: Any
    if library is np:
        mask = np.tri(rows, columns, last, dtype=bool)
    else:
        mask = diagonal_mask(rows, columns, last, exact=False)
    return mask if lower else ~mask


@composite("rows", "columns", "k", "lower", "size")
def _triangle_indices(
    rows: int, columns: int, k: int, lower: bool, size: int
) -> tuple[Array, Array]:
    i, j = nonzero(_triangle_mask(lax, rows, columns, k, lower), size=size)
    return i, j


def tril_indices_from(arr: ArrayLike, k: int = 0) -> tuple[Array, Array]:
    """The indices on and below a diagonal of this matrix.

    Args:
      arr: an array of rank two.
      k: which diagonal: positive ones are above the main one.

    Returns:
      The row indices and the column indices.

    Raises:
      ValueError: if the rank is another.

    >>> import covector.numpy as jnp
    >>> jnp.tril_indices_from(jnp.zeros((2, 2)))[0]
    Array([0, 1, 1], dtype=int32)
    """
    rows, columns = _matrix_shape(arr)
    return tril_indices(rows, k, columns)


def triu_indices_from(arr: ArrayLike, k: int = 0) -> tuple[Array, Array]:
    """The indices on and above a diagonal of this matrix.

    Args:
      arr: an array of rank two.
      k: which diagonal: positive ones are above the main one.

    Returns:
      The row indices and the column indices.

    Raises:
      ValueError: if the rank is another.

    >>> import covector.numpy as jnp
    >>> jnp.triu_indices_from(jnp.zeros((2, 2)))[0]
    Array([0, 0, 1], dtype=int32)
    """
    rows, columns = _matrix_shape(arr)
    return triu_indices(rows, k, columns)


def _matrix_shape(arr: Any) -> tuple[int, int]:
    shape = np.shape(arr)
    if len(shape) != 2:
        raise ValueError("Only 2-D inputs are accepted")
    return shape


def mask_indices(
    n: int, mask_func: Any, k: int = 0, *, size: int | None = None
) -> tuple[Array, Array]:
    """The indices at which a function of a matrix of ones leaves something.

    Args:
      n: the number of rows and columns.
      mask_func: takes a matrix and `k`, as `triu` and `tril` do.
      k: the second argument of the function.
      size: as of `nonzero`.

    Returns:
      The row indices and the column indices.

    >>> import covector.numpy as jnp
    >>> jnp.mask_indices(2, jnp.triu)
    (Array([0, 0, 1], dtype=int32), Array([0, 1, 1], dtype=int32))
    """
    i, j = nonzero(mask_func(ones((n, n)), k), size=size)
    return i, j


def ix_(*args: ArrayLike) -> tuple[Array, ...]:
    """Vectors of indices as arrays that broadcast to a grid, for `x[jnp.ix_(rows, columns)]`.

    Args:
      *args: integer vectors, or boolean ones for where they are true.

    Returns:
      A tuple of arrays, each of size one along all axes but its own.

    Raises:
      ValueError: if an argument is no vector.

    >>> import covector.numpy as jnp
    >>> [i.shape for i in jnp.ix_(jnp.array([0, 2]), jnp.array([1]))]
    [(2, 1), (1, 1)]
    """
    vectors = as_arrays("ix_", *args)
    out = []
    for i, vector in enumerate(vectors):
        if vector.ndim != 1:
            raise ValueError(f"ix_: arguments must be vectors, got shape {vector.shape}")
        if vector.dtype == np.bool_:
            (vector,) = nonzero(vector)
        shape = [vector.size if j == i else 1 for j in range(len(vectors))]
        out.append(lax.reshape(vector, shape))
    return tuple(out)
