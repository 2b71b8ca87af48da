"""Images at places between pixels."""

import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype
from covector._typing import ArrayLike


def _mirrored(index: Array, size: int) -> Array:
    last = size - 1
    return jnp.abs((index + last) % (2 * last) - last) if last else jnp.zeros_like(index)


def _reflected(index: Array, size: int) -> Array:
    return jnp.floor_divide(_mirrored(2 * index + 1, 2 * size + 1) - 1, 2)


# Where a mode finds the pixel of an index that may be out of bounds.
_MODES: dict[str, Callable[[Array, int], Array]] = {
    "constant": lambda index, size: index,
    "nearest": lambda index, size: jnp.clip(index, 0, size - 1),
    "wrap": lambda index, size: index % size,
    "mirror": _mirrored,
    "reflect": _reflected,
}


def map_coordinates(
    input: ArrayLike,
    coordinates: Sequence[ArrayLike],
    order: int,
    mode: str = "constant",
    cval: ArrayLike = 0.0,
) -> Array:
    """The values of an image at coordinates, interpolated.

    Args:
      input: the image.
      coordinates: for each axis of the image an array; they broadcast to the result's shape.
      order: 0 takes the nearest pixel, 1 interpolates linearly.
      mode: what is outside: "constant" (`cval`), "nearest" (the edge), "wrap" (the other side),
        "mirror" (mirrored at the centers of the edge's pixels) or "reflect" (at their ends).
      cval: the value outside for mode "constant".

    Raises:
      NotImplementedError: for another order or mode.
      ValueError: if the number of coordinates is not that of axes.

    >>> covector.scipy.ndimage.map_coordinates(jnp.arange(3.0), [jnp.array([0.5, 9.0])], 1)
    Array([0.5, 0. ], dtype=float32)
    """
    image = _core.asarray(input)
    if len(coordinates) != image.ndim:
        raise ValueError(
            "coordinates must be a sequence of length input.ndim, but "
            f"{len(coordinates)} != {image.ndim}"
        )
    if mode not in _MODES:
        raise NotImplementedError(
            f"jax.scipy.ndimage.map_coordinates does not yet support mode {mode}. Currently "
            f"supported modes are {set(_MODES)}."
        )
    if order not in (0, 1):
        raise NotImplementedError("jax.scipy.ndimage.map_coordinates currently requires order<=1")
    places = tuple(_core.asarray(c) for c in coordinates)
    return _mapped(image, places, int(order), mode, cval)


@composite("order", "mode")
def _mapped(image: Array, coordinates: Any, order: int, mode: str, cval: Any) -> Array:
    outside = jnp.asarray(cval, image.dtype)
    along = []
    for place, size in zip(coordinates, image.shape):
        nodes = _linear(place) if order else _nearest(place)
        along.append(
            [(_MODES[mode](i, size), (i >= 0) & (i < size), weight) for i, weight in nodes]
        )
    total: Any = None
    for corner in itertools.product(*along):
        indices, inside, weights = zip(*corner)
        value = image[indices]
        if mode == "constant":
            value = jnp.where(functools.reduce(operator.and_, inside), value, outside)
        term = functools.reduce(operator.mul, weights) * value
        total = term if total is None else total + term
    if issubdtype(image.dtype, np.integer):
        total = _rounded(total)
    return total.astype(image.dtype)


def _rounded(x: Array) -> Array:
    return x if issubdtype(x.dtype, np.integer) else lax.round(x)


def _nearest(place: Array) -> list[tuple[Array, Any]]:
    return [(_rounded(place).astype(np.int32), place.dtype.type(1))]


def _linear(place: Array) -> list[tuple[Array, Any]]:
    below = jnp.floor(place)
    weight = place - below
    index = below.astype(np.int32)
    return [(index, 1 - weight), (index + 1, weight)]
