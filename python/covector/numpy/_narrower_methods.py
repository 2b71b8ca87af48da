"""Methods of arrays that take less than the functions of their names."""

from typing import Any

from covector._core import Array
from covector._typing import ArrayLike, DTypeLike
from covector.lax import PrecisionLike
from covector.numpy import _linear, _nonzero, _sorting


def argsort(
    self: Array,
    axis: int | None = -1,
    *,
    kind: None = None,
    order: None = None,
    stable: bool = True,
    descending: bool = False,
) -> Array:
    """The indices that put the array in order along an axis; see `argsort`.

    >>> import covector.numpy as jnp
    >>> jnp.array([3, 1, 2]).argsort()
    Array([1, 2, 0], dtype=int32)
    """
    options: Any = {"kind": kind, "order": order}
    return _sorting.argsort(self, axis, stable=stable, descending=descending, **options)


def dot(
    self: Array,
    b: ArrayLike,
    *,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The product with another array; see `dot`.

    >>> import covector.numpy as jnp
    >>> jnp.array([1, 2]).dot(jnp.array([3, 4]))
    Array(11, dtype=int32)
    """
    options: Any = {"precision": precision, "preferred_element_type": preferred_element_type}
    return _linear.dot(self, b, **options)


def nonzero(self: Array, *, fill_value: Any = None, size: int | None = None) -> tuple[Array, ...]:
    """The indices of the elements that are not zero; see `nonzero`.

    >>> import covector.numpy as jnp
    >>> jnp.array([0, 5, 6]).nonzero()
    (Array([1, 2], dtype=int32),)
    """
    return _nonzero.nonzero(self, size=size, fill_value=fill_value)
