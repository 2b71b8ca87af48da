"""Running sums and products, and differences."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, canonical_axis, reject_out
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy._nan_reductions import is_nan
from covector.numpy._reduce import widened


def _run(
    function: str,
    reduction: Callable[..., Array],
    a: Any,
    axis: int | None,
    dtype: Any,
    out: None,
    *,
    fill: int | None = None,
    promote: bool = False,
) -> Array:
    reject_out(function, out)
    a = as_array(function, a)
    axis = None if axis is None else canonical_axis(axis, max(a.ndim, 1))
    target = None if dtype is None else user_dtype(dtype, function)
    return _cumulate(a, reduction, axis, target, fill, promote)


@composite("reduction", "axis", "dtype", "fill", "promote")
def _cumulate(
    a: Array, reduction: Callable[..., Array], axis: Any, dtype: Any, fill: Any, promote: bool
) -> Array:
    if axis is None or a.ndim == 0:
        a, axis = lax.reshape(a, (a.size,)), 0
    if fill is not None and issubdtype(a.dtype, np.inexact):
        a = _core.numpy.where(is_nan(a), _core.convert(fill, a.dtype), a)
    if dtype is None:
        dtype = widened(a.dtype) if promote or a.dtype == np.bool_ else a.dtype
    working = dtype
    if dtype == np.bool_:
        # Numbers are accumulated, as only they can be; but 1 and -1 must not cancel.
        a = a if a.dtype == np.bool_ else _core.numpy.not_equal(a, 0)
        working = widened(dtype)
    running = reduction(lax.convert_element_type(a, working), axis)
    return lax.convert_element_type(running, dtype)


def cumsum(
    a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None, out: None = None
) -> Array:
    """The sums of elements up to each one along an axis.

    Args:
      a: an array.
      axis: the axis; by default the array is taken as a vector.
      dtype: of the result and of the sums; that of `a` by default.
      out: must be None.

    Returns:
      An array of the shape of `a`, or a vector.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.cumsum(jnp.array([1, 2, 3]))
    Array([1, 3, 6], dtype=int32)
    """
    return _run("cumsum", lax.cumsum, a, axis, dtype, out)


def cumprod(
    a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None, out: None = None
) -> Array:
    """The products of elements up to each one along an axis.

    Args:
      a: an array.
      axis: the axis; by default the array is taken as a vector.
      dtype: of the result and of the products; that of `a` by default.
      out: must be None.

    Returns:
      An array of the shape of `a`, or a vector.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.cumprod(jnp.array([1, 2, 3]))
    Array([1, 2, 6], dtype=int32)
    """
    return _run("cumprod", lax.cumprod, a, axis, dtype, out)


def nancumsum(
    a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None, out: None = None
) -> Array:
    """The sums of elements up to each one, with NaN as zero; arguments as of `cumsum`.

    >>> import covector.numpy as jnp
    >>> jnp.nancumsum(jnp.array([1.0, jnp.nan, 3.0]))
    Array([1., 1., 4.], dtype=float32)
    """
    return _run("nancumsum", lax.cumsum, a, axis, dtype, out, fill=0)


def nancumprod(
    a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None, out: None = None
) -> Array:
    """The products of elements up to each one, with NaN as one; arguments as of `cumprod`.

    >>> import covector.numpy as jnp
    >>> jnp.nancumprod(jnp.array([2.0, jnp.nan, 3.0]))
    Array([2., 2., 6.], dtype=float32)
    """
    return _run("nancumprod", lax.cumprod, a, axis, dtype, out, fill=1)


def cumulative_sum(
    x: ArrayLike,
    /,
    *,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    include_initial: bool = False,
) -> Array:
    """The sums of elements up to each one along an axis, by the array API.

    Args:
      x: an array of rank one or more.
      axis: the axis; needed if the rank is more than one.
      dtype: of the result; by default that of `x`, the default type for smaller integers.
      include_initial: begin with zero, the sum of no elements.

    Returns:
      An array of the rank of `x`.

    Raises:
      ValueError: if the rank is zero, or there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.cumulative_sum(jnp.array([1, 2, 3]), include_initial=True)
    Array([0, 1, 3, 6], dtype=int32)
    """
    return _cumulative("cumulative_sum", lax.cumsum, 0, x, axis, dtype, include_initial)


def cumulative_prod(
    x: ArrayLike,
    /,
    *,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    include_initial: bool = False,
) -> Array:
    """The products of elements up to each one along an axis, by the array API.

    Args:
      x: an array of rank one or more.
      axis: the axis; needed if the rank is more than one.
      dtype: of the result; by default that of `x`, the default type for smaller integers.
      include_initial: begin with one, the product of no elements.

    Returns:
      An array of the rank of `x`.

    Raises:
      ValueError: if the rank is zero, or there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.cumulative_prod(jnp.array([1, 2, 3]), include_initial=True)
    Array([1, 1, 2, 6], dtype=int32)
    """
    return _cumulative("cumulative_prod", lax.cumprod, 1, x, axis, dtype, include_initial)


def _cumulative(
    function: str,
    reduction: Callable[..., Array],
    neutral: int,
    x: Any,
    axis: int | None,
    dtype: Any,
    include_initial: bool,
) -> Array:
    x = as_array(function, x)
    if x.ndim == 0:
        raise ValueError(f"The input must be non-scalar to take {function}; got {x.aval}.")
    if axis is None and x.ndim > 1:
        raise ValueError(
            f"The input array has rank {x.ndim}, however axis was not set to an explicit value: "
            f"{function} needs one for arrays of rank two or more."
        )
    axis = canonical_axis(0 if axis is None else axis, x.ndim)
    out = _run(function, reduction, x, axis, dtype, None, promote=True)
    if not include_initial:
        return out
    shape = [1 if i == axis else s for i, s in enumerate(out.shape)]
    return lax.concatenate([lax.full(shape, neutral, out.dtype), out], axis)


def diff(
    a: ArrayLike,
    n: int = 1,
    axis: int = -1,
    prepend: ArrayLike | None = None,
    append: ArrayLike | None = None,
) -> Array:
    """The differences of neighbours along an axis.

    Args:
      a: an array of rank one or more.
      n: how often to take differences.
      axis: the axis.
      prepend: what to put before the elements first: a scalar or an array.
      append: what to put after them first.

    Returns:
      An array that is shorter by `n` along the axis. Of booleans: whether they differ.

    Raises:
      ValueError: if `n` is negative, the rank is zero or there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.diff(jnp.array([1, 4, 9]))
    Array([3, 5], dtype=int32)
    """
    if n < 0:
        raise ValueError(f"diff: n must not be negative, got {n}")
    a = as_array("diff", a)
    if a.ndim == 0:
        raise ValueError("diff: rank must be at least one")
    axis = canonical_axis(axis, a.ndim)
    for position, margin in ((3, prepend), (4, append)):
        if margin is not None:
            as_array("diff", margin, position)
    return a if n == 0 else _diff(a, prepend, append, n, axis)


@composite("n", "axis")
def _diff(a: Array, prepend: Any, append: Any, n: int, axis: int) -> Array:
    shape = [1 if i == axis else s for i, s in enumerate(a.shape)]
    parts = [
        _core.numpy.broadcast_to(p, shape) if np.ndim(p) == 0 else p
        for p in (prepend, a, append)
        if p is not None
    ]
    a = lax.concatenate(_core.numpy.promote_dtypes(*parts), axis)
    difference = lax.ne if a.dtype == np.bool_ else lax.sub
    for _ in range(n):
        ahead = lax.slice_in_dim(a, min(1, a.shape[axis]), None, axis=axis)
        a = difference(ahead, lax.slice_in_dim(a, 0, ahead.shape[axis], axis=axis))
    return a


def ediff1d(
    ary: ArrayLike, to_end: ArrayLike | None = None, to_begin: ArrayLike | None = None
) -> Array:
    """The differences of neighbours in an array taken as a vector, with more around them.

    Args:
      ary: an array.
      to_end: what to put after the differences.
      to_begin: what to put before them.

    Returns:
      A vector.

    >>> import covector.numpy as jnp
    >>> jnp.ediff1d(jnp.array([1, 4, 9]), to_end=0)
    Array([3, 5, 0], dtype=int32)
    """
    ary = as_array("ediff1d", ary)
    return _ediff1d(ary, to_end, to_begin)


@composite()
def _ediff1d(ary: Array, to_end: Any, to_begin: Any) -> Array:
    flat = lax.reshape(ary, (ary.size,))
    parts = [_diff(flat, None, None, 1, 0)]
    if to_begin is not None:
        parts.insert(0, _core.convert(_core.asarray(to_begin), ary.dtype))
    if to_end is not None:
        parts.append(_core.convert(_core.asarray(to_end), ary.dtype))
    return lax.concatenate([lax.reshape(p, (p.size,)) for p in parts], 0)
