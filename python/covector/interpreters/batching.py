"""Rules for batching of primitives made from Python."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._core import Array, Primitive
from covector._rules import (
    AxisData,
    axis_primitive_batchers,
    fancy_primitive_batchers,
    primitive_batchers,
)

__all__ = [
    "AxisData",
    "axis_primitive_batchers",
    "bdim_at_front",
    "broadcast",
    "defbroadcasting",
    "defreducer",
    "defvectorized",
    "fancy_primitive_batchers",
    "matchaxis",
    "moveaxis",
    "not_mapped",
    "primitive_batchers",
]

not_mapped = None


def moveaxis(x: Any, source: int, target: int) -> Array:
    """The array with one axis moved."""
    return _core.move_batch_axis(x, source, target, np.shape(x)[source])


def broadcast(x: Any, size: int, axis: int) -> Array:
    """The array repeated along a new axis."""
    return _core.move_batch_axis(x, None, axis, size)


def bdim_at_front(x: Any, bdim: int | None, size: int) -> Array:
    """The array with its mapped axis in front: repeated, if it has none."""
    return broadcast(x, size, 0) if bdim is None else moveaxis(x, bdim, 0)


def matchaxis(
    axis_name: Any, size: int, source: int | None, target: int | None, x: Any, *unused: Any
) -> Any:
    """The array with its mapped axis where another rule wants it.

    Raises:
      ValueError: if it is mapped and must not be.
    """
    if source == target:
        return x
    if target is None:
        raise ValueError(f"the array is mapped along axis {source} and must not be")
    return broadcast(x, size, target) if source is None else moveaxis(x, source, target)


def defvectorized(primitive: Primitive) -> None:
    """Defines that the primitive works on each element by itself; its operands have one shape."""

    def rule(values: Sequence[Any], dims: Sequence[int | None], **params: Any) -> Any:
        where = {d for d in dims if d is not None}
        if len(where) != 1 or None in dims:
            size = next(np.shape(x)[d] for x, d in zip(values, dims) if d is not None)
            values = [bdim_at_front(x, d, size) for x, d in zip(values, dims)]
            where = {0}
        return primitive.bind(*values, **params), where.pop()

    primitive_batchers[primitive] = rule


def defbroadcasting(primitive: Primitive) -> None:
    """Defines that the primitive works on each element by itself, and broadcasts axes of size 1."""

    def rule(values: Sequence[Any], dims: Sequence[int | None], **params: Any) -> Any:
        shape, dim = next((np.shape(x), d) for x, d in zip(values, dims) if d is not None)
        agree = all(np.shape(x) == shape and d == dim for x, d in zip(values, dims) if np.ndim(x))
        if not agree:
            values = [bdim_at_front(x, d, 1) if np.ndim(x) else x for x, d in zip(values, dims)]
            rank = max(np.ndim(x) for x in values)
            values = [
                x if d is None or np.ndim(x) == rank else _with_ones(x, rank)
                for x, d in zip(values, dims)
            ]
            dim = 0
        out = primitive.bind(*values, **params)
        return out, [dim] * len(out) if primitive.multiple_results else dim

    primitive_batchers[primitive] = rule


def _with_ones(x: Any, rank: int) -> Array:
    return _core.lax.expand_dims(x, list(range(np.ndim(x), rank)))


def defreducer(primitive: Primitive) -> None:
    """Defines that the primitive reduces the axes that its parameter `axes` names."""

    def rule(
        values: Sequence[Any], dims: Sequence[int], *, axes: Sequence[int], **params: Any
    ) -> Any:
        (x,), (d,) = values, dims
        shifted = tuple(a + (a >= d) for a in axes)
        return primitive.bind(x, axes=shifted, **params), d - sum(a < d for a in shifted)

    primitive_batchers[primitive] = rule
