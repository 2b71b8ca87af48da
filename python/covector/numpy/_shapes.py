"""Shapes changed; the elements stay in the order they had."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import (
    as_array,
    as_arrays,
    as_tuple,
    canonical_axes,
    canonical_shape,
    own_array,
    place,
)
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike, ShapeLike
from covector.numpy._axes import reverse_axes


def shape(a: Any) -> tuple[int, ...]:
    """The sizes of the axes of an array.

    Args:
      a: an array, a scalar, a nested list, or anything with a shape.

    Returns:
      A tuple of integers.

    >>> import covector.numpy as jnp
    >>> jnp.shape(jnp.zeros((2, 3)))
    (2, 3)
    """
    a = own_array(a)
    return a.shape if hasattr(a, "shape") else np.shape(a)


def ndim(a: Any) -> int:
    """The number of axes of an array.

    Args:
      a: an array, a scalar, a nested list, or anything with a rank.

    Returns:
      An integer.

    >>> import covector.numpy as jnp
    >>> jnp.ndim(jnp.zeros((2, 3)))
    2
    """
    return len(shape(a))


def size(a: Any, axis: int | Sequence[int] | None = None) -> int:
    """The number of elements of an array, or along axes of it.

    Args:
      a: an array, a scalar, a nested list, or anything with a shape.
      axis: an axis or several; all by default.

    Returns:
      An integer.

    Raises:
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.size(jnp.zeros((2, 3)), axis=1)
    3
    """
    sizes = shape(a)
    return math.prod(sizes[i] for i in canonical_axes(axis, len(sizes)))


def reshape(
    a: ArrayLike,
    shape: ShapeLike,
    order: str = "C",
    *,
    copy: bool | None = None,
    out_sharding: Any = None,
) -> Array:
    """The elements of an array in another shape.

    Args:
      a: an array or scalar.
      shape: a size or a sequence of sizes; one of them may be -1: what is left.
      order: 'C': the last axis runs fastest; 'F': the first does.
      copy: of no effect: arrays do not change, so nobody can tell.
      out_sharding: a sharding of the result.

    Returns:
      An array of the shape.

    Raises:
      TypeError: if the shape has another number of elements, or is none.
      NotImplementedError: for order 'A'.

    >>> import covector.numpy as jnp
    >>> jnp.reshape(jnp.arange(6), (2, -1))
    Array([[0, 1, 2],
           [3, 4, 5]], dtype=int32)
    """
    a = as_array("reshape", a)
    sizes = canonical_shape(shape)
    if -1 in sizes:
        sizes = _complete(a, sizes)
    if order == "C":
        return place(lax.reshape(a, sizes), None, out_sharding)
    if order == "F":
        return place(_reshape_fortran(a, sizes), None, out_sharding)
    if order == "A":
        raise NotImplementedError("reshape: order 'A' is not implemented")
    raise ValueError(f"reshape: order must be 'C' or 'F', got {order!r}")


def _complete(a: Array, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with the size that is -1 worked out."""
    known = -math.prod(sizes)
    if sizes.count(-1) != 1:
        raise TypeError(f"reshape: only one size can be -1, got {sizes}")
    if known == 0 or a.size % known:
        raise TypeError(
            f"cannot reshape array of shape {a.shape} (size {a.size}) into shape {sizes}: "
            f"{known} does not divide {a.size}"
        )
    return tuple(a.size // known if s == -1 else s for s in sizes)


@composite("sizes")
def _reshape_fortran(a: Array, sizes: tuple[int, ...]) -> Array:
    return reverse_axes(lax.reshape(reverse_axes(a), sizes[::-1]))


def ravel(a: ArrayLike, order: str = "C", *, out_sharding: Any = None) -> Array:
    """The elements of an array as a vector.

    Args:
      a: an array or scalar.
      order: 'C': the last axis runs fastest; 'F': the first does.
      out_sharding: a sharding of the result.

    Returns:
      An array of shape `(a.size,)`.

    Raises:
      TypeError: if `a` is no array.
      NotImplementedError: for orders 'A' and 'K'.

    >>> import covector.numpy as jnp
    >>> jnp.ravel(jnp.array([[1, 2], [3, 4]]))
    Array([1, 2, 3, 4], dtype=int32)
    """
    a = as_array("ravel", a)
    if order == "K":
        raise NotImplementedError("ravel: order 'K' is not implemented")
    return reshape(a, (a.size,), order, out_sharding=out_sharding)


def expand_dims(a: ArrayLike, axis: int | Sequence[int]) -> Array:
    """An array with new axes of size one.

    Args:
      a: an array or scalar.
      axis: the places of the new axes in the result.

    Returns:
      An array with the elements of `a`.

    Raises:
      ValueError: if a place is out of range or named twice.

    >>> import covector.numpy as jnp
    >>> jnp.expand_dims(jnp.zeros(3), (0, 2)).shape
    (1, 3, 1)
    """
    a = as_array("expand_dims", a)
    places = as_tuple(axis)
    return lax.expand_dims(a, canonical_axes(places, a.ndim + len(places)))


def squeeze(a: ArrayLike, axis: int | Sequence[int] | None = None) -> Array:
    """An array without axes of size one.

    Args:
      a: an array or scalar.
      axis: the axes to drop; all of size one by default.

    Returns:
      An array with the elements of `a`.

    Raises:
      ValueError: if a named axis has another size, or there is none.

    >>> import covector.numpy as jnp
    >>> jnp.squeeze(jnp.zeros((1, 3, 1)), 0).shape
    (3, 1)
    """
    a = as_array("squeeze", a)
    if axis is None:
        return lax.squeeze(a, tuple(i for i, s in enumerate(a.shape) if s == 1))
    return lax.squeeze(a, canonical_axes(axis, a.ndim))


def broadcast_to(array: ArrayLike, shape: ShapeLike, *, out_sharding: Any = None) -> Array:
    """An array repeated along axes of size one and new leading axes, to have a shape.

    Args:
      array: an array or scalar.
      shape: a size or a sequence of sizes.
      out_sharding: a sharding of the result.

    Returns:
      An array of the shape.

    Raises:
      ValueError: if the array does not broadcast to it.

    >>> import covector.numpy as jnp
    >>> jnp.broadcast_to(jnp.arange(2), (2, 2))
    Array([[0, 1],
           [0, 1]], dtype=int32)
    """
    array = as_array("broadcast_to", array)
    return place(_core.numpy.broadcast_to(array, canonical_shape(shape)), None, out_sharding)


def broadcast_arrays(*args: ArrayLike) -> list[Array]:
    """Arrays repeated to have one shape.

    Args:
      *args: arrays or scalars.

    Returns:
      A list of arrays.

    Raises:
      ValueError: if shapes do not fit.

    >>> import covector.numpy as jnp
    >>> [x.shape for x in jnp.broadcast_arrays(jnp.zeros(3), 1.0)]
    [(3,), (3,)]
    """
    return list(_core.numpy.broadcast_arrays(*as_arrays("broadcast_arrays", *args)))


def broadcast_shapes(*shapes: ShapeLike) -> tuple[int, ...]:
    """The shape that arrays of these shapes broadcast to.

    Args:
      *shapes: sizes or sequences of sizes.

    Returns:
      A tuple of sizes.

    Raises:
      ValueError: if shapes do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.broadcast_shapes((2, 1), 3)
    (2, 3)
    """
    return lax.broadcast_shapes(*map(canonical_shape, shapes)) if shapes else ()


def atleast_1d(*arys: ArrayLike) -> Any:
    """Arrays with a rank of at least one.

    Args:
      *arys: arrays or scalars.

    Returns:
      An array, or a list if there are several arguments.

    >>> import covector.numpy as jnp
    >>> jnp.atleast_1d(1.0).shape
    (1,)
    """
    return _each("atleast_1d", arys, 1)


def atleast_2d(*arys: ArrayLike) -> Any:
    """Arrays with a rank of at least two; vectors become rows.

    Args:
      *arys: arrays or scalars.

    Returns:
      An array, or a list if there are several arguments.

    >>> import covector.numpy as jnp
    >>> jnp.atleast_2d(jnp.zeros(3)).shape
    (1, 3)
    """
    return _each("atleast_2d", arys, 2)


def atleast_3d(*arys: ArrayLike) -> Any:
    """Arrays with a rank of at least three; vectors run along the middle axis.

    Args:
      *arys: arrays or scalars.

    Returns:
      An array, or a list if there are several arguments.

    >>> import covector.numpy as jnp
    >>> jnp.atleast_3d(jnp.zeros(3)).shape
    (1, 3, 1)
    """
    return _each("atleast_3d", arys, 3)


# Where new axes go, for each rank asked for and each rank of the array.
_NEW_AXES: dict[int, dict[int, tuple[int, ...]]] = {
    1: {0: (0,)},
    2: {0: (0, 1), 1: (0,)},
    3: {0: (0, 1, 2), 1: (0, 2), 2: (2,)},
}


def _each(function: str, arrays: Sequence[Any], rank: int) -> Any:
    arrays = as_arrays(function, *arrays)
    new = [_NEW_AXES[rank].get(a.ndim, ()) for a in arrays]
    out = [lax.expand_dims(a, axes) if axes else a for a, axes in zip(arrays, new)]
    return out[0] if len(out) == 1 else out
