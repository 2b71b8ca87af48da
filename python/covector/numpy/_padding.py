"""Arrays with margins."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, concrete
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype
from covector._typing import ArrayLike
from covector.numpy._array import array
from covector.numpy._averages import mean
from covector.numpy._axes import moveaxis
from covector.numpy._elementwise import round
from covector.numpy._functional import apply_along_axis
from covector.numpy._gathering import gather_along
from covector.numpy._linear import contract
from covector.numpy._quantiles import median
from covector.numpy._reductions import amax, amin

# What a mode takes beside the widths, and the value where none is given.
_OPTIONS: dict[str, dict[str, Any]] = {
    "constant": {"constant_values": 0},
    "edge": {},
    "empty": {},
    "linear_ramp": {"end_values": 0},
    "maximum": {"stat_length": None},
    "mean": {"stat_length": None},
    "median": {"stat_length": None},
    "minimum": {"stat_length": None},
    "reflect": {"reflect_type": "even"},
    "symmetric": {"reflect_type": "even"},
    "wrap": {},
}
_STATISTICS: dict[str, Callable[..., Array]] = {
    "maximum": amax,
    "mean": mean,
    "median": median,
    "minimum": amin,
}
Pairs = tuple[tuple[Any, Any], ...]


def pad(
    array: ArrayLike, pad_width: Any, mode: str | Callable[..., Any] = "constant", **kwargs: Any
) -> Array:
    """An array with margins around it.

    Args:
      array: an array.
      pad_width: how wide: a number; a pair for before and after; or a pair for each axis, as a
        sequence or as a dictionary by axis.
      mode: what to put there: 'constant', 'edge', 'empty', 'linear_ramp', 'maximum', 'mean',
        'median', 'minimum', 'reflect', 'symmetric', 'wrap', or a function as NumPy's `pad`
        takes it, that returns the new row.
      constant_values: for 'constant': a number, a pair, or a pair for each axis; zero by default.
      end_values: for 'linear_ramp': the values at the ends, in the same forms.
      stat_length: for 'maximum', 'mean', 'median', 'minimum': how many elements next to the
        margin to look at, in the same forms; all by default.
      reflect_type: for 'reflect' and 'symmetric': 'even' or 'odd'.

    Returns:
      An array of the rank of `array`.

    Raises:
      NotImplementedError: for an unknown mode.
      ValueError: if an option is not of the mode, or a width is negative.
      TypeError: if a width is no integer.

    >>> import covector.numpy as jnp
    >>> jnp.pad(jnp.arange(1, 4), 2)
    Array([0, 0, 1, 2, 3, 0, 0], dtype=int32)
    >>> jnp.pad(jnp.arange(1, 4), (0, 2), mode="reflect")
    Array([1, 2, 3, 2, 1], dtype=int32)
    """
    array = as_array("pad", array)
    widths = _widths(pad_width, array.ndim)
    if callable(mode):
        return _pad_by_function(array, widths, mode, kwargs)
    if mode not in _OPTIONS:
        raise NotImplementedError(f"pad: mode {mode!r} is not implemented")
    unknown = set(kwargs) - set(_OPTIONS[mode])
    if unknown:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unknown}")
    if any(w < 0 for pair in widths for w in pair):
        raise ValueError("index can't contain negative values")
    padded = _in_mode(array, widths, mode, {**_OPTIONS[mode], **kwargs})
    return _core.convert(padded, array.dtype, array.weak_type)


def _in_mode(array: Array, widths: Any, mode: str, options: dict[str, Any]) -> Array:
    if mode in ("constant", "linear_ramp"):
        values = _pairs(options.popitem()[1], array.ndim)
        return _pad_with_values(array, values, widths=widths, ramp=mode == "linear_ramp")
    if mode in _STATISTICS:
        lengths = options["stat_length"]
        lengths = None if lengths is None else _integer_pairs(lengths, array.ndim)
        return _pad_with_statistic(array, widths=widths, lengths=lengths, mode=mode)
    odd = options.get("reflect_type", "even")
    if odd not in ("even", "odd"):
        raise ValueError(f"pad: reflect_type must be 'even' or 'odd', got {odd!r}")
    return _pad_with_elements(array, widths=widths, mode=mode, odd=odd == "odd")


def _widths(pad_width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    if isinstance(pad_width, dict):
        by_axis = {operator.index(k) % max(ndim, 1): v for k, v in pad_width.items()}
        pad_width = [by_axis.get(i, 0) for i in range(ndim)]
        pad_width = [p if np.ndim(p) else (p, p) for p in pad_width]
    return _integer_pairs(pad_width, ndim)


def _integer_pairs(x: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    x = concrete(x, "a width of jnp.pad")
    try:
        return tuple((operator.index(a), operator.index(b)) for a, b in _pairs(x, ndim))
    except TypeError:
        raise TypeError("`pad_width` must be of integral type.") from None


def _pairs(x: Any, ndim: int) -> Pairs:
    """A pair for each axis from a number, a pair, or a sequence of either."""
    if np.ndim(x) == 0:
        return ((x, x),) * ndim
    items = list(x)
    if all(np.ndim(i) == 0 for i in items):
        if len(items) == 1:
            return ((items[0], items[0]),) * ndim
        if len(items) == 2:
            return ((items[0], items[1]),) * ndim
    elif len(items) in (1, ndim):
        pairs = [(i[0], i[0]) if len(i) == 1 else tuple(i) for i in items]
        if all(len(p) == 2 for p in pairs):
            return tuple(pairs * ndim if len(pairs) == 1 else pairs)
    raise ValueError(f"pad: {x} is no number, pair, or pair for each of {ndim} axes")


@composite("widths", "ramp")
def _pad_with_values(a: Array, values: Pairs, *, widths: Any, ramp: bool) -> Array:
    for axis, (width, ends) in enumerate(zip(widths, values)):
        if ramp:
            a = _ramps(a, axis, width, ends)
            continue
        for side, (w, value) in enumerate(zip(width, ends)):
            margin = [(0, 0, 0)] * a.ndim
            margin[axis] = (0, w, 0) if side else (w, 0, 0)
            a = lax.pad(a, _core.convert(value, a.dtype), margin) if w else a
    return a


def _ramps(a: Array, axis: int, width: tuple[int, int], ends: tuple[Any, Any]) -> Array:
    parts = [a]
    for side, (w, end) in enumerate(zip(width, ends)):
        edge = lax.index_in_dim(a, -side, axis) if side else lax.index_in_dim(a, 0, axis)
        ramp = _ramp(edge, end, w, axis)
        parts = [*parts, lax.rev(ramp, (axis,))] if side else [ramp, *parts]
    return lax.concatenate(parts, axis)


def _ramp(edge: Array, end: Any, width: int, axis: int) -> Array:
    """From an end value to the edge of an array, without the edge."""
    exact = issubdtype(edge.dtype, np.integer)
    start = lax.convert_element_type(edge, float) if exact else edge
    end = _core.convert(end, start.dtype)
    shape = [width if i == axis else 1 for i in range(edge.ndim)]
    share = lax.broadcasted_iota(start.dtype, shape, axis) / max(width, 1)
    out = end + share * (start - end)
    return lax.convert_element_type(lax.floor(out) if exact else out, edge.dtype)


@composite("widths", "lengths", "mode")
def _pad_with_statistic(a: Array, *, widths: Any, lengths: Any, mode: str) -> Array:
    statistic = _STATISTICS[mode]
    for axis, (before, after) in enumerate(widths):
        size = a.shape[axis]
        parts = [a]
        sides = ((before, 0), (after, 1))
        for width, side in sides:
            count = size if lengths is None else min(lengths[axis][side], size)
            start = size - count if side else 0
            seen = lax.slice_in_dim(a, start, start + count, axis=axis)
            value = statistic(seen, axis=axis, keepdims=True)
            if issubdtype(a.dtype, np.integer):
                value = round(value)
            shape = [width if i == axis else s for i, s in enumerate(a.shape)]
            margin = _core.numpy.broadcast_to(lax.convert_element_type(value, a.dtype), shape)
            parts = [*parts, margin] if side else [margin, *parts]
        a = lax.concatenate(parts, axis)
    return a


@composite("widths", "mode", "odd")
def _pad_with_elements(a: Array, *, widths: Any, mode: str, odd: bool) -> Array:
    for axis, width in enumerate(widths):
        if width == (0, 0):
            continue
        size = a.shape[axis]
        if mode == "empty" or not size:
            margin = [(0, 0, 0)] * a.ndim
            margin[axis] = (*width, 0)
            a = lax.pad(a, _core.convert(0, a.dtype), margin)
        elif odd:
            # Odd reflections are sums of elements: what NumPy makes of a unit matrix says which.
            unit = np.pad(np.eye(size), (width, (0, 0)), mode=mode, reflect_type="odd")  # type: ignore[call-overload]
            # The elements are whole numbers, of which unsigned dtypes have the remainders.
            matrix = array(unit.astype(np.int64).astype(a.dtype))
            out = contract(a, matrix, ((axis,), (1,)), ((), ()), "highest", None)
            a = moveaxis(out, -1, axis)
        else:
            places = np.pad(np.arange(size, dtype=np.int32), width, mode=mode)  # type: ignore[call-overload]
            a = gather_along(a, places, axis)
    return a


def _pad_by_function(
    a: Array, widths: tuple[tuple[int, int], ...], function: Callable[..., Any], options: Any
) -> Array:
    a = _pad_with_elements(a, widths=widths, mode="empty", odd=False)
    for axis, width in enumerate(widths):
        a = apply_along_axis(function, axis, a, width, axis, options)
    return a
