"""Where elements are not zero."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, concrete, index
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike


def nonzero(a: ArrayLike, *, size: int | None = None, fill_value: Any = None) -> tuple[Array, ...]:
    """The indices of the elements that are not zero, as one vector for each axis.

    Args:
      a: an array of rank one or more.
      size: how many indices to return, to be given where `a` is traced: the first ones, filled
        up if there are fewer.
      fill_value: what to fill up with: a scalar, or a tuple of one for each axis; zero by
        default.

    Returns:
      A tuple of integer vectors.

    Raises:
      ConcretizationTypeError: if `a` is traced and no size is given.
      ValueError: if the rank is zero, or the fill value does not fit.

    >>> import covector.numpy as jnp
    >>> jnp.nonzero(jnp.array([[0, 5], [6, 0]]))
    (Array([0, 1], dtype=int32), Array([1, 0], dtype=int32))
    """
    a = as_array("nonzero", a)
    if a.ndim == 0:
        raise ValueError("nonzero: rank must be at least one; use jnp.atleast_1d(x).nonzero()")
    if size is None:
        known = concrete(
            a,
            "The size argument of jnp.nonzero must be statically specified to use jnp.nonzero "
            "within transformations.",
        )
        size = int(np.count_nonzero(np.asarray(known)))
    size = index(size, "size argument of jnp.nonzero")
    fills = fill_value if isinstance(fill_value, tuple) else (fill_value,) * a.ndim
    if len(fills) != a.ndim or any(np.ndim(f) for f in fills):
        raise ValueError(f"nonzero: fill_value must be a scalar or {a.ndim} of them")
    return _nonzero(a, tuple(0 if f is None else f for f in fills), size)


@composite("size")
def _nonzero(a: Array, fills: tuple[Any, ...], size: int) -> tuple[Array, ...]:
    dtype = _core.canonical_dtype(int)
    if not a.size or not size:
        return tuple(lax.full((size,), _core.convert(f, dtype)) for f in fills)
    mask = a if a.dtype == np.bool_ else _core.numpy.not_equal(a, 0)
    mask = lax.reshape(mask, (a.size,))
    rank = lax.cumsum(lax.convert_element_type(mask, dtype), 0)
    # Each one goes where it comes in the count; those that are zero go out of bounds.
    place = _core.numpy.where(mask, _core.numpy.subtract(rank, 1), size)
    flat = lax.full((size,), 0, dtype)
    numbers = lax.iota(dtype, a.size)
    flat = _core.numpy.setitem("set", flat, place, numbers, mode="drop")
    count = lax.index_in_dim(rank, -1, keepdims=False)
    there = _core.numpy.less(lax.iota(dtype, size), count)
    indices = unravel(flat, a.shape)
    return tuple(_core.numpy.where(there, i, f) for i, f in zip(indices, fills))


def unravel(flat: Array, shape: tuple[Any, ...]) -> list[Array]:
    """Indices into an array of a shape from indices into its elements as a vector."""
    out = []
    for size in reversed(shape):
        divisor = size if isinstance(size, Array) else max(size, 1)
        flat, place = _core.numpy.divmod(flat, divisor)
        out.append(place)
    return out[::-1]


def argwhere(
    a: ArrayLike, *, size: int | None = None, fill_value: ArrayLike | None = None
) -> Array:
    """The indices of the elements that are not zero, as the rows of a matrix.

    Args:
      a: an array.
      size: as of `nonzero`.
      fill_value: as of `nonzero`.

    Returns:
      An integer array with a row for each element and a column for each axis.

    Raises:
      As `nonzero`.

    >>> import covector.numpy as jnp
    >>> jnp.argwhere(jnp.array([[0, 5], [6, 0]]))
    Array([[0, 1],
           [1, 0]], dtype=int32)
    """
    a = as_array("argwhere", a)
    if a.ndim == 0:
        (rows,) = nonzero(lax.reshape(a, (1,)), size=size)
        return lax.full((rows.size, 0), 0, rows.dtype)
    columns = nonzero(a, size=size, fill_value=fill_value)
    return lax.concatenate([lax.expand_dims(c, (1,)) for c in columns], 1)


def flatnonzero(a: ArrayLike, *, size: int | None = None, fill_value: Any = None) -> Array:
    """The indices of the elements that are not zero, in an array taken as a vector.

    Args:
      a: an array.
      size: as of `nonzero`.
      fill_value: as of `nonzero`.

    Returns:
      An integer vector.

    Raises:
      As `nonzero`.

    >>> import covector.numpy as jnp
    >>> jnp.flatnonzero(jnp.array([[0, 5], [6, 0]]))
    Array([1, 2], dtype=int32)
    """
    a = as_array("flatnonzero", a)
    return nonzero(lax.reshape(a, (a.size,)), size=size, fill_value=fill_value)[0]
