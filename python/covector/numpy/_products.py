"""Products of other kinds than `matmul`: outer, Kronecker's, cross, convolution."""

import math
from typing import Any

from covector import _core, lax
from covector._arguments import as_arrays, canonical_axis, reject_out
from covector._composite import composite
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.lax import PrecisionLike
from covector.numpy._axes import moveaxis


def outer(a: ArrayLike, b: ArrayLike, out: None = None) -> Array:
    """The products of each element of one array with each of another.

    Args:
      a: an array, taken as a vector.
      b: an array, taken as a vector.
      out: must be None.

    Returns:
      A matrix of shape `(a.size, b.size)`.

    Raises:
      TypeError: if an argument is no array.

    >>> import covector.numpy as jnp
    >>> jnp.outer(jnp.array([1, 2]), jnp.array([3, 4]))
    Array([[3, 4],
           [6, 8]], dtype=int32)
    """
    reject_out("outer", out)
    return _outer(*as_arrays("outer", a, b))


@composite()
def _outer(a: Array, b: Array) -> Array:
    a, b = _core.numpy.promote_dtypes(a, b)
    return _core.numpy.multiply(lax.reshape(a, (a.size, 1)), lax.reshape(b, (1, b.size)))


def kron(a: ArrayLike, b: ArrayLike) -> Array:
    """The Kronecker product: one array in which each element is a multiple of another.

    Args:
      a: an array.
      b: an array.

    Returns:
      An array of the larger rank, whose sizes are the products of sizes.

    Raises:
      TypeError: if an argument is no array.

    >>> import covector.numpy as jnp
    >>> jnp.kron(jnp.array([1, 10]), jnp.array([1, 2]))
    Array([ 1,  2, 10, 20], dtype=int32)
    """
    return _kron(*as_arrays("kron", a, b))


@composite()
def _kron(a: Array, b: Array) -> Array:
    a, b = _core.numpy.promote_dtypes(a, b)
    rank = max(a.ndim, b.ndim)
    rows, columns = ((1,) * (rank - x.ndim) + x.shape for x in (a, b))
    a = lax.reshape(a, [s for size in rows for s in (size, 1)])
    b = lax.reshape(b, [s for size in columns for s in (1, size)])
    sizes = [math.prod(pair) for pair in zip(rows, columns)]
    return lax.reshape(_core.numpy.multiply(a, b), sizes)


