"""Places in what is in order."""

from collections.abc import Callable

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays
from covector._composite import composite
from covector._core import Array
from covector._dtypes import iinfo, issubdtype
from covector._typing import ArrayLike
from covector.numpy._gathering import gather_along
from covector.numpy._sorting import argsort


def searchsorted(
    a: ArrayLike,
    v: ArrayLike,
    side: str = "left",
    sorter: ArrayLike | None = None,
    *,
    method: str = "scan",
) -> Array:
    """Where values would have to be put into a sorted vector to keep it sorted.

    Args:
      a: a vector in ascending order.
      v: an array of values.
      side: 'left': before equal elements; 'right': after them.
      sorter: indices that sort `a`, if it is not.
      method: 'scan' or 'scan_unrolled': bisection; 'compare_all': every value with every
        element; 'sort': both sorted together.

    Returns:
      An integer array of the shape of `v`.

    Raises:
      ValueError: if `a` is no vector, or a word is none of these.

    >>> import covector.numpy as jnp
    >>> jnp.searchsorted(jnp.array([1, 3, 5]), jnp.array([0, 3, 9]))
    Array([0, 1, 3], dtype=int32)
    """
    a, v = as_arrays("searchsorted", a, v)
    if a.ndim != 1:
        raise ValueError(f"searchsorted: a must be a vector, got shape {a.shape}")
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side must be 'left' or 'right', got {side!r}")
    if method not in _SEARCHES:
        raise ValueError(f"searchsorted: method must be one of {list(_SEARCHES)}, got {method!r}")
    if sorter is not None:
        a = gather_along(a, as_array("searchsorted", sorter, 3), 0)
    return _searchsorted(a, v, side == "left", method)


@composite("left", "method")
def _searchsorted(a: Array, v: Array, left: bool, method: str) -> Array:
    wide = a.shape[0] > iinfo(np.int32).max
    dtype = np.dtype(np.int64 if wide else np.int32)
    if not a.shape[0]:
        return lax.full(v.shape, 0, dtype)
    a, v = _core.numpy.promote_dtypes(a, v)
    return lax.convert_element_type(_SEARCHES[method](a, v, left), dtype)


def _bisect(a: Array, v: Array, left: bool) -> Array:
    """The interval in which the place lies is halved until it is one place."""
    low = lax.full(v.shape, 0, np.int32)
    high = lax.full(v.shape, a.shape[0], np.int32)
    for _ in range(a.shape[0].bit_length()):
        middle = lax.shift_right_logical(lax.add(low, high), np.int32(1))
        element = gather_along(a, middle, 0)
        below = _below(element, v) if left else lax.bitwise_not(_below(v, element))
        below = lax.bitwise_and(below, lax.lt(low, high))
        low, high = (
            lax.select(below, lax.add(middle, np.int32(1)), low),
            lax.select(below, high, middle),
        )
    return low


def _below(x: Array, y: Array) -> Array:
    """x < y in the order of `sort`, where NaN is larger than all else."""
    less = _core.numpy.less(x, y)
    if not issubdtype(x.dtype, np.inexact):
        return less
    return lax.bitwise_or(less, lax.bitwise_and(lax.eq(x, x), lax.ne(y, y)))


def _compare_all(a: Array, v: Array, left: bool) -> Array:
    column = lax.expand_dims(v, (v.ndim,))
    row = lax.expand_dims(a, tuple(range(v.ndim)))
    below = _below(row, column) if left else lax.bitwise_not(_below(column, row))
    return lax.reduce_sum(lax.convert_element_type(below, np.int32), (v.ndim,))


def _sort_together(a: Array, v: Array, left: bool) -> Array:
    """Ranks among all, less ranks among the values alone, are numbers of elements before."""
    flat = lax.reshape(v, (v.size,))
    parts = [flat, a] if left else [a, flat]
    together = argsort(lax.concatenate(parts, 0), dtype=np.int32)
    first = 0 if left else a.size
    rank = lax.slice_in_dim(_inverse(together), first, first + v.size)
    alone = _inverse(argsort(flat, dtype=np.int32))
    return lax.reshape(lax.sub(rank, alone), v.shape)


def _inverse(permutation: Array) -> Array:
    places = lax.iota(np.int32, permutation.size)
    empty = lax.full(permutation.shape, 0, np.int32)
    return _core.numpy.setitem("set", empty, permutation, places, unique_indices=True)


_SEARCHES: dict[str, Callable[[Array, Array, bool], Array]] = {
    "scan": _bisect,
    "scan_unrolled": _bisect,
    "compare_all": _compare_all,
    "sort": _sort_together,
}


def digitize(
    x: ArrayLike, bins: ArrayLike, right: bool = False, *, method: str | None = None
) -> Array:
    """In which bin each value falls.

    Args:
      x: an array of values.
      bins: the bounds of the bins, in ascending or descending order.
      right: whether bins contain their upper bound in place of their lower one.
      method: as of `searchsorted`.

    Returns:
      An integer array of the shape of `x`: zero for values before the first bound.

    Raises:
      ValueError: if `bins` is no vector.

    >>> import covector.numpy as jnp
    >>> jnp.digitize(jnp.array([1.0, 2.5]), jnp.array([0.0, 2.0, 4.0]))
    Array([1, 2], dtype=int32)
    """
    x, bins = as_arrays("digitize", x, bins)
    if bins.ndim != 1:
        raise ValueError(f"digitize: bins must be a vector, got shape {bins.shape}")
    return _digitize(x, bins, "left" if right else "right", method or "scan")


@composite("side", "method")
def _digitize(x: Array, bins: Array, side: str, method: str) -> Array:
    if not bins.size:
        return lax.full(x.shape, 0, np.int32)
    up = searchsorted(bins, x, side, method=method)
    down = lax.sub(
        np.int32(bins.size),
        searchsorted(lax.rev(bins, (0,)), x, side, method=method),
    )
    last, first = lax.index_in_dim(bins, -1), lax.index_in_dim(bins, 0)
    return _core.numpy.where(_core.numpy.greater_equal(last, first), up, down)
