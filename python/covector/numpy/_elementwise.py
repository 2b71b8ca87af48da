"""Elementwise functions that are compositions of those of the core."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import (
    as_array,
    as_arrays,
    check_arraylike,
    index,
    own_array,
    reject_out,
)
from covector._composite import composite
from covector._core import Array
from covector._dtypes import dtype_of, finfo, issubdtype
from covector._typing import ArrayLike
from covector.lax import RoundingMethod


def round(a: ArrayLike, decimals: int = 0, out: None = None) -> Array:
    """Elements rounded to decimals; those halfway between two go to the even one.

    Args:
      a: an array; integers stay as they are.
      decimals: how many digits to keep after the point.
      out: must be None.

    Returns:
      An array of the dtype of `a`.

    Raises:
      NotImplementedError: for integers and negative `decimals`.
      TypeError: for booleans.

    >>> import covector.numpy as jnp
    >>> jnp.round(jnp.array([1.25, 2.5]), 1)
    Array([1.2, 2.5], dtype=float32)
    """
    reject_out("round", out)
    check_arraylike("round", a)
    return _round(a, index(decimals, "'decimals' argument of jnp.round"))


@composite("decimals")
def _round(a: Any, decimals: int) -> Array:
    a = as_array("round", a)
    if issubdtype(a.dtype, np.integer):
        if decimals < 0:
            raise NotImplementedError("integer np.round not implemented for decimals < 0")
        return a
    if not issubdtype(a.dtype, np.inexact):
        raise ValueError(f"round: not for dtype {a.dtype}")
    if decimals > np.log10(float(finfo(a.dtype).max)):
        return a
    if issubdtype(a.dtype, np.complexfloating):
        return lax.complex(_round(lax.real(a), decimals), _round(lax.imag(a), decimals))
    if decimals == 0:
        return lax.round(a, RoundingMethod.TO_NEAREST_EVEN)
    if a.dtype == np.float16:
        return lax.convert_element_type(
            _round(lax.convert_element_type(a, np.float32), decimals), a.dtype
        )
    factor = lax.full_like(a, 10.0**decimals)
    return lax.div(lax.round(lax.mul(a, factor), RoundingMethod.TO_NEAREST_EVEN), factor)


def around(a: ArrayLike, decimals: int = 0, out: None = None) -> Array:
    """Elements rounded to decimals: `round` by another name.

    >>> import covector.numpy as jnp
    >>> jnp.around(jnp.array([1.26]))
    Array([1.], dtype=float32)
    """
    return round(a, decimals, out)


def clip(
    arr: ArrayLike | None = None,
    /,
    min: ArrayLike | None = None,
    max: ArrayLike | None = None,
) -> Array:
    """Elements moved between two bounds.

    Args:
      arr: a real array.
      min: the lower bound, an array that broadcasts to `arr`; none by default.
      max: the upper bound, an array that broadcasts to `arr`; none by default. It holds where
        it is below the lower one.

    Returns:
      An array of the common dtype.

    Raises:
      ValueError: if `arr` is missing, or something is complex.

    >>> import covector.numpy as jnp
    >>> jnp.clip(jnp.arange(5), 1, 3)
    Array([1, 1, 2, 3, 3], dtype=int32)
    """
    if arr is None:
        raise ValueError("clip: no array was given")
    check_arraylike("clip", arr)
    return _clip(own_array(arr), own_array(min), own_array(max))


@composite()
def _clip(a: Any, low: Any, high: Any) -> Array:
    given = [x for x in (a, low, high) if x is not None]
    if any(np.issubdtype(dtype_of(x), np.complexfloating) for x in given):
        raise ValueError(
            "Complex values have no ordering and cannot be clipped. Clip jnp.real and jnp.imag of "
            "them by themselves."
        )
    if low is not None:
        a = _core.numpy.maximum(low, a)
    if high is not None:
        a = _core.numpy.minimum(high, a)
    return _core.asarray(a)


def nan_to_num(
    x: ArrayLike,
    copy: bool = True,
    nan: ArrayLike = 0.0,
    posinf: ArrayLike | None = None,
    neginf: ArrayLike | None = None,
) -> Array:
    """An array with numbers in place of NaN and infinity.

    Args:
      x: an array.
      copy: of no effect: arrays do not change.
      nan: what to put for NaN.
      posinf: what to put for infinity; the largest finite number by default.
      neginf: what to put for minus infinity; the smallest finite number by default.

    Returns:
      An array of the dtype of `x`.

    >>> import covector.numpy as jnp
    >>> jnp.nan_to_num(jnp.array([jnp.nan, 1.0]))
    Array([0., 1.], dtype=float32)
    """
    check_arraylike("nan_to_num", x)
    return _nan_to_num(x, nan, posinf, neginf)


@composite()
def _nan_to_num(x: Any, nan: Any, posinf: Any, neginf: Any) -> Array:
    x = as_array("nan_to_num", x)
    if not issubdtype(x.dtype, np.inexact):
        return x
    if issubdtype(x.dtype, np.complexfloating):
        parts = [_nan_to_num(p, nan, posinf, neginf) for p in (lax.real(x), lax.imag(x))]
        return lax.complex(*parts)
    limits = finfo(x.dtype)
    posinf = limits.max if posinf is None else posinf
    neginf = limits.min if neginf is None else neginf
    for bad, value in ((x != x, nan), (x == np.inf, posinf), (x == -np.inf, neginf)):
        x = _core.numpy.where(bad, _core.convert(value, x.dtype), x)
    return x


def angle(z: ArrayLike, deg: bool = False) -> Array:
    """The angle of complex numbers to the real axis.

    Args:
      z: an array.
      deg: return degrees in place of radians.

    Returns:
      A real array of a floating dtype.

    >>> import covector.numpy as jnp
    >>> jnp.angle(jnp.array([1j]), deg=True)
    Array([90.], dtype=float32)
    """
    check_arraylike("angle", z)
    return _angle(z, bool(deg))


@composite("deg")
def _angle(z: Any, deg: bool) -> Array:
    z = as_array("angle", z)
    if not issubdtype(z.dtype, np.inexact) or (z.ndim == 0 and z.dtype.kind != "c"):
        z = lax.convert_element_type(z, float)
    real, imaginary = _core.numpy.real(z), _core.numpy.imag(z)
    out = lax.atan2(imaginary, real)
    return _core.numpy.degrees(out) if deg else out


def isposinf(x: ArrayLike, /, out: None = None) -> Array:
    """Where elements are infinity.

    >>> import covector.numpy as jnp
    >>> jnp.isposinf(jnp.array([jnp.inf, -jnp.inf]))
    Array([ True, False], dtype=bool)
    """
    return _is_infinity("isposinf", x, out, 1)


def isneginf(x: ArrayLike, /, out: None = None) -> Array:
    """Where elements are minus infinity.

    >>> import covector.numpy as jnp
    >>> jnp.isneginf(jnp.array([jnp.inf, -jnp.inf]))
    Array([False,  True], dtype=bool)
    """
    return _is_infinity("isneginf", x, out, -1)


def _is_infinity(function: str, x: Any, out: None, sign: int) -> Array:
    reject_out(function, out)
    x = as_array(function, x)
    if issubdtype(x.dtype, np.complexfloating):
        raise ValueError(f"{function}: not defined for complex numbers")
    if not issubdtype(x.dtype, np.floating):
        return lax.full_like(x, False, bool)
    return lax.eq(x, lax.full_like(x, sign * np.inf, x.dtype))


def heaviside(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """Zero for negative numbers, one for positive ones, and a value for zero.

    Args:
      x1: an array.
      x2: the values where `x1` is zero.

    Returns:
      An array of an inexact dtype.

    >>> import covector.numpy as jnp
    >>> jnp.heaviside(jnp.array([-2.0, 0.0, 3.0]), 0.5)
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    check_arraylike("heaviside", x1, x2)
    return _heaviside(x1, x2)


