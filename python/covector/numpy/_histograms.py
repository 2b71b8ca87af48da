"""Histograms of points in several dimensions."""

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.numpy._cumulative import diff
from covector.numpy._index_arrays import ix_, ravel_multi_index
from covector.numpy._reductions import sum
from covector.numpy._searching import searchsorted
from covector.numpy._shapes import reshape
from covector.numpy._statistics import bincount, histogram_bin_edges


def histogram2d(
    x: ArrayLike,
    y: ArrayLike,
    bins: Any = 10,
    range: Sequence[Any] | None = None,
    weights: ArrayLike | None = None,
    density: bool | None = None,
) -> tuple[Array, Array, Array]:
    """How many points of a plane fall in each bin of a grid.

    Args:
      x: a vector of first coordinates.
      y: a vector of second coordinates, of the same size.
      bins: how many bins along each axis, or their bounds: one for both axes, or a pair.
      range: a pair of bounds, or None, for each axis; of the points by default.
      weights: what each point adds, a vector; one by default.
      density: divide by the areas of the bins and by the sum.

    Returns:
      The counts, a matrix; and the bounds of the bins along each axis.

    Raises:
      TypeError: if `x` and `y` differ in size.
      ValueError: if other sizes do not fit.

    >>> import covector.numpy as jnp
    >>> counts, _, _ = jnp.histogram2d(jnp.array([0, 0, 3]), jnp.array([1, 1, 2]), bins=2)
    >>> counts
    Array([[2, 0],
           [0, 1]], dtype=int32)
    """
    a, b = as_arrays("histogram2d", x, y)
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"histogram2d: x and y must be vectors, got {a.shape} and {b.shape}")
    if a.shape != b.shape:
        raise TypeError(f"histogram2d: x and y must have one size, got {a.shape} and {b.shape}")
    if np.ndim(bins) == 1 and len(bins) not in (1, 2):
        # One vector of bounds is for both axes.
        bins = [as_array("histogram2d", bins, 2)] * 2
    sample = lax.stack(_core.numpy.promote_dtypes_inexact(a, b), 1)
    counts, edges = histogramdd(sample, bins, range, weights, density)
    return counts, edges[0], edges[1]


def histogramdd(
    sample: ArrayLike,
    bins: Any = 10,
    range: Sequence[Any] | None = None,
    weights: ArrayLike | None = None,
    density: bool | None = None,
) -> tuple[Array, list[Array]]:
    """How many points fall in each bin of a grid.

    Args:
      sample: a matrix whose rows are the points.
      bins: how many bins, or their bounds: one number for all axes, or a sequence of one for each.
      range: a pair of bounds, or None, for each axis; of the points by default.
      weights: what each point adds, a vector; one by default.
      density: divide by the volumes of the bins and by the sum.

    Returns:
      The counts, an array with an axis for each column of `sample`; and the bounds of the bins
      along each axis, a list.

    Raises:
      ValueError: if there is not one of `bins` or `range` for each axis, or one weight for each
        point.

    >>> import covector.numpy as jnp
    >>> counts, edges = jnp.histogramdd(jnp.array([[0.0, 1.0], [0.0, 1.0], [3.0, 2.0]]), bins=2)
    >>> counts
    Array([[2, 0],
           [0, 1]], dtype=int32)
    """
    operands = as_arrays("histogramdd", *(x for x in (sample, weights) if x is not None))
    points, *mass = _core.numpy.promote_dtypes_inexact(*operands)
    count, dimensions = points.shape
    if mass and mass[0].shape != (count,):
        raise ValueError("should have one weight for each sample.")
    pairs: Sequence[Any] = [None] * dimensions if range is None else range
    if len(pairs) != dimensions or any(p is not None and np.shape(p)[0] != 2 for p in pairs):
        raise ValueError(
            f"For sample.shape={points.shape}, range must be a sequence of {dimensions} pairs or "
            f"Nones; got {range=}"
        )
    per_axis = list(bins) if np.iterable(bins) else [bins] * dimensions
    if len(per_axis) != dimensions:
        raise ValueError("should be a bin for each dimension.")
    columns = [points[:, i] for i in builtins.range(dimensions)]
    edges = [histogram_bin_edges(*x) for x in zip(columns, per_axis, pairs)]
    return _count_in_grid(columns, edges, mass, bool(density)), edges


@composite("density")
def _count_in_grid(
    columns: list[Array], edges: list[Array], mass: list[Array], density: bool
) -> Array:
    places = []
    for x, bounds in zip(columns, edges):
        place = searchsorted(bounds, x, side="right")
        # The last bin holds its upper bound.
        at_end = _core.numpy.equal(x, bounds[-1]).astype(place.dtype)
        places.append(_core.numpy.subtract(place, at_end))
    # One more bin on both sides, for points outside.
    sizes = tuple(bounds.size + 1 for bounds in edges)
    flat = ravel_multi_index(places, sizes, mode="clip")
    counts = bincount(flat, mass[0] if mass else None, length=math.prod(sizes))
    counts = reshape(counts, sizes)[(slice(1, -1),) * len(sizes)]
    if density:
        counts = counts.astype(columns[0].dtype)
        counts = counts / sum(counts)
        for widths in ix_(*map(diff, edges)):
            counts = counts / widths
    return counts
