"""What functions of this package share: operands of one dtype, polynomials."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._arguments import as_arrays
from covector._core import Array
from covector._dtypes import issubdtype


def inexact(function: str, *xs: Any) -> tuple[Array, ...]:
    """The operands with a common inexact dtype, and ranks that broadcast.

    Raises:
      TypeError: if one is no array or scalar.
    """
    arrays = _core.numpy.promote_dtypes_inexact(*as_arrays(function, *xs))
    ranks = {x.ndim for x in arrays if x.ndim}
    return arrays if len(ranks) < 2 else _core.numpy.broadcast_arrays(*arrays)


def real(function: str, *xs: Any) -> tuple[Array, ...]:
    """The same, of functions that take no complex numbers.

    Raises:
      ValueError: if one is complex.
    """
    arrays = inexact(function, *xs)
    if issubdtype(arrays[0].dtype, np.complexfloating):
        raise ValueError(f"{function} does not support complex-valued inputs.")
    return arrays


def single_or_double(function: str, x: Any) -> Array:
    """The array of a function that is defined for float32 and float64 alone.

    Raises:
      TypeError: if it has another dtype.
    """
    array = _core.asarray(x)
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(
            f"x.dtype={array.dtype} is not supported by {function}, which takes float32 and float64"
        )
    return array


def polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """Its value by Horner's scheme; the highest power comes first."""
    value: Any = np.array(coefficients[0], x.dtype)
    for c in coefficients[1:]:
        value = value * x + np.array(c, x.dtype)
    return value


def ratio(above: Sequence[float], below: Sequence[float], x: Array) -> Array:
    """The quotient of two polynomials."""
    return polynomial(above, x) / polynomial(below, x)
