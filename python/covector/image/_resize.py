"""Resizing: each axis is contracted with a matrix of weights."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import canonical_axis, canonical_shape
from covector._composite import composite
from covector._core import Array
from covector.image._methods import RADIUS, ResizeMethod, kernel

_TINY = 1000.0 * float(np.finfo(np.float32).eps)


def scale_and_translate(
    image: Any,
    shape: Any,
    spatial_dims: Sequence[int],
    scale: Any,
    translation: Any,
    method: str | ResizeMethod,
    antialias: bool = True,
    precision: Any = lax.Precision.HIGHEST,
) -> Array:
    """An image scaled and moved: what was at x comes to be at x * scale + translation.

    Args:
      image: an array.
      shape: the shape of the result.
      spatial_dims: the axes that are scaled.
      scale: a factor for each of them.
      translation: a distance for each of them.
      method: a `ResizeMethod` other than NEAREST, or its name.
      antialias: whether kernels are widened where the image is made smaller.
      precision: of the contractions.

    Returns:
      An array of the shape; pixels outside of the image are 0.

    Raises:
      ValueError: if the rank of the shape is another, or the method is unknown or NEAREST.

    >>> x = jnp.ones((2, 2))
    >>> one = jnp.ones(1)
    >>> covector.image.scale_and_translate(x, (2, 3), [1], one, one, "linear").shape
    (2, 3)
    """
    x, dims = _core.asarray(image), _checked_shape(image, shape)
    how = ResizeMethod.from_string(method) if isinstance(method, str) else method
    if how is ResizeMethod.NEAREST:
        raise ValueError(
            "Nearest neighbor resampling is not currently supported for scale_and_translate."
        )
    (x,) = _core.numpy.promote_dtypes_inexact(x)
    factors, shifts = _core.numpy.promote_dtypes_inexact(
        jnp.asarray(scale), jnp.asarray(translation)
    )
    axes = tuple(canonical_axis(d, x.ndim) for d in spatial_dims)
    return _contracted(x, dims, axes, factors, shifts, how, antialias, precision)


def _checked_shape(image: Any, shape: Any) -> tuple[int, ...]:
    dims = canonical_shape(shape)
    if len(dims) != np.ndim(image):
        raise ValueError(
            "shape must have length equal to the number of dimensions of x;  "
            f"{dims} vs {np.shape(image)}"
        )
    return dims


def _contracted(
    x: Array,
    shape: tuple[int, ...],
    axes: tuple[int, ...],
    scale: Any,
    translation: Any,
    method: ResizeMethod,
    antialias: bool,
    precision: Any,
) -> Array:
    if not axes:
        return x
    if method is ResizeMethod.CUBIC_PYTORCH and antialias:
        method = ResizeMethod.CUBIC
    operands: list[Any] = [x, list(range(x.ndim))]
    out = list(range(x.ndim))
    for i, axis in enumerate(axes):
        matrix = _weights(x.shape[axis], shape[axis], scale[i], translation[i], method, antialias)
        operands += [matrix.astype(x.dtype), [axis, x.ndim + i]]
        out[axis] = x.ndim + i
    return jnp.einsum(*operands, out, precision=precision)


def _weights(
    size: int, new_size: int, scale: Any, shift: Any, method: ResizeMethod, antialias: bool
) -> Array:
    """A matrix of what each pixel gives to each pixel of the result."""
    dtype = jnp.result_type(scale, shift)
    inverse = 1.0 / scale
    sample = (jnp.arange(new_size, dtype=dtype) + 0.5) * inverse - shift * inverse - 0.5
    if method is ResizeMethod.CUBIC_PYTORCH:  # edges are repeated
        reach = RADIUS[method]
        places = jnp.arange(-reach, size + reach, dtype=dtype)
        weights = kernel(method, jnp.abs(sample[None, :] - places[:, None]))
        rows = jnp.clip(places.astype(np.int32), 0, size - 1)
        return _normalized(jnp.zeros((size, new_size), dtype).at[rows].add(weights))
    if method is ResizeMethod.AREA:
        weights = _overlaps(size, new_size, inverse, shift, dtype)
    else:
        width = jnp.maximum(inverse, 1.0) if antialias else 1.0
        places = jnp.arange(size, dtype=dtype)
        weights = kernel(method, jnp.abs(sample[None, :] - places[:, None]) / width)
    inside = (sample >= -0.5) & (sample <= size - 0.5)
    return jnp.where(inside[None, :], _normalized(weights), 0)


def _overlaps(size: int, new_size: int, inverse: Any, shift: Any, dtype: Any) -> Array:
    """How much of each pixel is in the area of each pixel of the result."""
    begin = jnp.arange(new_size, dtype=dtype) * inverse - shift * inverse
    end = begin + inverse
    left = jnp.arange(size, dtype=dtype)[:, None]
    return jnp.maximum(0.0, jnp.minimum(end, left + 1.0) - jnp.maximum(begin, left))


def _normalized(weights: Array) -> Array:
    total = jnp.sum(weights, axis=0, keepdims=True)
    quotient = weights / jnp.where(total != 0, total, 1)
    return jnp.where(jnp.abs(total) > _TINY, quotient, 0)


def resize(
    image: Any,
    shape: Any,
    method: str | ResizeMethod,
    antialias: bool = True,
    precision: Any = lax.Precision.HIGHEST,
) -> Array:
    """An image of another size.

    Args:
      image: an array; integers become floats, except for NEAREST.
      shape: the shape of the result.
      method: a `ResizeMethod`, or its name: "nearest", "linear", "cubic", "lanczos3",
        "lanczos5", "cubic-pytorch" or "area".
      antialias: whether kernels are widened where the image is made smaller.
      precision: of the contractions.

    Raises:
      ValueError: if the rank of the shape is another, or the method is unknown.

    >>> covector.image.resize(jnp.arange(4.0), (2,), "linear", antialias=False)
    Array([0.5, 2.5], dtype=float32)
    """
    how = ResizeMethod.from_string(method) if isinstance(method, str) else method
    return _resize(_core.asarray(image), _checked_shape(image, shape), how, antialias, precision)


@composite("shape", "method", "antialias", "precision")
def _resize(
    image: Array, shape: tuple[int, ...], method: ResizeMethod, antialias: bool, precision: Any
) -> Array:
    axes = tuple(i for i, (a, b) in enumerate(zip(image.shape, shape)) if a != b)
    if method is ResizeMethod.NEAREST:
        return _nearest(image, shape, axes)
    (x,) = _core.numpy.promote_dtypes_inexact(image)
    scale = [1.0 if shape[d] == 0 else shape[d] / x.shape[d] for d in axes]
    return _contracted(x, shape, axes, scale, [0.0] * len(axes), method, antialias, precision)


def _nearest(x: Array, shape: tuple[int, ...], axes: tuple[int, ...]) -> Array:
    for axis in axes:
        size, new_size = x.shape[axis], shape[axis]
        offsets = (jnp.arange(new_size, dtype=np.float32) + 0.5) * size / new_size
        places = jnp.floor(offsets.astype(np.float32)).astype(np.int32)
        x = x[(slice(None),) * axis + (places,)]
    return x
