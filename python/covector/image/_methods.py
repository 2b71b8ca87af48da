"""The methods of interpolation and their kernels."""

import enum
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._core import Array


class ResizeMethod(enum.Enum):
    """How values between pixels are interpolated.

    Attributes:
      NEAREST: by the nearest pixel.
      LINEAR: linearly.
      LANCZOS3: by Lanczos's kernel of radius 3.
      LANCZOS5: by Lanczos's kernel of radius 5.
      CUBIC: by the cubic kernel of Keys (1981).
      CUBIC_PYTORCH: by the cubic kernel of PyTorch and OpenCV, whose edges are repeated.
      AREA: by the mean over the area of a pixel of the result.
    """

    NEAREST = 0
    LINEAR = 1
    LANCZOS3 = 2
    LANCZOS5 = 3
    CUBIC = 4
    CUBIC_PYTORCH = 5
    AREA = 6

    @staticmethod
    def from_string(s: str) -> "ResizeMethod":
        """The method of this name.

        Raises:
          ValueError: if there is none.

        >>> covector.image.ResizeMethod.from_string("bilinear")
        <ResizeMethod.LINEAR: 1>
        """
        if s not in _NAMES:
            raise ValueError(f'Unknown resize method "{s}"')
        return _NAMES[s]


_NAMES = {
    "nearest": ResizeMethod.NEAREST,
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), ResizeMethod.LINEAR),
    "lanczos3": ResizeMethod.LANCZOS3,
    "lanczos5": ResizeMethod.LANCZOS5,
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), ResizeMethod.CUBIC),
    **dict.fromkeys(("cubic-pytorch", "bicubic-pytorch"), ResizeMethod.CUBIC_PYTORCH),
    "area": ResizeMethod.AREA,
}


def kernel(method: ResizeMethod, x: Array) -> Any:
    """The weight of a pixel at this distance, which is not negative."""
    if method is ResizeMethod.LINEAR:
        return jnp.maximum(0, 1 - x)
    if method is ResizeMethod.CUBIC:
        return _cubic(x, -0.5)
    if method is ResizeMethod.CUBIC_PYTORCH:
        return _cubic(x, -0.75)
    return _lanczos(x, 3.0 if method is ResizeMethod.LANCZOS3 else 5.0)


RADIUS = {
    ResizeMethod.LINEAR: 1,
    ResizeMethod.LANCZOS3: 3,
    ResizeMethod.LANCZOS5: 5,
    ResizeMethod.CUBIC: 2,
    ResizeMethod.CUBIC_PYTORCH: 2,
    ResizeMethod.AREA: 1,
}


def _lanczos(x: Array, radius: float) -> Array:
    sines = radius * jnp.sin(np.pi * x) * jnp.sin(np.pi * x / radius)
    square = jnp.where(x != 0, np.pi**2 * x**2, 1)
    return jnp.where(x > radius, 0.0, jnp.where(x > 1e-3, sines / square, 1))


def _cubic(x: Array, a: float) -> Array:
    """R. Keys, "Cubic convolution interpolation for digital image processing" (1981)."""
    near = ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    far = ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    return jnp.where(x >= 2.0, 0.0, jnp.where(x >= 1.0, far, near))
