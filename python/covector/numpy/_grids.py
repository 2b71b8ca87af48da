"""Objects that make arrays when they are indexed: `mgrid[0:3, 0:2]`, `r_[1, 2:5]`."""

from typing import Any

import numpy as np

from covector import lax
from covector._arguments import concrete
from covector._core import Array
from covector.numpy._array import array, asarray
from covector.numpy._joining import concatenate
from covector.numpy._ranges import arange, linspace, meshgrid


def _range(s: slice, grid: str) -> Array:
    """The numbers that a slice stands for; a step of 1j * n asks for n of them, with the end."""
    start = concrete(0 if s.start is None else s.start, f"slice start of {grid}")
    stop = concrete(s.stop, f"slice stop of {grid}")
    step = concrete(1 if s.step is None else s.step, f"slice step of {grid}")
    if isinstance(step, complex):
        return linspace(start, stop, int(abs(step)), endpoint=True)
    return arange(start, stop, step)


class Mgrid:
    """Indexed with slices: the coordinates of a grid, as one array.

    >>> import covector.numpy as jnp
    >>> jnp.mgrid[0:2, 0:2]
    Array([[[0, 0],
            [1, 1]],
    <BLANKLINE>
           [[0, 1],
            [0, 1]]], dtype=int32)
    """

    def __getitem__(self, key: Any) -> Array:
        if isinstance(key, slice):
            return _range(key, "jnp.mgrid")
        grids = meshgrid(*(_range(k, "jnp.mgrid") for k in key), indexing="ij")
        return array(grids) if grids else asarray([])


class Ogrid:
    """Indexed with slices: the coordinates of a grid, as arrays that broadcast to it.

    >>> import covector.numpy as jnp
    >>> [x.shape for x in jnp.ogrid[0:2, 0:3]]
    [(2, 1), (1, 3)]
    """

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return _range(key, "jnp.ogrid")
        return meshgrid(*(_range(k, "jnp.ogrid") for k in key), indexing="ij", sparse=True)


class Rows:
    """Indexed with slices, numbers and arrays: these, joined along the first axis.

    A text first says along which axis, and optionally the least rank and where the axes of
    arrays of a smaller rank go, as for NumPy's `r_`.

    >>> import covector.numpy as jnp
    >>> jnp.r_[0, 2:5]
    Array([0, 2, 3, 4], dtype=int32)
    """

    axis, least_rank, first_axis = 0, 1, -1

    def __getitem__(self, key: Any) -> Array:
        items = list(key) if isinstance(key, tuple) else [key]
        axis, rank, first = self.axis, self.least_rank, self.first_axis
        column = ""
        if items and isinstance(items[0], str):
            text = items.pop(0)
            if text in ("r", "c"):
                column = text
            else:
                axis, rank, first = self._directive(text)
        parts = [self._grown(self._part(item), rank, first) for item in items]
        out = concatenate(parts, axis)
        if column and out.ndim == 1:
            return lax.expand_dims(out, (0,) if column == "r" else (1,))
        return out

    def _directive(self, text: str) -> tuple[int, int, int]:
        try:
            numbers = [int(n) for n in text.split(",")]
            defaults = (self.axis, self.least_rank, self.first_axis)
            axis, rank, first = (*numbers, *defaults[len(numbers) :])
        except ValueError:
            raise ValueError(f"could not understand directive {text!r}") from None
        return axis, rank, first

    def _part(self, item: Any) -> Array:
        return _range(item, "jnp.r_") if isinstance(item, slice) else asarray(item)

    def _grown(self, part: Array, rank: int, first: int) -> Array:
        """With new axes, if the rank is too small: those it has begin at place `first`."""
        missing = rank - part.ndim
        if missing <= 0:
            return part
        first = missing if first == -1 or first > missing else first
        places = [i for i in range(rank) if not first <= i < first + part.ndim]
        return lax.expand_dims(part, places)


class Columns(Rows):
    """Indexed with slices, numbers and arrays: these, as columns joined along the last axis.

    >>> import covector.numpy as jnp
    >>> jnp.c_[1:3, 3:5]
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """

    axis, least_rank, first_axis = -1, 2, 0


mgrid = Mgrid()
ogrid = Ogrid()
r_ = Rows()
c_ = Columns()
s_ = np.s_
index_exp = np.index_exp
