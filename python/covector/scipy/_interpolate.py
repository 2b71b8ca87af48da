"""Interpolation of values on a grid."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector import numpy as jnp
from covector._arguments import check_arraylike
from covector._core import Array
from covector._typing import ArrayLike
from covector.tree_util import register_pytree_node


class RegularGridInterpolator:
    """A function given by its values on a grid whose lines need not be equally far apart.

    Args:
      points: for each axis the coordinates of its grid lines, ascending.
      values: an array; its leading axes are those of the grid.
      method: "linear" or "nearest".
      bounds_error: must be False.
      fill_value: the value outside of the grid; None extrapolates.

    Raises:
      NotImplementedError: if `bounds_error` is true.
      ValueError: if there is no such method, or shapes do not fit.

    >>> x = jnp.array([0.0, 1.0, 3.0])
    >>> f = covector.scipy.interpolate.RegularGridInterpolator((x,), x**2)
    >>> f(jnp.array([0.5, 2.0, 9.0]))
    Array([0.5, 5. , nan], dtype=float32)
    """

    def __init__(
        self,
        points: Sequence[ArrayLike],
        values: ArrayLike,
        method: str = "linear",
        bounds_error: bool = False,
        fill_value: Any = np.nan,
    ) -> None:
        """Checks the grid."""
        _check_method(method)
        self.method, self.bounds_error = method, bounds_error
        if bounds_error:
            raise NotImplementedError("`bounds_error` takes no effect under JIT")
        check_arraylike("RegularGridInterpolator", values)
        if len(points) > np.ndim(values):
            raise ValueError(
                f"there are {len(points)} point arrays, but values has {np.ndim(values)} dimensions"
            )
        (self.values,) = _core.numpy.promote_dtypes_inexact(_core.asarray(values))
        if fill_value is not None:
            check_arraylike("RegularGridInterpolator", fill_value)
            fill_value = jnp.asarray(fill_value)
            if not np.can_cast(fill_value.dtype, self.values.dtype, casting="same_kind"):
                raise ValueError(
                    "fill_value must be either 'None' or of a type compatible with values"
                )
        self.fill_value = fill_value
        check_arraylike("RegularGridInterpolator", *points)
        self.grid = tuple(jnp.asarray(p) for p in points)

    def __call__(self, xi: Any, method: str | None = None) -> Array:
        """The interpolated values.

        Args:
          xi: where: an array whose last axis are coordinates, or a tuple of arrays, one for each
            coordinate.
          method: "linear" or "nearest"; None stands for that of the interpolator.

        Raises:
          ValueError: if there is no such method, or the number of coordinates is another.
        """
        how = self.method if method is None else method
        _check_method(how)
        dimension = len(self.grid)
        places = _coordinates(xi, dimension)
        if places.shape[-1] != dimension:
            raise ValueError(
                f"the requested sample points xi have dimension {places.shape[-1]}, but this "
                f"RegularGridInterpolator has dimension {dimension}"
            )
        flat = places.reshape(-1, dimension)
        cells = [self._cell(line, flat[:, i]) for i, line in enumerate(self.grid)]
        result = self._linear(cells) if how == "linear" else self._nearest(cells)
        if self.fill_value is not None:
            outside = jnp.zeros(len(flat), bool)
            for line, x in zip(self.grid, flat.T):
                outside = outside | (x < line[0]) | (x > line[-1])
            mask = outside.reshape((-1,) + (1,) * (result.ndim - 1))
            result = jnp.where(mask, self.fill_value, result)
        return result.reshape(places.shape[:-1] + self.values.shape[dimension:])

    @staticmethod
    def _cell(line: Array, x: Array) -> tuple[Array, Array]:
        """The number of the cell in which x is, and how far, from 0 to 1."""
        i = jnp.clip(jnp.searchsorted(line, x) - 1, 0, line.size - 2)
        return i, (x - line[i]) / (line[i + 1] - line[i])

    def _linear(self, cells: list[tuple[Array, Array]]) -> Array:
        spread = (slice(None),) + (None,) * (self.values.ndim - len(cells))
        total: Any = 0.0
        for corner in itertools.product((0, 1), repeat=len(cells)):
            weight: Any = 1.0
            for upper, (_, part) in zip(corner, cells):
                weight = weight * (part if upper else 1 - part)
            index = tuple(i + upper for upper, (i, _) in zip(corner, cells))
            total = total + self.values[index] * weight[spread]
        return total

    def _nearest(self, cells: list[tuple[Array, Array]]) -> Array:
        return self.values[tuple(jnp.where(part <= 0.5, i, i + 1) for i, part in cells)]


def _check_method(method: str) -> None:
    if method not in ("linear", "nearest"):
        raise ValueError(f"method {method!r} is not defined")


def _coordinates(xi: Any, dimension: int) -> Array:
    if isinstance(xi, tuple) and len(xi) == 1:
        xi = xi[0]
    if isinstance(xi, tuple):
        return jnp.stack(jnp.broadcast_arrays(*(jnp.asarray(x, float) for x in xi)), -1)
    check_arraylike("RegularGridInterpolator", xi)
    places = jnp.asarray(xi)
    return places.reshape(-1, dimension) if places.ndim == 1 else places


def _flattened(f: RegularGridInterpolator) -> Any:
    return (f.grid, f.values, f.fill_value), (f.method, f.bounds_error)


def _unflattened(options: Any, arrays: Any) -> RegularGridInterpolator:
    # Leaves may be any objects while trees are rebuilt: nothing is checked.
    f = object.__new__(RegularGridInterpolator)
    f.grid, f.values, f.fill_value = arrays
    f.method, f.bounds_error = options
    return f


register_pytree_node(RegularGridInterpolator, _flattened, _unflattened)
