"""Sums, products, extremes and truth over axes."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, check_arraylike, reject_out, static_axes
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike, Axis, DTypeLike
from covector.numpy._reduce import ALL, ANY, MAX, MIN, PROD, SUM, reduce


def sum(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
    promote_integers: bool = True,
) -> Array:
    """The sum of elements over axes.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      dtype: of the result and of the sum. By default that of `a`, and the default integer type
        for booleans and smaller integers.
      out: must be None.
      keepdims: keep the axes, with size one.
      initial: a number to add.
      where: a boolean array that broadcasts to `a`: which elements to add.
      promote_integers: whether smaller integers become default ones.

    Returns:
      An array without the axes.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis, or a mask is not boolean.

    >>> import covector.numpy as jnp
    >>> jnp.sum(jnp.array([[1, 2], [3, 4]]), axis=0)
    Array([4, 6], dtype=int32)
    """
    return reduce(SUM, a, axis, dtype, out, keepdims, initial, where, promote_integers)


def prod(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
    promote_integers: bool = True,
) -> Array:
    """The product of elements over axes.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      dtype: of the result and of the product. By default that of `a`, and the default integer
        type for booleans and smaller integers.
      out: must be None.
      keepdims: keep the axes, with size one.
      initial: a number to multiply by.
      where: a boolean array that broadcasts to `a`: which elements to multiply.
      promote_integers: whether smaller integers become default ones.

    Returns:
      An array without the axes.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis, or a mask is not boolean.

    >>> import covector.numpy as jnp
    >>> jnp.prod(jnp.array([[1, 2], [3, 4]]), axis=0)
    Array([3, 8], dtype=int32)
    """
    return reduce(PROD, a, axis, dtype, out, keepdims, initial, where, promote_integers)


def max(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The largest element over axes; NaN if there is one.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      out: must be None.
      keepdims: keep the axes, with size one.
      initial: a number that the result is at least.
      where: a boolean array that broadcasts to `a`: which elements to look at. Needs `initial`.

    Returns:
      An array without the axes, of the dtype of `a`.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there are no elements and no `initial`, or no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.max(jnp.array([[1, 2], [3, 4]]), axis=1)
    Array([2, 4], dtype=int32)
    """
    return reduce(MAX, a, axis, None, out, keepdims, initial, where)


def min(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The smallest element over axes; NaN if there is one.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      out: must be None.
      keepdims: keep the axes, with size one.
      initial: a number that the result is at most.
      where: a boolean array that broadcasts to `a`: which elements to look at. Needs `initial`.

    Returns:
      An array without the axes, of the dtype of `a`.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there are no elements and no `initial`, or no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.min(jnp.array([[1, 2], [3, 4]]), axis=1)
    Array([1, 3], dtype=int32)
    """
    return reduce(MIN, a, axis, None, out, keepdims, initial, where)


def amax(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The largest element over axes: `max` by another name.

    >>> import covector.numpy as jnp
    >>> jnp.amax(jnp.arange(3))
    Array(2, dtype=int32)
    """
    return max(a, axis, out, keepdims, initial, where)


def amin(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The smallest element over axes: `min` by another name.

    >>> import covector.numpy as jnp
    >>> jnp.amin(jnp.arange(3))
    Array(0, dtype=int32)
    """
    return min(a, axis, out, keepdims, initial, where)


def all(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: ArrayLike | None = None,
) -> Array:
    """Whether all elements over axes are nonzero.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      out: must be None.
      keepdims: keep the axes, with size one.
      where: a boolean array that broadcasts to `a`: which elements to look at.

    Returns:
      A boolean array without the axes.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis, or a mask is not boolean.

    >>> import covector.numpy as jnp
    >>> jnp.all(jnp.array([[1, 2], [0, 4]]), axis=1)
    Array([ True, False], dtype=bool)
    """
    return reduce(ALL, a, axis, None, out, keepdims, None, where)


def any(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: ArrayLike | None = None,
) -> Array:
    """Whether some element over axes is nonzero.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      out: must be None.
      keepdims: keep the axes, with size one.
      where: a boolean array that broadcasts to `a`: which elements to look at.

    Returns:
      A boolean array without the axes.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis, or a mask is not boolean.

    >>> import covector.numpy as jnp
    >>> jnp.any(jnp.array([[1, 2], [0, 0]]), axis=1)
    Array([ True, False], dtype=bool)
    """
    return reduce(ANY, a, axis, None, out, keepdims, None, where)


def ptp(a: ArrayLike, axis: Axis = None, out: None = None, keepdims: bool = False) -> Array:
    """The distance between the largest and the smallest element over axes.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      out: must be None.
      keepdims: keep the axes, with size one.

    Returns:
      An array without the axes, of the dtype of `a`.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there are no elements, or no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.ptp(jnp.array([3, 9, 5]))
    Array(6, dtype=int32)
    """
    reject_out("ptp", out)
    check_arraylike("ptp", a)
    return _ptp(a, static_axes(axis), bool(keepdims))


@composite("axis", "keepdims")
def _ptp(a: Any, axis: Any, keepdims: bool) -> Array:
    return lax.sub(max(a, axis, keepdims=keepdims), min(a, axis, keepdims=keepdims))


def count_nonzero(a: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """How many elements over axes are not zero.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      keepdims: keep the axes, with size one.

    Returns:
      An array of the default integer type, without the axes.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.count_nonzero(jnp.array([0, 2, 0, 4]))
    Array(2, dtype=int32)
    """
    check_arraylike("count_nonzero", a)
    return _count_nonzero(a, static_axes(axis), bool(keepdims))


@composite("axis", "keepdims")
def _count_nonzero(a: Any, axis: Any, keepdims: bool) -> Array:
    a = as_array("count_nonzero", a)
    nonzero = a if a.dtype == np.bool_ else _core.numpy.not_equal(a, 0)
    return sum(nonzero, axis, int, keepdims=keepdims)
