"""Arrays of one value, and matrices of zeros and ones."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, canonical_shape, check_arraylike, index, place
from covector._composite import composite
from covector._core import Array
from covector._dtypes import dtype_of, issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike, ShapeLike, SupportsShape
from covector.numpy._array import asarray


def zeros(
    shape: ShapeLike,
    dtype: DTypeLike | None = None,
    *,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """An array of zeros.

    Args:
      shape: a size or a sequence of sizes.
      dtype: of the result; the default float type if None.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array of the shape.

    Raises:
      TypeError: if a size is no known integer or negative.

    >>> import covector.numpy as jnp
    >>> jnp.zeros((2, 3))
    Array([[0., 0., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    return place(_filled("zeros", shape, 0, dtype), device, out_sharding)


def ones(
    shape: ShapeLike,
    dtype: DTypeLike | None = None,
    *,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """An array of ones.

    Args:
      shape: a size or a sequence of sizes.
      dtype: of the result; the default float type if None.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array of the shape.

    Raises:
      TypeError: if a size is no known integer or negative.

    >>> import covector.numpy as jnp
    >>> jnp.ones(3, int)
    Array([1, 1, 1], dtype=int32)
    """
    return place(_filled("ones", shape, 1, dtype), device, out_sharding)


def empty(
    shape: ShapeLike,
    dtype: DTypeLike | None = None,
    *,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """An array whose values do not matter; they are zeros.

    Args:
      shape: a size or a sequence of sizes.
      dtype: of the result; the default float type if None.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array of the shape.

    Raises:
      TypeError: if a size is no known integer or negative.

    >>> import covector.numpy as jnp
    >>> jnp.empty((2, 3)).shape
    (2, 3)
    """
    return place(_filled("empty", shape, 0, dtype), device, out_sharding)


def _filled(function: str, shape: Any, value: int, dtype: Any) -> Array:
    if isinstance(shape, int) and isinstance(dtype, int):
        raise TypeError(
            f"{function}: {dtype} is no dtype. Was jnp.{function}(({shape}, {dtype})) meant, "
            "with the shape as one tuple?"
        )
    sizes = canonical_shape(shape)
    fill = _core.convert(value, user_dtype(float if dtype is None else dtype, function))
    return lax.broadcast_in_dim(fill, sizes, ())


def full(
    shape: ShapeLike,
    fill_value: ArrayLike,
    dtype: DTypeLike | None = None,
    *,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """An array filled with one value, or with values that are broadcast.

    Args:
      shape: a size or a sequence of sizes.
      fill_value: a scalar, or an array that broadcasts to the shape.
      dtype: of the result; that of the value by default, weak if the value is.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array of the shape.

    Raises:
      TypeError: if the value is no array, or a size no known integer or negative.
      ValueError: if the value does not broadcast to the shape.

    >>> import covector.numpy as jnp
    >>> jnp.full((2, 2), jnp.array([1, 2]))
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    check_arraylike("full", 0, fill_value)
    sizes = canonical_shape(shape)
    narrow = None if dtype is None else user_dtype(dtype, "full")
    if np.ndim(fill_value) == 0:
        out = lax.full(sizes, fill_value, narrow)
    else:
        out = _core.numpy.broadcast_to(asarray(fill_value, narrow), sizes)
    return place(out, device, out_sharding)


def zeros_like(
    a: ArrayLike | SupportsShape,
    dtype: DTypeLike | None = None,
    shape: ShapeLike | None = None,
    *,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """An array of zeros with the shape and dtype of another.

    Args:
      a: an array, a scalar, or anything with a shape and a dtype.
      dtype: of the result, in place of that of `a`.
      shape: of the result, in place of that of `a`.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array; weak if `a` is and no dtype is given.

    Raises:
      TypeError: if `a` is none of the above.

    >>> import covector.numpy as jnp
    >>> jnp.zeros_like(jnp.arange(3))
    Array([0, 0, 0], dtype=int32)
    """
    return place(_filled_like("zeros_like", a, 0, dtype, shape), device, out_sharding)


def ones_like(
    a: ArrayLike | SupportsShape,
    dtype: DTypeLike | None = None,
    shape: ShapeLike | None = None,
    *,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """An array of ones with the shape and dtype of another.

    Args:
      a: an array, a scalar, or anything with a shape and a dtype.
      dtype: of the result, in place of that of `a`.
      shape: of the result, in place of that of `a`.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array; weak if `a` is and no dtype is given.

    Raises:
      TypeError: if `a` is none of the above.

    >>> import covector.numpy as jnp
    >>> jnp.ones_like(jnp.arange(3), dtype=float)
    Array([1., 1., 1.], dtype=float32)
    """
    return place(_filled_like("ones_like", a, 1, dtype, shape), device, out_sharding)


def empty_like(
    prototype: ArrayLike | SupportsShape,
    dtype: DTypeLike | None = None,
    shape: ShapeLike | None = None,
    *,
    device: Any = None,
) -> Array:
    """An array with the shape and dtype of another, whose values do not matter; they are zeros.

    Args:
      prototype: an array, a scalar, or anything with a shape and a dtype.
      dtype: of the result, in place of that of `prototype`.
      shape: of the result, in place of that of `prototype`.
      device: a device or sharding to put the result on.

    Returns:
      An array; weak if `prototype` is and no dtype is given.

    Raises:
      TypeError: if `prototype` is none of the above.

    >>> import covector.numpy as jnp
    >>> jnp.empty_like(jnp.arange(3)).dtype
    dtype('int32')
    """
    return place(_filled_like("empty_like", prototype, 0, dtype, shape), device)


def full_like(
    a: ArrayLike | SupportsShape,
    fill_value: ArrayLike,
    dtype: DTypeLike | None = None,
    shape: ShapeLike | None = None,
    *,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """An array filled with a value, with the shape and dtype of another.

    Args:
      a: an array, a scalar, or anything with a shape and a dtype.
      fill_value: a scalar, or an array that broadcasts to the shape.
      dtype: of the result, in place of that of `a`.
      shape: of the result, in place of that of `a`.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array; weak if `a` and no dtype is given.

    Raises:
      TypeError: if `a` is none of the above or the value no array.
      ValueError: if the value does not broadcast to the shape.

    >>> import covector.numpy as jnp
    >>> jnp.full_like(jnp.zeros(3), 2)
    Array([2., 2., 2.], dtype=float32)
    """
    return place(_filled_like("full_like", a, fill_value, dtype, shape), device, out_sharding)


def _filled_like(function: str, a: Any, value: Any, dtype: Any, shape: Any) -> Array:
    if not (hasattr(a, "dtype") and hasattr(a, "shape")):
        a = as_array(function, a)
    check_arraylike(function, 0, value)
    narrow = None if dtype is None else user_dtype(dtype, function)
    sizes = None if shape is None else canonical_shape(shape)
    if np.ndim(value) == 0:
        return lax.full_like(a, value, narrow, sizes)
    fill = asarray(value, _core.canonical_dtype(a.dtype) if narrow is None else narrow)
    return _core.numpy.broadcast_to(fill, a.shape if sizes is None else sizes)


def eye(
    N: int,
    M: int | None = None,
    k: int | ArrayLike = 0,
    dtype: DTypeLike | None = None,
    *,
    device: Any = None,
) -> Array:
    """A matrix with ones on a diagonal and zeros elsewhere.

    Args:
      N: the number of rows.
      M: the number of columns; as many as rows by default.
      k: which diagonal: positive ones are above the main one. May be traced.
      dtype: of the result; the default float type if None.
      device: a device or sharding to put the result on.

    Returns:
      An array of shape `(N, M)`.

    Raises:
      ValueError: if a size is negative or `k` no integer.

    >>> import covector.numpy as jnp
    >>> jnp.eye(2, 3, k=1)
    Array([[0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    rows = index(N, "'N' argument of jnp.eye()")
    columns = rows if M is None else index(M, "'M' argument of jnp.eye()")
    if rows < 0 or columns < 0:
        raise ValueError(f"negative dimensions are not allowed, got {rows} and {columns}")
    if np.ndim(k) or not issubdtype(dtype_of(k), np.integer):
        raise ValueError(f"eye: k must be a scalar integer, got {k}")
    narrow = user_dtype(float if dtype is None else dtype, "eye")
    return place(_eye(k, rows, columns, narrow), device)


@composite("rows", "columns", "dtype")
def _eye(k: Any, rows: int, columns: int, dtype: Any) -> Array:
    return lax.convert_element_type(diagonal_mask(rows, columns, k, exact=True), dtype)


def diagonal_mask(rows: int, columns: int, k: Any, *, exact: bool) -> Array:
    """Which elements of a matrix are on the k-th diagonal (`exact`), or on or below it."""
    row = lax.broadcasted_iota(np.int32, (rows, columns), 0)
    column = lax.broadcasted_iota(np.int32, (rows, columns), 1)
    diagonal = lax.add(row, lax.convert_element_type(k, np.int32))
    return (lax.eq if exact else lax.ge)(diagonal, column)


def identity(n: int, dtype: DTypeLike | None = None) -> Array:
    """The square matrix with ones on its main diagonal and zeros elsewhere.

    Args:
      n: the number of rows and columns.
      dtype: of the result; the default float type if None.

    Returns:
      An array of shape `(n, n)`.

    Raises:
      ValueError: if the size is negative.

    >>> import covector.numpy as jnp
    >>> jnp.identity(2)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: DTypeLike | None = None) -> Array:
    """A matrix with ones on and below a diagonal and zeros above.

    Args:
      N: the number of rows.
      M: the number of columns; as many as rows by default.
      k: which diagonal: positive ones are above the main one.
      dtype: of the result; float32 if None.

    Returns:
      An array of shape `(N, M)`.

    >>> import covector.numpy as jnp
    >>> jnp.tri(2, 3)
    Array([[1., 0., 0.],
           [1., 1., 0.]], dtype=float32)
    """
    narrow = user_dtype(np.float32 if dtype is None else dtype, "tri")
    return _tri(k, N, N if M is None else M, narrow)


@composite("rows", "columns", "dtype")
def _tri(k: Any, rows: int, columns: int, dtype: Any) -> Array:
    return lax.convert_element_type(diagonal_mask(rows, columns, k, exact=False), dtype)
