"""Discrete Fourier transforms, as `numpy.fft`.

A transform sums without a factor and its inverse divides by the number of elements, unless `norm`
says otherwise: 'backward' is that, 'forward' divides in the transform instead, and 'ortho'
divides both by the square root.
"""

from covector.numpy.fft._frequencies import fftfreq, fftshift, ifftshift, rfftfreq
from covector.numpy.fft._several_axes import (
    fft2,
    fftn,
    ifft2,
    ifftn,
    irfft2,
    irfftn,
    rfft2,
    rfftn,
)
from covector.numpy.fft._single_axis import fft, hfft, ifft, ihfft, irfft, rfft

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]