@composite()
def _heaviside(x1: Any, x2: Any) -> Array:
    where = _core.numpy.where
    x1, x2 = _core.numpy.promote_dtypes_inexact(*as_arrays("heaviside", x1, x2))
    return where(x1 < 0, 0, where(x1 > 0, 1, where(x1 != x1, x1, x2)))


def hypot(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """The length of vectors of two components, without overflow on the way.

    Args:
      x1: a real array.
      x2: a real array.

    Returns:
      An array of a floating dtype.

    Raises:
      ValueError: for complex numbers.

    >>> import covector.numpy as jnp
    >>> jnp.hypot(3.0, 4.0)
    Array(5., dtype=float32, weak_type=True)
    """
    check_arraylike("hypot", x1, x2)
    return _hypot(x1, x2)


@composite()
def _hypot(x1: Any, x2: Any) -> Array:
    x1, x2 = _core.numpy.promote_dtypes_inexact(*as_arrays("hypot", x1, x2))
    if issubdtype(x1.dtype, np.complexfloating):
        raise ValueError("hypot: not defined for complex numbers; use abs first")
    where = _core.numpy.where
    x1, x2 = lax.abs(x1), lax.abs(x2)
    infinite = (x1 == np.inf) | (x2 == np.inf)
    large, small = _core.numpy.maximum(x1, x2), _core.numpy.minimum(x1, x2)
    # Zero is kept out of the division, so that derivatives are no NaN either.
    ratio = small / where(large == 0, 1, large)
    length = where(large == 0, large, large * lax.sqrt(1 + lax.square(ratio)))
    return where(infinite, np.inf, length)


def copysign(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """The absolute values of one array with the signs of another.

    Args:
      x1: a real array.
      x2: a real array; the sign of -0.0 counts.

    Returns:
      An array of a floating dtype.

    Raises:
      TypeError: for complex numbers.

    >>> import covector.numpy as jnp
    >>> jnp.copysign(jnp.array([1.0, 2.0]), -1.0)
    Array([-1., -2.], dtype=float32)
    """
    check_arraylike("copysign", x1, x2)
    return _copysign(x1, x2)


@composite()
def _copysign(x1: Any, x2: Any) -> Array:
    x1, x2 = _core.numpy.promote_dtypes_inexact(*as_arrays("copysign", x1, x2))
    if issubdtype(x1.dtype, np.complexfloating):
        raise TypeError("copysign: not defined for complex numbers")
    size = lax.abs(x1)
    return _core.numpy.where(_core.numpy.signbit(x2), -size, size)


def sinc(x: ArrayLike, /) -> Array:
    """The sine of pi x, divided by pi x; one where x is zero.

    Args:
      x: an array.

    Returns:
      An array of an inexact dtype.

    >>> import covector.numpy as jnp
    >>> jnp.sinc(jnp.array([0.0, 0.5])).round(3)
    Array([1.   , 0.637], dtype=float32)
    """
    check_arraylike("sinc", x)
    return _sinc(x)


@composite()
def _sinc(x: Any) -> Array:
    (x,) = _core.numpy.promote_dtypes_inexact(as_array("sinc", x))
    angle_ = lax.mul(lax.full_like(x, np.pi), x)
    small = lax.abs(angle_) < 1e-2 if x.dtype.kind != "d" else lax.abs(angle_) < 1e-3
    # Near zero its power series, whose derivatives are those of the function.
    square = lax.square(angle_)
    series = 1 - square / 6 * (1 - square / 20 * (1 - square / 42))
    safe = _core.numpy.where(small, 1, angle_)
    return _core.numpy.where(small, series, lax.sin(safe) / safe)


def float_power(x: ArrayLike, y: ArrayLike, /) -> Array:
    """Powers, in an inexact dtype.

    Args:
      x: the bases.
      y: the exponents.

    Returns:
      An array of an inexact dtype.

    >>> import covector.numpy as jnp
    >>> jnp.float_power(2, 3)
    Array(8., dtype=float32, weak_type=True)
    """
    check_arraylike("float_power", x, y)
    return _float_power(x, y)


@composite()
def _float_power(x: Any, y: Any) -> Array:
    return lax.pow(*_core.numpy.broadcast_arrays(*_core.numpy.promote_dtypes_inexact(x, y)))


def fmax(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The larger of two elements, the other one if one of them is NaN.

    >>> import covector.numpy as jnp
    >>> jnp.fmax(jnp.array([1.0, jnp.nan]), 0.5)
    Array([1. , 0.5], dtype=float32)
    """
    check_arraylike("fmax", x1, x2)
    return _choose(x1, x2, largest=True)


def fmin(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The smaller of two elements, the other one if one of them is NaN.

    >>> import covector.numpy as jnp
    >>> jnp.fmin(jnp.array([1.0, jnp.nan]), 0.5)
    Array([0.5, 0.5], dtype=float32)
    """
    check_arraylike("fmin", x1, x2)
    return _choose(x1, x2, largest=False)


@composite("largest")
def _choose(x1: Any, x2: Any, largest: bool) -> Array:
    before = (_core.numpy.greater if largest else _core.numpy.less)(x1, x2)
    return _core.numpy.where(before | _core.numpy.isnan(x2), x1, x2)
