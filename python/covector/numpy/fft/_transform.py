"""The transform of any kind along any axes, which the public functions name."""

import math
import operator
from collections.abc import Sequence
from typing import Any

from covector import lax
from covector._arguments import as_array, canonical_axis
from covector._composite import composite
from covector._core import Array
from covector.lax import FftType
from covector.numpy._axes import moveaxis

INVERSE = (FftType.IFFT, FftType.IRFFT)
# As many axes as the compiler transforms at once.
AT_ONCE = 3


def transform(
    function: str,
    kind: FftType,
    a: Any,
    s: Sequence[int] | None,
    axes: Sequence[int] | None,
    norm: str | None,
    factor: float = 1.0,
) -> Array:
    """The transform of an array along axes, cropped or filled up with zeros to sizes `s` first."""
    a = as_array(f"jax.numpy.fft.{function}", a)
    lengths = None if s is None else tuple(map(operator.index, s))
    if lengths is not None and min(lengths, default=1) <= 0:
        raise ValueError("Shape should be positive.")
    if lengths is not None and axes is not None and len(lengths) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    if axes is None:
        axes = range(a.ndim - (a.ndim if lengths is None else len(lengths)), a.ndim)
    if len(axes) != len(set(axes)):
        raise ValueError(
            f"jax.numpy.fft.{function} does not support repeated axes. Got axes {axes}."
        )
    axes = tuple(canonical_axis(i, a.ndim) for i in axes)
    if lengths is None:
        lengths = tuple(a.shape[i] for i in axes)
        if kind is FftType.IRFFT and axes:
            lengths = (*lengths[:-1], max(0, 2 * (lengths[-1] - 1)))
    scale = factor * _scale(norm, function.startswith("i"), math.prod(lengths))
    return _transformed(a, kind, lengths, axes, scale)


def _scale(norm: str | None, inverse: bool, size: int) -> float:
    if norm is None or norm == "backward":
        return 1.0
    if norm == "ortho":
        return math.sqrt(size) if inverse else 1 / math.sqrt(size)
    if norm == "forward":
        return float(size) if inverse else 1 / size
    raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')


@composite("kind", "lengths", "axes", "scale")
def _transformed(
    a: Array, kind: FftType, lengths: tuple[int, ...], axes: tuple[int, ...], scale: float
) -> Array:
    last = tuple(range(a.ndim - len(axes), a.ndim))
    a = _fitted(moveaxis(a, axes, last), kind, lengths)
    a = _over_last_axes(a, kind, lengths)
    return moveaxis(a if scale == 1.0 else a * scale, last, axes)


def _fitted(a: Array, kind: FftType, lengths: tuple[int, ...]) -> Array:
    """Cropped or filled up with zeros along the last axes."""
    if kind is FftType.IRFFT and lengths:
        lengths = (*lengths[:-1], lengths[-1] // 2 + 1)
    sizes = (*a.shape[: a.ndim - len(lengths)], *lengths)
    if sizes == a.shape:
        return a
    margins = [(0, want - have, 0) for want, have in zip(sizes, a.shape)]
    return lax.pad(a, lax.full((), 0, a.dtype), margins)


def _over_last_axes(a: Array, kind: FftType, lengths: tuple[int, ...]) -> Array:
    if len(lengths) <= AT_ONCE:
        return lax.fft(a, kind, lengths)
    # The last axes by themselves, which alone may be halved, and the others as complex ones.
    outer, inner = lengths[:-AT_ONCE], lengths[-AT_ONCE:]
    here = tuple(range(a.ndim - len(lengths), a.ndim - AT_ONCE))
    end = tuple(range(a.ndim - len(outer), a.ndim))
    if kind in INVERSE:
        a = _over_last_axes(moveaxis(a, here, end), FftType.IFFT, outer)
        return lax.fft(moveaxis(a, end, here), kind, inner)
    a = moveaxis(lax.fft(a, kind, inner), here, end)
    return moveaxis(_over_last_axes(a, FftType.FFT, outer), end, here)
