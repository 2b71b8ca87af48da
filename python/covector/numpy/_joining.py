"""Arrays joined."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import (
    as_array,
    as_arrays,
    canonical_axis,
    reject_out,
    sequence_of_arrays,
)
from covector._composite import composite
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy._axes import moveaxis
from covector.numpy._shapes import atleast_1d, atleast_2d, atleast_3d


def concatenate(arrays: Any, axis: int | None = 0, dtype: DTypeLike | None = None) -> Array:
    """Arrays joined along an axis they have.

    Args:
      arrays: a sequence of arrays, of equal sizes but along the axis.
      axis: the axis; None joins the arrays as vectors.
      dtype: of the result; the common type of the arrays by default.

    Returns:
      An array of the rank of the arrays.

    Raises:
      ValueError: if there are no arrays, they have rank zero, or there is no such axis.
      TypeError: if their shapes do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.concatenate([jnp.arange(2), jnp.arange(3.0)])
    Array([0., 1., 0., 1., 2.], dtype=float32)
    """
    if isinstance(arrays, (Array, np.ndarray)):
        return _concatenate_rows(as_array("concatenate", arrays), axis, dtype)
    xs = sequence_of_arrays("concatenate", arrays)
    if not xs:
        raise ValueError("Need at least one array to concatenate.")
    if axis is not None:
        if xs[0].ndim == 0:
            raise ValueError("Zero-dimensional arrays cannot be concatenated.")
        axis = canonical_axis(axis, xs[0].ndim)
    target = None if dtype is None else user_dtype(dtype, "concatenate")
    return _concatenate(*xs, axis=axis, dtype=target)


@composite("axis", "dtype")
def _concatenate(*xs: Array, axis: int | None, dtype: Any) -> Array:
    if axis is None:
        xs, axis = tuple(lax.reshape(x, (x.size,)) for x in xs), 0
    return lax.concatenate(_with_dtype(xs, dtype), axis)


def _concatenate_rows(rows: Array, axis: int | None, dtype: Any) -> Array:
    """`concatenate` of the parts along axis 0 of one array: a reshape."""
    if rows.ndim < 2 and axis is not None:
        raise ValueError("Zero-dimensional arrays cannot be concatenated.")
    if dtype is not None:
        rows = lax.convert_element_type(rows, user_dtype(dtype, "concatenate"))
    if axis is None:
        return lax.reshape(rows, (rows.size,))
    axis = canonical_axis(axis, rows.ndim - 1)
    count, *sizes = rows.shape
    sizes[axis] *= count
    return lax.reshape(moveaxis(rows, 0, axis), sizes)


def _with_dtype(xs: Sequence[Array], dtype: Any) -> Sequence[Array]:
    if dtype is None:
        return _core.numpy.promote_dtypes(*xs)
    return [lax.convert_element_type(x, dtype) for x in xs]


def concat(arrays: Sequence[ArrayLike], /, *, axis: int | None = 0) -> Array:
    """Arrays joined along an axis they have: `concatenate` by the array API's name.

    Args:
      arrays: a sequence of arrays, of equal sizes but along the axis.
      axis: the axis; None joins the arrays as vectors.

    Returns:
      An array of the rank of the arrays.

    >>> import covector.numpy as jnp
    >>> jnp.concat([jnp.zeros(1), jnp.ones(2)])
    Array([0., 1., 1.], dtype=float32)
    """
    return concatenate(arrays, axis)


def stack(arrays: Any, axis: int = 0, out: None = None, dtype: DTypeLike | None = None) -> Array:
    """Arrays of one shape joined along a new axis.

    Args:
      arrays: a sequence of arrays.
      axis: the place of the new axis.
      out: must be None.
      dtype: of the result; the common type of the arrays by default.

    Returns:
      An array of a rank greater by one.

    Raises:
      ValueError: if there are no arrays, their shapes differ, or there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.stack([jnp.arange(2), jnp.arange(2)], axis=1)
    Array([[0, 0],
           [1, 1]], dtype=int32)
    """
    reject_out("stack", out)
    if isinstance(arrays, (Array, np.ndarray)) and np.ndim(arrays):
        rows = as_array("stack", arrays)
        rows = rows if dtype is None else lax.convert_element_type(rows, user_dtype(dtype, "stack"))
        return moveaxis(rows, 0, axis)
    xs = sequence_of_arrays("stack", arrays)
    if not xs:
        raise ValueError("Need at least one array to stack.")
    if any(x.shape != xs[0].shape for x in xs):
        raise ValueError(f"All input arrays must have the same shape, got {[x.shape for x in xs]}.")
    axis = canonical_axis(axis, xs[0].ndim + 1)
    target = None if dtype is None else user_dtype(dtype, "stack")
    return _stack(*xs, axis=axis, dtype=target)


@composite("axis", "dtype")
def _stack(*xs: Array, axis: int, dtype: Any) -> Array:
    rows = [lax.expand_dims(x, (axis,)) for x in _with_dtype(xs, dtype)]
    return lax.concatenate(rows, axis)


def vstack(tup: Any, dtype: DTypeLike | None = None) -> Array:
    """Arrays joined along axis 0; vectors are rows.

    Args:
      tup: a sequence of arrays.
      dtype: of the result; the common type of the arrays by default.

    Returns:
      An array of rank two or more.

    >>> import covector.numpy as jnp
    >>> jnp.vstack([jnp.arange(2), jnp.arange(2)])
    Array([[0, 1],
           [0, 1]], dtype=int32)
    """
    return concatenate([atleast_2d(x) for x in sequence_of_arrays("vstack", tup)], 0, dtype)


def hstack(tup: Any, dtype: DTypeLike | None = None) -> Array:
    """Arrays joined along axis 1, vectors along axis 0.

    Args:
      tup: a sequence of arrays.
      dtype: of the result; the common type of the arrays by default.

    Returns:
      An array of rank one or more.

    >>> import covector.numpy as jnp
    >>> jnp.hstack([jnp.zeros((2, 1)), jnp.ones((2, 2))])
    Array([[0., 1., 1.],
           [0., 1., 1.]], dtype=float32)
    """
    xs = [atleast_1d(x) for x in sequence_of_arrays("hstack", tup)]
    return concatenate(xs, 1 if xs and xs[0].ndim > 1 else 0, dtype)


def dstack(tup: Any, dtype: DTypeLike | None = None) -> Array:
    """Arrays joined along axis 2, which arrays of a smaller rank get.

    Args:
      tup: a sequence of arrays.
      dtype: of the result; the common type of the arrays by default.

    Returns:
      An array of rank three or more.

    >>> import covector.numpy as jnp
    >>> jnp.dstack([jnp.zeros(2), jnp.ones(2)]).shape
    (1, 2, 2)
    """
    return concatenate([atleast_3d(x) for x in sequence_of_arrays("dstack", tup)], 2, dtype)


def column_stack(tup: Any) -> Array:
    """Vectors joined as the columns of a matrix.

    Args:
      tup: a sequence of vectors, or of matrices whose columns are taken.

    Returns:
      An array of rank two.

    >>> import covector.numpy as jnp
    >>> jnp.column_stack([jnp.arange(2), jnp.ones(2, int)])
    Array([[0, 1],
           [1, 1]], dtype=int32)
    """
    xs = sequence_of_arrays("column_stack", tup)
    return concatenate([atleast_2d(x).T if x.ndim < 2 else x for x in xs], 1)


def append(arr: ArrayLike, values: ArrayLike, axis: int | None = None) -> Array:
    """An array with others after its last elements.

    Args:
      arr: an array.
      values: an array of the rank of `arr`.
      axis: the axis along which to join; None joins the arrays as vectors.

    Returns:
      An array.

    Raises:
      TypeError: if the shapes do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.append(jnp.arange(2), 7)
    Array([0, 1, 7], dtype=int32)
    """
    return concatenate(as_arrays("append", arr, values), axis)


def block(arrays: Any) -> Array:
    """An array put together from blocks, in nested lists.

    Args:
      arrays: a nested list of arrays: the innermost lists join along the last axis, those
        around them along the one before, and so on.

    Returns:
      An array.

    Raises:
      ValueError: if a list is empty or lists have different depths.
      TypeError: if shapes do not fit, or there are tuples.

    >>> import covector.numpy as jnp
    >>> jnp.block([[jnp.eye(2), jnp.ones((2, 1))], [jnp.zeros((1, 3))]])
    Array([[1., 0., 1.],
           [0., 1., 1.],
           [0., 0., 0.]], dtype=float32)
    """
    return _block(arrays, _depth(arrays))


def _depth(blocks: Any) -> int:
    if isinstance(blocks, tuple):
        raise ValueError("block: only lists can be nested, got a tuple")
    if not isinstance(blocks, list):
        return 0
    depths = {_depth(b) for b in blocks}
    if len(depths) != 1:
        raise ValueError("block: lists must not be empty and must be nested equally deep")
    return 1 + depths.pop()


def _block(blocks: Any, depth: int) -> Array:
    if depth == 0:
        return as_array("block", blocks)
    parts = [_block(b, depth - 1) for b in blocks]
    rank = max(depth, *(p.ndim for p in parts))
    grown = [lax.expand_dims(p, range(rank - p.ndim)) for p in parts]
    return concatenate(grown, -depth)
