"""Values below which a share of elements lies."""

import math
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, canonical_axes, static_axes
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype
from covector._typing import ArrayLike, Axis
from covector.numpy._axes import moveaxis
from covector.numpy._gathering import take_along_axis
from covector.numpy._nan_reductions import is_nan

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf")


def quantile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: ArrayLike | None = None,
) -> Array:
    """The values below which shares of the elements over axes lie.

    Args:
      a: a real array; the result is NaN where it has one.
      q: the shares, from 0 to 1: a scalar or a vector.
      axis: an axis or several; all by default.
      out: must be None.
      overwrite_input: must be false: arrays do not change.
      method: between two elements take 'linear': a weighted mean; 'lower'; 'higher';
        'midpoint': their mean; 'nearest'; 'inverted_cdf': by counting, as weights need.
      keepdims: keep the axes, with size one.
      weights: how much each element counts: an array of the shape of `a` or of the axes.

    Returns:
      An array without the axes, and with one for `q` in front if it is a vector.

    Raises:
      ValueError: if `a` is complex, `q` has more axes, or the method is unknown.
      NotImplementedError: for weights with another method.

    >>> import covector.numpy as jnp
    >>> jnp.quantile(jnp.array([1.0, 2.0, 4.0]), 0.75)
    Array(3., dtype=float32)
    """
    return _public("quantile", a, q, axis, out, overwrite_input, method, keepdims, weights, False)


def nanquantile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: ArrayLike | None = None,
) -> Array:
    """The values below which shares of the elements that are not NaN lie; see `quantile`.

    >>> import covector.numpy as jnp
    >>> jnp.nanquantile(jnp.array([1.0, 2.0, jnp.nan, 4.0]), 0.75)
    Array(3., dtype=float32)
    """
    return _public("nanquantile", a, q, axis, out, overwrite_input, method, keepdims, weights, True)


def percentile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: ArrayLike | None = None,
    out_sharding: Any = None,
) -> Array:
    """The values below which percentages of the elements lie; see `quantile`.

    >>> import covector.numpy as jnp
    >>> jnp.percentile(jnp.array([1.0, 2.0, 4.0]), 75)
    Array(3., dtype=float32)
    """
    q = _share("percentile", a, q)
    return _public("percentile", a, q, axis, out, overwrite_input, method, keepdims, weights, False)


def nanpercentile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: ArrayLike | None = None,
) -> Array:
    """The values below which percentages of the elements that are not NaN lie; see `quantile`.

    >>> import covector.numpy as jnp
    >>> jnp.nanpercentile(jnp.array([1.0, 2.0, jnp.nan, 4.0]), 75)
    Array(3., dtype=float32)
    """
    q = _share("nanpercentile", a, q)
    name = "nanpercentile"
    return _public(name, a, q, axis, out, overwrite_input, method, keepdims, weights, True)


def _share(function: str, a: Any, percentage: Any) -> Array:
    _, percentage = as_arrays(function, a, percentage)
    (percentage,) = _core.numpy.promote_dtypes_inexact(percentage)
    return _core.numpy.divide(percentage, 100)