def cross(
    a: ArrayLike,
    b: ArrayLike,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Array:
    """The cross product of vectors of two or three components.

    Args:
      a: an array.
      b: an array.
      axisa: the axis of the components in `a`.
      axisb: the axis of the components in `b`.
      axisc: the axis of the components in the result.
      axis: all three of these.

    Returns:
      An array of vectors of three components; of two vectors of two, their third components.

    Raises:
      ValueError: if there is another number of components, or no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.cross(jnp.array([1, 0, 0]), jnp.array([0, 1, 0]))
    Array([0, 0, 1], dtype=int32)
    """
    a, b = as_arrays("cross", a, b)
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError("Dimension must be either 2 or 3 for cross product")
    flat = a.shape[-1] == b.shape[-1] == 2
    rank = len(lax.broadcast_shapes(a.shape[:-1], b.shape[:-1])) + 1
    return _cross(a, b, flat, -1 if flat else canonical_axis(axisc, rank))


@composite("flat", "axis")
def _cross(a: Array, b: Array, flat: bool, axis: int) -> Array:
    multiply, subtract = _core.numpy.multiply, _core.numpy.subtract
    a, b = _core.numpy.promote_dtypes(a, b)

    def component(x: Array, i: int) -> Array:
        return lax.index_in_dim(x, i, x.ndim - 1, keepdims=False)

    def minor(i: int, j: int) -> Array:
        return subtract(
            multiply(component(a, i), component(b, j)), multiply(component(a, j), component(b, i))
        )

    if flat:
        return minor(0, 1)
    third = [(0, 0, 0)]
    a, b = (
        x if x.shape[-1] == 3 else lax.pad(x, _zero(x), [*third * (x.ndim - 1), (0, 1, 0)])
        for x in (a, b)
    )
    parts = [minor(1, 2), minor(2, 0), minor(0, 1)]
    parts = [lax.expand_dims(p, (p.ndim,)) for p in parts]
    return moveaxis(lax.concatenate(parts, parts[0].ndim - 1), -1, axis)


def _zero(x: Array) -> Array:
    return _core.convert(0, x.dtype)


def convolve(
    a: ArrayLike,
    v: ArrayLike,
    mode: str = "full",
    *,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The convolution of two vectors.

    Args:
      a: a vector, not empty.
      v: a vector, not empty.
      mode: how much of it: 'full': wherever the vectors overlap; 'same': as much as the longer
        vector; 'valid': where they overlap completely.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.

    Returns:
      A vector of an inexact dtype.

    Raises:
      ValueError: if an argument is no vector or empty, or the mode is unknown.

    >>> import covector.numpy as jnp
    >>> jnp.convolve(jnp.array([1.0, 2.0, 3.0]), jnp.array([0.0, 1.0, 0.5]))
    Array([0. , 1. , 2.5, 4. , 1.5], dtype=float32)
    """
    return _slide("convolve", a, v, mode, precision, preferred_element_type)


def correlate(
    a: ArrayLike,
    v: ArrayLike,
    mode: str = "valid",
    *,
    precision: PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The correlation of two vectors: the convolution with the second reversed and conjugated.

    Args:
      a: a vector, not empty.
      v: a vector, not empty.
      mode: as of `convolve`.
      precision: how exact to be where hardware offers a choice.
      preferred_element_type: the dtype to add up in and to return.

    Returns:
      A vector of an inexact dtype.

    Raises:
      As `convolve`.

    >>> import covector.numpy as jnp
    >>> jnp.correlate(jnp.array([1.0, 2.0, 3.0]), jnp.array([0.0, 1.0, 0.5]))
    Array([3.5], dtype=float32)
    """
    return _slide("correlate", a, v, mode, precision, preferred_element_type)


def _slide(function: str, a: Any, v: Any, mode: str, precision: Any, preferred: Any) -> Array:
    a, v = as_arrays(function, a, v)
    if a.ndim != 1 or v.ndim != 1:
        raise ValueError(f"{function}() only support 1-dimensional inputs.")
    if not a.size or not v.size:
        raise ValueError(f"{function}: inputs cannot be empty, got shapes {a.shape} and {v.shape}.")
    if mode not in ("full", "same", "valid"):
        raise ValueError("mode must be one of ['full', 'same', 'valid']")
    asked = None if preferred is None else user_dtype(preferred, function)
    return _convolve(a, v, mode, function == "correlate", precision, asked)


@composite("mode", "correlate", "precision", "preferred")
def _convolve(
    a: Array, v: Array, mode: str, correlate: bool, precision: PrecisionLike, preferred: Any
) -> Array:
    a, v = _core.numpy.promote_dtypes_inexact(a, v)
    if correlate:
        v = lax.rev(_core.numpy.conj(v), (0,))
    swapped = a.size < v.size
    if swapped:
        a, v = v, a
    m = v.size
    low, high = m - 1, m - 1
    if mode == "valid":
        low = high = 0
    elif mode == "same":
        # What is left of the full result when an even number of taps has no middle.
        low = m // 2 if not (correlate and swapped) else (m - 1) // 2
        high = m - 1 - low
    result = lax.conv_general_dilated(
        lax.expand_dims(a, (0, 1)),
        lax.expand_dims(lax.rev(v, (0,)), (0, 1)),
        (1,),
        [(low, high)],
        precision=precision,
        preferred_element_type=preferred,
    )
    return lax.squeeze(result, (0, 1))
