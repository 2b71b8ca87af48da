"""Signals of their short-time Fourier transforms."""

from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._arguments import as_array, canonical_axis, concrete
from covector._core import Array
from covector._typing import ArrayLike
from covector.numpy import finfo
from covector.scipy._ranks import along_last
from covector.scipy.signal._windows import named


def istft(
    Zxx: ArrayLike,
    fs: ArrayLike = 1.0,
    window: Any = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    input_onesided: bool = True,
    boundary: bool = True,
    time_axis: int = -1,
    freq_axis: int = -2,
) -> tuple[Array, Array]:
    """The signal of a short-time Fourier transform.

    Args:
      Zxx: the transforms.
      fs: how many samples there are in a unit of time.
      window: the window with which they were made.
      nperseg: the size of segments; None is that of transforms.
      noverlap: how many samples segments share; None is half of them.
      nfft: the size of transforms; None is what the number of frequencies says.
      input_onesided: whether negative frequencies were left out.
      boundary: whether the signal had been extended at both ends.
      time_axis: the axis of segments.
      freq_axis: the axis of frequencies.

    Returns:
      Times, and the signal.

    Raises:
      ValueError: if sizes or axes do not fit.

    >>> _, _, z = covector.scipy.signal.stft(jnp.ones(16), nperseg=8)
    >>> covector.scipy.signal.istft(z, nperseg=8)[1].round(3)[:4]
    Array([1., 1., 1., 1.], dtype=float32)
    """
    z = as_array("istft", Zxx)
    if z.ndim < 2:
        raise ValueError("Input stft must be at least 2d!")
    frequency, time = canonical_axis(freq_axis, z.ndim), canonical_axis(time_axis, z.ndim)
    if frequency == time:
        raise ValueError("Must specify differing time and frequency axes!")
    z = jnp.asarray(z, np.result_type(z.dtype, np.complex64))
    size, overlap = _sizes(z.shape[frequency], nperseg, noverlap, nfft, input_onesided)
    z = jnp.moveaxis(z, (frequency, time), (-2, -1))
    back = jnp.fft.irfft if input_onesided else jnp.fft.ifft
    parts = jnp.swapaxes(back(z, axis=-2, n=nfft)[..., :size, :], -1, -2)
    shape = _window(window, size, parts.dtype)
    x = _added(parts * shape.sum() * along_last(shape, parts), size - overlap)
    weight = _added(jnp.broadcast_to(shape * shape, parts.shape[-2:]), size - overlap)
    if boundary:
        x, weight = (v[..., size // 2 : -(size // 2)] for v in (x, weight))
    x = x / along_last(jnp.where(weight > 1e-10, weight, 1.0), x)
    if x.ndim > 1 and time != z.ndim - 1:
        x = jnp.moveaxis(x, -1, time - 1 if frequency < time else time)
    return jnp.arange(x.shape[0], dtype=finfo(x.dtype).dtype) / fs, x


def _sizes(
    frequencies: int, nperseg: Any, noverlap: Any, nfft: Any, one_sided: bool
) -> tuple[int, int]:
    whole = 2 * (frequencies - 1) if one_sided else frequencies
    size = int(concrete(nperseg or whole, "nperseg: segment length of STFT"))
    if size < 1:
        raise ValueError("nperseg must be a positive integer")
    if nfft is None:
        transform = whole + 1 if one_sided and size == whole + 1 else whole
    else:
        transform = int(concrete(nfft, "nfft of STFT"))
    if transform < size:
        raise ValueError(f"FFT length ({transform}) must be longer than nperseg ({size}).")
    overlap = int(concrete(noverlap or size // 2, "noverlap of STFT"))
    if overlap >= size:
        raise ValueError("noverlap must be less than nperseg.")
    return size, overlap


def _window(window: Any, size: int, dtype: Any) -> Array:
    if isinstance(window, (str, tuple)):
        return jnp.array(named(window, size), dtype=dtype)
    values = jnp.asarray(window)
    if values.ndim != 1:
        raise ValueError("window must be 1-D")
    if values.shape[0] != size:
        raise ValueError(f"window must have length of {size}")
    return values


def _added(parts: Array, step: int) -> Array:
    """Segments (..., segments, size), each `step` after the last, added up."""
    count, size = parts.shape[-2:]
    places = np.arange(count)[:, None] * step + np.arange(size)
    out = jnp.zeros((*parts.shape[:-2], step * (count - 1) + size), parts.dtype)
    return out.at[..., places].add(parts)
