"""Signals: convolutions, trends, spectra."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.scipy.signal._convolutions import (
        convolve,
        convolve2d,
        correlate,
        correlate2d,
        fftconvolve,
    )
    from covector.scipy.signal._spectra import csd, stft, welch
    from covector.scipy.signal._synthesis import istft
    from covector.scipy.signal._trends import detrend
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
