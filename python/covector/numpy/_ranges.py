"""Evenly spaced numbers, and grids of them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import (
    as_arrays,
    canonical_axis,
    check_arraylike,
    concrete,
    index,
    place,
)
from covector._composite import composite
from covector._core import Array
from covector._dtypes import finfo, issubdtype, real_part, result_type, to_inexact, user_dtype
from covector._typing import ArrayLike, DTypeLike


def arange(
    start: ArrayLike,
    stop: ArrayLike | None = None,
    step: ArrayLike | None = None,
    dtype: DTypeLike | None = None,
    *,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """Numbers from `start` up to but without `stop`, `step` apart.

    Args:
      start: the first number; the end, with zero as the first, if it is the only argument.
      stop: the end.
      step: the distance; one by default.
      dtype: of the result; the common type of the arguments by default.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array of rank one, of length `ceil((stop - start) / step)`, or empty.

    Raises:
      ConcretizationTypeError: if an argument is traced.
      ValueError: if one is complex or no scalar.
      ZeroDivisionError: if the step is zero.

    >>> import covector.numpy as jnp
    >>> jnp.arange(4)
    Array([0, 1, 2, 3], dtype=int32)
    >>> jnp.arange(0, 1, 0.25)
    Array([0.  , 0.25, 0.5 , 0.75], dtype=float32)
    """
    target = None if dtype is None else user_dtype(dtype, "arange")
    first = "stop" if stop is None and step is None else "start"
    bounds = [_bound(first, start)]
    bounds += [None if x is None else _bound(n, x) for n, x in (("stop", stop), ("step", step))]
    if target is None:
        target = result_type(*(x for x in bounds if x is not None))
    return place(_arange(bounds[0], bounds[1], bounds[2], target), device, out_sharding)


def _bound(name: str, x: Any) -> Any:
    """An argument of `arange` as a known real number."""
    check_arraylike("arange", x)
    x = concrete(x, f"It arose in the jnp.arange argument '{name}'")
    if np.ndim(x):
        raise ValueError(f"arange: {name} must be a scalar, got an array of shape {np.shape(x)}")
    if np.iscomplexobj(x):
        raise ValueError(
            "Passing complex start/stop/step to jnp.arange is no longer supported: "
            f"{name} must be real, got {x}"
        )
    return x


def _arange(start: Any, stop: Any, step: Any, dtype: Any) -> Array:
    if stop is None:
        start, stop = 0, start
    if step is None:
        length = max(0, math.ceil(stop - start))
        numbers = lax.iota(dtype, length)
        return numbers if start == 0 else lax.add(_core.convert(start, dtype), numbers)
    narrow = issubdtype(dtype, np.floating) and finfo(dtype).bits < 32
    working = np.dtype(np.float32) if narrow else dtype
    length = max(0, math.ceil((stop - start) / step))
    return _steps(_core.convert(start, working), _core.convert(step, working), length, dtype)


@composite("length", "dtype")
def _steps(start: Array, step: Array, length: int, dtype: Any) -> Array:
    out = lax.add(start, lax.mul(step, lax.iota(start.dtype, length)))
    return lax.convert_element_type(out, dtype)


def linspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """Numbers spaced evenly from `start` to `stop`.

    Args:
      start: the first number, or an array of them.
      stop: the last number, or an array of them that broadcasts with `start`.
      num: how many numbers.
      endpoint: whether `stop` is the last of them, or the one after the last.
      retstep: also return the distance between neighbours.
      dtype: of the result; a float type by default. Integers are rounded down.
      axis: where the numbers run in the result, if `start` or `stop` are arrays.
      device: a device or sharding to put the result on.

    Returns:
      An array with an axis of size `num`; and the distance if it was asked for.

    Raises:
      ValueError: if `num` is negative.
      TypeError: if `start` or `stop` is no array, or `num` no integer.

    >>> import covector.numpy as jnp
    >>> jnp.linspace(0, 1, 5)
    Array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    num = index(num, "'num' argument of jnp.linspace")
    axis = index(axis, "'axis' argument of jnp.linspace")
    if num < 0:
        raise ValueError(f"linspace: num must not be negative, got {num}")
    check_arraylike("linspace", start, stop)
    if dtype is not None:
        dtype = user_dtype(dtype, "linspace")
    if not retstep:
        return place(_linspace(start, stop, num, bool(endpoint), dtype, axis), device)
    values, step = _linspace_and_step(start, stop, num, bool(endpoint), dtype, axis)
    return place(values, device), step


