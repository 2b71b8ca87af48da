"""Comparisons of arrays, and questions about their types."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, check_arraylike, own_array
from covector._composite import composite
from covector._core import Array
from covector._dtypes import is_extended, issubdtype, real_part
from covector._typing import ArrayLike
from covector.numpy._array import asarray
from covector.numpy._reductions import all


def isclose(
    a: ArrayLike,
    b: ArrayLike,
    rtol: ArrayLike = 1e-05,
    atol: ArrayLike = 1e-08,
    equal_nan: bool = False,
) -> Array:
    """Where elements are equal up to a tolerance: `abs(a - b) <= atol + rtol * abs(b)`.

    Args:
      a: an array.
      b: an array.
      rtol: the tolerance relative to `b`.
      atol: the absolute tolerance.
      equal_nan: whether NaN equals NaN.

    Returns:
      A boolean array of the shape to which the arguments broadcast.

    >>> import covector.numpy as jnp
    >>> jnp.isclose(jnp.array([1.0, 2.0]), jnp.array([1.0, 2.1]))
    Array([ True, False], dtype=bool)
    """
    check_arraylike("isclose", a, b)
    return _isclose(a, b, rtol, atol, bool(equal_nan))


@composite("equal_nan")
def _isclose(a: Any, b: Any, rtol: Any, atol: Any, equal_nan: bool) -> Array:
    a, b = as_arrays("isclose", a, b)
    if is_extended(a.dtype):
        return lax.eq(a, b)
    a, b = _core.numpy.broadcast_arrays(*_core.numpy.promote_dtypes_inexact(a, b))
    real = real_part(a.dtype)
    rtol, atol = _core.convert(rtol, real), _core.convert(atol, real)
    near = lax.abs(lax.sub(a, b)) <= atol + rtol * lax.abs(b)
    out = lax.eq(a, b) | (_core.numpy.isfinite(b) & near)
    return out | (_core.numpy.isnan(a) & _core.numpy.isnan(b)) if equal_nan else out


def allclose(
    a: ArrayLike,
    b: ArrayLike,
    rtol: ArrayLike = 1e-05,
    atol: ArrayLike = 1e-08,
    equal_nan: bool = False,
) -> Array:
    """Whether all elements are equal up to a tolerance; arguments as of `isclose`.

    Returns:
      A boolean array of rank zero.

    >>> import covector.numpy as jnp
    >>> jnp.allclose(jnp.array([1.0, 2.0]), jnp.array([1.0, 2.1]))
    Array(False, dtype=bool)
    """
    check_arraylike("allclose", a, b)
    return _allclose(a, b, rtol, atol, bool(equal_nan))


@composite("equal_nan")
def _allclose(a: Any, b: Any, rtol: Any, atol: Any, equal_nan: bool) -> Array:
    return all(_isclose(a, b, rtol, atol, equal_nan))


def array_equal(a1: ArrayLike, a2: ArrayLike, equal_nan: bool = False) -> Array:
    """Whether two arrays have one shape and equal elements.

    Args:
      a1: an array.
      a2: an array.
      equal_nan: whether NaN equals NaN.

    Returns:
      A boolean array of rank zero.

    >>> import covector.numpy as jnp
    >>> jnp.array_equal(jnp.arange(3), jnp.array([0, 1, 2]))
    Array(True, dtype=bool)
    """
    a1, a2 = asarray(a1), asarray(a2)
    if a1.shape != a2.shape:
        return asarray(False)
    return _array_equal(a1, a2, bool(equal_nan))


@composite("equal_nan")
def _array_equal(a1: Array, a2: Array, equal_nan: bool) -> Array:
    same = _core.numpy.equal(a1, a2)
    if equal_nan:
        same = same | (_core.numpy.isnan(a1) & _core.numpy.isnan(a2))
    return all(same)


def array_equiv(a1: ArrayLike, a2: ArrayLike) -> Array:
    """Whether two arrays broadcast to one shape and have equal elements there.

    Args:
      a1: an array.
      a2: an array.

    Returns:
      A boolean array of rank zero.

    >>> import covector.numpy as jnp
    >>> jnp.array_equiv(jnp.array([2, 2]), 2)
    Array(True, dtype=bool)
    """
    a1, a2 = asarray(a1), asarray(a2)
    try:
        lax.broadcast_shapes(a1.shape, a2.shape)
    except ValueError:
        return asarray(False)
    return _array_equal(a1, a2, False)


def iscomplex(x: ArrayLike) -> Array:
    """Where elements have an imaginary part that is not zero.

    >>> import covector.numpy as jnp
    >>> jnp.iscomplex(jnp.array([1j, 2]))
    Array([ True, False], dtype=bool)
    """
    x = as_array("iscomplex", x)
    if issubdtype(x.dtype, np.complexfloating):
        return lax.imag(x) != 0
    return lax.full_like(x, False, bool)


def isreal(x: ArrayLike) -> Array:
    """Where elements have no imaginary part, or zero.

    >>> import covector.numpy as jnp
    >>> jnp.isreal(jnp.array([1j, 2]))
    Array([False,  True], dtype=bool)
    """
    x = as_array("isreal", x)
    if issubdtype(x.dtype, np.complexfloating):
        return lax.imag(x) == 0
    return lax.full_like(x, True, bool)


def iscomplexobj(x: Any) -> bool:
    """Whether this has a complex dtype.

    >>> import covector.numpy as jnp
    >>> jnp.iscomplexobj(jnp.array([1j]))
    True
    """
    if x is None:
        return False
    x = own_array(x)
    if hasattr(x, "dtype"):
        return issubdtype(x.dtype, np.complexfloating)
    return bool(np.iscomplexobj(x))


def isrealobj(x: Any) -> bool:
    """Whether this has another dtype than a complex one.

    >>> import covector.numpy as jnp
    >>> jnp.isrealobj(jnp.array([1j]))
    False
    """
    return not iscomplexobj(x)


def isscalar(element: Any) -> bool:
    """Whether this is a number, or an array of rank zero.

    >>> import covector.numpy as jnp
    >>> jnp.isscalar(3), jnp.isscalar(jnp.zeros(1))
    (True, False)
    """
    if isinstance(element, _core.Array) or hasattr(element, "__jax_array__"):
        return asarray(element).ndim == 0
    return bool(np.isscalar(element))


def iterable(y: Any) -> bool:
    """Whether one can iterate over this.

    >>> import covector.numpy as jnp
    >>> jnp.iterable(jnp.zeros(3)), jnp.iterable(jnp.zeros(()))
    (True, False)
    """
    try:
        iter(y)
    except TypeError:
        return False
    return True


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> bool:
    """Whether NumPy converts one dtype to another under a rule.

    Args:
      from_: a dtype, or something with one.
      to: a dtype.
      casting: 'no', 'equiv', 'safe', 'same_kind' or 'unsafe'.

    Returns:
      A Python bool.

    >>> import covector.numpy as jnp
    >>> jnp.can_cast(jnp.int32, jnp.float64)
    True
    """
    return bool(np.can_cast(from_, to, casting))
