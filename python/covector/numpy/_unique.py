"""Elements that differ from each other.

Without a size the result's shape depends on values, which then have to be known: NumPy finds it
on the host. With a size the arrays may be traced: they are sorted, and equal neighbours dropped.
"""

from typing import Any, NamedTuple

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, canonical_axis, concrete, index
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype
from covector._typing import ArrayLike
from covector.numpy._array import asarray
from covector.numpy._axes import moveaxis
from covector.numpy._gathering import gather_along
from covector.numpy._nonzero import nonzero

SIZE_HINT = (
    "To make this function compatible with transformations, give a `size` that is known while "
    "tracing."
)


def unique(
    ar: ArrayLike,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
    sorted: bool = True,
) -> Any:
    """The elements of an array that differ, in order.

    Args:
      ar: an array.
      return_index: also return where each one occurs first.
      return_inverse: also return which of them each element is.
      return_counts: also return how often each one occurs.
      axis: look at what stands along an axis in place of single elements.
      equal_nan: whether NaN equals NaN.
      size: how many to return, to be given where `ar` is traced: the first ones, filled up if
        there are fewer.
      fill_value: what to fill up with; the smallest element by default.
      sorted: of no effect: the result is in order.

    Returns:
      An array; a tuple if more was asked for.

    Raises:
      ConcretizationTypeError: if `ar` is traced and no size is given.
      ValueError: if there is no such axis, or nothing to fill up with.

    >>> import covector.numpy as jnp
    >>> jnp.unique(jnp.array([3, 1, 3]), return_counts=True)
    (Array([1, 3], dtype=int32), Array([1, 2], dtype=int32))
    """
    ar = as_array("unique", ar)
    shape = ar.shape
    if axis is None:
        flat, along = lax.reshape(ar, (ar.size,)), 0
    else:
        flat, along = ar, canonical_axis(axis, ar.ndim)
    if size is None:
        found = _unique_known(flat, along, equal_nan)
    else:
        size = index(size, f"size argument of jnp.unique. {SIZE_HINT}")
        if not flat.shape[along] and size and fill_value is None:
            raise ValueError(
                "unique: a fill_value is needed for the size, as there are no elements"
            )
        found = unique_sized(flat, along, bool(equal_nan), size, fill_value)[0]
    inverse = lax.reshape(found.inverse, shape) if axis is None else found.inverse
    asked = ((return_index, found.places), (return_inverse, inverse), (return_counts, found.counts))
    out = (found.values, *(x for wanted, x in asked if wanted))
    return out[0] if len(out) == 1 else out


class Found(NamedTuple):
    """What `unique` finds."""

    values: Array
    places: Array
    inverse: Array
    counts: Array


