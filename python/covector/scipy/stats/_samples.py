"""Statistics of samples: the mode, ranks, the standard error."""

from typing import NamedTuple

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import canonical_axis, check_arraylike
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector._vmap import vmap
from covector.scipy.special._operands import inexact


class ModeResult(NamedTuple):
    """What `mode` returns.

    Attributes:
      mode: the most frequent values.
      count: how often they occur.
    """

    mode: Array
    count: Array  # type: ignore[assignment]


def _check_policy(function: str, policy: str) -> None:
    if policy not in ("propagate", "omit", "raise"):
        raise ValueError(
            f"Illegal nan_policy value {policy!r}; expected one of {{'propagate', 'omit', 'raise'}}"
        )
    if policy == "omit":
        raise NotImplementedError(f"Logic for `nan_policy` of {policy} is not implemented")
    if policy == "raise":
        raise NotImplementedError(
            f"In order to best JIT compile `{function}`, we cannot know whether `x` contains nans. "
            f"Please check if nans exist in `x` outside of the `{function}` function."
        )


def mode(
    a: ArrayLike, axis: int | None = 0, nan_policy: str = "propagate", keepdims: bool = False
) -> ModeResult:
    """The most frequent values; of equally frequent ones the smallest.

    Args:
      a: an array.
      axis: along which axis; None takes all elements together.
      nan_policy: must be "propagate": NaNs are values.
      keepdims: whether the axis stays, with size 1.

    Raises:
      NotImplementedError: for another policy.

    >>> covector.scipy.stats.mode(jnp.array([3, 1, 3])).mode
    Array(3, dtype=int32)
    """
    check_arraylike("mode", a)
    _check_policy("mode", nan_policy)
    x = jnp.atleast_1d(_core.asarray(a))
    place = None if axis is None else canonical_axis(axis, x.ndim)
    kept = tuple(1 if place in (None, i) else d for i, d in enumerate(x.shape))
    shape = kept if keepdims else tuple(d for i, d in enumerate(x.shape) if place not in (None, i))
    if place is None:
        x, place = x.ravel(), 0
    return ModeResult(*_mode(x, place, shape))


@composite("axis", "shape")
def _mode(x: Array, axis: int, shape: tuple[int, ...]) -> tuple[Array, Array]:
    columns = jnp.moveaxis(x, axis, 0).reshape(x.shape[axis], -1)
    if not x.shape[axis]:
        d = _core.canonical_dtype(float)
        return jnp.full(shape, np.nan, d), jnp.zeros(shape, d)

    def of_column(column: Array) -> tuple[Array, Array]:
        values, counts = jnp.unique(column, return_counts=True, size=column.size)
        return values[jnp.argmax(counts)], counts.max()

    values, counts = vmap(of_column, in_axes=1)(columns)
    return values.reshape(shape), counts.reshape(shape)


def rankdata(
    a: ArrayLike,
    method: str = "average",
    *,
    axis: int | None = None,
    nan_policy: str = "propagate",
) -> Array:
    """The places of elements in ascending order, from 1 on.

    Args:
      a: an array.
      method: what equal elements get: the "average", "min" or "max" of their places; "dense":
        the number of their value; "ordinal": each its own place.
      axis: along which axis; None ranks all elements together.
      nan_policy: must be "propagate": a NaN makes all ranks NaN.

    Raises:
      NotImplementedError: for another policy.
      ValueError: if there is no such method.

    >>> covector.scipy.stats.rankdata(jnp.array([2, 7, 2]))
    Array([1.5, 3. , 1.5], dtype=float32)
    """
    check_arraylike("rankdata", a)
    _check_policy("rankdata", nan_policy)
    if method not in ("average", "min", "max", "dense", "ordinal"):
        raise ValueError(f"unknown method '{method}'")
    x = _core.asarray(a)
    if axis is None:
        return _ranks(jnp.ravel(x), method)
    rows = jnp.moveaxis(x, canonical_axis(axis, x.ndim), -1)
    flat = rows.reshape(-1, rows.shape[-1])
    ranks = vmap(lambda row: _ranks(row, method))(flat).reshape(rows.shape)
    return jnp.moveaxis(ranks, -1, axis)


@composite("method")
def _ranks(a: Array, method: str) -> Array:
    d = _core.canonical_dtype(float)
    ordered, order = lax.sort_key_val(a, jnp.arange(a.size))
    place = jnp.empty_like(order).at[order].set(jnp.arange(a.size, dtype=order.dtype))
    starts = jnp.concatenate([jnp.array([True]), ordered[1:] != ordered[:-1]])[: a.size]
    dense = jnp.cumsum(starts)[place]
    # Where each value begins in the order; in the end, how many elements there are.
    begins = jnp.nonzero(starts, size=a.size + 1, fill_value=a.size)[0]
    least, most = begins[dense - 1] + 1, begins[dense]
    ranks = {
        "ordinal": place + 1,
        "dense": dense,
        "min": least,
        "max": most,
        "average": 0.5 * (least + most),
    }[method].astype(d)
    return jnp.where(jnp.any(jnp.isnan(a)), np.nan, ranks).astype(d)


@composite("axis", "ddof", "nan_policy", "keepdims")
def sem(
    a: ArrayLike,
    axis: int | None = 0,
    ddof: int = 1,
    nan_policy: str = "propagate",
    *,
    keepdims: bool = False,
) -> Array:
    """The standard error of the mean.

    Args:
      a: an array.
      axis: along which axis; None takes all elements together.
      ddof: what is subtracted from the number of elements in the variance.
      nan_policy: "propagate", or "omit" to leave NaNs out.
      keepdims: whether the axis stays, with size 1.

    Raises:
      ValueError: for another policy.

    >>> float(covector.scipy.stats.sem(jnp.ones(4)))
    0.0
    """
    (x,) = inexact("sem", a)
    if nan_policy == "propagate":
        size = x.size if axis is None else x.shape[axis]
        deviation = jnp.std(x, axis, ddof=ddof, keepdims=keepdims)
        return deviation / jnp.sqrt(size).astype(x.dtype)
    if nan_policy == "omit":
        count = (~jnp.isnan(x)).sum(axis, keepdims=keepdims)
        deviation = jnp.nanstd(x, axis, ddof=ddof, keepdims=keepdims)
        return deviation / jnp.sqrt(count).astype(x.dtype)
    raise ValueError(f"{nan_policy} is not supported")