@composite("num", "endpoint", "dtype", "axis")
def _linspace(start: Any, stop: Any, num: int, endpoint: bool, dtype: Any, axis: int) -> Array:
    return _linspace_and_step(start, stop, num, endpoint, dtype, axis)[0]


@composite("num", "endpoint", "dtype", "axis")
def _linspace_and_step(
    start: Any, stop: Any, num: int, endpoint: bool, dtype: Any, axis: int
) -> tuple[Array, Array]:
    dtype = to_inexact(result_type(start, stop)) if dtype is None else dtype
    working = to_inexact(dtype)
    first, last = (_core.convert(x, working) for x in (start, stop))
    bounds = _core.numpy.broadcast_shapes(first.shape, last.shape)
    axis = canonical_axis(axis, len(bounds) + 1)
    intervals = num - 1 if endpoint else num
    delta = lax.full((), np.nan, working)
    first, last = (_core.numpy.broadcast_to(x, bounds) for x in (first, last))
    if intervals > 0:
        delta = lax.div(lax.sub(last, first), _core.convert(intervals, working))
    first, last = (lax.expand_dims(x, (axis,)) for x in (first, last))
    if num > 1:
        values = _interpolate(first, last, intervals, axis)
        values = lax.concatenate([values, last], axis) if endpoint else values
    elif num == 1:
        values = first
    else:
        values = lax.full((*bounds[:axis], 0, *bounds[axis:]), 0, working)
    if issubdtype(dtype, np.integer):
        values = lax.floor(values)
    return lax.convert_element_type(values, dtype), delta


def _interpolate(first: Array, last: Array, intervals: int, axis: int) -> Array:
    """Weighted means of the bounds, which give the first one exactly, unlike repeated addition."""
    real = real_part(first.dtype)
    ramp = lax.div(lax.iota(real, intervals), _core.convert(intervals, real))
    shape = [1] * first.ndim
    shape[axis] = intervals
    weight = lax.convert_element_type(lax.reshape(ramp, shape), first.dtype)
    multiply, rest = _core.numpy.multiply, _core.numpy.subtract(1, weight)
    return _core.numpy.add(multiply(first, rest), multiply(last, weight))


def logspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    base: ArrayLike = 10.0,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Array:
    """Numbers whose logarithms are spaced evenly.

    Args:
      start: the exponent of the first number, or an array of them.
      stop: the exponent of the last number, or an array of them.
      num: how many numbers.
      endpoint: whether `base**stop` is the last of them, or the one after the last.
      base: what is raised to the exponents.
      dtype: of the result; a float type by default.
      axis: where the numbers run in the result, if `start` or `stop` are arrays.

    Returns:
      An array with an axis of size `num`.

    Raises:
      As `linspace`.

    >>> import covector.numpy as jnp
    >>> jnp.logspace(0, 3, 4)
    Array([   1.,   10.,  100., 1000.], dtype=float32)
    """
    num = index(num, "'num' argument of jnp.logspace")
    axis = index(axis, "'axis' argument of jnp.logspace")
    check_arraylike("logspace", start, stop, base)
    target = (
        to_inexact(result_type(start, stop)) if dtype is None else user_dtype(dtype, "logspace")
    )
    return _logspace(start, stop, base, num, bool(endpoint), target, axis)


@composite("num", "endpoint", "dtype", "axis")
def _logspace(
    start: Any, stop: Any, base: Any, num: int, endpoint: bool, dtype: Any, axis: int
) -> Array:
    working = to_inexact(dtype)
    start, stop = (_core.convert(x, working) for x in (start, stop))
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    return lax.convert_element_type(_core.numpy.power(base, exponents), dtype)


def geomspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Array:
    """Numbers of which each is the same multiple of the one before.

    Args:
      start: the first number, or an array of them; not zero.
      stop: the last number, or an array of them, of the sign of `start`.
      num: how many numbers.
      endpoint: whether `stop` is the last of them, or the one after the last.
      dtype: of the result; a float type by default.
      axis: where the numbers run in the result, if `start` or `stop` are arrays.

    Returns:
      An array with an axis of size `num`.

    Raises:
      As `linspace`.

    >>> import covector.numpy as jnp
    >>> jnp.geomspace(1, 8, 4).round(3)
    Array([1., 2., 4., 8.], dtype=float32)
    """
    num = index(num, "'num' argument of jnp.geomspace")
    axis = index(axis, "'axis' argument of jnp.geomspace")
    check_arraylike("geomspace", start, stop)
    target = result_type(start, stop) if dtype is None else user_dtype(dtype, "geomspace")
    target = to_inexact(target) if dtype is None else target
    return _geomspace(start, stop, num, bool(endpoint), target, axis)


