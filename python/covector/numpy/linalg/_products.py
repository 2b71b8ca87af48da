"""Products of vectors and matrices; those of `covector.numpy` with the array API's signatures."""

import operator
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

from covector import numpy as jnp
from covector._arguments import as_array, as_arrays
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike, DTypeLike
from covector.lax import PrecisionLike
from covector.numpy.linalg._inverses import inv


@composite("n")
def matrix_power(a: ArrayLike, n: int) -> Array:
    """Powers of square matrices, by repeated squaring.

    Args:
      a: square matrices, `(..., m, m)`.
      n: the exponent; negative ones are powers of the inverse.

    Returns:
      An array of that shape.

    Raises:
      TypeError: if the matrices are not square or the exponent is no integer.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.matrix_power(jnp.array([[1, 1], [0, 1]]), 5)
    Array([[1, 5],
           [0, 1]], dtype=int32)
    """
    x = as_array("jnp.linalg.matrix_power", a)
    if x.ndim < 2:
        raise TypeError(f"{x.ndim}-dimensional array given. Array must be at least two-dimensional")
    if x.shape[-2] != x.shape[-1]:
        raise TypeError("Last 2 dimensions of the array must be square")
    try:
        n = operator.index(n)
    except TypeError as error:
        raise TypeError(f"exponent must be an integer, got {n}") from error
    if n == 0:
        return jnp.broadcast_to(jnp.eye(x.shape[-2], dtype=x.dtype), x.shape)
    square = inv(x) if n < 0 else x
    factors = []
    for bit in reversed(f"{abs(n):b}"):
        if bit == "1":
            factors.append(square)
        square = square @ square
    result = factors[0]
    for factor in factors[1:]:
        result = result @ factor
    return result


def multi_dot(arrays: Sequence[ArrayLike], *, precision: PrecisionLike = None) -> Array:
    """The product of several matrices, in the order that takes least work.

    Args:
      arrays: matrices; the first and the last may be vectors.
      precision: how exact to be where hardware offers a choice.

    Returns:
      Their product.

    Raises:
      ValueError: if there are less than two, or shapes do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.multi_dot([jnp.ones((9, 2)), jnp.ones((2, 9)), jnp.ones(9)]).shape
    (9,)
    """
    xs = as_arrays("jnp.linalg.multi_dot", *arrays)
    shapes = [x.shape for x in xs]
    if len(xs) < 2:
        raise ValueError(f"multi_dot requires at least two arrays; got len(arrays)={len(xs)}")
    ends = (xs[0].ndim, xs[-1].ndim)
    if not {*ends} <= {1, 2} or any(x.ndim != 2 for x in xs[1:-1]):
        raise ValueError(
            "multi_dot: input arrays must all be two-dimensional, except for the first and last "
            f"array which may be 1 or 2 dimensional. Got array shapes {shapes}"
        )
    if any(a[-1] != b[0] for a, b in pairwise(shapes)):
        raise ValueError(
            "multi_dot: last dimension of each array must match first dimension of following "
            f"array. Got array shapes {shapes}"
        )
    axes = [[i, i + 1] for i in range(len(xs))]
    axes[0] = axes[0][2 - ends[0] :]
    axes[-1] = axes[-1][: ends[1]]
    return jnp.einsum(*chain(*zip(xs, axes)), optimize="auto", precision=precision)


