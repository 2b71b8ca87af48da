"""Trends of signals."""

import itertools
from collections.abc import Sequence

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy._ranks import along_last


def detrend(
    data: ArrayLike,
    axis: int = -1,
    type: str = "linear",
    bp: int | Sequence[int] | np.ndarray = 0,
    overwrite_data: None = None,
) -> Array:
    """A signal without its trend.

    Args:
      data: the signal.
      axis: the axis of time.
      type: "linear", the line of least squares, or "constant", the mean.
      bp: where another line begins.
      overwrite_data: must be None.

    Raises:
      NotImplementedError: if `overwrite_data` is given.
      ValueError: if there is no such type, or a line begins outside of the signal.

    >>> covector.scipy.signal.detrend(jnp.array([1.0, 3.0]), type="constant")
    Array([-1.,  1.], dtype=float32)
    """
    if overwrite_data is not None:
        raise NotImplementedError("overwrite_data argument not implemented.")
    if type not in ("constant", "linear"):
        raise ValueError("Trend type must be 'linear' or 'constant'.")
    (x,) = _core.numpy.promote_dtypes_inexact(jnp.asarray(data))
    if type == "constant":
        return x - x.mean(axis, keepdims=True)
    ends = np.sort(np.unique(np.r_[0, bp, x.shape[axis]]))
    if ends[0] < 0 or ends[-1] > x.shape[axis]:
        raise ValueError(
            "Breakpoints must be non-negative and less than length of data along given axis."
        )
    return _without_lines(x, axis, tuple(int(i) for i in ends))


@composite("axis", "ends")
def _without_lines(x: Array, axis: int, ends: tuple[int, ...]) -> Array:
    columns = jnp.moveaxis(x, axis, -1)
    parts = []
    for begin, end in itertools.pairwise(ends):
        part, n = columns[..., begin:end], end - begin
        # With times that add up to 0, both coefficients are plain projections.
        centred = np.arange(n) - (n - 1) / 2
        times = along_last(centred.astype(x.dtype), x)
        square = float(np.sum(centred**2))
        mean = jnp.mean(part, -1, keepdims=True)
        slope = jnp.sum(part * times, -1, keepdims=True) / square if n > 1 else 0.0
        parts.append(part - mean - slope * times)
    return jnp.moveaxis(lax.concatenate(parts, x.ndim - 1), -1, axis)
