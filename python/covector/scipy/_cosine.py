"""Discrete cosine transforms of type 2 and their inverses, by one FFT of the same size.

See J. Makhoul, "A fast cosine transform in one and two dimensions" (1980).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import as_array, as_tuple, canonical_axes, canonical_axis
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy._ranks import along_last


def dct(
    x: ArrayLike, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None
) -> Array:
    """The discrete cosine transform of type 2.

    Args:
      x: an array; of complex numbers both parts are transformed.
      type: must be 2.
      n: the size to which the axis is padded or cut first.
      axis: the axis.
      norm: None or "backward" for sums; "ortho" makes the transform orthogonal.

    Raises:
      NotImplementedError: for another type.
      ValueError: for another norm.

    >>> covector.scipy.fft.dct(jnp.ones(4))[0]
    Array(8., dtype=float32)
    """
    array = _checked("dct", x, type, norm)
    place = canonical_axis(axis, array.ndim)
    return _transformed(array, (place,), (n,), norm == "ortho", False)


def idct(
    x: ArrayLike, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None
) -> Array:
    """The inverse of `dct`; arguments and errors are its.

    >>> covector.scipy.fft.idct(covector.scipy.fft.dct(jnp.ones(3))).round(3)
    Array([1., 1., 1.], dtype=float32)
    """
    array = _checked("idct", x, type, norm)
    place = canonical_axis(axis, array.ndim)
    return _transformed(array, (place,), (n,), norm == "ortho", True)


def dctn(
    x: ArrayLike,
    type: int = 2,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
) -> Array:
    """The discrete cosine transform along several axes.

    Args:
      x: an array.
      type: must be 2.
      s: the sizes to which axes are padded or cut first.
      axes: the axes; None stands for the last ones for which there are sizes, or all.
      norm: None, "backward" or "ortho", see `dct`.

    Raises:
      NotImplementedError: for another type.
      ValueError: for another norm.
      ValueError: if there are more sizes than axes.

    >>> covector.scipy.fft.dctn(jnp.ones((2, 2)))[0, 0]
    Array(16., dtype=float32)
    """
    array = _checked("dctn", x, type, norm)
    return _transformed(array, *_places(array, s, axes), norm == "ortho", False)


def idctn(
    x: ArrayLike,
    type: int = 2,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
) -> Array:
    """The inverse of `dctn`; arguments and errors are its.

    >>> covector.scipy.fft.idctn(covector.scipy.fft.dctn(jnp.ones(3))).round(3)
    Array([1., 1., 1.], dtype=float32)
    """
    array = _checked("idctn", x, type, norm)
    return _transformed(array, *_places(array, s, axes), norm == "ortho", True)


def _checked(function: str, x: ArrayLike, type: int, norm: str | None) -> Array:
    array = as_array(function, x)
    if type != 2:
        raise NotImplementedError("Only DCT type 2 is implemented.")
    if norm not in (None, "backward", "ortho"):
        raise ValueError(f"jax.scipy.fft.{function}: norm={norm!r} is not implemented")
    return array


def _places(x: Array, s: Any, axes: Any) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    sizes = None if s is None else as_tuple(s)
    if sizes is not None and len(sizes) > x.ndim:
        raise ValueError(f"s must have at most x.ndim ({x.ndim}) elements, got {len(sizes)}")
    if axes is not None:
        places = canonical_axes(tuple(axes), x.ndim)
    else:
        places = tuple(range(0 if sizes is None else x.ndim - len(sizes), x.ndim))
    return places, (None,) * len(places) if sizes is None else sizes


@composite("axes", "sizes", "ortho", "inverse")
def _transformed(x: Array, axes: Any, sizes: Any, ortho: bool, inverse: bool) -> Array:
    (x,) = _core.numpy.promote_dtypes_inexact(x)
    if jnp.iscomplexobj(x):
        parts = (_transformed(p, axes, sizes, ortho, inverse) for p in (x.real, x.imag))
        return lax.complex(*parts)
    for axis, n in zip(axes, sizes):
        if n is not None:
            change = n - x.shape[axis]
            config = [(0, change if a == axis else 0, 0) for a in range(x.ndim)]
            x = lax.pad(x, np.zeros((), x.dtype), config)
    for axis in axes:
        x = jnp.moveaxis(x, axis, -1)
        x = _backward(x, ortho) if inverse else _forward(x, ortho)
        x = jnp.moveaxis(x, -1, axis)
    return x


def _quarter_turns(n: int, dtype: Any) -> np.ndarray:
    """exp(-i pi k / (2 n))."""
    return np.exp(-0.5j * np.pi * np.arange(n) / n).astype(np.result_type(dtype, np.complex64))


def _scale(n: int, dtype: Any) -> np.ndarray:
    """What makes the transform orthogonal."""
    return (np.sqrt(n * np.where(np.arange(n) == 0, 4.0, 2.0))).astype(dtype)


def _forward(x: Array, ortho: bool) -> Array:
    n = x.shape[-1]
    folded = jnp.concatenate([x[..., ::2], jnp.flip(x[..., 1::2], -1)], -1)
    out = 2 * (jnp.fft.fft(folded) * along_last(_quarter_turns(n, x.dtype), x)).real
    return out / along_last(_scale(n, x.dtype), x) if ortho else out


def _backward(x: Array, ortho: bool) -> Array:
    n = x.shape[-1]
    scale = along_last(_scale(n, x.dtype), x)
    x = x / scale if ortho else x / (scale * scale)
    turns = along_last(_quarter_turns(n, x.dtype), x)
    folded = jnp.fft.ifft(x.astype(turns.dtype) / turns * (2 * n)).real
    half = -(-n // 2)
    out = jnp.zeros_like(folded).at[..., ::2].set(folded[..., :half])
    return out.at[..., 1::2].set(jnp.flip(folded[..., half:], -1))
