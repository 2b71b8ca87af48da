"""Arrays from sizes and values."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._arguments import canonical_shape, place
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, DTypeLike, Shape, SupportsShape


def full(
    shape: Shape, fill_value: ArrayLike, dtype: DTypeLike | None = None, *, sharding: Any = None
) -> Array:
    """An array of one value.

    Args:
      shape: a sequence of sizes.
      fill_value: a scalar.
      dtype: of the result; that of the value by default, weak if the value is.
      sharding: where the result lives.

    Returns:
      An array of the shape.

    Raises:
      TypeError: if the value is no scalar, or a size is no integer or negative.

    >>> from covector import lax
    >>> lax.full((2,), 7)
    Array([7, 7], dtype=int32, weak_type=True)
    """
    if np.shape(fill_value) != ():
        raise TypeError(
            f"full: fill_value must be a scalar, got one of shape {np.shape(fill_value)}"
        )
    narrow = None if dtype is None else user_dtype(dtype, "full")
    fill = _core.asarray(fill_value, narrow)
    return place(_core.lax.broadcast_in_dim(fill, canonical_shape(shape), ()), sharding)


def full_like(
    x: ArrayLike | SupportsShape,
    fill_value: ArrayLike,
    dtype: DTypeLike | None = None,
    shape: Shape | None = None,
    sharding: Any = None,
) -> Array:
    """An array of one value, with the type of another array.

    Args:
      x: an array, or anything with a shape and a dtype.
      fill_value: a scalar.
      dtype: of the result, in place of that of `x`; strong then.
      shape: of the result, in place of that of `x`.
      sharding: where the result lives.

    Returns:
      An array of the shape.

    Raises:
      TypeError: if the value is no scalar.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.full_like(jnp.zeros(2), 7)
    Array([7., 7.], dtype=float32)
    """
    if np.shape(fill_value) != ():
        raise TypeError(
            f"full_like: fill_value must be a scalar, got one of shape {np.shape(fill_value)}"
        )
    if not hasattr(x, "shape"):
        x = _core.asarray(x)
    shape = x.shape if shape is None else canonical_shape(shape)  # type: ignore[union-attr]
    weak = dtype is None and bool(getattr(x, "weak_type", False))
    dtype = _core.canonical_dtype(x.dtype if dtype is None else dtype)  # type: ignore[union-attr]
    fill = _core.convert(fill_value, dtype, weak)
    return place(_core.lax.broadcast_in_dim(fill, shape, ()), sharding)


def zeros_like_array(x: ArrayLike) -> Array:
    """Zeros of the type of an array.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.zeros_like_array(jnp.ones(2))
    Array([0., 0.], dtype=float32)
    """
    return full_like(x, 0)


def empty(shape: Shape, dtype: DTypeLike, *, out_sharding: Any = None) -> Array:
    """An array whose values do not matter (they are zeros).

    Args:
      shape: a sequence of sizes.
      dtype: of the result.
      out_sharding: where the result lives.

    >>> from covector import lax
    >>> lax.empty((2,), "float32").shape
    (2,)
    """
    return full(shape, 0, dtype, sharding=out_sharding)


def iota(dtype: DTypeLike, size: int) -> Array:
    """The numbers 0, 1, 2... as a vector.

    Args:
      dtype: of the result: an integer, floating or complex type.
      size: the number of elements.

    Returns:
      An array of shape `(size,)`.

    Raises:
      TypeError: if the dtype has no numbers or the size is no integer.

    >>> from covector import lax
    >>> lax.iota("int32", 3)
    Array([0, 1, 2], dtype=int32)
    """
    return _core.lax.broadcasted_iota(dtype, (size,), 0)


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that arrays of these shapes broadcast to.

    Args:
      *shapes: sequences of sizes.

    Returns:
      A tuple of sizes.

    Raises:
      ValueError: if shapes do not fit.
      TypeError: if sizes are negative, or no integers.

    >>> from covector import lax
    >>> lax.broadcast_shapes((2, 1), (3,))
    (2, 3)
    """
    known = [canonical_shape(shape) for shape in shapes]
    for shape in known:
        if any(size < 0 for size in shape):
            raise TypeError(
                "Only non-negative indices are allowed when broadcasting static shapes, but got "
                f"shape {shape}."
            )
    return _core.numpy.broadcast_shapes(*known)
