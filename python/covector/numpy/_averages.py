"""Means, variances, standard deviations."""

import math
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, canonical_axes, reject_out, static_axes
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, real_part, to_inexact, user_dtype
from covector._typing import ArrayLike, Axis, DTypeLike
from covector.numpy._reduce import boolean_mask, upcast_half
from covector.numpy._reductions import sum


def mean(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: ArrayLike | None = None,
) -> Array:
    """The mean of elements over axes.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      dtype: of the result; that of `a` by default, float32 for integers. Floats of 16 bits are
        added up as float32.
      out: must be None.
      keepdims: keep the axes, with size one.
      where: a boolean array that broadcasts to `a`: which elements to look at.

    Returns:
      An array without the axes; NaN where there are no elements.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis, or a mask is not boolean.

    >>> import covector.numpy as jnp
    >>> jnp.mean(jnp.array([[1, 2], [3, 4]]), axis=0)
    Array([2., 3.], dtype=float32)
    """
    reject_out("mean", out)
    target = None if dtype is None else user_dtype(dtype, "mean")
    return _mean(a, where, static_axes(axis), target, bool(keepdims))


@composite("axis", "dtype", "keepdims")
def _mean(a: Any, where: Any, axis: Any, dtype: Any, keepdims: bool) -> Array:
    a = as_array("mean", a)
    where = None if where is None else boolean_mask("mean", where)
    result = to_inexact(a.dtype) if dtype is None else dtype
    working = upcast_half(result) if dtype is None else result
    count = _count(a, axis, keepdims, where, working)
    total = sum(a, axis, working, keepdims=keepdims, where=where)
    return lax.convert_element_type(lax.div(total, count), result)


def _count(a: Array, axis: Any, keepdims: bool, where: Any, dtype: Any) -> Array:
    """How many elements a reduction looks at."""
    if where is None:
        return _core.convert(math.prod(a.shape[i] for i in canonical_axes(axis, a.ndim)), dtype)
    mask = _core.numpy.broadcast_to(where, a.shape)
    return sum(mask, axis, dtype, keepdims=keepdims)


def average(
    a: ArrayLike,
    axis: Axis = None,
    weights: ArrayLike | None = None,
    returned: bool = False,
    keepdims: bool = False,
) -> Any:
    """The weighted mean of elements over axes.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      weights: an array of the shape of `a`, or of the sizes of the axes in their order; equal
        weights by default.
      returned: also return the sum of the weights.
      keepdims: keep the axes, with size one.

    Returns:
      An array without the axes; and the sum of the weights if it was asked for.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if the shape of the weights does not fit, or there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.average(jnp.array([1.0, 2.0]), weights=jnp.array([3.0, 1.0]))
    Array(1.25, dtype=float32)
    """
    mean_and_weight = _average(a, weights, static_axes(axis), bool(keepdims))
    return mean_and_weight if returned else mean_and_weight[0]


@composite("axis", "keepdims")
def _average(a: Any, weights: Any, axis: Any, keepdims: bool) -> tuple[Array, Array]:
    if weights is None:
        (a,) = _core.numpy.promote_dtypes_inexact(as_array("average", a))
        out = mean(a, axis, keepdims=keepdims)
        total = _count(a, axis, keepdims, None, out.dtype)
        return out, lax.broadcast_in_dim(total, out.shape, ())
    a, weights = _core.numpy.promote_dtypes_inexact(*as_arrays("average", a, weights))
    axes = canonical_axes(axis, a.ndim)
    if weights.shape != a.shape:
        weights = _along_axes(weights, a, axes, axis is not None)
    total = sum(weights, axis, keepdims=keepdims)
    out = lax.div(sum(_core.numpy.multiply(a, weights), axis, keepdims=keepdims), total)
    return out, _core.numpy.broadcast_to(total, out.shape)


def _along_axes(weights: Array, a: Array, axes: tuple[int, ...], named: bool) -> Array:
    if not named:
        raise ValueError("average: weights of another shape than a's need an axis")
    if weights.shape != tuple(a.shape[i] for i in axes):
        raise ValueError(
            f"average: weights of shape {weights.shape} do not fit axes {axes} of {a.shape}"
        )
    order = sorted(range(len(axes)), key=axes.__getitem__)
    weights = lax.transpose(weights, order)
    return lax.broadcast_in_dim(weights, a.shape, sorted(axes))


