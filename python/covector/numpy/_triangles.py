"""Diagonals and triangles of matrices."""

from typing import Any

from covector import _core, lax
from covector._arguments import as_array, as_arrays, canonical_axis, index, reject_out
from covector._composite import composite
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy._axes import moveaxis
from covector.numpy._creation import diagonal_mask
from covector.numpy._reductions import sum


def tril(m: ArrayLike, k: int = 0) -> Array:
    """Matrices with zeros above a diagonal.

    Args:
      m: an array of rank two or more: matrices along its last two axes.
      k: which diagonal: positive ones are above the main one.

    Returns:
      An array of the shape of `m`.

    Raises:
      ValueError: if the rank is less than two.

    >>> import covector.numpy as jnp
    >>> jnp.tril(jnp.ones((2, 2)))
    Array([[1., 0.],
           [1., 1.]], dtype=float32)
    """
    return _triangle(_matrices("tril", m), k, True)


def triu(m: ArrayLike, k: int = 0) -> Array:
    """Matrices with zeros below a diagonal.

    Args:
      m: an array of rank two or more: matrices along its last two axes.
      k: which diagonal: positive ones are above the main one.

    Returns:
      An array of the shape of `m`.

    Raises:
      ValueError: if the rank is less than two.

    >>> import covector.numpy as jnp
    >>> jnp.triu(jnp.ones((2, 2)))
    Array([[1., 1.],
           [0., 1.]], dtype=float32)
    """
    return _triangle(_matrices("triu", m), _core.numpy.subtract(k, 1), False)


def _matrices(function: str, m: Any) -> Array:
    m = as_array(function, m)
    if m.ndim < 2:
        raise ValueError(f"Argument to jax.numpy.{function} must be at least 2D")
    return m


@composite("lower")
def _triangle(m: Array, k: Any, lower: bool) -> Array:
    below = diagonal_mask(m.shape[-2], m.shape[-1], k, exact=False)
    below = lax.broadcast_in_dim(below, m.shape, (m.ndim - 2, m.ndim - 1))
    zeros = lax.full_like(m, 0)
    return lax.select(below, m, zeros) if lower else lax.select(below, zeros, m)