@composite("num", "endpoint", "dtype", "axis")
def _geomspace(start: Any, stop: Any, num: int, endpoint: bool, dtype: Any, axis: int) -> Array:
    working = to_inexact(dtype)
    start, stop = (_core.convert(x, working) for x in (start, stop))
    sign = lax.sign(start)
    log10, divide = _core.numpy.log10, _core.numpy.divide
    first, last = log10(divide(start, sign)), log10(divide(stop, sign))
    out = _core.numpy.multiply(sign, logspace(first, last, num, endpoint, dtype=working))
    axis = canonical_axis(axis, out.ndim)
    front = list(range(1, out.ndim))
    out = lax.transpose(out, (*front[:axis], 0, *front[axis:]))
    return lax.convert_element_type(out, dtype)


def meshgrid(
    *xi: ArrayLike, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> list[Array]:
    """Coordinates of a grid, from the coordinates along each of its axes.

    Args:
      *xi: vectors.
      copy: must be true: arrays have no views.
      sparse: leave axes along which a coordinate does not change at size one.
      indexing: 'xy': the first vector runs along axis 1, as in a picture; 'ij': along axis 0.

    Returns:
      A list of as many arrays as there are vectors, each with an axis for each vector.

    Raises:
      ValueError: if one is no vector, or `indexing` is another word.

    >>> import covector.numpy as jnp
    >>> x, y = jnp.meshgrid(jnp.arange(3), jnp.arange(2))
    >>> y
    Array([[0, 0, 0],
           [1, 1, 1]], dtype=int32)
    """
    if not copy:
        raise ValueError("meshgrid: copy must be True, as arrays have no views")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    vectors = as_arrays("meshgrid", *xi)
    if any(v.ndim != 1 for v in vectors):
        raise ValueError(f"meshgrid: vectors are needed, got shapes {[v.shape for v in vectors]}")
    return list(_meshgrid(*vectors, sparse=sparse, swap=indexing == "xy" and len(vectors) > 1))


@composite("sparse", "swap")
def _meshgrid(*vectors: Array, sparse: bool, swap: bool) -> tuple[Array, ...]:
    n = len(vectors)
    axes = [1, 0, *range(2, n)] if swap else list(range(n))
    sizes = [0] * n
    for v, axis in zip(vectors, axes):
        sizes[axis] = v.size
    grids = []
    for v, axis in zip(vectors, axes):
        shape = [v.size if i == axis else 1 for i in range(n)] if sparse else sizes
        grids.append(lax.broadcast_in_dim(v, shape, (axis,)))
    return tuple(grids)


def indices(
    dimensions: Sequence[int], dtype: DTypeLike | None = None, sparse: bool = False
) -> Array | tuple[Array, ...]:
    """The indices of the elements of an array of a shape, as one array for each axis.

    Args:
      dimensions: the shape.
      dtype: of the result; the default integer type if None.
      sparse: leave axes along which an index does not change at size one.

    Returns:
      An array of shape `(len(dimensions), *dimensions)`, or a tuple of arrays if sparse.

    >>> import covector.numpy as jnp
    >>> jnp.indices((2, 2))[1]
    Array([[0, 1],
           [0, 1]], dtype=int32)
    """
    sizes = tuple(index(d, "dimensions argument of jnp.indices") for d in dimensions)
    target = user_dtype(int if dtype is None else dtype, "indices")
    if not sparse:
        return _indices(sizes, target)
    n = len(sizes)
    ones = [tuple(s if j == i else 1 for j in range(n)) for i, s in enumerate(sizes)]
    return tuple(lax.broadcasted_iota(target, shape, i) for i, shape in enumerate(ones))


@composite("sizes", "dtype")
def _indices(sizes: tuple[int, ...], dtype: Any) -> Array:
    if not sizes:
        return lax.full((0,), 0, dtype)
    grids = [lax.broadcasted_iota(dtype, (1, *sizes), i + 1) for i in range(len(sizes))]
    return lax.concatenate(grids, 0)