class UniqueAll(NamedTuple):
    """What `unique_all` returns."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCounts(NamedTuple):
    """What `unique_counts` returns."""

    values: Array
    counts: Array


class UniqueInverse(NamedTuple):
    """What `unique_inverse` returns."""

    values: Array
    inverse_indices: Array


def _unique_known(ar: Array, axis: int, equal_nan: bool) -> Found:
    known = np.asarray(concrete(ar, f"The error arose in jnp.unique(). {SIZE_HINT}"))
    options: Any = {"return_index": True, "return_inverse": True, "return_counts": True}
    if issubdtype(known.dtype, np.floating) and known.dtype.kind != "f":
        # NumPy does not know that the NaN of ml_dtypes are to be last, and equal.
        found = _unique_known(asarray(known.astype(np.float32)), axis, equal_nan)
        return found._replace(values=asarray(found.values, ar.dtype))
    if known.ndim == 1:
        out = np.unique(known, equal_nan=equal_nan, **options)
    else:
        out = np.unique(known, axis=axis, equal_nan=equal_nan, **options)
    values, where, inverse, counts = out
    numbers = (asarray(x.reshape(-1), int) for x in (where, inverse, counts))
    return Found(asarray(values, known.dtype), *numbers)


@composite("axis", "equal_nan", "size")
def unique_sized(
    ar: Array, axis: int, equal_nan: bool, size: int, fill_value: Any
) -> tuple[Found, Array]:
    """`unique` of a result of known size; and how many elements there are."""
    dtype = _core.canonical_dtype(int)
    rows = moveaxis(ar, axis, 0)
    count = rows.shape[0]
    if not rows.size:
        return _unique_of_nothing(rows, axis, size, fill_value)
    order, ordered = _sorted_rows(rows)
    first = _differs_from_previous(ordered, equal_nan)
    total = lax.reduce_sum(lax.convert_element_type(first, dtype), (0,))
    (places,) = nonzero(first, size=size)
    values = gather_along(ordered, places, 0)
    there = lax.iota(dtype, size) < total
    if fill_value is not None:
        mask = lax.broadcast_in_dim(there, values.shape, (0,))
        fill = _core.convert(fill_value, values.dtype)
        values = _core.numpy.where(mask, values, _core.numpy.broadcast_to(fill, values.shape))
    numbers = lax.cumsum(lax.convert_element_type(first, dtype), 0) - 1
    inverse = _core.numpy.setitem("set", lax.full((count,), 0, dtype), order, numbers)
    (ends,) = nonzero(first, size=size + 1, fill_value=count)
    counts = ends[1:] - ends[:-1]
    found = Found(moveaxis(values, 0, axis), gather_along(order, places, 0), inverse, counts)
    return found, total


def _unique_of_nothing(rows: Array, axis: int, size: int, fill_value: Any) -> tuple[Found, Array]:
    dtype = _core.canonical_dtype(int)
    fill = 0 if fill_value is None else fill_value
    values = lax.full((size, *rows.shape[1:]), _core.convert(fill, rows.dtype))
    numbers = lax.full((size,), 0, dtype)
    inverse = lax.full((rows.shape[0],), 0, dtype)
    found = Found(moveaxis(values, 0, axis), numbers, inverse, numbers)
    return found, _core.convert(0, dtype)


def _sorted_rows(rows: Array) -> tuple[Array, Array]:
    """The order of rows, compared by their first elements first; and the rows in it."""
    count = rows.shape[0]
    if issubdtype(rows.dtype, np.inexact):
        # Of all NaN make one, for sorting to put them together.
        rows = _core.numpy.where(rows != rows, lax.full_like(rows, np.nan), rows)
    columns = lax.reshape(rows, (count, rows.size // count))
    keys = [lax.index_in_dim(columns, i, 1, False) for i in range(columns.shape[1])]
    places = lax.iota(_core.canonical_dtype(int), count)
    order = lax.sort((*keys, places), dimension=0, num_keys=len(keys))[-1]
    return order, gather_along(rows, order, 0)


def _differs_from_previous(ordered: Array, equal_nan: bool) -> Array:
    before, after = ordered[:-1], ordered[1:]
    differs = lax.ne(before, after)
    if equal_nan and issubdtype(ordered.dtype, np.inexact):
        differs = differs & ~((before != before) & (after != after))
    differs = lax.reduce_or(differs, tuple(range(1, ordered.ndim)))
    return lax.concatenate([lax.full((1,), True, bool), differs], 0)


def unique_all(x: ArrayLike, /, *, size: int | None = None, fill_value: Any = None) -> UniqueAll:
    """The elements that differ, where they occur, which one each is, and how often they occur.

    Args and errors are those of `unique`; NaN does not equal NaN.

    >>> import covector.numpy as jnp
    >>> jnp.unique_all(jnp.array([3, 1, 3])).counts
    Array([1, 2], dtype=int32)
    """
    options: Any = {"equal_nan": False, "size": size, "fill_value": fill_value}
    return UniqueAll(*unique(as_array("unique_all", x), True, True, True, **options))


def unique_counts(
    x: ArrayLike, /, *, size: int | None = None, fill_value: Any = None
) -> UniqueCounts:
    """The elements that differ, and how often they occur.

    Args and errors are those of `unique`; NaN does not equal NaN.

    >>> import covector.numpy as jnp
    >>> jnp.unique_counts(jnp.array([3, 1, 3])).values
    Array([1, 3], dtype=int32)
    """
    options: Any = {"equal_nan": False, "size": size, "fill_value": fill_value}
    return UniqueCounts(*unique(as_array("unique_counts", x), return_counts=True, **options))


def unique_inverse(
    x: ArrayLike, /, *, size: int | None = None, fill_value: Any = None
) -> UniqueInverse:
    """The elements that differ, and which one each is.

    Args and errors are those of `unique`; NaN does not equal NaN.

    >>> import covector.numpy as jnp
    >>> jnp.unique_inverse(jnp.array([3, 1, 3])).inverse_indices
    Array([1, 0, 1], dtype=int32)
    """
    options: Any = {"equal_nan": False, "size": size, "fill_value": fill_value}
    return UniqueInverse(*unique(as_array("unique_inverse", x), return_inverse=True, **options))


def unique_values(x: ArrayLike, /, *, size: int | None = None, fill_value: Any = None) -> Array:
    """The elements that differ.

    Args and errors are those of `unique`; NaN does not equal NaN.

    >>> import covector.numpy as jnp
    >>> jnp.unique_values(jnp.array([3, 1, 3]))
    Array([1, 3], dtype=int32)
    """
    return unique(as_array("unique_values", x), equal_nan=False, size=size, fill_value=fill_value)
