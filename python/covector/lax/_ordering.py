"""Sorting and selecting."""

from collections.abc import Sequence
from typing import Any, cast

from covector import _core
from covector._core import Array
from covector._typing import ArrayLike
from covector.lax._operands import as_operand


def sort(
    operand: ArrayLike | Sequence[ArrayLike],
    dimension: int = -1,
    is_stable: bool = True,
    num_keys: int = 1,
) -> Any:
    """Sorts along an axis, several arrays by the first of them.

    Args:
      operand: an array, or a sequence of arrays of one shape.
      dimension: the axis.
      is_stable: whether equal elements keep their order.
      num_keys: how many of the arrays are compared, the first one first.

    Returns:
      An array, or a tuple of arrays, like the operand. NaN comes last, and -0.0 equals 0.0.

    >>> covector.lax.sort(jnp.array([3, 1, 2]))
    Array([1, 2, 3], dtype=int32)
    """
    if isinstance(operand, Sequence):
        if not operand:
            raise TypeError("Sort requires at least one operand")
        return tuple(
            _core.lax.sort_operands(
                [as_operand(x) for x in operand], dimension, is_stable, num_keys
            )
        )
    return _core.lax.sort_operands([as_operand(operand)], dimension, is_stable, 1)[0]


def sort_key_val(
    keys: ArrayLike, values: ArrayLike, dimension: int = -1, is_stable: bool = True
) -> tuple[Array, Array]:
    """Sorts keys, and values along with them.

    >>> covector.lax.sort_key_val(jnp.array([2, 1]), jnp.array([5, 6]))[1]
    Array([6, 5], dtype=int32)
    """
    return cast(
        "tuple[Array, Array]",
        sort((keys, values), dimension=dimension, is_stable=is_stable, num_keys=1),
    )


def select(pred: ArrayLike, on_true: ArrayLike, on_false: ArrayLike) -> Array:
    """Elements of one array where a condition holds, of another where it does not.

    Args:
      pred: booleans, of the arrays' shape or a scalar.
      on_true: an array.
      on_false: an array of the same shape and dtype.

    >>> covector.lax.select(jnp.array([True, False]), jnp.array([1, 2]), jnp.array([3, 4]))
    Array([1, 4], dtype=int32)
    """
    return _core.lax.select_n(pred, on_false, on_true)


def approx_max_k(
    operand: ArrayLike,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
) -> tuple[Array, Array]:
    """The greatest elements along an axis, most of them where hardware is faster that way.

    Args:
      operand: an array of floating dtype.
      k: how many.
      reduction_dimension: the axis.
      recall_target: the part of the true ones that must be among the result.
      reduction_input_size_override: the size by which the recall is judged, where the operand is
        a part of a larger array.
      aggregate_to_topk: whether to return just `k` of them in order.

    Returns:
      The elements and their positions.

    Raises:
      ValueError: if `k` is out of range or the dtype not floating.
      TypeError: if the operand has no axis.

    >>> covector.lax.approx_max_k(jnp.array([1.0, 3.0, 2.0]), 2)[1]
    Array([1, 2], dtype=int32)
    """
    return _approx_top_k(
        operand, k, reduction_dimension, recall_target, True, reduction_input_size_override,
        aggregate_to_topk,
    )  # fmt: skip


def approx_min_k(
    operand: ArrayLike,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
) -> tuple[Array, Array]:
    """The least elements along an axis; for the arguments see `approx_max_k`.

    >>> covector.lax.approx_min_k(jnp.array([1.0, 3.0, 2.0]), 2)[1]
    Array([0, 2], dtype=int32)
    """
    return _approx_top_k(
        operand, k, reduction_dimension, recall_target, False, reduction_input_size_override,
        aggregate_to_topk,
    )  # fmt: skip


def _approx_top_k(operand: ArrayLike, *options: Any) -> tuple[Array, Array]:
    values, indices = _core.lax._approx_top_k(as_operand(operand), *options)
    return values, indices
