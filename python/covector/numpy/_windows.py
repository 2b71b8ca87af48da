"""Window functions of signal processing."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import index
from covector._composite import composite
from covector._core import Array
from covector.numpy._numerals import i0


def _places(M: int, dtype: Any) -> Array:
    """Angles from 0 to 2 pi."""
    return (2 * np.pi / (M - 1)) * lax.iota(dtype, M)


def _window(function: str, M: int, shape: Any, *parameters: Any) -> Array:
    count = index(M, f"M argument of jnp.{function}()")
    return _windowed(*parameters, shape=shape, count=count)


@composite("shape", "count")
def _windowed(*parameters: Any, shape: Any, count: int) -> Array:
    dtype = _core.canonical_dtype(float)
    if count <= 1:
        return lax.full((max(count, 0),), 1, dtype)
    return shape(count, dtype, *parameters)


def bartlett(M: int) -> Array:
    """Bartlett's window, a triangle.

    Args:
      M: how many points.

    Returns:
      A vector of the default float type.

    >>> import covector.numpy as jnp
    >>> jnp.bartlett(3)
    Array([0., 1., 0.], dtype=float32)
    """
    return _window("bartlett", M, _bartlett)


def _bartlett(M: int, dtype: Any) -> Array:
    return 1 - _core.numpy.abs(2 * lax.iota(dtype, M) - (M - 1)) / (M - 1)


def blackman(M: int) -> Array:
    """Blackman's window.

    Args:
      M: how many points.

    Returns:
      A vector of the default float type.

    >>> import covector.numpy as jnp
    >>> jnp.blackman(3).round(3)
    Array([-0.,  1., -0.], dtype=float32)
    """
    return _window("blackman", M, _blackman)


def _blackman(M: int, dtype: Any) -> Array:
    places = _places(M, dtype)
    return 0.42 - 0.5 * lax.cos(places) + 0.08 * lax.cos(2 * places)


def hamming(M: int) -> Array:
    """Hamming's window.

    Args:
      M: how many points.

    Returns:
      A vector of the default float type.

    >>> import covector.numpy as jnp
    >>> jnp.hamming(3).round(2)
    Array([0.08, 1.  , 0.08], dtype=float32)
    """
    return _window("hamming", M, _hamming)


def _hamming(M: int, dtype: Any) -> Array:
    return 0.54 - 0.46 * lax.cos(_places(M, dtype))


def hanning(M: int) -> Array:
    """Hann's window.

    Args:
      M: how many points.

    Returns:
      A vector of the default float type.

    >>> import covector.numpy as jnp
    >>> jnp.hanning(3)
    Array([0., 1., 0.], dtype=float32)
    """
    return _window("hanning", M, _hanning)


def _hanning(M: int, dtype: Any) -> Array:
    return 0.5 * (1 - lax.cos(_places(M, dtype)))


def kaiser(M: int, beta: Any) -> Array:
    """Kaiser's window.

    Args:
      M: how many points.
      beta: its shape.

    Returns:
      A vector of the default float type.

    >>> import covector.numpy as jnp
    >>> jnp.kaiser(3, 2.0).round(3)
    Array([0.439, 1.   , 0.439], dtype=float32)
    """
    return _window("kaiser", M, _kaiser, beta)


def _kaiser(M: int, dtype: Any, beta: Any) -> Array:
    alpha = 0.5 * (M - 1)
    inside = 1 - lax.square((lax.iota(dtype, M) - alpha) / alpha)
    inside = _core.numpy.maximum(inside, 0)
    return i0(beta * lax.sqrt(inside)) / i0(beta)
