"""Reductions of the rows that have one number, for each number."""

from typing import Any

import numpy as np

from covector import _core
from covector import numpy as jnp
from covector._arguments import check_arraylike, concrete, index, place
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype
from covector._typing import ArrayLike
from covector.numpy import iinfo


def segment_sum(
    data: ArrayLike,
    segment_ids: ArrayLike,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    bucket_size: int | None = None,
    mode: Any = None,
    out_sharding: Any = None,
) -> Array:
    """The sum of the rows of each segment.

    Args:
      data: rows along the first axis.
      segment_ids: the number of the segment to which each row belongs. Those out of range are
        left out, also negative ones.
      num_segments: how many segments there are; None stands for the largest number plus 1, which
        must then be known.
      indices_are_sorted: a promise that numbers ascend.
      unique_indices: a promise that no segment has two rows.
      bucket_size: if given, so many rows at a time are reduced, and then their results, for sums
        whose rounding errors grow more slowly.
      mode: what numbers out of range do, see `covector.lax.GatherScatterMode`.
      out_sharding: where the result goes.

    Returns:
      An array with a row for each segment.

    Raises:
      ValueError: if the number of segments is negative.

    >>> covector.ops.segment_sum(jnp.array([1, 2, 4]), jnp.array([1, 0, 1]))
    Array([2, 5], dtype=int32)
    """
    args = (num_segments, indices_are_sorted, unique_indices, bucket_size, mode, out_sharding)
    return _segments("segment_sum", data, segment_ids, *args)


def segment_prod(
    data: ArrayLike,
    segment_ids: ArrayLike,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    bucket_size: int | None = None,
    mode: Any = None,
    out_sharding: Any = None,
) -> Array:
    """The product of the rows of each segment; arguments are those of `segment_sum`.

    >>> covector.ops.segment_prod(jnp.array([1, 2, 4]), jnp.array([1, 0, 1]))
    Array([2, 4], dtype=int32)
    """
    args = (num_segments, indices_are_sorted, unique_indices, bucket_size, mode, out_sharding)
    return _segments("segment_prod", data, segment_ids, *args)


def segment_max(
    data: ArrayLike,
    segment_ids: ArrayLike,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    bucket_size: int | None = None,
    mode: Any = None,
    out_sharding: Any = None,
) -> Array:
    """The maximum of the rows of each segment; arguments are those of `segment_sum`.

    An empty segment has the smallest number of the dtype.

    >>> covector.ops.segment_max(jnp.array([1, 2, 4]), jnp.array([1, 0, 1]))
    Array([2, 4], dtype=int32)
    """
    args = (num_segments, indices_are_sorted, unique_indices, bucket_size, mode, out_sharding)
    return _segments("segment_max", data, segment_ids, *args)


def segment_min(
    data: ArrayLike,
    segment_ids: ArrayLike,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    bucket_size: int | None = None,
    mode: Any = None,
    out_sharding: Any = None,
) -> Array:
    """The minimum of the rows of each segment; arguments are those of `segment_sum`.

    An empty segment has the largest number of the dtype.

    >>> covector.ops.segment_min(jnp.array([1, 2, 4]), jnp.array([1, 0, 1]))
    Array([2, 1], dtype=int32)
    """
    args = (num_segments, indices_are_sorted, unique_indices, bucket_size, mode, out_sharding)
    return _segments("segment_min", data, segment_ids, *args)


_UPDATES = {
    "segment_sum": "add",
    "segment_prod": "multiply",
    "segment_max": "max",
    "segment_min": "min",
}


def _identity(function: str, dtype: Any) -> Any:
    """What does not change the reduction of other rows."""
    if function in ("segment_sum", "segment_prod"):
        return 0 if function == "segment_sum" else 1
    largest = function == "segment_min"
    if dtype == np.bool_:
        return largest
    if issubdtype(dtype, np.integer):
        return iinfo(dtype).max if largest else iinfo(dtype).min
    return np.inf if largest else -np.inf


def _segments(
    function: str,
    data: Any,
    segment_ids: Any,
    num_segments: Any,
    indices_are_sorted: bool,
    unique_indices: bool,
    bucket_size: int | None,
    mode: Any,
    out_sharding: Any,
) -> Array:
    check_arraylike(function, data, segment_ids)
    rows, ids = _core.asarray(data), _core.asarray(segment_ids)
    context = "segment_sum() `num_segments` argument."
    if num_segments is None:
        num_segments = np.max(np.asarray(concrete(ids, context))) + 1
    count = index(num_segments, context)
    if count < 0:
        raise ValueError("num_segments must be non-negative.")
    if bucket_size is not None and out_sharding is not None:
        raise NotImplementedError("buckets cannot be sharded")
    options = (bool(indices_are_sorted), bool(unique_indices), bucket_size)
    out = _reduced(rows, ids, function, int(count), *options, "drop" if mode is None else mode)
    return place(out, None, out_sharding)


@composite("function", "count", "is_sorted", "is_unique", "bucket_size", "mode")
def _reduced(
    data: Array,
    ids: Array,
    function: str,
    count: int,
    is_sorted: bool,
    is_unique: bool,
    bucket_size: int | None,
    mode: Any,
) -> Array:
    shape = (count, *data.shape[1:])
    where: Any = ids
    if bucket_size is not None:
        buckets = -(-ids.size // bucket_size)
        shape = (buckets, *shape)
        where = (jnp.arange(ids.shape[0]) // bucket_size, ids)
    start = jnp.full(shape, _identity(function, data.dtype), data.dtype)
    update = getattr(start.at[where], _UPDATES[function])
    out = update(
        data,
        indices_are_sorted=is_sorted,
        unique_indices=is_unique,
        mode=mode,
        wrap_negative_indices=False,
    )
    if bucket_size is None:
        return out
    reduce: dict[str, Any] = {
        "add": jnp.sum,
        "multiply": jnp.prod,
        "max": jnp.max,
        "min": jnp.min,
    }
    return reduce[_UPDATES[function]](out, axis=0).astype(data.dtype)
