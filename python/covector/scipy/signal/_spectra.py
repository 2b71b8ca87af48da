"""Spectra of signals, by Fourier transforms of overlapping segments.

See P. D. Welch, "The use of fast Fourier transform for the estimation of power spectra" (1967).
"""

import operator
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import as_array, as_arrays, canonical_axis, concrete
from covector._core import Array
from covector._typing import ArrayLike
from covector.numpy import finfo
from covector.scipy._ranks import along_last
from covector.scipy.signal._trends import detrend
from covector.scipy.signal._windows import window_of


class _Segments(NamedTuple):
    """How signals are cut."""

    size: int
    overlap: int
    transform: int

    @property
    def step(self) -> int:
        return self.size - self.overlap


def _segments(size: int, noverlap: Any, nfft: Any) -> _Segments:
    overlap = size // 2 if noverlap is None else int(
        concrete(noverlap, "noverlap of windowed-FFT")
    )  # fmt: skip
    transform = size if nfft is None else int(concrete(nfft, "nfft of windowed-FFT"))
    if transform < size:
        raise ValueError("nfft must be greater than or equal to nperseg.")
    if overlap >= size:
        raise ValueError("noverlap must be less than nperseg.")
    return _Segments(size, overlap, transform)


_EXTENSIONS = ("even", "odd", "constant", "zeros", None)


def _extended(x: Array, n: int, boundary: str | None) -> Array:
    """With n more elements at both ends."""
    if boundary is None or n < 1:
        return x
    pads = [(0, 0)] * (x.ndim - 1) + [(n, n)]
    if boundary == "zeros":
        return jnp.pad(x, pads)
    if boundary == "constant":
        return jnp.pad(x, pads, "edge")
    if boundary == "even":
        return jnp.pad(x, pads, "reflect")
    if n > x.shape[-1] - 1:
        raise ValueError(
            f"The extension length n ({n}) is too big. It must not exceed x.shape[axis]-1, which "
            f"is {x.shape[-1] - 1}."
        )
    left = 2 * x[..., :1] - jnp.flip(x[..., 1 : n + 1], -1)
    right = 2 * x[..., -1:] - jnp.flip(x[..., -(n + 1) : -1], -1)
    return jnp.concatenate([left, x, right], -1)


def _trend(kind: Any, axis: int) -> Callable[[Array], Array]:
    if isinstance(kind, str):
        return lambda x: detrend(x, type=kind, axis=-1)
    if not callable(kind):
        if kind:
            raise ValueError(f"Unsupported detrend type: {kind}")
        return lambda x: x
    if axis == -1:
        return kind
    return lambda x: jnp.moveaxis(kind(jnp.moveaxis(x, axis, -1)), -1, axis)


def _transformed(
    x: Array, window: Array, trend: Callable[[Array], Array], cut: _Segments, one_sided: bool
) -> Array:
    """The transforms of segments: their axis, then that of frequencies."""
    if x.dtype.kind == "i":
        x = x.astype(window.dtype)
    if cut.size == 1 and cut.overlap == 0:
        parts = x[..., None]
    else:
        starts = np.arange(0, x.shape[-1] - cut.size + 1, cut.step)
        parts = x[..., starts[:, None] + np.arange(cut.size)]
    parts = along_last(window, parts) * trend(parts)
    if not one_sided:
        return jnp.fft.fft(parts, n=cut.transform)
    return jnp.fft.rfft(parts.real, n=cut.transform)


def _padded(x: Array, size: int) -> Array:
    pads = [(0, 0)] * (x.ndim - 1) + [(0, size - x.shape[-1])]
    return jnp.pad(x, pads) if size > x.shape[-1] else x


class _Options(NamedTuple):
    fs: Any
    window: Any
    nperseg: Any
    noverlap: Any
    nfft: Any
    detrend: Any
    one_sided: bool
    scaling: str
    axis: int
    power: bool
    boundary: str | None
    padded: bool