def diagonal(a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonals of matrices.

    Args:
      a: an array of rank two or more.
      offset: which diagonal: positive ones are above the main one.
      axis1, axis2: the axes of the rows and the columns.

    Returns:
      An array without these axes, and with one for the diagonal at the end.

    Raises:
      ValueError: if the rank is less than two, the axes are equal or not there.

    >>> import covector.numpy as jnp
    >>> jnp.diagonal(jnp.array([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int32)
    """
    a = as_array("diagonal", a)
    if a.ndim < 2:
        raise ValueError("diagonal requires an array of at least two dimensions.")
    rows, columns = canonical_axis(axis1, a.ndim), canonical_axis(axis2, a.ndim)
    if rows == columns:
        raise ValueError("diagonal: axis1 and axis2 must be different")
    return _diagonal(a, index(offset, "'offset' argument of jnp.diagonal()"), rows, columns)


@composite("offset", "rows", "columns")
def _diagonal(a: Array, offset: int, rows: int, columns: int) -> Array:
    a = moveaxis(a, (rows, columns), (-2, -1))
    *batch, n, m = a.shape
    size = max(0, min(n + min(offset, 0), m - max(offset, 0)))
    # In the elements as a vector, neighbours on the diagonal are m + 1 apart.
    first = max(offset, 0) - min(offset, 0) * m
    flat = lax.reshape(a, (*batch, n * m))
    last = first + (size - 1) * (m + 1) + 1 if size else first
    if not size:
        return lax.full((*batch, 0), 0, a.dtype)
    return lax.slice_in_dim(flat, first, last, m + 1, axis=len(batch))


def diag(v: ArrayLike, k: int = 0) -> Array:
    """A diagonal of a matrix, or the matrix that has a vector on a diagonal.

    Args:
      v: a matrix or a vector.
      k: which diagonal: positive ones are above the main one.

    Returns:
      A vector or a matrix.

    Raises:
      ValueError: for other ranks.

    >>> import covector.numpy as jnp
    >>> jnp.diag(jnp.array([1, 2]))
    Array([[1, 0],
           [0, 2]], dtype=int32)
    """
    v = as_array("diag", v)
    k = index(k, "'k' argument of jnp.diag()")
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(f"diag: needs a vector or a matrix, got shape {v.shape}")
    return _diag(v, k)


@composite("k")
def _diag(v: Array, k: int) -> Array:
    n = v.size + abs(k)
    zero = _core.convert(0, v.dtype)
    padded = lax.pad(v, zero, [(max(k, 0), max(-k, 0), 0)])
    rows = lax.broadcast_in_dim(padded, (n, n), (1,))
    return lax.select(diagonal_mask(n, n, k, exact=True), rows, lax.full_like(rows, 0))


def diagflat(v: ArrayLike, k: int = 0) -> Array:
    """The matrix that has the elements of an array on a diagonal.

    Args:
      v: an array, taken as a vector.
      k: which diagonal: positive ones are above the main one.

    Returns:
      A matrix.

    >>> import covector.numpy as jnp
    >>> jnp.diagflat(jnp.array([[1, 2]]))
    Array([[1, 0],
           [0, 2]], dtype=int32)
    """
    v = as_array("diagflat", v)
    return _diag(lax.reshape(v, (v.size,)), index(k, "'k' argument of jnp.diagflat()"))


def trace(
    a: ArrayLike,
    offset: int | ArrayLike = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: DTypeLike | None = None,
    out: None = None,
) -> Array:
    """The sums of diagonals of matrices.

    Args:
      a: an array of rank two or more.
      offset: which diagonal: positive ones are above the main one. May be traced.
      axis1, axis2: the axes of the rows and the columns.
      dtype: of the result; that of `a` by default, the default type for smaller integers.
      out: must be None.

    Returns:
      An array without these axes.

    Raises:
      ValueError: if the rank is less than two, the axes are equal or not there.

    >>> import covector.numpy as jnp
    >>> jnp.trace(jnp.array([[1, 2], [3, 4]]))
    Array(5, dtype=int32)
    """
    reject_out("trace", out)
    a = as_array("trace", a)
    if a.ndim < 2:
        raise ValueError("trace requires an array of at least two dimensions.")
    rows, columns = canonical_axis(axis1, a.ndim), canonical_axis(axis2, a.ndim)
    if rows == columns:
        raise ValueError(f"axis1 and axis2 can not be same. axis1={axis1} and axis2={axis2}")
    target = None if dtype is None else user_dtype(dtype, "trace")
    return _trace(a, offset, rows, columns, target)


@composite("rows", "columns", "dtype")
def _trace(a: Array, offset: Any, rows: int, columns: int, dtype: Any) -> Array:
    a = moveaxis(a, (rows, columns), (-2, -1))
    on = diagonal_mask(a.shape[-2], a.shape[-1], offset, exact=True)
    on = lax.broadcast_in_dim(on, a.shape, (a.ndim - 2, a.ndim - 1))
    return sum(lax.select(on, a, lax.full_like(a, 0)), (-2, -1), dtype)


def fill_diagonal(
    a: ArrayLike, val: ArrayLike, wrap: bool = False, *, inplace: bool = True
) -> Array:
    """An array with its main diagonal replaced.

    Args:
      a: an array of rank two or more; of a rank above two, all axes must have one size.
      val: what to put there: a scalar, or an array whose elements are repeated.
      wrap: must be false.
      inplace: must be false: arrays do not change.

    Returns:
      An array of the shape of `a`.

    Raises:
      NotImplementedError: if `inplace` or `wrap` is true.
      ValueError: if the rank is less than two, or sizes differ.

    >>> import covector.numpy as jnp
    >>> jnp.fill_diagonal(jnp.zeros((2, 2)), 3, inplace=False)
    Array([[3., 0.],
           [0., 3.]], dtype=float32)
    """
    if inplace:
        raise NotImplementedError("fill_diagonal: inplace must be False, as arrays do not change")
    if wrap:
        raise NotImplementedError("wrap=True is not implemented, must be False.")
    a, val = as_arrays("fill_diagonal", a, val)
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.ndim > 2 and len(set(a.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    return _fill_diagonal(a, val)


@composite()
def _fill_diagonal(a: Array, val: Array) -> Array:
    n = min(a.shape)
    if val.ndim:
        values = lax.reshape(val, (val.size,))
        copies = -(-n // max(val.size, 1))
        val = lax.slice_in_dim(lax.tile(values, (max(copies, 1),)), 0, n)
    where = (lax.iota(int, n),) * a.ndim
    return _core.numpy.setitem("set", a, where, val, unique_indices=True)
