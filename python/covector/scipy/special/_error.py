"""Error functions and what is made of them."""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._dtypes import issubdtype
from covector._typing import ArrayLike
from covector.numpy import finfo
from covector.scipy.special import _more_coefficients as table
from covector.scipy.special._operands import inexact, polynomial, ratio, real


@composite()
def erf(x: ArrayLike) -> Array:
    """The error function.

    >>> float(covector.scipy.special.erf(0.0))
    0.0
    """
    (x,) = inexact("erf", x)
    return lax.erf(x)


@composite()
def erfc(x: ArrayLike) -> Array:
    """1 - erf(x), exact for large x.

    >>> float(covector.scipy.special.erfc(0.0))
    1.0
    """
    (x,) = inexact("erfc", x)
    return lax.erfc(x)


@composite()
def erfinv(x: ArrayLike) -> Array:
    """The inverse of the error function.

    >>> float(covector.scipy.special.erfinv(0.0))
    0.0
    """
    (x,) = inexact("erfinv", x)
    return lax.erf_inv(x)


def erfcx(x: ArrayLike) -> Array:
    """exp(x**2) * erfc(x), without overflow; real or complex.

    >>> float(covector.scipy.special.erfcx(0.0))
    1.0
    """
    (z,) = inexact("erfcx", x)
    return _wofz(1j * z) if issubdtype(z.dtype, np.complexfloating) else _erfcx(z)


@custom_jvp
def _erfcx(x: Array) -> Array:
    return _erfcx_value(x)


@composite()
def _erfcx_value(x: Array) -> Array:
    wide = x if x.dtype == np.float64 else x.astype(np.float32)
    terms = 9 if wide.dtype == np.float64 else 5
    far = wide > np.sqrt(np.log(finfo(wide.dtype).max)).astype(wide.dtype)
    near = jnp.where(far, 1.0, wide)
    direct = lax.exp(lax.square(near)) * lax.erfc(near)
    # The asymptotic series of (2 k - 1)!! / (-2 x^2)^k, DLMF 7.12.1.
    series = [1.0]
    for k in range(1, terms):
        series.append(-series[-1] * (2 * k - 1) / 2)
    tail = polynomial(series[::-1], 1 / lax.square(wide)) / (wide * np.sqrt(np.pi))
    return jnp.where(far, tail, direct).astype(x.dtype)


def _erfcx_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    value = _erfcx(x)
    return value, g * (2 * x * value - 2.0 / np.sqrt(np.pi))


_erfcx.defjvp(_erfcx_jvp)


def wofz(z: ArrayLike) -> Array:
    """Faddeeva's function: exp(-z**2) * erfc(-1j * z).

    >>> round(float(covector.scipy.special.wofz(0.0).real), 5)
    1.0
    """
    (x,) = inexact("wofz", z)
    return _wofz(jnp.asarray(x, jnp.result_type(x.dtype, np.complex64)))


@custom_jvp
def _wofz(z: Array) -> Array:
    return _wofz_value(z)


@composite()
def _wofz_value(z: Array) -> Array:
    above = jnp.imag(z) >= 0
    upper = jnp.where(above, z, -z)
    iz = lax.complex(-upper.imag, upper.real)
    denominator = table.WOFZ_L - iz
    p = polynomial(table.WOFZ_C, (table.WOFZ_L + iz) / denominator)
    value = 2 * p / (denominator * denominator) + (1 / np.sqrt(np.pi)) / denominator
    return jnp.where(above, value, 2 * lax.exp(-(z * z)) - value)


def _wofz_jvp(primals: Any, tangents: Any) -> Any:
    (z,), (g,) = primals, tangents
    value = _wofz(z)
    return value, g * (2j / np.sqrt(np.pi) - 2 * z * value)


_wofz.defjvp(_wofz_jvp)


def dawsn(x: ArrayLike) -> Array:
    """Dawson's integral: exp(-x**2) times the integral of exp(t**2) from 0 to x.

    >>> float(covector.scipy.special.dawsn(0.0))
    0.0
    """
    return _dawsn(*real("dawsn", x))


@custom_jvp
def _dawsn(x: Array) -> Array:
    return _dawsn_value(x)


@composite()
def _dawsn_value(x: Array) -> Array:
    wide = x if x.dtype == np.float64 else x.astype(np.float32)
    size = lax.abs(wide)
    inner, middle = size < 3.25, size < 6.25
    a = jnp.where(inner, size, 1.0)
    near = a * ratio(table.DAWSN_AN, table.DAWSN_AD, a * a)
    b = jnp.where(inner, 4.0, size)
    t = 1 / (b * b)
    mid = 0.5 / b * (1.0 + t * ratio(table.DAWSN_BN, table.DAWSN_BD, t))
    far = 0.5 / b * (1.0 + t * ratio(table.DAWSN_CN, table.DAWSN_CD, t))
    value = jnp.where(inner, near, jnp.where(middle, mid, far))
    return (jnp.sign(wide) * value).astype(x.dtype)


def _dawsn_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    value = _dawsn(x)
    return value, g * (1.0 - 2.0 * x * value)


_dawsn.defjvp(_dawsn_jvp)


def owens_t(h: ArrayLike, a: ArrayLike) -> Array:
    """Owen's T function: the probability that X > h and 0 < Y < a X, for normal X and Y.

    >>> float(covector.scipy.special.owens_t(1.0, 0.0))
    0.0
    """
    return _owens_t(*inexact("owens_t", h, a))


@custom_jvp
def _owens_t(h: Array, a: Array) -> Array:
    return _owens_t_value(h, a)


@composite()
def _owens_t_value(h: Array, a: Array) -> Array:
    bad = jnp.isnan(a) | jnp.isnan(h)
    h, slope = lax.abs(h), lax.abs(a)
    root2 = np.array(np.sqrt(2), h.dtype)
    steep = slope > 1.0
    # T(h, a) for a > 1 follows from T(a h, 1 / a).
    u = jnp.where(steep, 1 / slope, slope)
    v = jnp.where(steep, slope * h, h)
    value: Any = 0.0
    for point, weight in zip(table.OWENS_POINTS, table.OWENS_WEIGHTS):
        r = 1.0 + lax.square(u) * point
        value = value + weight * jnp.exp(-0.5 * lax.square(v) * r) / r
    value = jnp.where(v == 0.0, jnp.arctan(u) / (2 * np.pi), u * value)
    value = jnp.where(u == 1.0, 0.125 * lax.erfc(-v / root2) * lax.erfc(v / root2), value)
    x, y = h / root2, slope * (h / root2)
    small = 0.25 - 0.25 * lax.erf(x) * lax.erf(y) - value
    large = 0.25 * (lax.erfc(x) + lax.erfc(y) - lax.erfc(x) * lax.erfc(y)) - value
    value = jnp.where(steep, jnp.where(slope * h <= 0.67, small, large), value)
    return jnp.where(bad, np.nan, lax.sign(a) * value).astype(h.dtype)


def _owens_t_jvp(primals: Any, tangents: Any) -> Any:
    (h, a), (dh, da) = primals, tangents
    value, width = _owens_t(h, a), lax.square(a) + 1.0
    by_h = -lax.exp(-0.5 * lax.square(h)) * lax.erf(a * h / np.sqrt(2)) / np.sqrt(8 * np.pi)
    by_a = lax.exp(-0.5 * width * lax.square(h)) / (2.0 * np.pi * width)
    return value, (by_h * dh + by_a * da).astype(value.dtype)


_owens_t.defjvp(_owens_t_jvp)