def _spectrum(x: Any, y: Any, o: _Options) -> tuple[Array, Array, Array]:
    """Frequencies, times, and spectra, whose times are along the last axis."""
    if o.boundary not in _EXTENSIONS:
        raise ValueError(
            f"Unknown boundary option '{o.boundary}', must be one of: {list(_EXTENSIONS)}"
        )
    if y is None:
        signals = _core.numpy.promote_dtypes_inexact(as_array("spectral_helper", x))
    else:
        signals = _core.numpy.promote_dtypes_inexact(*as_arrays("spectral_helper", x, y))
    axis = canonical_axis(operator.index(concrete(o.axis, "axis of windowed-FFT")), signals[0].ndim)
    shapes = _check_signals(signals, axis)
    size = None if o.nperseg is None else int(concrete(o.nperseg, "nperseg of windowed-FFT"))
    if size is not None and size < 1:
        raise ValueError("nperseg must be a positive integer")
    dtype = signals[0].dtype
    window, size = window_of(o.window, size, signals[0].shape[axis], dtype)
    real = finfo(dtype).dtype
    if any(s.size == 0 for s in signals):
        out = np.result_type(real, np.complex64)
        return jnp.zeros(shapes, real), jnp.zeros(shapes, real), jnp.zeros(shapes, out)
    length = max(s.shape[axis] for s in signals)
    moved = [_padded(jnp.moveaxis(s, axis, -1), length) for s in signals]
    cut = _segments(size, o.noverlap, o.nfft)
    moved = [_extended(s, cut.size // 2, o.boundary) for s in moved]
    if o.padded:
        rest = -(moved[0].shape[-1] - cut.size) % cut.step % cut.size
        moved = [_padded(s, s.shape[-1] + rest) for s in moved]
    return _scaled(moved, window, cut, axis, real, o)


def _check_signals(signals: tuple[Array, ...], axis: int) -> tuple[int, ...]:
    """The shape of empty results."""
    rest = [s.shape[:axis] + s.shape[axis + 1 :] for s in signals]
    if len({s.ndim for s in signals}) > 1:
        ranks = " vs ".join(str(s.ndim) for s in signals)
        raise ValueError(f"two-arguments must have the same rank ({ranks}).")
    try:
        outer = jnp.broadcast_shapes(*rest)
    except ValueError as error:
        raise ValueError("x and y cannot be broadcast together.") from error
    least = min(s.shape[axis] for s in signals)
    return (*outer[:axis], least, *outer[axis:])


def _scaled(
    signals: list[Array], window: Array, cut: _Segments, axis: int, real: Any, o: _Options
) -> tuple[Array, Array, Array]:
    one_sided = o.one_sided
    if one_sided and any(jnp.iscomplexobj(s) for s in signals):
        warnings.warn("Input data is complex, switching to return_onesided=False", stacklevel=4)
        one_sided = False
    if o.scaling not in ("density", "spectrum"):
        raise ValueError(f"Unknown scaling: {o.scaling}")
    density = o.scaling == "density"
    scale = 1.0 / (o.fs * (window * window).sum()) if density else 1.0 / window.sum() ** 2
    trend = _trend(o.detrend, o.axis)
    first, *others = (_transformed(s, window, trend, cut, one_sided) for s in signals)
    if o.power:
        spectrum = jnp.conj(first) * (others[0] if others else first) * scale.astype(first.dtype)
        if one_sided:
            end = None if cut.transform % 2 else -1
            spectrum = spectrum.at[..., 1:end].mul(2)
        spectrum = spectrum if others else spectrum.real
    else:
        spectrum = first * jnp.sqrt(scale).astype(first.dtype)
    frequencies = jnp.fft.rfftfreq if one_sided else jnp.fft.fftfreq
    half = cut.size / 2
    times = jnp.arange(half, signals[0].shape[-1] - half + 1, cut.step, dtype=real) / o.fs
    if o.boundary is not None:
        times = times - half / o.fs
    wide = np.result_type(real, np.complex64)
    kind = wide if jnp.iscomplexobj(spectrum) else real
    # Segments were in front of frequencies, which take the place of the signal's axis.
    turned = jnp.moveaxis(jnp.swapaxes(spectrum, -1, -2).astype(kind), -2, axis)
    return frequencies(cut.transform, 1 / o.fs, dtype=real), times, turned


def stft(
    x: ArrayLike,
    fs: ArrayLike = 1.0,
    window: Any = "hann",
    nperseg: int = 256,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Any = False,
    return_onesided: bool = True,
    boundary: str | None = "zeros",
    padded: bool = True,
    axis: int = -1,
) -> tuple[Array, Array, Array]:
    """The short-time Fourier transform.

    Args:
      x: a signal.
      fs: how many samples there are in a unit of time.
      window: the window of segments: a name or a tuple as SciPy takes, or an array.
      nperseg: the size of segments.
      noverlap: how many samples segments share; None is half of them.
      nfft: the size of transforms; None is that of segments.
      detrend: the trend that is taken out: "linear", "constant", a function, or False.
      return_onesided: whether negative frequencies are left out, of real signals.
      boundary: how both ends are extended: "even", "odd", "constant", "zeros" or None.
      padded: whether the signal is padded to whole segments.
      axis: the axis of time.

    Returns:
      Frequencies, times, and the transforms: their frequencies are along the axis, times along a
      new last one.

    Raises:
      ValueError: if sizes or options do not fit.

    >>> f, t, z = covector.scipy.signal.stft(jnp.ones(16), nperseg=8)
    >>> f.shape, t.shape, z.shape
    ((5,), (5,), (5, 5))
    """
    return _spectrum(
        x,
        None,
        _Options(fs, window, nperseg, noverlap, nfft, detrend, return_onesided, "spectrum", axis,
                 False, boundary, padded),
    )  # fmt: skip


def csd(
    x: ArrayLike,
    y: ArrayLike | None,
    fs: ArrayLike = 1.0,
    window: Any = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Any = "constant",
    return_onesided: bool = True,
    scaling: str = "density",
    axis: int = -1,
    average: str = "mean",
) -> tuple[Array, Array]:
    """The cross power spectral density of two signals, by Welch's method.

    Args:
      x: a signal.
      y: another one; None stands for the same.
      fs: how many samples there are in a unit of time.
      window: the window of segments: a name or a tuple as SciPy takes, or an array.
      nperseg: the size of segments; None is that of the window or the signal.
      noverlap: how many samples segments share; None is half of them.
      nfft: the size of transforms; None is that of segments.
      detrend: the trend that is taken out: "linear", "constant", a function, or False.
      return_onesided: whether negative frequencies are left out, of real signals.
      scaling: "density" (per frequency) or "spectrum".
      axis: the axis of time.
      average: how the spectra of segments are averaged: "mean" or "median".

    Returns:
      Frequencies, and the density.

    Raises:
      ValueError: if sizes or options do not fit.

    >>> f, p = covector.scipy.signal.csd(jnp.ones(16), jnp.ones(16), nperseg=8)
    >>> p.shape
    (5,)
    """
    frequencies, _, power = _spectrum(
        x,
        y,
        _Options(fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis,
                 True, None, False),
    )  # fmt: skip
    if y is not None:
        power = power.astype(np.result_type(power.dtype, np.complex64))
    if power.ndim >= 2 and power.size > 0:
        power = _averaged(power, average) if power.shape[-1] > 1 else power[..., 0]
    return frequencies, power


def _averaged(power: Array, average: str) -> Array:
    if average == "mean":
        return power.mean(axis=-1)
    if average != "median":
        raise ValueError(f'average must be "median" or "mean", got {average}')
    # The median of exponential variates is below their mean.
    even = np.arange(2.0, power.shape[-1], 2)
    bias = 1 + np.sum(1.0 / (even + 1) - 1.0 / even)
    if not jnp.iscomplexobj(power):
        return jnp.median(power, axis=-1) / bias
    parts = (jnp.median(p, axis=-1) / bias for p in (power.real, power.imag))
    return lax.complex(*parts)


def welch(
    x: ArrayLike,
    fs: ArrayLike = 1.0,
    window: Any = "hann",
    nperseg: int | None = None,
    noverlap: int | None = None,
    nfft: int | None = None,
    detrend: Any = "constant",
    return_onesided: bool = True,
    scaling: str = "density",
    axis: int = -1,
    average: str = "mean",
) -> tuple[Array, Array]:
    """The power spectral density of a signal, by Welch's method.

    Arguments, results and errors are those of `csd`, for one signal.

    >>> covector.scipy.signal.welch(jnp.ones(16), nperseg=8)[1].shape
    (5,)
    """
    frequencies, power = csd(x, None, fs, window, nperseg, noverlap, nfft, detrend,
                             return_onesided, scaling, axis, average)  # fmt: skip
    return frequencies, power.real
