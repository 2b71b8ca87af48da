"""Transforms along several axes."""

from collections.abc import Sequence
from typing import Any

from covector._core import Array
from covector._typing import ArrayLike
from covector.lax import FftType
from covector.numpy.fft._transform import transform


def _plane(
    function: str, kind: FftType, a: ArrayLike, s: Any, axes: Sequence[int], norm: str | None
) -> Array:
    if len(axes) != 2:
        raise ValueError(f"jax.numpy.fft.{function} only supports 2 axes. Got axes = {axes!r}.")
    return transform(function, kind, a, s, axes, norm)


def fftn(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
) -> Array:
    """The discrete Fourier transform along axes.

    Args:
      a: an array.
      s: the sizes along them: the array is cropped or filled up with zeros.
      axes: the axes; all by default, or the last ones if sizes are given.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array.

    Raises:
      ValueError: if sizes and axes do not fit, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.fftn(jnp.ones((2, 2))).real
    Array([[4., 0.],
           [0., 0.]], dtype=float32)
    """
    return transform("fftn", FftType.FFT, a, s, axes, norm)


def fft2(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] = (-2, -1),
    norm: str | None = None,
) -> Array:
    """The discrete Fourier transform along two axes.

    Args:
      a: an array.
      s: the sizes along them: the array is cropped or filled up with zeros.
      axes: the two axes.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array.

    Raises:
      ValueError: if sizes and axes do not fit, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.fft2(jnp.ones((2, 2))).real
    Array([[4., 0.],
           [0., 0.]], dtype=float32)
    """
    return _plane("fft2", FftType.FFT, a, s, axes, norm)


def ifftn(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
) -> Array:
    """The inverse discrete Fourier transform along axes.

    Args:
      a: an array.
      s: the sizes along them: the array is cropped or filled up with zeros.
      axes: the axes; all by default, or the last ones if sizes are given.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array.

    Raises:
      ValueError: if sizes and axes do not fit, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.ifftn(jnp.ones((2, 2))).real
    Array([[1., 0.],
           [0., 0.]], dtype=float32)
    """
    return transform("ifftn", FftType.IFFT, a, s, axes, norm)


def ifft2(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] = (-2, -1),
    norm: str | None = None,
) -> Array:
    """The inverse discrete Fourier transform along two axes.

    Args:
      a: an array.
      s: the sizes along them: the array is cropped or filled up with zeros.
      axes: the two axes.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array.

    Raises:
      ValueError: if sizes and axes do not fit, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.ifft2(jnp.ones((2, 2))).real
    Array([[1., 0.],
           [0., 0.]], dtype=float32)
    """
    return _plane("ifft2", FftType.IFFT, a, s, axes, norm)


def rfftn(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
) -> Array:
    """The discrete Fourier transform of real numbers along axes, of the last the first half.

    Args:
      a: an array.
      s: the sizes along them: the array is cropped or filled up with zeros.
      axes: the axes; all by default, or the last ones if sizes are given.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array.

    Raises:
      ValueError: if sizes and axes do not fit, or there is no such norm, or the array is complex.

    >>> import covector.numpy as jnp
    >>> jnp.fft.rfftn(jnp.ones((2, 2))).real
    Array([[4., 0.],
           [0., 0.]], dtype=float32)
    """
    return transform("rfftn", FftType.RFFT, a, s, axes, norm)


def rfft2(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] = (-2, -1),
    norm: str | None = None,
) -> Array:
    """The discrete Fourier transform of real numbers along two axes, of the last the first half.

    Args:
      a: an array.
      s: the sizes along them: the array is cropped or filled up with zeros.
      axes: the two axes.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array.

    Raises:
      ValueError: if sizes and axes do not fit, or there is no such norm, or the array is complex.

    >>> import covector.numpy as jnp
    >>> jnp.fft.rfft2(jnp.ones((2, 2))).real
    Array([[4., 0.],
           [0., 0.]], dtype=float32)
    """
    return _plane("rfft2", FftType.RFFT, a, s, axes, norm)


def irfftn(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
) -> Array:
    """The inverse of `rfftn`, with a real result, along axes.

    Args:
      a: an array.
      s: the sizes of the result along them; the last one is twice that of the array less two
        by default.
      axes: the axes; all by default, or the last ones if sizes are given.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A real array.

    Raises:
      ValueError: if sizes and axes do not fit, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.irfftn(jnp.ones((2, 2)))
    Array([[1., 0.],
           [0., 0.]], dtype=float32)
    """
    return transform("irfftn", FftType.IRFFT, a, s, axes, norm)


def irfft2(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] = (-2, -1),
    norm: str | None = None,
) -> Array:
    """The inverse of `rfft2`, with a real result, along two axes.

    Args:
      a: an array.
      s: the sizes of the result along them; the last one is twice that of the array less two
        by default.
      axes: the two axes.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A real array.

    Raises:
      ValueError: if sizes and axes do not fit, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.irfft2(jnp.ones((2, 2)))
    Array([[1., 0.],
           [0., 0.]], dtype=float32)
    """
    return _plane("irfft2", FftType.IRFFT, a, s, axes, norm)
