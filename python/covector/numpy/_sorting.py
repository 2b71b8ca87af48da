"""Elements in order."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import (
    as_array,
    canonical_axis,
    sequence_of_arrays,
)
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, real_part, to_inexact, user_dtype
from covector._typing import ArrayLike, DTypeLike


def sort(
    a: ArrayLike,
    axis: int | None = -1,
    *,
    kind: None = None,
    order: None = None,
    stable: bool = True,
    descending: bool = False,
) -> Array:
    """An array with its elements in order along an axis; `a` itself stays as it is.

    Args:
      a: an array; NaN comes last.
      axis: the axis; None takes the array as a vector.
      kind: must be None; there is `stable`.
      order: must be None.
      stable: whether equal elements keep their order.
      descending: the largest first.

    Returns:
      An array of the shape of `a`, or a vector.

    Raises:
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.sort(jnp.array([3, 1, 2]))
    Array([1, 2, 3], dtype=int32)
    """
    _reject_options("sort", kind, order)
    a = as_array("sort", a)
    axis = None if axis is None else canonical_axis(axis, a.ndim)
    return _sort(a, axis, bool(stable), bool(descending))


def _reject_options(function: str, kind: Any, order: Any) -> None:
    if kind is not None:
        raise TypeError(f"{function}: 'kind' is not supported, use 'stable'")
    if order is not None:
        raise TypeError(f"{function}: 'order' is not supported")


@composite("axis", "stable", "descending")
def _sort(a: Array, axis: int | None, stable: bool, descending: bool) -> Array:
    a, axis = _with_axis(a, axis)
    out = lax.sort(a, dimension=axis, is_stable=stable)
    return lax.rev(out, (axis,)) if descending else out


def _with_axis(a: Array, axis: int | None) -> tuple[Array, int]:
    return (lax.reshape(a, (a.size,)), 0) if axis is None else (a, axis)


def argsort(
    a: ArrayLike,
    axis: int | None = -1,
    *,
    kind: None = None,
    order: None = None,
    stable: bool = True,
    descending: bool = False,
    dtype: DTypeLike | None = None,
) -> Array:
    """The indices that put an array in order along an axis.

    Args:
      a: an array; NaN comes last.
      axis: the axis; None takes the array as a vector.
      kind: must be None; there is `stable`.
      order: must be None.
      stable: whether equal elements keep their order.
      descending: the largest first.
      dtype: of the result; the default integer type if None.

    Returns:
      An array of the shape of `a`, or a vector.

    Raises:
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.argsort(jnp.array([3, 1, 2]))
    Array([1, 2, 0], dtype=int32)
    """
    _reject_options("argsort", kind, order)
    a = as_array("argsort", a)
    axis = None if axis is None else canonical_axis(axis, a.ndim)
    target = user_dtype(int if dtype is None else dtype, "argsort")
    return _argsort(a, axis, bool(stable), bool(descending), target)


@composite("axis", "stable", "descending", "dtype")
def _argsort(a: Array, axis: int | None, stable: bool, descending: bool, dtype: Any) -> Array:
    a, axis = _with_axis(a, axis)
    # Sorting what is reversed and reversing the result keeps the order of equal elements.
    a = lax.rev(a, (axis,)) if descending else a
    places = lax.broadcasted_iota(dtype, a.shape, axis)
    _, order = lax.sort((a, places), dimension=axis, is_stable=stable, num_keys=1)
    if not descending:
        return order
    last = _core.convert(a.shape[axis] - 1, dtype)
    return lax.sub(last, lax.rev(order, (axis,)))


def lexsort(keys: Any, axis: int = -1) -> Array:
    """The indices that put arrays in order by several keys.

    Args:
      keys: a sequence of arrays of one shape, of which the last is compared first.
      axis: the axis along which to sort.

    Returns:
      An array of the shape of the keys.

    Raises:
      TypeError: if there are no keys.
      ValueError: if their shapes differ, or there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.lexsort((jnp.array([2, 1, 3]), jnp.array([1, 1, 0])))
    Array([2, 1, 0], dtype=int32)
    """
    columns = sequence_of_arrays("lexsort", keys)
    if not columns:
        raise TypeError("need sequence of keys with len > 0 in lexsort")
    if len({k.shape for k in columns}) > 1:
        raise ValueError("all keys need to be the same shape")
    if columns[0].ndim == 0:
        return lax.full((), 0, int)
    return _lexsort(*columns, axis=canonical_axis(axis, columns[0].ndim))


@composite("axis")
def _lexsort(*columns: Array, axis: int) -> Array:
    places = lax.broadcasted_iota(int, columns[0].shape, axis)
    operands = (*columns[::-1], places)
    return lax.sort(operands, dimension=axis, num_keys=len(columns))[-1]


def partition(a: ArrayLike, kth: int, axis: int = -1) -> Array:
    """An array with its k-th smallest element in place, smaller ones before it.

    Args:
      a: an array of a real dtype.
      kth: the index of the element in the sorted array.
      axis: the axis.

    Returns:
      An array of the shape of `a`: elements up to the k-th ascend, those after it descend.

    Raises:
      ValueError: if the index is out of range, or there is no such axis.
      NotImplementedError: if `a` is complex.

    >>> import covector.numpy as jnp
    >>> jnp.partition(jnp.array([6, 8, 4, 3, 1, 9, 7, 5, 2, 3]), 4)[4]
    Array(4, dtype=int32)
    """
    return _partition(*_partition_arguments("partition", a, kth, axis))


@composite("kth", "axis")
def _partition(a: Array, kth: int, axis: int) -> Array:
    ordered = lax.sort(a, dimension=axis)
    low = lax.slice_in_dim(ordered, 0, kth + 1, axis=axis)
    high = lax.slice_in_dim(ordered, kth + 1, None, axis=axis)
    return lax.concatenate([low, lax.rev(high, (axis,))], axis)


def argpartition(a: ArrayLike, kth: int, axis: int = -1) -> Array:
    """The indices that put the k-th smallest element in place, smaller ones before it.

    Args:
      a: an array of a real dtype.
      kth: the index of the element in the sorted array.
      axis: the axis.

    Returns:
      An array of the shape of `a`, of the default integer type. Indices of elements after the
      k-th ascend.

    Raises:
      ValueError: if the index is out of range, or there is no such axis.
      NotImplementedError: if `a` is complex.

    >>> import covector.numpy as jnp
    >>> jnp.argpartition(jnp.array([6, 8, 4, 1]), 1)
    Array([3, 2, 0, 1], dtype=int32)
    """
    return _argpartition(*_partition_arguments("argpartition", a, kth, axis))


@composite("kth", "axis")
def _argpartition(a: Array, kth: int, axis: int) -> Array:
    order = _argsort(a, axis, True, False, np.dtype(np.int32))
    low = lax.slice_in_dim(order, 0, kth + 1, axis=axis)
    high = lax.slice_in_dim(order, kth + 1, None, axis=axis)
    return lax.concatenate([low, lax.sort(high, dimension=axis)], axis)


def _partition_arguments(function: str, a: Any, kth: Any, axis: Any) -> tuple[Array, int, int]:
    a = as_array(function, a)
    if issubdtype(a.dtype, np.complexfloating):
        raise NotImplementedError(f"{function}: not for complex arrays")
    axis = canonical_axis(axis, a.ndim)
    return a, canonical_axis(kth, a.shape[axis], "kth"), axis


def sort_complex(a: ArrayLike) -> Array:
    """An array as complex numbers in order along its last axis: by real parts, then imaginary ones.

    Args:
      a: an array.

    Returns:
      A complex array.

    >>> import covector.numpy as jnp
    >>> jnp.sort_complex(jnp.array([2, 1]))
    Array([1.+0.j, 2.+0.j], dtype=complex64)
    """
    a = as_array("sort_complex", a)
    is_wide = real_part(to_inexact(a.dtype)) == np.float64
    return sort(lax.convert_element_type(a, np.complex128 if is_wide else np.complex64))
