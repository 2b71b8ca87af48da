"""Parts of numbers: fractions, exponents, divisors; and steps between neighbours."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, check_arraylike, reject_out
from covector._composite import composite
from covector._core import Array
from covector._dtypes import finfo, iinfo, issubdtype
from covector._typing import ArrayLike
from covector.numpy._elementwise import copysign


def divmod(x1: ArrayLike, x2: ArrayLike, /) -> tuple[Array, Array]:
    """The quotients, rounded down, and the rests of a division.

    Args:
      x1: a real array, the dividends.
      x2: a real array, the divisors.

    Returns:
      Two arrays of the common dtype.

    Raises:
      TypeError: if an argument is no array, or complex.

    >>> import covector.numpy as jnp
    >>> jnp.divmod(jnp.array([7, -7]), 3)
    (Array([ 2, -3], dtype=int32), Array([1, 2], dtype=int32))
    """
    return _core.numpy.divmod(x1, x2)


def modf(x: ArrayLike, /, out: None = None) -> tuple[Array, Array]:
    """The fractional and the whole part of numbers, both of their sign.

    Args:
      x: a real array.
      out: must be None.

    Returns:
      Two arrays of a floating dtype.

    >>> import covector.numpy as jnp
    >>> jnp.modf(jnp.array([-2.5]))
    (Array([-0.5], dtype=float32), Array([-2.], dtype=float32))
    """
    reject_out("modf", out)
    check_arraylike("modf", x)
    return _modf(x)


@composite()
def _modf(x: Any) -> tuple[Array, Array]:
    (x,) = _core.numpy.promote_dtypes_inexact(as_array("modf", x))
    whole = _core.numpy.where(x >= 0, lax.floor(x), lax.ceil(x))
    return x - whole, whole


def frexp(x: ArrayLike, /) -> tuple[Array, Array]:
    """Numbers as a fraction from 0.5 to 1 and a power of two.

    Args:
      x: a real array.

    Returns:
      The fractions, of a floating dtype, and the exponents, of int32.

    Raises:
      TypeError: for complex numbers.

    >>> import covector.numpy as jnp
    >>> jnp.frexp(jnp.array([12.0]))
    (Array([0.75], dtype=float32), Array([4], dtype=int32))
    """
    check_arraylike("frexp", x)
    return _frexp(x)


@composite()
def _frexp(x: Any) -> tuple[Array, Array]:
    (x,) = _core.numpy.promote_dtypes_inexact(as_array("frexp", x))
    if issubdtype(x.dtype, np.complexfloating):
        raise TypeError("frexp does not support complex-valued inputs")
    exponent = _exponent(lax.stop_gradient(x))
    odd = (x == 0) | (x != x) | (lax.abs(x) == np.inf)
    exponent = _core.numpy.where(odd, 0, exponent)
    return _core.numpy.where(odd, x, _scaled(x, -exponent)), exponent


def _exponent(x: Array) -> Array:
    """The exponent that frexp gives finite numbers, from their bits."""
    limits = finfo(x.dtype)
    unsigned = np.dtype(f"uint{limits.bits}")
    # Numbers below the smallest normal one get a leading bit by a multiplication first.
    tiny = lax.abs(x) < limits.smallest_normal
    shift = limits.nmant + 1
    x = _core.numpy.where(tiny, x * _core.convert(2.0**shift, x.dtype), x)
    bits = lax.bitcast_convert_type(x, unsigned)
    field = lax.shift_right_logical(bits, lax.full_like(bits, limits.nmant))
    field = lax.bitwise_and(field, lax.full_like(bits, 2**limits.nexp - 1))
    exponent = lax.convert_element_type(field, np.int32) + int(limits.minexp)
    return _core.numpy.where(tiny, exponent - shift, exponent)


def ldexp(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """Numbers times powers of two.

    Args:
      x1: a real array.
      x2: the exponents, an integer array.

    Returns:
      An array of a floating dtype.

    Raises:
      ValueError: for complex numbers or exponents that are no integers.

    >>> import covector.numpy as jnp
    >>> jnp.ldexp(3.0, 2)
    Array(12., dtype=float32)
    """
    x1, x2 = as_arrays("ldexp", x1, x2)
    if issubdtype(x1.dtype, np.complexfloating) or issubdtype(x2.dtype, np.inexact):
        raise ValueError(f"ldexp not supported for input types {(x1.dtype, x2.dtype)}")
    return _ldexp(x1, x2)


@composite()
def _ldexp(x1: Array, x2: Array) -> Array:
    (x1,) = _core.numpy.promote_dtypes_inexact(x1)
    return _scaled(x1, lax.convert_element_type(x2, np.int32))


def _scaled(x: Array, exponent: Array) -> Array:
    """x times two to the exponent, in steps that are exact as long as the result is normal."""
    limit = int(finfo(x.dtype).maxexp) - 1
    for _ in range(3):
        step = _core.numpy.minimum(_core.numpy.maximum(exponent, -limit + 1), limit)
        x = x * _power_of_two(step, x.dtype)
        exponent = exponent - step
    return x


def _power_of_two(exponent: Array, dtype: Any) -> Array:
    """Two to the power of exponents of normal numbers, by its bits."""
    limits = finfo(dtype)
    signed = np.dtype(f"int{limits.bits}")
    field = lax.convert_element_type(exponent - int(limits.minexp) + 1, signed)
    return lax.bitcast_convert_type(
        lax.shift_left(field, lax.full_like(field, limits.nmant)), dtype
    )


def gcd(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The greatest common divisors of integers.

    Args:
      x1: an integer array.
      x2: an integer array.

    Returns:
      An integer array.

    Raises:
      ValueError: for other dtypes.

    >>> import covector.numpy as jnp
    >>> jnp.gcd(12, 18)
    Array(6, dtype=int32, weak_type=True)
    """
    return _gcd(*_integers("gcd", x1, x2))


