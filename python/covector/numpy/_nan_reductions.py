"""Reductions that pass over NaN."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, reject_out, static_axes
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, to_inexact, user_dtype
from covector._typing import ArrayLike, Axis, DTypeLike
from covector.numpy._averages import mean, squared_distance, variance_dtypes
from covector.numpy._reduce import MAX, MIN, PROD, SUM, Reduction, boolean_mask, reduce
from covector.numpy._reductions import all, sum


def _nan_reduce(
    kind: Reduction,
    a: Any,
    axis: Axis,
    dtype: Any,
    out: None,
    keepdims: bool,
    initial: Any,
    where: Any,
) -> Array:
    reject_out(f"nan{kind.name}", out)
    target = None if dtype is None else user_dtype(dtype, f"nan{kind.name}")
    if where is not None:
        where = boolean_mask(f"nan{kind.name}", where)
    return _reduce_over_nan(
        a, initial, where, kind=kind, axis=static_axes(axis), dtype=target, keepdims=bool(keepdims)
    )


@composite("kind", "axis", "dtype", "keepdims")
def _reduce_over_nan(
    a: Any, initial: Any, where: Any, *, kind: Reduction, axis: Any, dtype: Any, keepdims: bool
) -> Array:
    a = as_array(f"nan{kind.name}", a)
    if not issubdtype(a.dtype, np.inexact):
        return reduce(kind, a, axis, dtype, None, keepdims, initial, where)
    nan = is_nan(a)
    filled = _core.numpy.where(nan, _core.convert(kind.neutral(a.dtype), a.dtype), a)
    out = reduce(kind, filled, axis, dtype, None, keepdims, initial, where)
    if kind.has_neutral or initial is not None:
        return out
    return _core.numpy.where(all(nan, axis, keepdims=keepdims), np.nan, out)


def is_nan(a: Array) -> Array:
    """Where an array of an inexact dtype is NaN."""
    return lax.ne(a, a)


def nansum(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The sum of elements over axes, with NaN as zero; arguments as of `sum`.

    >>> import covector.numpy as jnp
    >>> jnp.nansum(jnp.array([1.0, jnp.nan, 2.0]))
    Array(3., dtype=float32)
    """
    return _nan_reduce(SUM, a, axis, dtype, out, keepdims, initial, where)


def nanprod(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The product of elements over axes, with NaN as one; arguments as of `prod`.

    >>> import covector.numpy as jnp
    >>> jnp.nanprod(jnp.array([3.0, jnp.nan, 2.0]))
    Array(6., dtype=float32)
    """
    return _nan_reduce(PROD, a, axis, dtype, out, keepdims, initial, where)


def nanmax(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The largest element over axes that is not NaN; arguments as of `max`.

    Returns NaN, or `initial` if that is given, where all elements are NaN.

    >>> import covector.numpy as jnp
    >>> jnp.nanmax(jnp.array([3.0, jnp.nan, 2.0]))
    Array(3., dtype=float32)
    """
    return _nan_reduce(MAX, a, axis, None, out, keepdims, initial, where)


def nanmin(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The smallest element over axes that is not NaN; arguments as of `min`.

    Returns NaN, or `initial` if that is given, where all elements are NaN.

    >>> import covector.numpy as jnp
    >>> jnp.nanmin(jnp.array([3.0, jnp.nan, 2.0]))
    Array(2., dtype=float32)
    """
    return _nan_reduce(MIN, a, axis, None, out, keepdims, initial, where)


def nanmean(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    where: ArrayLike | None = None,
) -> Array:
    """The mean over axes of elements that are not NaN; arguments as of `mean`.

    >>> import covector.numpy as jnp
    >>> jnp.nanmean(jnp.array([3.0, jnp.nan, 2.0]))
    Array(2.5, dtype=float32)
    """
    reject_out("nanmean", out)
    target = None if dtype is None else user_dtype(dtype, "nanmean")
    return _nanmean(a, where, static_axes(axis), target, bool(keepdims))


@composite("axis", "dtype", "keepdims")
def _nanmean(a: Any, where: Any, axis: Any, dtype: Any, keepdims: bool) -> Array:
    a = as_array("nanmean", a)
    where = None if where is None else boolean_mask("nanmean", where)
    if not issubdtype(a.dtype, np.inexact):
        return mean(a, axis, dtype, keepdims=keepdims, where=where)
    dtype = to_inexact(a.dtype) if dtype is None else dtype
    options: Any = {"axis": axis, "dtype": dtype, "keepdims": keepdims, "where": where}
    count = sum(lax.bitwise_not(is_nan(a)), **options)
    return lax.div(nansum(a, **options), count)


def nanvar(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
    where: ArrayLike | None = None,
    mean: ArrayLike | None = None,
) -> Array:
    """The variance over axes of elements that are not NaN; arguments as of `var`.

    >>> import covector.numpy as jnp
    >>> jnp.nanvar(jnp.array([3.0, jnp.nan, 1.0]))
    Array(1., dtype=float32)
    """
    reject_out("nanvar", out)
    target = None if dtype is None else user_dtype(dtype, "nanvar")
    return _nanvar(a, where, mean, ddof, static_axes(axis), target, bool(keepdims))


@composite("axis", "dtype", "keepdims")
def _nanvar(
    a: Any, where: Any, mean_: Any, ddof: Any, axis: Any, dtype: Any, keepdims: bool
) -> Array:
    a = as_array("nanvar", a)
    where = None if where is None else boolean_mask("nanvar", where)
    working, result = variance_dtypes("nanvar", a.dtype, dtype)
    a = lax.convert_element_type(a, working)
    if mean_ is None:
        mean_ = nanmean(a, axis, working, keepdims=True, where=where)
    # Zero in place of NaN before squaring, so that gradients are no NaN either.
    known = _core.numpy.where(is_nan(a), _core.convert(mean_, working), a)
    squares = squared_distance(known, _core.convert(mean_, working))
    options: Any = {"axis": axis, "keepdims": keepdims, "where": where}
    count = sum(lax.bitwise_not(is_nan(a)), **options)
    count = _core.numpy.subtract(count, ddof)
    enough = _core.numpy.greater(count, 0)
    total = _core.numpy.where(enough, sum(squares, **options), np.nan)
    divisor = _core.convert(_core.numpy.where(enough, count, 1), total.dtype)
    return lax.convert_element_type(lax.div(total, divisor), result)


def nanstd(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
    where: ArrayLike | None = None,
    mean: ArrayLike | None = None,
) -> Array:
    """The standard deviation over axes of elements that are not NaN; arguments as of `std`.

    >>> import covector.numpy as jnp
    >>> jnp.nanstd(jnp.array([5.0, jnp.nan, 1.0]))
    Array(2., dtype=float32)
    """
    reject_out("nanstd", out)
    target = None if dtype is None else user_dtype(dtype, "nanstd")
    return _nanstd(a, where, mean, ddof, static_axes(axis), target, bool(keepdims))


@composite("axis", "dtype", "keepdims")
def _nanstd(
    a: Any, where: Any, mean_: Any, ddof: Any, axis: Any, dtype: Any, keepdims: bool
) -> Array:
    return lax.sqrt(nanvar(a, axis, dtype, ddof=ddof, keepdims=keepdims, where=where, mean=mean_))
