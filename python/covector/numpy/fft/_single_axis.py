"""Transforms along one axis."""

import operator
from typing import Any

from covector import _core
from covector._arguments import as_array
from covector._core import Array
from covector._typing import ArrayLike
from covector.lax import FftType
from covector.numpy.fft._transform import transform


def _along(
    function: str, kind: FftType, a: ArrayLike, n: int | None, axis: Any, norm: str | None,
    factor: float = 1.0,
) -> Array:  # fmt: skip
    if isinstance(axis, (list, tuple)):
        raise ValueError(
            f"jax.numpy.fft.{function} does not support multiple axes. Please use "
            f"jax.numpy.fft.{function}n. Got axis = {axis!r}."
        )
    lengths = None if n is None else (n,)
    return transform(function, kind, a, lengths, (-1 if axis is None else axis,), norm, factor)


def fft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The discrete Fourier transform along an axis.

    Args:
      a: an array.
      n: the size along the axis: longer arrays are cropped, shorter ones filled up with zeros;
        that of the array by default.
      axis: the axis.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array.

    Raises:
      ValueError: if `n` is not positive, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.fft(jnp.array([1.0, 0.0, 0.0, 0.0])).real
    Array([1., 1., 1., 1.], dtype=float32)
    """
    return _along("fft", FftType.FFT, a, n, axis, norm)


def ifft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The inverse discrete Fourier transform along an axis.

    Args:
      a: an array.
      n: the size along the axis: longer arrays are cropped, shorter ones filled up with zeros;
        that of the array by default.
      axis: the axis.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array.

    Raises:
      ValueError: if `n` is not positive, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.ifft(jnp.array([4.0, 0.0, 0.0, 0.0])).real
    Array([1., 1., 1., 1.], dtype=float32)
    """
    return _along("ifft", FftType.IFFT, a, n, axis, norm)


def rfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The discrete Fourier transform of real numbers along an axis: the first half of it.

    Args:
      a: an array of real numbers.
      n: the size along the axis: longer arrays are cropped, shorter ones filled up with zeros;
        that of the array by default.
      axis: the axis.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array with `n // 2 + 1` elements along the axis; the others
        are conjugates of these.

    Raises:
      ValueError: if `n` is not positive, or there is no such norm, or the array is complex.

    >>> import covector.numpy as jnp
    >>> jnp.fft.rfft(jnp.array([1.0, 0.0, 0.0, 0.0])).real
    Array([1., 1., 1.], dtype=float32)
    """
    return _along("rfft", FftType.RFFT, a, n, axis, norm)


def irfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The inverse of `rfft`.

    Args:
      a: an array.
      n: the size along the axis: longer arrays are cropped, shorter ones filled up with zeros;
        that of the result, twice that of the array less two by default.
      axis: the axis.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A real array.

    Raises:
      ValueError: if `n` is not positive, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.irfft(jnp.array([4.0, 0.0, 0.0]))
    Array([1., 1., 1., 1.], dtype=float32)
    """
    return _along("irfft", FftType.IRFFT, a, n, axis, norm)


def hfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The discrete Fourier transform of the first half of a signal whose transform is real.

    Args:
      a: an array: what follows it are conjugates in the opposite order.
      n: the size of the result along the axis, twice that of the array less two by default.
      axis: the axis.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A real array.

    Raises:
      ValueError: if `n` is not positive, or there is no such norm.

    >>> import covector.numpy as jnp
    >>> jnp.fft.hfft(jnp.array([1.0, 0.0, 0.0]))
    Array([1., 1., 1., 1.], dtype=float32)
    """
    a = as_array("jax.numpy.fft.hfft", a)
    size = n
    if size is None and isinstance(axis, int) and -a.ndim <= axis < a.ndim:
        size = 2 * (a.shape[axis] - 1)
    factor = 1 if size is None else operator.index(size)
    return _along("hfft", FftType.IRFFT, _core.numpy.conj(a), n, axis, norm, factor)


def ihfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The inverse of `hfft`.

    Args:
      a: an array of real numbers.
      n: the size along the axis: longer arrays are cropped, shorter ones filled up with zeros;
        that of the array by default.
      axis: the axis.
      norm: what the sum is divided by: 'backward', 'ortho' or 'forward'.

    Returns:
      A complex array with `n // 2 + 1` elements along the axis.

    Raises:
      ValueError: if `n` is not positive, there is no such norm, or the array is complex.

    >>> import covector.numpy as jnp
    >>> jnp.fft.ihfft(jnp.array([4.0, 0.0, 0.0, 0.0])).real
    Array([1., 1., 1.], dtype=float32)
    """
    a = as_array("jax.numpy.fft.ihfft", a)
    size = n
    if size is None and isinstance(axis, int) and -a.ndim <= axis < a.ndim:
        size = a.shape[axis]
    factor = 1.0 if not size else 1 / operator.index(size)
    return _core.numpy.conj(_along("ihfft", FftType.RFFT, a, n, axis, norm, factor))
