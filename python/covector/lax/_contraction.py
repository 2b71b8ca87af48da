"""Products of vectors and matrices, without NumPy's promotion."""

from typing import Any

from covector import _core
from covector._core import Array
from covector._typing import ArrayLike, DTypeLike
from covector.lax._enums import RaggedDotDimensionNumbers
from covector.lax._operands import as_operand
from covector.lax._records import DotDimensionNumbers, PrecisionLike


def dot(
    lhs: ArrayLike,
    rhs: ArrayLike,
    *,
    dimension_numbers: DotDimensionNumbers | None = None,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
    out_sharding: Any = None,
) -> Array:
    """The product of two vectors or matrices; with dimension numbers, `dot_general`.

    Args:
      lhs: an array of rank one or two.
      rhs: an array of rank one or two.
      dimension_numbers: axes to sum over and axes to keep; then ranks may be others.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.
      out_sharding: must be None.

    Returns:
      An array.

    Raises:
      TypeError: if ranks or sizes do not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.dot(jnp.array([1.0, 2.0]), jnp.array([3.0, 4.0]))
    Array(11., dtype=float32)
    """
    lhs, rhs = as_operand(lhs), as_operand(rhs)
    if dimension_numbers is None:
        if not (1 <= lhs.ndim <= 2 and 1 <= rhs.ndim <= 2):
            raise TypeError(
                f"dot: operands must be vectors or matrices, got shapes {lhs.shape} and {rhs.shape}"
            )
        if lhs.shape[-1] != rhs.shape[0]:
            raise TypeError(f"dot: shapes do not fit, got {lhs.shape} and {rhs.shape}")
        dimension_numbers = (((lhs.ndim - 1,), (0,)), ((), ()))
    return _core.lax.dot_general(lhs, rhs, dimension_numbers, precision, preferred_element_type)


def batch_matmul(lhs: Array, rhs: Array, precision: PrecisionLike = None) -> Array:
    """The products of matrices along the last two axes, the others being equal.

    Args:
      lhs: an array of rank two or more.
      rhs: an array of the same rank.
      precision: how exact to be where hardware offers a choice.

    Returns:
      An array of that rank.

    Raises:
      ValueError: if ranks differ or are less than two.
      TypeError: if sizes do not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.batch_matmul(jnp.ones((4, 2, 3)), jnp.ones((4, 3, 5))).shape
    (4, 2, 5)
    """
    lhs, rhs = as_operand(lhs), as_operand(rhs)
    if lhs.ndim < 2 or rhs.ndim != lhs.ndim:
        raise ValueError(
            f"batch_matmul: ranks must be equal and at least two, got {lhs.ndim} and {rhs.ndim}"
        )
    batch = tuple(range(lhs.ndim - 2))
    contracted = ((lhs.ndim - 1,), (lhs.ndim - 2,))
    return _core.lax.dot_general(lhs, rhs, (contracted, (batch, batch)), precision)


_ROWS = RaggedDotDimensionNumbers((((1,), (1,)), ((), ())), (0,), (0,))


def ragged_dot(
    lhs: ArrayLike,
    rhs: ArrayLike,
    group_sizes: ArrayLike,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
    group_offset: ArrayLike | None = None,
    out_sharding: Any = None,
) -> Array:
    """A matrix times one of several matrices, another one for each group of its rows.

    Args:
      lhs: an array of shape `(m, k)`.
      rhs: an array of shape `(g, k, n)`.
      group_sizes: integers of shape `(g,)`: how many rows belong to each matrix.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.
      group_offset: must be None.
      out_sharding: must be None.

    Returns:
      An array of shape `(m, n)`; rows beyond the last group are zero.

    Raises:
      TypeError: if shapes do not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> rhs = jnp.array([[[1.0]], [[10.0]]])
    >>> lax.ragged_dot(jnp.ones((3, 1)), rhs, jnp.array([1, 2])).ravel()
    Array([ 1., 10., 10.], dtype=float32)
    """
    return _core.lax.ragged_dot_general(
        as_operand(lhs), as_operand(rhs), as_operand(group_sizes), _ROWS, precision,
        preferred_element_type, group_offset, out_sharding,
    )  # fmt: skip