def median(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Array:
    """The middle of the elements over axes in order, or the mean of the two in the middle.

    Args:
      a: a real array; the result is NaN where it has one.
      axis: an axis or several; all by default.
      out: must be None.
      overwrite_input: must be false: arrays do not change.
      keepdims: keep the axes, with size one.

    Returns:
      An array without the axes.

    Raises:
      ValueError: if `a` is complex, or there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.median(jnp.array([1.0, 9.0, 2.0, 4.0]))
    Array(3., dtype=float32)
    """
    method = "midpoint"
    return _public("median", a, 0.5, axis, out, overwrite_input, method, keepdims, None, False)


def nanmedian(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Array:
    """The middle of the elements that are not NaN in order; see `median`.

    >>> import covector.numpy as jnp
    >>> jnp.nanmedian(jnp.array([1.0, jnp.nan, 2.0, 4.0]))
    Array(2., dtype=float32)
    """
    method = "midpoint"
    return _public("nanmedian", a, 0.5, axis, out, overwrite_input, method, keepdims, None, True)


def _public(
    function: str,
    a: Any,
    q: Any,
    axis: Axis,
    out: None,
    overwrite_input: bool,
    method: str,
    keepdims: bool,
    weights: Any,
    skip_nan: bool,
) -> Array:
    if overwrite_input or out is not None:
        raise ValueError(f"{function}: out and overwrite_input are not supported")
    if method not in _METHODS:
        raise ValueError(f"{function}: method must be one of {_METHODS}, got {method!r}")
    if weights is not None and method != "inverted_cdf":
        raise NotImplementedError(f"{function}: only method 'inverted_cdf' takes weights")
    a, q = as_arrays(function, a, q)
    if weights is not None:
        weights = as_array(function, weights)
    if issubdtype(a.dtype, np.complexfloating):
        raise ValueError(f"{function}: complex numbers have no order")
    if q.ndim > 1:
        raise ValueError(f"{function}: q must be a scalar or a vector, got shape {q.shape}")
    return _quantile(
        a, q, weights, axis=static_axes(axis), method=method, keepdims=keepdims, skip=skip_nan
    )


@composite("axis", "method", "keepdims", "skip")
def _quantile(
    a: Array, q: Array, weights: Any, *, axis: Any, method: str, keepdims: bool, skip: bool
) -> Array:
    axes = canonical_axes(axis, a.ndim)
    if weights is None:
        (a,) = _core.numpy.promote_dtypes_inexact(a)
    else:
        a, weights = _core.numpy.promote_dtypes_inexact(a, weights)
        weights = _last(_fit_weights(a, weights, axes, axis), axes)
    (q,) = _core.numpy.promote_dtypes_inexact(q)
    kept = [1 if i in axes else s for i, s in enumerate(a.shape)]
    rows = _last(a, axes)
    nan = is_nan(rows)
    if not skip:
        any_nan = lax.reduce_or(nan, (nan.ndim - 1,))
        nan = lax.broadcast_in_dim(any_nan, nan.shape, range(nan.ndim - 1))
    # One NaN for all, of positive sign, so that they are sorted to the end.
    rows = _core.numpy.where(nan, np.nan, rows)
    shares = lax.reshape(q, (q.size,))
    if method == "inverted_cdf":
        out = _by_counting(rows, shares, weights)
    else:
        out = _by_position(rows, shares, method, skip)
    out = moveaxis(lax.convert_element_type(out, a.dtype), -1, 0)
    shape = kept if keepdims else out.shape[1:]
    return lax.reshape(out, (*q.shape, *shape))


def _last(a: Array, axes: tuple[int, ...]) -> Array:
    """The array with the axes joined to be the last one."""
    rest = [i for i in range(a.ndim) if i not in axes]
    a = lax.transpose(a, (*rest, *sorted(axes)))
    return lax.reshape(a, (*a.shape[: len(rest)], math.prod(a.shape[len(rest) :])))


def _fit_weights(a: Array, weights: Array, axes: tuple[int, ...], axis: Any) -> Array:
    if weights.shape == a.shape:
        return weights
    if axis is None or weights.shape != tuple(a.shape[i] for i in axes):
        raise ValueError(f"weights of shape {weights.shape} do not fit axes of {a.shape}")
    return lax.broadcast_in_dim(weights, a.shape, axes)


def _by_position(rows: Array, q: Array, method: str, skip: bool) -> Array:
    """Between the two elements next to a position in each sorted row."""
    ordered = lax.sort(rows, dimension=rows.ndim - 1)
    count = lax.convert_element_type(lax.bitwise_not(is_nan(ordered)), q.dtype)
    count = lax.reduce_sum(count, (rows.ndim - 1,))
    if not skip:
        count = lax.full_like(count, rows.shape[-1])
    last = lax.expand_dims(lax.sub(count, lax.full_like(count, 1)), (count.ndim,))
    position = _core.numpy.multiply(lax.expand_dims(q, range(count.ndim)), last)
    low, high = lax.floor(position), lax.ceil(position)
    high_weight = lax.sub(position, low)
    low_value, high_value = (_at(ordered, place, last) for place in (low, high))
    if method == "linear":
        low_weight = lax.sub(lax.full_like(high_weight, 1), high_weight)
        return lax.add(_scaled(low_value, low_weight), _scaled(high_value, high_weight))
    if method == "midpoint":
        return lax.mul(lax.add(low_value, high_value), lax.full_like(low_value, 0.5))
    if method == "nearest":
        nearer = lax.le(high_weight, lax.full_like(high_weight, 0.5))
        return lax.select(nearer, low_value, high_value)
    return low_value if method == "lower" else high_value


def _scaled(value: Array, weight: Array) -> Array:
    """The product in the wider type, of values that may be narrower than weights."""
    return lax.mul(lax.convert_element_type(value, weight.dtype), weight)


def _at(ordered: Array, place: Array, last: Array) -> Array:
    place = _core.numpy.maximum(0, _core.numpy.minimum(place, last))
    place = lax.convert_element_type(place, int)
    return take_along_axis(ordered, place, ordered.ndim - 1, mode="clip")


def _by_counting(rows: Array, q: Array, weights: Array | None) -> Array:
    """The first element up to which, in order, a share of the weight is reached."""
    axis = rows.ndim - 1
    weights = lax.full_like(rows, 1) if weights is None else weights
    ordered, weights = lax.sort((rows, weights), dimension=axis)
    nan = is_nan(ordered)
    zeros = lax.full_like(weights, 0)
    bad = lax.bitwise_not(lax.ge(weights, zeros))
    total = lax.cumsum(lax.select(lax.bitwise_or(bad, nan), zeros, weights), axis)
    q = lax.expand_dims(q, range(axis))
    target = _core.numpy.multiply(lax.slice_in_dim(total, -1, None, axis=axis), q)
    short = _core.numpy.less(lax.expand_dims(total, (axis + 1,)), lax.expand_dims(target, (axis,)))
    place = lax.reduce_sum(lax.convert_element_type(short, np.int32), (axis,))
    counted = lax.convert_element_type(lax.bitwise_not(nan), np.int32)
    valid = lax.expand_dims(lax.reduce_sum(counted, (axis,)), (axis,))
    place = _core.numpy.maximum(0, _core.numpy.minimum(place, _core.numpy.subtract(valid, 1)))
    out = take_along_axis(ordered, place, axis, mode="clip")
    undefined = lax.expand_dims(lax.reduce_or(bad, (axis,)), (axis,))
    undefined = lax.bitwise_or(undefined, _core.numpy.equal(valid, 0))
    return _core.numpy.where(undefined, np.nan, out)
