"""Compositions of gather and scatter."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._core import Array
from covector._struct import ShapeDtypeStruct
from covector._typing import ArrayLike, Shape
from covector.lax._operands import as_operand
from covector.lax._records import (
    GatherDimensionNumbers,
    GatherScatterMode,
    ScatterDimensionNumbers,
)
from covector.tree_util import tree_flatten


def index_take(src: ArrayLike, idxs: Sequence[ArrayLike], axes: Sequence[int]) -> Array:
    """The slices of an array at several places.

    Args:
      src: an array.
      idxs: for each of the axes a vector of integers, all of one length. They wrap around.
      axes: axes of the array.

    Returns:
      An array whose first axis runs over the places; the others are those of `src` that are not
      among the axes.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.index_take(jnp.arange(6).reshape(2, 3), jnp.array([[2, 0]]), (1,))
    Array([[2, 5],
           [0, 3]], dtype=int32)
    """
    src = as_operand(src)
    columns = [_core.lax.expand_dims(as_operand(i), (1,)) for i in idxs]
    indices = _core.lax.concatenate(columns, 1)
    sizes = np.array([[src.shape[a] for a in axes]], indices.dtype)
    indices = _core.numpy.remainder(indices, sizes)
    numbers = GatherDimensionNumbers(
        offset_dims=tuple(range(1, src.ndim - len(columns) + 1)),
        collapsed_slice_dims=tuple(axes),
        start_index_map=tuple(axes),
    )
    window = tuple(1 if i in axes else n for i, n in enumerate(src.shape))
    mode = GatherScatterMode.PROMISE_IN_BOUNDS
    return _core.lax.gather(src, indices, numbers, window, mode=mode)


def scatter_apply(
    operand: ArrayLike,
    scatter_indices: ArrayLike,
    func: Callable[[Array], Any],
    dimension_numbers: ScatterDimensionNumbers,
    *,
    update_shape: Shape = (),
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: str | GatherScatterMode | None = None,
) -> Array:
    """An array with elements of windows replaced by what a function makes of them.

    Args:
      operand: an array.
      scatter_indices: an array of integers: where the windows are.
      func: a function of a scalar of the operand's dtype. Where windows overlap it is applied
        several times.
      dimension_numbers: how axes correspond.
      update_shape: the shape that an array of updates would have.
      indices_are_sorted: whether the caller says so.
      unique_indices: whether the caller says that windows do not overlap.
      mode: what happens to windows out of bounds; they are left out by default.

    Returns:
      An array of the operand's type. It has no derivative.

    Raises:
      TypeError: if dimension numbers or shapes do not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> numbers = lax.ScatterDimensionNumbers((), (0,), (0,))
    >>> places = jnp.array([[0], [2]])
    >>> lax.scatter_apply(jnp.arange(1, 4), places, lambda x: -x, numbers, update_shape=(2,))
    Array([-1,  2, -3], dtype=int32)
    """
    operand = as_operand(operand)
    scalar = ShapeDtypeStruct((), operand.dtype)
    leaves, tree = tree_flatten(((scalar, scalar), {}))
    body, _ = _core.stage(lambda x, _: func(x), leaves, tree)
    return _core.scatter_apply(
        operand, as_operand(scatter_indices), body, tuple(update_shape), dimension_numbers,
        GatherScatterMode.from_any(mode), indices_are_sorted, unique_indices,
    )  # fmt: skip
