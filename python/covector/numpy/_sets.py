"""Arrays as sets: membership, union, intersection, differences."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_arrays, concrete, index
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.numpy._array import asarray
from covector.numpy._gathering import gather_along
from covector.numpy._nonzero import nonzero
from covector.numpy._searching import searchsorted
from covector.numpy._unique import SIZE_HINT, unique, unique_sized


def isin(
    element: ArrayLike,
    test_elements: ArrayLike,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    method: str = "auto",
) -> Array:
    """Which elements of an array another one has.

    Args:
      element: an array.
      test_elements: the other array.
      assume_unique: of no effect.
      invert: which elements it does not have.
      method: 'compare_all' (which 'auto' is): each with each; 'binary_search' or 'sort': the
        other array is sorted, which needs less memory.

    Returns:
      A boolean array of the shape of `element`.

    Raises:
      ValueError: if the method is unknown.

    >>> import covector.numpy as jnp
    >>> jnp.isin(jnp.array([1, 2, 3]), jnp.array([3, 1]))
    Array([ True, False,  True], dtype=bool)
    """
    element, test_elements = as_arrays("isin", element, test_elements)
    if method not in ("auto", "compare_all", "binary_search", "sort"):
        raise ValueError(
            f"isin: method must be 'auto', 'compare_all', 'binary_search' or 'sort', got {method!r}"
        )
    return _isin(element, test_elements, bool(invert), method in ("auto", "compare_all"))


@composite("invert", "compare_all")
def _isin(element: Array, others: Array, invert: bool, compare_all: bool) -> Array:
    if not element.size or not others.size:
        return lax.full(element.shape, invert, bool)
    x, others = _core.numpy.promote_dtypes(element, lax.reshape(others, (others.size,)))
    if compare_all:
        same = lax.expand_dims(x, (x.ndim,)) == lax.expand_dims(others, range(x.ndim))
        found = lax.reduce_or(same, (x.ndim,))
    else:
        ordered = lax.sort(others)
        place = searchsorted(ordered, x)
        found = gather_along(ordered, place, 0) == x
    return ~found if invert else found


def union1d(
    ar1: ArrayLike,
    ar2: ArrayLike,
    *,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Array:
    """The elements that one of two arrays has, in order.

    Args:
      ar1: an array, taken as a vector.
      ar2: an array, taken as a vector.
      size: how many to return, to be given where arrays are traced.
      fill_value: what to fill up with; the smallest element by default.

    Returns:
      A vector.

    Raises:
      ConcretizationTypeError: if an array is traced and no size is given.

    >>> import covector.numpy as jnp
    >>> jnp.union1d(jnp.array([1, 3]), jnp.array([2, 3]))
    Array([1, 2, 3], dtype=int32)
    """
    both = lax.concatenate(_vectors("union1d", ar1, ar2), 0)
    return unique(both, size=size, fill_value=fill_value)


def intersect1d(
    ar1: ArrayLike,
    ar2: ArrayLike,
    assume_unique: bool = False,
    return_indices: bool = False,
    *,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Any:
    """The elements that both of two arrays have, in order.

    Args:
      ar1: an array, taken as a vector.
      ar2: an array, taken as a vector.
      assume_unique: promises that elements of each array differ.
      return_indices: also return where the elements occur first in each array.
      size: how many to return, to be given where arrays are traced.
      fill_value: what to fill up with; the smallest element by default.

    Returns:
      A vector; and two integer vectors if indices were asked for.

    Raises:
      ConcretizationTypeError: if an array is traced and no size is given.

    >>> import covector.numpy as jnp
    >>> jnp.intersect1d(jnp.array([1, 3]), jnp.array([2, 3]))
    Array([3], dtype=int32)
    """
    a, b = _vectors("intersect1d", ar1, ar2)
    if size is None:
        options: Any = {"assume_unique": assume_unique, "return_indices": return_indices}
        known = _known("intersect1d", a, b)
        out: Any = np.intersect1d(known[0], known[1], **options)
        if not return_indices:
            return asarray(out, a.dtype)
        return asarray(out[0], a.dtype), asarray(out[1], int), asarray(out[2], int)
    size = index(size, f"size argument of jnp.intersect1d. {SIZE_HINT}")
    values, first, second = _intersect1d(a, b, fill_value, size)
    return (values, first, second) if return_indices else values


@composite("size")
def _intersect1d(a: Array, b: Array, fill_value: Any, size: int) -> tuple[Array, Array, Array]:
    if not a.size or not b.size:
        fill = 0 if fill_value is None else fill_value
        empty = lax.full((size,), _core.convert(fill, a.dtype))
        return empty, lax.full((size,), a.size, int), lax.full((size,), b.size, int)
    found, total = unique_sized(a, 0, True, a.size, None)
    others, other_total = unique_sized(b, 0, True, b.size, None)
    place = _core.numpy.minimum(_rank(others.values, other_total, found.values), b.size - 1)
    common = gather_along(others.values, place, 0) == found.values
    common = common & (lax.iota(int, a.size) < total)
    values, there, chosen = _chosen(found.values, common, size, fill_value)
    first = _core.numpy.where(there, gather_along(found.places, chosen, 0), a.size)
    match = gather_along(place, chosen, 0)
    second = _core.numpy.where(there, gather_along(others.places, match, 0), b.size)
    return values, first, second


def _rank(ordered: Array, count: Array, x: Array) -> Array:
    """Where values stand in the first elements of a vector, which are in order."""
    below = lax.expand_dims(ordered, (0,)) < lax.expand_dims(x, (1,))
    inside = lax.expand_dims(lax.iota(int, ordered.size) < count, (0,))
    return lax.reduce_sum(lax.convert_element_type(below & inside, int), (1,))


def _chosen(values: Array, mask: Array, size: int, fill_value: Any) -> tuple[Array, Array, Array]:
    """The elements where a mask is true, filled up; which of them are there; their places."""
    (places,) = nonzero(mask, size=size)
    total = lax.reduce_sum(lax.convert_element_type(mask, int), (0,))
    there = lax.iota(int, size) < total
    out = gather_along(values, places, 0)
    # Values are in order, so that the first one is the smallest.
    fill = out[:1] if fill_value is None else _core.convert(fill_value, out.dtype)
    return _core.numpy.where(there, out, fill), there, places


def setdiff1d(
    ar1: ArrayLike,
    ar2: ArrayLike,
    assume_unique: bool = False,
    *,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Array:
    """The elements of one array that another one does not have.

    Args:
      ar1: an array, taken as a vector.
      ar2: an array, taken as a vector.
      assume_unique: promises that elements of each array differ; the result keeps their order.
      size: how many to return, to be given where arrays are traced.
      fill_value: what to fill up with; zero by default.

    Returns:
      A vector.

    Raises:
      ConcretizationTypeError: if an array is traced and no size is given.

    >>> import covector.numpy as jnp
    >>> jnp.setdiff1d(jnp.array([1, 3]), jnp.array([2, 3]))
    Array([1], dtype=int32)
    """
    dtype = as_arrays("setdiff1d", ar1, ar2)[0].dtype
    a, b = _vectors("setdiff1d", ar1, ar2)
    if size is None:
        known = _known("setdiff1d", a, b)
        return asarray(np.setdiff1d(known[0], known[1], assume_unique), dtype)
    size = index(size, f"size argument of jnp.setdiff1d. {SIZE_HINT}")
    fill = 0 if fill_value is None else fill_value
    return _setdiff1d(a, b, _core.convert(fill, dtype), bool(assume_unique), size)


@composite("assume_unique", "size")
def _setdiff1d(a: Array, b: Array, fill: Array, assume_unique: bool, size: int) -> Array:
    if not a.size:
        return lax.broadcast_in_dim(fill, (size,), ())
    mask = lax.full((a.size,), True, bool)
    if not assume_unique:
        found, total = unique_sized(a, 0, True, a.size, None)
        a, mask = found.values, lax.iota(int, a.size) < total
    mask = mask & _isin(a, b, True, True)
    return lax.convert_element_type(_chosen(a, mask, size, fill)[0], fill.dtype)


def setxor1d(
    ar1: ArrayLike,
    ar2: ArrayLike,
    assume_unique: bool = False,
    *,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Array:
    """The elements that just one of two arrays has, in order.

    Args:
      ar1: an array, taken as a vector.
      ar2: an array, taken as a vector.
      assume_unique: promises that elements of each array differ.
      size: how many to return, to be given where arrays are traced.
      fill_value: what to fill up with; the smallest element by default.

    Returns:
      A vector.

    Raises:
      ConcretizationTypeError: if an array is traced and no size is given.

    >>> import covector.numpy as jnp
    >>> jnp.setxor1d(jnp.array([1, 3]), jnp.array([2, 3]))
    Array([1, 2], dtype=int32)
    """
    a, b = _vectors("setxor1d", ar1, ar2)
    if size is None:
        known = _known("setxor1d", a, b)
        return asarray(np.setxor1d(known[0], known[1], assume_unique), a.dtype)
    size = index(size, f"size argument of jnp.setxor1d. {SIZE_HINT}")
    return _setxor1d(a, b, fill_value, bool(assume_unique), size)


@composite("assume_unique", "size")
def _setxor1d(a: Array, b: Array, fill_value: Any, assume_unique: bool, size: int) -> Array:
    both = lax.concatenate([a, b], 0)
    if not both.size:
        fill = 0 if fill_value is None else fill_value
        return lax.full((size,), _core.convert(fill, a.dtype))
    if assume_unique:
        # What is in both arrays stands side by side.
        both = lax.sort(both)
        edge, differs = lax.full((1,), True, bool), lax.ne(both[1:], both[:-1])
        mask = lax.concatenate([edge, differs], 0) & lax.concatenate([differs, edge], 0)
        return _chosen(both, mask, size, fill_value)[0]
    found, total = unique_sized(both, 0, True, both.size, None)
    in_one = _isin(found.values, a, False, True) ^ _isin(found.values, b, False, True)
    mask = in_one & (lax.iota(int, both.size) < total)
    return _chosen(found.values, mask, size, fill_value)[0]


def _vectors(function: str, ar1: Any, ar2: Any) -> tuple[Array, Array]:
    a, b = _core.numpy.promote_dtypes(*as_arrays(function, ar1, ar2))
    return lax.reshape(a, (a.size,)), lax.reshape(b, (b.size,))


def _known(function: str, *arrays: Array) -> list[np.ndarray]:
    context = f"The error arose in jnp.{function}(). {SIZE_HINT}"
    return [np.asarray(concrete(a, context)) for a in arrays]
