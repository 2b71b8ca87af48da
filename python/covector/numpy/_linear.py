"""Products of vectors and matrices."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_arrays, canonical_axis, check_arraylike
from covector._composite import composite
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.lax import PrecisionLike
from covector.numpy._axes import moveaxis


def _asked(function: str, dtype: Any) -> Any:
    return None if dtype is None else user_dtype(dtype, function)


def contract(
    a: Array,
    b: Array,
    contracted: tuple[Sequence[int], Sequence[int]],
    batch: tuple[Sequence[int], Sequence[int]],
    precision: PrecisionLike,
    preferred: Any,
) -> Array:
    """`lax.dot_general`, which takes two dtypes, to the common one or that asked for."""
    result, weak = (preferred, False) if preferred is not None else _core.numpy.result_type(a, b)
    out = lax.dot_general(a, b, (contracted, batch), precision, result)
    return _core.convert(out, result, weak)


def dot(
    a: ArrayLike,
    b: ArrayLike,
    *,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
    out_sharding: Any = None,
) -> Array:
    """The product of two arrays: over the last axis of one and the last but one of the other.

    Of two vectors it is their scalar product, of two matrices their product, with a scalar the
    multiple.

    Args:
      a: an array.
      b: an array.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.
      out_sharding: must be None.

    Returns:
      An array with the other axes of `a`, then those of `b`.

    Raises:
      TypeError: if sizes along the axes differ.

    >>> import covector.numpy as jnp
    >>> jnp.dot(jnp.array([1, 2]), jnp.array([3, 4]))
    Array(11, dtype=int32)
    """
    if preferred_element_type is None and _are_matrices(a, b):
        return _core.numpy.matmul(a, b, precision)
    check_arraylike("dot", a, b)
    return _dot(a, b, precision, _asked("dot", preferred_element_type))


def _are_matrices(a: Any, b: Any) -> bool:
    """Whether these are arrays of ranks for which `dot` and `matmul` are one contraction."""
    return isinstance(a, Array) and isinstance(b, Array) and 0 < a.ndim < 3 and 0 < b.ndim < 3


@composite("precision", "preferred")
def _dot(a: Any, b: Any, precision: PrecisionLike, preferred: Any) -> Array:
    a, b = as_arrays("dot", a, b)
    if a.ndim == 0 or b.ndim == 0:
        axes: Any = ((), ())
    else:
        axes = ((a.ndim - 1,), (max(b.ndim - 2, 0),))
    return contract(a, b, axes, ((), ()), precision, preferred)


def matmul(
    a: ArrayLike,
    b: ArrayLike,
    *,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
    out_sharding: Any = None,
) -> Array:
    """The product of matrices along the last two axes, also written `a @ b`.

    Args:
      a: an array of rank one or more; a vector is a row.
      b: an array of rank one or more; a vector is a column.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.
      out_sharding: must be None.

    Returns:
      An array whose leading axes are those of the operands, broadcast.

    Raises:
      TypeError: if sizes along the axes summed over differ.
      ValueError: if an operand is a scalar, or leading axes do not broadcast.

    >>> import covector.numpy as jnp
    >>> jnp.matmul(jnp.eye(2), jnp.array([3.0, 4.0]))
    Array([3., 4.], dtype=float32)
    """
    if preferred_element_type is None and _are_matrices(a, b):
        return _core.numpy.matmul(a, b, precision)
    check_arraylike("matmul", a, b)
    return _matmul(a, b, precision, _asked("matmul", preferred_element_type))


@composite("precision", "preferred")
def _matmul(a: Any, b: Any, precision: PrecisionLike, preferred: Any) -> Array:
    result, weak = (preferred, False) if preferred is not None else _core.numpy.result_type(a, b)
    out = _core.numpy.matmul(a, b, precision, result)
    return _core.convert(out, result, weak)


def matvec(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """Products of matrices and vectors, along the last two axes and the last one.

    Args:
      x1: an array of rank two or more.
      x2: an array of rank one or more.

    Returns:
      An array whose leading axes are those of the operands, broadcast.

    Raises:
      ValueError: if sizes or ranks do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.matvec(jnp.eye(2), jnp.array([3.0, 4.0]))
    Array([3., 4.], dtype=float32)
    """
    x1, x2 = as_arrays("matvec", x1, x2)
    if x1.ndim < 2 or x2.ndim < 1 or x1.shape[-1] != x2.shape[-1]:
        raise ValueError(f"matvec: shapes do not fit, got {x1.shape} and {x2.shape}")
    return _matvec(x1, x2)


@composite()
def _matvec(x1: Array, x2: Array) -> Array:
    out = _core.numpy.matmul(x1, lax.expand_dims(x2, (x2.ndim,)))
    return lax.squeeze(out, (out.ndim - 1,))


def vecmat(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """Products of conjugated vectors and matrices, along the last axis and the last two.

    Args:
      x1: an array of rank one or more.
      x2: an array of rank two or more.

    Returns:
      An array whose leading axes are those of the operands, broadcast.

    Raises:
      ValueError: if sizes or ranks do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.vecmat(jnp.array([3.0, 4.0]), jnp.eye(2))
    Array([3., 4.], dtype=float32)
    """
    x1, x2 = as_arrays("vecmat", x1, x2)
    if x1.ndim < 1 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-2]:
        raise ValueError(f"vecmat: shapes do not fit, got {x1.shape} and {x2.shape}")
    return _vecmat(x1, x2)


@composite()
def _vecmat(x1: Array, x2: Array) -> Array:
    row = lax.expand_dims(_core.numpy.conj(x1), (x1.ndim - 1,))
    out = _core.numpy.matmul(row, x2)
    return lax.squeeze(out, (out.ndim - 2,))


def vdot(
    a: ArrayLike,
    b: ArrayLike,
    *,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The scalar product of two arrays taken as vectors, the first conjugated.

    Args:
      a: an array.
      b: an array of as many elements.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.

    Returns:
      An array of rank zero.

    Raises:
      TypeError: if the sizes differ.

    >>> import covector.numpy as jnp
    >>> jnp.vdot(jnp.array([1j, 2]), jnp.array([1j, 3]))
    Array(7.+0.j, dtype=complex64)
    """
    check_arraylike("vdot", a, b)
    return _vdot(a, b, precision, _asked("vdot", preferred_element_type))