def _integers(function: str, x1: Any, x2: Any) -> tuple[Array, Array]:
    x1, x2 = as_arrays(function, x1, x2)
    if not issubdtype(_core.numpy.result_type(x1, x2)[0], np.integer):
        raise ValueError(f"{function}: arguments must be integers, got {x1.dtype} and {x2.dtype}")
    return x1, x2


# Euclid's algorithm takes the most steps for neighbours of Fibonacci's sequence, whose numbers
# grow by the golden ratio: 1.4405 steps for each bit.
_EUCLID_STEPS_PER_BIT = 1.4405


@composite()
def _gcd(x1: Array, x2: Array) -> Array:
    x1, x2 = _core.numpy.broadcast_arrays(*_core.numpy.promote_dtypes(x1, x2))
    a, b = _core.numpy.abs(x1), _core.numpy.abs(x2)
    for _ in range(int(_EUCLID_STEPS_PER_BIT * iinfo(a.dtype).bits) + 2):
        rest = lax.rem(a, lax.max(b, lax.full_like(b, 1)))
        done = b == 0
        a, b = lax.select(done, a, b), lax.select(done, b, rest)
    return a


def lcm(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The least common multiples of integers.

    Args:
      x1: an integer array.
      x2: an integer array.

    Returns:
      An integer array.

    Raises:
      ValueError: for other dtypes.

    >>> import covector.numpy as jnp
    >>> jnp.lcm(4, 6)
    Array(12, dtype=int32, weak_type=True)
    """
    return _lcm(*_integers("lcm", x1, x2))


@composite()
def _lcm(x1: Array, x2: Array) -> Array:
    x1, x2 = _core.numpy.promote_dtypes(x1, x2)
    divisor = _gcd(x1, x2)
    x1, x2 = _core.numpy.abs(x1), _core.numpy.abs(x2)
    multiple = x1 * lax.div(*_core.numpy.broadcast_arrays(x2, _core.numpy.maximum(divisor, 1)))
    return _core.numpy.where(divisor == 0, divisor, multiple)


def spacing(x: ArrayLike, /) -> Array:
    """The distance from numbers to their neighbours away from zero.

    Args:
      x: a real array.

    Returns:
      An array of a floating dtype.

    Raises:
      ValueError: for complex numbers.

    >>> import covector.numpy as jnp
    >>> jnp.spacing(jnp.array([1.0], "float16"))
    Array([0.000977], dtype=float16)
    """
    check_arraylike("spacing", x)
    return _spacing(x)


@composite()
def _spacing(x: Any) -> Array:
    (x,) = _core.numpy.promote_dtypes_inexact(as_array("spacing", x))
    if issubdtype(x.dtype, np.complexfloating):
        raise ValueError("jnp.spacing is not defined for complex inputs.")
    infinity = lax.full_like(x, np.inf, x.dtype)
    if x.dtype == np.float16:
        return lax.nextafter(x, infinity) - x
    step = lax.nextafter(x, copysign(infinity, x)) - x
    smallest = lax.full_like(x, finfo(x.dtype).smallest_subnormal, x.dtype)
    return _core.numpy.where(step == 0, copysign(smallest, x), step)


def i0(x: ArrayLike) -> Array:
    """The modified Bessel function of the first kind, of order zero.

    Args:
      x: a real array.

    Returns:
      An array of a floating dtype.

    Raises:
      ValueError: for complex numbers.

    >>> import covector.numpy as jnp
    >>> jnp.i0(jnp.zeros(2)).round(2)
    Array([1., 1.], dtype=float32)
    """
    check_arraylike("i0", x)
    return _i0(x)


@composite()
def _i0(x: Any) -> Array:
    (x,) = _core.numpy.promote_dtypes_inexact(as_array("i0", x))
    if not issubdtype(x.dtype, np.floating):
        raise ValueError(f"Unsupported input type to jax.numpy.i0: {x.dtype}")
    size = lax.abs(x)
    return lax.mul(lax.exp(size), lax.bessel_i0e(size))