def cross(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Array:
    """Vector products of vectors of three elements.

    Args:
      x1: an array.
      x2: an array.
      axis: the axis of the vectors.

    Returns:
      An array.

    Raises:
      ValueError: if the size along the axis is not three.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.cross(jnp.array([1, 0, 0]), jnp.array([0, 1, 0]))
    Array([0, 0, 1], dtype=int32)
    """
    x1, x2 = as_arrays("jnp.linalg.cross", x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they have "
            f"{x1.shape[axis]=} and {x2.shape[axis]=}"
        )
    return jnp.cross(x1, x2, axis=axis)


def outer(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """The products of each element of one vector with each of another.

    Args:
      x1: a vector.
      x2: a vector.

    Returns:
      A matrix.

    Raises:
      ValueError: if an argument is no vector.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.outer(jnp.array([1, 2]), jnp.array([3, 4]))
    Array([[3, 4],
           [6, 8]], dtype=int32)
    """
    x1, x2 = as_arrays("jnp.linalg.outer", x1, x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"Input arrays must be one-dimensional, but they are {x1.ndim=} {x2.ndim=}"
        )
    return jnp.outer(x1, x2)


def matrix_transpose(x: ArrayLike, /) -> Array:
    """Matrices with rows and columns exchanged.

    Args:
      x: matrices, `(..., m, n)`.

    Returns:
      An array `(..., n, m)`.

    Raises:
      ValueError: if there are less than two axes.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.matrix_transpose(jnp.ones((5, 2, 3))).shape
    (5, 3, 2)
    """
    return jnp.matrix_transpose(as_array("jnp.linalg.matrix_transpose", x))


def diagonal(x: ArrayLike, /, *, offset: int = 0) -> Array:
    """Diagonals of matrices.

    Args:
      x: matrices, `(..., m, n)`.
      offset: which one; positive ones are above the main diagonal.

    Returns:
      An array `(..., k)`.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.diagonal(jnp.array([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int32)
    """
    x = as_array("jnp.linalg.diagonal", x)
    return jnp.diagonal(x, offset=offset, axis1=-2, axis2=-1)


def trace(x: ArrayLike, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> Array:
    """Sums of the diagonals of matrices.

    Args:
      x: matrices, `(..., m, n)`.
      offset: which diagonal; positive ones are above the main one.
      dtype: the dtype to add up in and to return.

    Returns:
      An array of the leading shape.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.trace(jnp.array([[1, 2], [3, 4]]))
    Array(5, dtype=int32)
    """
    x = as_array("jnp.linalg.trace", x)
    return jnp.trace(x, offset=offset, axis1=-2, axis2=-1, dtype=dtype)


def matmul(
    x1: ArrayLike,
    x2: ArrayLike,
    /,
    *,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """Products of matrices, as `covector.numpy.matmul`.

    Args:
      x1: an array of rank one or more.
      x2: an array of rank one or more.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.

    Returns:
      An array whose leading axes are those of the operands, broadcast.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.matmul(jnp.eye(2), jnp.array([3.0, 4.0]))
    Array([3., 4.], dtype=float32)
    """
    x1, x2 = as_arrays("jnp.linalg.matmul", x1, x2)
    options: Any = {"precision": precision, "preferred_element_type": preferred_element_type}
    return jnp.matmul(x1, x2, **options)


def tensordot(
    x1: ArrayLike,
    x2: ArrayLike,
    /,
    *,
    axes: int | tuple[Sequence[int], Sequence[int]] = 2,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
    out_sharding: Any = None,
) -> Array:
    """The product of two arrays, summed over axes, as `covector.numpy.tensordot`.

    Args:
      x1: an array.
      x2: an array.
      axes: how many of the last axes of `x1` and the first of `x2`; or a pair of the axes of each.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.
      out_sharding: must be None.

    Returns:
      An array with the other axes of `x1`, then those of `x2`.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.tensordot(jnp.ones((2, 3, 4)), jnp.ones((3, 4, 5))).shape
    (2, 5)
    """
    x1, x2 = as_arrays("jnp.linalg.tensordot", x1, x2)
    options: Any = {"precision": precision, "preferred_element_type": preferred_element_type}
    options["out_sharding"] = out_sharding
    return jnp.tensordot(x1, x2, axes=axes, **options)


def vecdot(
    x1: ArrayLike,
    x2: ArrayLike,
    /,
    *,
    axis: int = -1,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """Scalar products of vectors, the first ones conjugated, as `covector.numpy.vecdot`.

    Args:
      x1: an array.
      x2: an array whose other axes broadcast with those of `x1`.
      axis: the axis of the vectors.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.

    Returns:
      An array without the axis.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.vecdot(jnp.array([[1, 2], [3, 4]]), jnp.array([1, 1]))
    Array([3, 7], dtype=int32)
    """
    x1, x2 = as_arrays("jnp.linalg.vecdot", x1, x2)
    options: Any = {"precision": precision, "preferred_element_type": preferred_element_type}
    return jnp.vecdot(x1, x2, axis=axis, **options)
