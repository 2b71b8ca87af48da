"""Values between samples, slopes and areas."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_arrays, as_tuple, canonical_axes, canonical_axis, check_arraylike
from covector._composite import composite
from covector._core import Array
from covector._dtypes import finfo, issubdtype
from covector._typing import ArrayLike
from covector.numpy._axes import moveaxis
from covector.numpy._cumulative import diff
from covector.numpy._gathering import gather_along
from covector.numpy._reductions import sum
from covector.numpy._searching import searchsorted


def interp(
    x: ArrayLike,
    xp: ArrayLike,
    fp: ArrayLike,
    left: ArrayLike | str | None = None,
    right: ArrayLike | str | None = None,
    period: ArrayLike | None = None,
) -> Array:
    """Values on the straight lines between samples.

    Args:
      x: where to evaluate.
      xp: where the samples are, a vector in ascending order.
      fp: the samples, a vector.
      left: the value before the first sample; the first sample by default; 'extrapolate'
        continues the first line.
      right: the value after the last sample; the last sample by default; 'extrapolate'
        continues the last line.
      period: the period of a function that repeats; `left` and `right` are not looked at.

    Returns:
      An array of the shape of `x`.

    Raises:
      ValueError: if `xp` and `fp` are no vectors of one size, or the period is zero.

    >>> import covector.numpy as jnp
    >>> jnp.interp(jnp.array([0.5, 3.0]), jnp.array([0.0, 1.0]), jnp.array([10.0, 20.0]))
    Array([15., 20.], dtype=float32)
    """
    x, xp, fp = as_arrays("interp", x, xp, fp)
    if xp.shape != fp.shape or xp.ndim != 1:
        raise ValueError("xp and fp must be one-dimensional arrays of equal size")
    extend = (isinstance(left, str), isinstance(right, str))
    for side in (left, right):
        if isinstance(side, str) and side != "extrapolate":
            raise ValueError(
                f"interp: the only word for left and right is 'extrapolate', got {side!r}"
            )
    if period is not None:
        if np.ndim(period):
            raise ValueError(f"period must be a scalar; got {period}")
        return _interp_periodic(x, xp, fp, period)
    before, after = (None if isinstance(side, str) else side for side in (left, right))
    return _interp(x, xp, fp, before, after, extend)


@composite()
def _interp_periodic(x: Array, xp: Array, fp: Array, period: Any) -> Array:
    period = _core.numpy.abs(period)
    x, xp = x % period, xp % period
    xp, fp = lax.sort((xp, fp), dimension=0)
    before, after = xp[-1:] - period, xp[:1] + period
    xp = lax.concatenate([before, xp, after], 0)
    fp = lax.concatenate([fp[-1:], fp, fp[:1]], 0)
    return _interp(x, xp, fp, None, None, (False, False))


@composite("extend")
def _interp(
    x: Array, xp: Array, fp: Array, left: Any, right: Any, extend: tuple[bool, bool]
) -> Array:
    x, xp, fp = _core.numpy.promote_dtypes_inexact(x, xp, fp)[:3]
    if issubdtype(x.dtype, np.complexfloating):
        raise ValueError("jnp.interp: complex x values not supported.")
    where = _core.numpy.where
    last = xp.size - 1
    upper = searchsorted(xp, x, "right")
    upper = _core.numpy.maximum(1, _core.numpy.minimum(upper, last))
    x0, x1 = gather_along(xp, upper - 1, 0), gather_along(xp, upper, 0)
    f0, f1 = gather_along(fp, upper - 1, 0), gather_along(fp, upper, 0)
    step = x1 - x0
    # Where two samples are at one place the first counts; no division by zero on the way.
    tiny = _core.numpy.abs(step) <= finfo(xp.dtype).eps
    out = where(tiny, f0, f0 + (x - x0) / where(tiny, 1, step) * (f1 - f0))
    if not extend[0]:
        out = where(x < xp[0], fp[0] if left is None else left, out)
    if not extend[1]:
        out = where(x > xp[last], fp[last] if right is None else right, out)
    return out


def gradient(
    f: ArrayLike,
    *varargs: ArrayLike,
    axis: int | Sequence[int] | None = None,
    edge_order: int | None = None,
) -> Any:
    """The slopes of samples along axes: central differences, one-sided ones at the ends.

    Args:
      f: an array of samples.
      *varargs: the distance between samples, for all axes or for each; or the places of the
        samples along each axis. One by default.
      axis: an axis or several; all by default.
      edge_order: must be None.

    Returns:
      An array of the shape of `f`; a list of them for several axes.

    Raises:
      ValueError: if there are less than two samples along an axis, or places do not fit.
      TypeError: if the number of distances does not fit.

    >>> import covector.numpy as jnp
    >>> jnp.gradient(jnp.array([1.0, 4.0, 9.0, 16.0]))
    Array([3., 4., 6., 7.], dtype=float32)
    """
    if edge_order is not None:
        raise NotImplementedError("The 'edge_order' argument to jnp.gradient is not supported.")
    samples, *steps = _core.numpy.promote_dtypes_inexact(*as_arrays("gradient", f, *varargs))
    axes = canonical_axes(None if axis is None else as_tuple(axis), samples.ndim)
    if len(steps) == 0:
        steps = [_core.convert(1, samples.dtype)]
    if len(steps) == 1:
        steps = steps * len(axes)
    if len(steps) != len(axes):
        raise TypeError(f"Invalid number of spacing arguments {len(steps)} for {axis=}")
    if any(samples.shape[i] < 2 for i in axes):
        raise ValueError("gradient: at least two samples are needed along each axis")
    for i, step in zip(axes, steps):
        if step.ndim and step.shape != (samples.shape[i],):
            raise ValueError(f"gradient: {step.shape} places for axis {i} of {samples.shape}")
    out = _gradient(samples, *steps, axes=axes)
    return out[0] if len(axes) == 1 else list(out)


@composite("axes")
def _gradient(f: Array, *steps: Array, axes: tuple[int, ...]) -> tuple[Array, ...]:
    return tuple(_gradient_along(f, step, i) for i, step in zip(axes, steps))


def _gradient_along(f: Array, step: Array, axis: int) -> Array:
    def rise(a: Array, start: int | None, stop: int | None, by: int) -> Array:
        """Differences of elements `by` places apart."""
        ahead = lax.slice_in_dim(a, (start or 0) + by, stop, axis=axis)
        first = start or 0
        return ahead - lax.slice_in_dim(a, first, first + ahead.shape[axis], axis=axis)

    length = f.shape[axis]
    ends = rise(f, 0, 2, 1), rise(f, length - 2, None, 1)
    if step.ndim == 0:
        inner = rise(f, 0, None, 2) * 0.5 / step
        return lax.concatenate([ends[0] / step, inner, ends[1] / step], axis)
    places = lax.broadcast_in_dim(
        step, [length if i == axis else 1 for i in range(f.ndim)], (axis,)
    )
    widths = rise(places, 0, None, 1)
    first, last = rise(places, 0, 2, 1), rise(places, length - 2, None, 1)
    before = lax.slice_in_dim(widths, 0, length - 2, axis=axis)
    after = lax.slice_in_dim(widths, 1, None, axis=axis)
    slopes = rise(f, 0, None, 1) / widths
    down = lax.slice_in_dim(slopes, 0, length - 2, axis=axis)
    up = lax.slice_in_dim(slopes, 1, None, axis=axis)
    # The slope of the parabola through three neighbours.
    inner = (down * after + up * before) / (before + after)
    return lax.concatenate([ends[0] / first, inner, ends[1] / last], axis)


def trapezoid(
    y: ArrayLike, x: ArrayLike | None = None, dx: ArrayLike = 1.0, axis: int = -1
) -> Array:
    """The area under straight lines between samples.

    Args:
      y: an array of samples.
      x: where they are: a vector, or an array of the shape of `y`.
      dx: the distance between samples, if `x` is not given.
      axis: the axis.

    Returns:
      An array without the axis.

    Raises:
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.trapezoid(jnp.array([1.0, 2.0, 3.0]))
    Array(4., dtype=float32)
    """
    check_arraylike("trapezoid", y)
    if x is not None:
        check_arraylike("trapezoid", x)
    return _trapezoid(y, x, dx, axis)


@composite("axis")
def _trapezoid(y: Any, x: Any, dx: Any, axis: int) -> Array:
    if x is None:
        (y,) = _core.numpy.promote_dtypes_inexact(*as_arrays("trapezoid", y))
        (widths,) = as_arrays("trapezoid", dx)
        if widths.ndim:
            widths = lax.expand_dims(widths, range(y.ndim - widths.ndim))
            widths = moveaxis(widths, axis, -1)
    else:
        y, x = _core.numpy.promote_dtypes_inexact(*as_arrays("trapezoid", y, x))
        widths = diff(x) if x.ndim == 1 else moveaxis(diff(x, axis=axis), axis, -1)
    y = moveaxis(y, axis, -1)
    first, last = y[..., :-1], y[..., 1:]
    if widths.ndim == 0 or widths.shape[-1] == 1:
        width = widths if widths.ndim == 0 else widths[..., 0]
        return width * (sum(y, -1) - 0.5 * (y[..., 0] + y[..., -1]))
    return 0.5 * sum(widths * (last + first), -1)


def unwrap(
    p: ArrayLike, discont: ArrayLike | None = None, axis: int = -1, period: ArrayLike = 2 * np.pi
) -> Array:
    """Phases without jumps: multiples of the period are added.

    Args:
      p: an array of phases.
      discont: how large a jump has to be; half the period by default.
      axis: the axis.
      period: the period.

    Returns:
      An array of the shape of `p`.

    Raises:
      ValueError: for complex numbers, or if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.unwrap(jnp.array([0.0, 5.0, 1.0]), period=6.0)
    Array([ 0., -1.,  1.], dtype=float32)
    """
    check_arraylike("unwrap", p)
    return _unwrap(p, discont, period, axis)


@composite("axis")
def _unwrap(p: Any, discont: Any, period: Any, axis: int) -> Array:
    p, period = _core.numpy.promote_dtypes(*as_arrays("unwrap", p, period))
    if issubdtype(p.dtype, np.complexfloating):
        raise ValueError("jnp.unwrap does not support complex inputs.")
    axis = canonical_axis(axis, p.ndim)
    if not p.shape[axis]:
        return p
    where = _core.numpy.where
    half = period // 2 if issubdtype(p.dtype, np.integer) else period / 2
    jumps = diff(p, axis=axis)
    small = (jumps + half) % period - half
    small = where((small == -half) & (jumps > 0), half, small)
    limit = period / 2 if discont is None else discont
    shift = where(_core.numpy.abs(jumps) < limit, 0, small - jumps)
    first = lax.slice_in_dim(p, 0, 1, axis=axis)
    rest = lax.slice_in_dim(p, 1, None, axis=axis) + lax.cumsum(shift, axis)
    return lax.concatenate(_core.numpy.promote_dtypes(first, rest), axis)