@composite("precision", "preferred")
def _vdot(a: Any, b: Any, precision: PrecisionLike, preferred: Any) -> Array:
    a, b = as_arrays("vdot", a, b)
    a = lax.conj(a) if a.dtype.kind == "c" else a
    a, b = lax.reshape(a, (a.size,)), lax.reshape(b, (b.size,))
    return contract(a, b, ((0,), (0,)), ((), ()), precision, preferred)


def vecdot(
    x1: ArrayLike,
    x2: ArrayLike,
    /,
    *,
    axis: int = -1,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The scalar products of vectors along an axis, the first ones conjugated.

    Args:
      x1: an array.
      x2: an array whose other axes broadcast with those of `x1`.
      axis: the axis of the vectors.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.

    Returns:
      An array without the axis.

    Raises:
      ValueError: if sizes along the axis differ, or there is none.

    >>> import covector.numpy as jnp
    >>> jnp.vecdot(jnp.array([[1, 2], [3, 4]]), jnp.array([1, 1]))
    Array([3, 7], dtype=int32)
    """
    x1, x2 = as_arrays("vecdot", x1, x2)
    i, j = canonical_axis(axis, x1.ndim), canonical_axis(axis, x2.ndim)
    if x1.shape[i] != x2.shape[j]:
        raise ValueError(f"vecdot: sizes along the axis differ in {x1.shape} and {x2.shape}")
    asked = _asked("vecdot", preferred_element_type)
    return _vecdot(moveaxis(x1, i, -1), moveaxis(x2, j, -1), precision, asked)


@composite("precision", "preferred")
def _vecdot(x1: Array, x2: Array, precision: PrecisionLike, preferred: Any) -> Array:
    row = lax.expand_dims(_core.numpy.conj(x1), (x1.ndim - 1,))
    column = lax.expand_dims(x2, (x2.ndim,))
    out = _matmul(row, column, precision, preferred)
    return lax.squeeze(out, (out.ndim - 2, out.ndim - 1))


def tensordot(
    a: ArrayLike,
    b: ArrayLike,
    axes: Any = 2,
    *,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
    out_sharding: Any = None,
) -> Array:
    """The product of two arrays, summed over axes.

    Args:
      a: an array.
      b: an array.
      axes: how many of the last axes of `a` and the first of `b`; or a pair of the axes of each.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.
      out_sharding: must be None.

    Returns:
      An array with the other axes of `a`, then those of `b`.

    Raises:
      TypeError: if axes do not pair, or sizes differ.

    >>> import covector.numpy as jnp
    >>> jnp.tensordot(jnp.ones((2, 3, 4)), jnp.ones((3, 4, 5))).shape
    (2, 5)
    """
    a, b = as_arrays("tensordot", a, b)
    pair = _paired_axes(a, b, axes)
    return _tensordot(a, b, pair, precision, _asked("tensordot", preferred_element_type))


def _paired_axes(a: Array, b: Array, axes: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if not isinstance(axes, (tuple, list, np.ndarray)):
        n = int(axes)
        if n > min(a.ndim, b.ndim):
            raise TypeError(f"tensordot: {n} axes of arrays of shapes {a.shape} and {b.shape}")
        return tuple(range(a.ndim - n, a.ndim)), tuple(range(n))
    if len(axes) != 2:
        raise TypeError(f"tensordot: axes must be a number or a pair, got {axes}")
    first, second = (x if isinstance(x, (tuple, list, np.ndarray)) else (x,) for x in axes)
    if len(first) != len(second):
        raise TypeError(f"tensordot: axes do not pair: {first} and {second}")
    return (
        tuple(canonical_axis(i, a.ndim) for i in first),
        tuple(canonical_axis(i, b.ndim) for i in second),
    )


@composite("axes", "precision", "preferred")
def _tensordot(a: Array, b: Array, axes: Any, precision: PrecisionLike, preferred: Any) -> Array:
    return contract(a, b, axes, ((), ()), precision, preferred)


def inner(
    a: ArrayLike,
    b: ArrayLike,
    *,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The product of two arrays, summed over the last axis of both.

    Args:
      a: an array.
      b: an array.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.

    Returns:
      An array with the other axes of `a`, then those of `b`; the product with a scalar.

    Raises:
      TypeError: if sizes along the axis differ.

    >>> import covector.numpy as jnp
    >>> jnp.inner(jnp.array([1, 2]), jnp.array([3, 4]))
    Array(11, dtype=int32)
    """
    a, b = as_arrays("inner", a, b)
    if a.ndim and b.ndim:
        options: Any = {"precision": precision, "preferred_element_type": preferred_element_type}
        return tensordot(a, b, (-1, -1), **options)
    asked = _asked("inner", preferred_element_type)
    if asked is not None:
        a, b = lax.convert_element_type(a, asked), lax.convert_element_type(b, asked)
    return _core.numpy.multiply(a, b)
