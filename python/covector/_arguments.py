"""Checks and normal forms of what callers pass: arrays, axes, shapes, options."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from covector import _core
from covector._core import Array
from covector._devices import device_put
from covector._named_sharding import NamedSharding
from covector._typing import Axis
from covector.errors import ConcretizationTypeError


def as_array(function: str, x: Any, position: int = 0) -> Array:
    """The array that an argument is or stands for; lists are not taken, as they hide copies.

    Raises:
      TypeError: if it is no array, scalar or object that converts itself.
    """
    if isinstance(x, Array):
        return x
    if is_arraylike(x):
        return _core.asarray(x)
    raise TypeError(
        f"{function} requires ndarray or scalar arguments, got {type(x)} at position {position}."
    )


def as_arrays(function: str, *xs: Any) -> tuple[Array, ...]:
    """`as_array` of each argument."""
    return tuple(as_array(function, x, i) for i, x in enumerate(xs))


def check_arraylike(function: str, *xs: Any) -> None:
    """Raises TypeError if an argument is no array, scalar or object that converts itself."""
    for i, x in enumerate(xs):
        if not isinstance(x, Array) and not is_arraylike(x):
            as_array(function, x, i)


_SCALARS = (bool, int, float, complex, np.ndarray, np.generic)


def is_arraylike(x: Any) -> bool:
    """Whether this is an array, a scalar, or an object that converts itself to an array."""
    return isinstance(x, (Array, *_SCALARS)) or hasattr(x, "__jax_array__")


def own_array(x: Any) -> Any:
    """What an object converts itself to; other objects as they are."""
    return x.__jax_array__() if hasattr(x, "__jax_array__") else x


def sequence_of_arrays(function: str, xs: Any) -> tuple[Array, ...]:
    """The arrays in a sequence, or the rows of an array."""
    if isinstance(xs, (Array, np.ndarray)):
        return tuple(as_array(function, xs))
    if not isinstance(xs, Sequence):
        as_array(function, xs)
        raise TypeError(f"{function} requires a sequence of arrays, got {type(xs)}.")
    return as_arrays(function, *xs)


def index(x: Any, context: str) -> int:
    """An argument that has to be a Python integer.

    Raises:
      ConcretizationTypeError: if it is traced.
      TypeError: if it is no integer.
    """
    if isinstance(x, int):
        return x
    return operator.index(concrete(x, context))


def concrete(x: Any, context: str) -> Any:
    """The argument, if its value is known while tracing.

    Raises:
      ConcretizationTypeError: if it is not.
    """
    if not isinstance(x, _core.Tracer):
        return x
    known = _core.concrete_or_none(x)
    if known is None:
        raise ConcretizationTypeError(x, context)
    return known


def canonical_axis(axis: Any, ndim: int, name: str = "axis") -> int:
    """An axis counted from the front.

    Raises:
      AxisError: (a ValueError and an IndexError) if an array of this rank does not have it.
    """
    i = operator.index(axis)
    if not -ndim <= i < ndim:
        raise AxisError(f"{name} {i} is out of bounds for array of dimension {ndim}")
    return i + ndim if i < 0 else i


def canonical_axes(axis: Axis, ndim: int, name: str = "axis") -> tuple[int, ...]:
    """Axes counted from the front; None is all of them.

    Raises:
      ValueError: if an axis is out of range or named twice.
    """
    if axis is None:
        return tuple(range(ndim))
    axes = tuple(canonical_axis(a, ndim, name) for a in as_tuple(axis))
    if len(set(axes)) != len(axes):
        raise ValueError(f"duplicate value in '{name}': {as_tuple(axis)}")
    return axes


def as_tuple(x: Any) -> tuple[int, ...]:
    """An integer or a sequence of them as a tuple."""
    try:
        return (operator.index(x),)
    except TypeError:
        return tuple(operator.index(i) for i in x)


def static_axes(axis: Axis) -> int | tuple[int, ...] | None:
    """An axis argument as something that hashes: None, an integer or a tuple."""
    if axis is None or isinstance(axis, int):
        return axis
    try:
        return operator.index(axis)  # type: ignore[arg-type]
    except TypeError:
        return tuple(operator.index(i) for i in axis)


def canonical_shape(shape: Any) -> tuple[int, ...]:
    """A shape as a tuple; an integer is the shape of a vector.

    Raises:
      TypeError: if sizes are no known integers.
    """
    if isinstance(shape, int):
        return (shape,)
    try:
        if not isinstance(shape, (tuple, list)) and np.ndim(shape) == 0:
            return (operator.index(shape),)
        return tuple(operator.index(size) for size in shape)
    except (TypeError, IndexError):
        raise TypeError(
            f"Shapes must be 1D sequences of concrete values of integer type, got {shape}."
        ) from None


def reject_out(function: str, out: None) -> None:
    """Raises NotImplementedError for an `out` argument: arrays do not change."""
    if out is not None:
        raise NotImplementedError(f"The 'out' argument to jnp.{function} is not supported.")


def place(x: Array, device: Any, out_sharding: Any = None) -> Array:
    """The array on the device or sharding that the caller asked for.

    Raises:
      ValueError: if both were given.
    """
    if device is None and out_sharding is None:
        return x
    if device is not None and out_sharding is not None:
        raise ValueError("Only one of `device` or `out_sharding` can be set.")
    if isinstance(out_sharding, NamedSharding) and out_sharding.mesh.empty:
        return x  # as types say it, see `_aval_sharding`: nothing is asked for
    return device_put(x, device if out_sharding is None else out_sharding)
