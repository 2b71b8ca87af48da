"""Convolutions and correlations, directly or by Fourier transforms."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import as_arrays, canonical_axes
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike

_MODES = ("same", "full", "valid")


def fftconvolve(
    in1: ArrayLike, in2: ArrayLike, mode: str = "full", axes: Sequence[int] | int | None = None
) -> Array:
    """The convolution, by Fourier transforms.

    Args:
      in1: an array.
      in2: an array of the same rank.
      mode: "full", "same" (the middle, of the size of `in1`) or "valid" (where the arrays
        overlap wholly).
      axes: the axes along which the arrays are convolved; the others must have equal sizes.
        None stands for all.

    Raises:
      ValueError: if shapes do not fit, or there is no such mode.

    >>> covector.scipy.signal.fftconvolve(jnp.ones(2), jnp.ones(2)).round(3)
    Array([1., 2., 1.], dtype=float32)
    """
    a, b = _core.numpy.promote_dtypes_inexact(*as_arrays("fftconvolve", in1, in2))
    if a.ndim != b.ndim:
        raise ValueError("in1 and in2 should have the same dimensionality")
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {list(_MODES)}")
    places = canonical_axes(axes, a.ndim)
    if any(a.shape[i] != b.shape[i] for i in range(a.ndim) if i not in places):
        raise ValueError(
            f"mapped axes must have same shape; got in1.shape={a.shape} in2.shape={b.shape} "
            f"axes={axes}"
        )
    if mode == "valid":
        a, b = _larger_first(a, b, places)
    return _by_transforms(a, b, mode, places)


def _larger_first(a: Array, b: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    sizes = [(a.shape[i], b.shape[i]) for i in axes]
    if all(m >= n for m, n in sizes):
        return a, b
    if all(m <= n for m, n in sizes):
        return b, a
    raise ValueError(
        "For 'valid' mode, One input must be at least as large as the other in every dimension."
    )


@composite("mode", "axes")
def _by_transforms(a: Array, b: Array, mode: str, axes: tuple[int, ...]) -> Array:
    full = tuple(a.shape[i] + b.shape[i] - 1 for i in axes)
    if all(1 in (a.shape[i], b.shape[i]) for i in axes):
        product = a * b
    else:
        complex_ = jnp.iscomplexobj(a)
        there, back = (jnp.fft.fftn, jnp.fft.ifftn) if complex_ else (jnp.fft.rfftn, jnp.fft.irfftn)
        product = back(there(a, full, axes) * there(b, full, axes), full, axes)
    start, size = [0] * a.ndim, list(product.shape)
    for n, i in zip(full, axes):
        if mode == "same":
            size[i] = a.shape[i]
        elif mode == "valid":
            size[i] = a.shape[i] - b.shape[i] + 1
        start[i] = (n - size[i]) // 2
    return lax.slice(product, start, [s + n for s, n in zip(start, size)])


def convolve(
    in1: ArrayLike, in2: ArrayLike, mode: str = "full", method: str = "auto", precision: Any = None
) -> Array:
    """The convolution of two arrays.

    Args:
      in1: an array.
      in2: an array of the same rank.
      mode: "full", "same" or "valid", see `fftconvolve`.
      method: "direct", "fft", or "auto", which is "direct".
      precision: of the products.

    Raises:
      ValueError: if shapes do not fit, or there is no such mode or method.

    >>> covector.scipy.signal.convolve(jnp.ones(2), jnp.ones(2))
    Array([1., 2., 1.], dtype=float32)
    """
    if method == "fft":
        return fftconvolve(in1, in2, mode=mode)
    if method not in ("direct", "auto"):
        raise ValueError(f"Got method={method!r}; expected 'auto', 'fft', or 'direct'.")
    a, b = as_arrays("convolve", in1, in2)
    return _direct(a, b, mode, precision)


def _direct(a: Array, b: Array, mode: str, precision: Any) -> Array:
    if mode not in _MODES:
        raise ValueError("mode must be one of ['full', 'same', 'valid']")
    if a.ndim != b.ndim:
        raise ValueError("in1 and in2 must have the same number of dimensions")
    if a.size == 0 or b.size == 0:
        raise ValueError(
            f"zero-size arrays not supported in convolutions, got shapes {a.shape} and {b.shape}."
        )
    larger = all(m >= n for m, n in zip(a.shape, b.shape))
    if not larger and not all(m <= n for m, n in zip(a.shape, b.shape)):
        raise ValueError("One input must be smaller than the other in every dimension.")
    return _by_windows(a, b, mode, precision)


@composite("mode", "precision")
def _by_windows(a: Array, b: Array, mode: str, precision: Any) -> Array:
    a, b = _core.numpy.promote_dtypes_inexact(a, b)
    second = b.shape
    if all(m <= n for m, n in zip(a.shape, b.shape)):
        a, b = b, a
    sizes = b.shape
    if mode == "valid":
        pads = [(0, 0)] * b.ndim
    elif mode == "same":
        pads = [(n - 1 - (m - 1) // 2, n - m + (m - 1) // 2) for n, m in zip(sizes, second)]
    else:
        pads = [(n - 1, n - 1) for n in sizes]
    windows = (1,) * b.ndim
    out = lax.conv_general_dilated(
        a[None, None], jnp.flip(b)[None, None], windows, pads, precision=precision
    )
    return out[0, 0]


def convolve2d(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: str = "full",
    boundary: str = "fill",
    fillvalue: float = 0,
    precision: Any = None,
) -> Array:
    """The convolution of two matrices.

    Args:
      in1: a matrix.
      in2: a matrix.
      mode: "full", "same" or "valid", see `fftconvolve`.
      boundary: must be "fill".
      fillvalue: must be 0.
      precision: of the products.

    Raises:
      NotImplementedError: for another boundary.
      ValueError: if these are no matrices, or there is no such mode.

    >>> covector.scipy.signal.convolve2d(jnp.ones((2, 2)), jnp.ones((1, 1))).shape
    (2, 2)
    """
    _check_matrices("convolve2d", in1, in2, boundary, fillvalue)
    a, b = as_arrays("convolve2d", in1, in2)
    return _direct(a, b, mode, precision)


def _check_matrices(function: str, a: Any, b: Any, boundary: str, fillvalue: Any) -> None:
    if boundary != "fill" or fillvalue != 0:
        raise NotImplementedError(f"{function}() only supports boundary='fill', fillvalue=0")
    if np.ndim(a) != 2 or np.ndim(b) != 2:
        raise ValueError(f"{function}() only supports 2-dimensional inputs.")


def correlate(
    in1: ArrayLike, in2: ArrayLike, mode: str = "full", method: str = "auto", precision: Any = None
) -> Array:
    """The correlation of two arrays: the convolution with the second conjugate and reversed.

    Arguments and errors are those of `convolve`.

    >>> covector.scipy.signal.correlate(jnp.arange(3.0), jnp.ones(1))
    Array([0., 1., 2.], dtype=float32)
    """
    a, b = as_arrays("correlate", in1, in2)
    return convolve(a, jnp.flip(b.conj()), mode, method, precision)


def correlate2d(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: str = "full",
    boundary: str = "fill",
    fillvalue: float = 0,
    precision: Any = None,
) -> Array:
    """The correlation of two matrices; arguments and errors are those of `convolve2d`.

    >>> covector.scipy.signal.correlate2d(jnp.ones((2, 2)), jnp.ones((1, 1))).shape
    (2, 2)
    """
    _check_matrices("correlate2d", in1, in2, boundary, fillvalue)
    a, b = as_arrays("correlate2d", in1, in2)
    smaller = all(m <= n for m, n in zip(a.shape, b.shape))
    if mode == "same" or not smaller or (mode == "valid" and a.shape == b.shape):
        # The middle of "same" is that of the reversed product.
        return jnp.flip(_direct(jnp.flip(a), b.conj(), mode, precision))
    if mode == "valid":
        return _direct(jnp.flip(b), a.conj(), mode, precision)
    return _direct(jnp.flip(b), a.conj(), mode, precision).conj()