def var(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    correction: int | float | None = None,
) -> Array:
    """The variance of elements over axes: the mean of squared distances from the mean.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      dtype: of the result; that of `a` by default, float32 for integers.
      out: must be None.
      ddof: what to subtract from the number of elements before dividing by it.
      keepdims: keep the axes, with size one.
      where: a boolean array that broadcasts to `a`: which elements to look at.
      mean: the mean if it is known, with the axes of size one.
      correction: `ddof` by the array API's name.

    Returns:
      A real array without the axes; NaN where there are too few elements.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis, or both `ddof` and `correction` are given.

    >>> import covector.numpy as jnp
    >>> jnp.var(jnp.array([1.0, 3.0]))
    Array(1., dtype=float32)
    """
    reject_out("var", out)
    correction = _one_correction("var", ddof, correction)
    target = None if dtype is None else user_dtype(dtype, "var")
    return _var(a, where, mean, correction, static_axes(axis), target, bool(keepdims))


def _one_correction(function: str, ddof: Any, correction: Any) -> Any:
    if correction is None:
        return ddof
    if not isinstance(ddof, int) or ddof != 0:
        raise ValueError(f"{function}: give ddof or correction, not both")
    return correction


@composite("axis", "dtype", "keepdims")
def _var(
    a: Any, where: Any, mean_: Any, correction: Any, axis: Any, dtype: Any, keepdims: bool
) -> Array:
    a = as_array("var", a)
    where = None if where is None else boolean_mask("var", where)
    working, result = variance_dtypes("var", a.dtype, dtype)
    a = lax.convert_element_type(a, working)
    if mean_ is None:
        mean_ = mean(a, axis, working, keepdims=True, where=where)
    squares = squared_distance(a, _core.convert(mean_, working))
    count = _count(a, axis, keepdims, where, squares.dtype)
    count = lax.sub(count, _core.convert(correction, squares.dtype))
    total = sum(squares, axis, squares.dtype, keepdims=keepdims, where=where)
    out = lax.convert_element_type(lax.div(total, count), result)
    return _core.numpy.where(_core.numpy.greater(count, 0), out, np.nan)


def variance_dtypes(function: str, of_array: Any, asked: Any) -> tuple[Any, Any]:
    """The dtype in which to compute a variance, and that of the result."""
    if asked is None:
        inexact = to_inexact(of_array)
        return upcast_half(inexact), real_part(inexact)
    complex_array = issubdtype(of_array, np.complexfloating)
    if complex_array and not issubdtype(asked, np.complexfloating):
        raise ValueError(f"{function}: dtype {asked} is real but the array is of {of_array}")
    return upcast_half(asked), asked


def squared_distance(a: Array, center: Array) -> Array:
    """The squared absolute value of the difference."""
    distance = _core.numpy.subtract(a, center)
    if issubdtype(distance.dtype, np.complexfloating):
        return lax.real(lax.mul(distance, lax.conj(distance)))
    return lax.square(distance)


def std(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: int = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    correction: int | float | None = None,
) -> Array:
    """The standard deviation of elements over axes: the square root of `var`.

    Args:
      a: an array.
      axis: an axis or several; all by default.
      dtype: of the result; that of `a` by default, float32 for integers.
      out: must be None.
      ddof: what to subtract from the number of elements before dividing by it.
      keepdims: keep the axes, with size one.
      where: a boolean array that broadcasts to `a`: which elements to look at.
      mean: the mean if it is known, with the axes of size one.
      correction: `ddof` by the array API's name.

    Returns:
      A real array without the axes; NaN where there are too few elements.

    Raises:
      TypeError: if `a` is no array.
      ValueError: if there is no such axis, or both `ddof` and `correction` are given, or the
        dtype is no inexact one.

    >>> import covector.numpy as jnp
    >>> jnp.std(jnp.array([1.0, 5.0]))
    Array(2., dtype=float32)
    """
    reject_out("std", out)
    correction = _one_correction("std", ddof, correction)
    target = None if dtype is None else user_dtype(dtype, "std")
    if target is not None and not issubdtype(target, np.inexact):
        raise ValueError(f"std: dtype must be inexact, got {target}")
    return _std(a, where, mean, correction, static_axes(axis), target, bool(keepdims))


@composite("axis", "dtype", "keepdims")
def _std(
    a: Any, where: Any, mean_: Any, correction: Any, axis: Any, dtype: Any, keepdims: bool
) -> Array:
    a = as_array("std", a)
    options: Any = {"where": where, "mean": mean_, "correction": correction}
    return lax.sqrt(var(a, axis, dtype, keepdims=keepdims, **options))
