"""Where the largest and smallest elements are."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, canonical_axis, reject_out
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype
from covector._typing import ArrayLike
from covector.numpy._nan_reductions import is_nan
from covector.numpy._reductions import all


def argmax(
    a: ArrayLike, axis: int | None = None, out: None = None, keepdims: bool | None = None
) -> Array:
    """The index of the largest element, the first one if there are several.

    Args:
      a: an array; NaN is larger than all else.
      axis: the axis along which to look; by default the array is taken as a vector.
      out: must be None.
      keepdims: keep the axis, with size one.

    Returns:
      An array of the default integer type, without the axis.

    Raises:
      ValueError: if there are no elements, or no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.argmax(jnp.array([3, 9, 5]))
    Array(1, dtype=int32)
    """
    return _find("argmax", lax.argmax, a, axis, out, keepdims)


def argmin(
    a: ArrayLike, axis: int | None = None, out: None = None, keepdims: bool | None = None
) -> Array:
    """The index of the smallest element, the first one if there are several.

    Args:
      a: an array; NaN is smaller than all else.
      axis: the axis along which to look; by default the array is taken as a vector.
      out: must be None.
      keepdims: keep the axis, with size one.

    Returns:
      An array of the default integer type, without the axis.

    Raises:
      ValueError: if there are no elements, or no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.argmin(jnp.array([3, 9, 5]))
    Array(0, dtype=int32)
    """
    return _find("argmin", lax.argmin, a, axis, out, keepdims)


def _find(
    function: str, search: Callable[..., Array], a: Any, axis: Any, out: None, keepdims: Any
) -> Array:
    reject_out(function, out)
    a = as_array(function, a)
    if axis is not None:
        axis = canonical_axis(axis, a.ndim)
    if not (a.size if axis is None else a.shape[axis]):
        raise ValueError(
            f"attempt to get {function} of an empty sequence: array of shape {a.shape}"
        )
    return _first(a, search, axis, bool(keepdims))


@composite("search", "axis", "keepdims")
def _first(a: Array, search: Callable[..., Array], axis: int | None, keepdims: bool) -> Array:
    rank = a.ndim
    if axis is None:
        flat = lax.reshape(a, (a.size,))
        out = search(flat, 0, _core.canonical_dtype(int))
        return lax.reshape(out, (1,) * rank) if keepdims else out
    out = search(a, axis, _core.canonical_dtype(int))
    return lax.expand_dims(out, (axis,)) if keepdims else out


def nanargmax(
    a: ArrayLike, axis: int | None = None, out: None = None, keepdims: bool | None = None
) -> Array:
    """The index of the largest element that is not NaN; arguments as of `argmax`.

    Returns -1 where all elements are NaN.

    >>> import covector.numpy as jnp
    >>> jnp.nanargmax(jnp.array([3.0, jnp.nan, 5.0]))
    Array(2, dtype=int32)
    """
    return _find_number("nanargmax", -np.inf, argmax, a, axis, out, keepdims)


def nanargmin(
    a: ArrayLike, axis: int | None = None, out: None = None, keepdims: bool | None = None
) -> Array:
    """The index of the smallest element that is not NaN; arguments as of `argmin`.

    Returns -1 where all elements are NaN.

    >>> import covector.numpy as jnp
    >>> jnp.nanargmin(jnp.array([3.0, jnp.nan, 5.0]))
    Array(0, dtype=int32)
    """
    return _find_number("nanargmin", np.inf, argmin, a, axis, out, keepdims)


def _find_number(
    function: str,
    worst: float,
    search: Callable[..., Array],
    a: Any,
    axis: Any,
    out: None,
    keepdims: Any,
) -> Array:
    reject_out(function, out)
    return _first_number(as_array(function, a), search, worst, axis, bool(keepdims))


@composite("search", "worst", "axis", "keepdims")
def _first_number(
    a: Array, search: Callable[..., Array], worst: float, axis: int | None, keepdims: bool
) -> Array:
    if not issubdtype(a.dtype, np.inexact):
        return search(a, axis, keepdims=keepdims)
    nan = is_nan(a)
    where = search(_core.numpy.where(nan, worst, a), axis, keepdims=keepdims)
    return _core.numpy.where(all(nan, axis, keepdims=keepdims), -1, where)
