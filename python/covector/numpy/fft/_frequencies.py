"""The frequencies that belong to coefficients, and their order."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._arguments import as_array, place
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy._array import array
from covector.numpy._axes import roll


def _check_numbers(function: str, n: Any, d: Any) -> None:
    if isinstance(n, (list, tuple)):
        raise ValueError(
            f"The n argument of jax.numpy.fft.{function} only takes an int. Got n = {list(n)}."
        )
    if isinstance(d, (list, tuple)):
        raise ValueError(
            f"The d argument of jax.numpy.fft.{function} only takes a single value. "
            f"Got d = {list(d)}."
        )


def _frequencies(
    function: str, count: np.ndarray, n: int, d: ArrayLike, dtype: DTypeLike | None, device: Any
) -> Array:
    target = _core.canonical_dtype(float) if dtype is None else user_dtype(dtype, function)
    step = array(d * n, dtype=target)
    return place((array(count, dtype=target) / step).astype(target), device)


def fftfreq(
    n: int, d: ArrayLike = 1.0, *, dtype: DTypeLike | None = None, device: Any = None
) -> Array:
    """The frequencies of the coefficients that `fft` returns: 0, 1... and then the negative ones.

    Args:
      n: the number of elements.
      d: the distance of elements.
      dtype: of the result; the default float by default.
      device: where the result lives.

    Returns:
      An array of shape `(n,)`.

    Raises:
      ValueError: if an argument is a sequence.

    >>> import covector.numpy as jnp
    >>> jnp.fft.fftfreq(4)
    Array([ 0.  ,  0.25, -0.5 , -0.25], dtype=float32)
    """
    _check_numbers("fftfreq", n, d)
    count = (np.arange(n) + n // 2) % n - n // 2
    return _frequencies("fftfreq", count, n, d, dtype, device)


def rfftfreq(
    n: int, d: ArrayLike = 1.0, *, dtype: DTypeLike | None = None, device: Any = None
) -> Array:
    """The frequencies of the coefficients that `rfft` returns: 0, 1... up to the half.

    Args:
      n: the number of elements.
      d: the distance of elements.
      dtype: of the result; the default float by default.
      device: where the result lives.

    Returns:
      An array of shape `(n // 2 + 1,)`.

    Raises:
      ValueError: if an argument is a sequence.

    >>> import covector.numpy as jnp
    >>> jnp.fft.rfftfreq(4)
    Array([0.  , 0.25, 0.5 ], dtype=float32)
    """
    _check_numbers("rfftfreq", n, d)
    return _frequencies("rfftfreq", np.arange(n // 2 + 1), n, d, dtype, device)


def _halves(x: Array, axes: int | Sequence[int] | None) -> tuple[list[int], tuple[int, ...]]:
    if axes is None:
        axes = range(x.ndim)
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    return [x.shape[i] // 2 for i in axes], axes


def fftshift(x: ArrayLike, axes: int | Sequence[int] | None = None) -> Array:
    """An array of coefficients with frequency zero moved to the middle.

    Args:
      x: an array.
      axes: the axes along which to move; all by default.

    Returns:
      An array of the type of `x`.

    >>> import covector.numpy as jnp
    >>> jnp.fft.fftshift(jnp.array([0, 1, 2, -2, -1]))
    Array([-2, -1,  0,  1,  2], dtype=int32)
    """
    x = as_array("fftshift", x)
    halves, axes = _halves(x, axes)
    return roll(x, halves, axes)


def ifftshift(x: ArrayLike, axes: int | Sequence[int] | None = None) -> Array:
    """The inverse of `fftshift`.

    Args:
      x: an array.
      axes: the axes along which to move; all by default.

    Returns:
      An array of the type of `x`.

    >>> import covector.numpy as jnp
    >>> jnp.fft.ifftshift(jnp.array([-2, -1, 0, 1, 2]))
    Array([ 0,  1,  2, -2, -1], dtype=int32)
    """
    x = as_array("ifftshift", x)
    halves, axes = _halves(x, axes)
    return roll(x, [-n for n in halves], axes)
