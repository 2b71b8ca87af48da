"""Exponential, trigonometric and Fresnel integrals, and the dilogarithm."""

from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._typing import ArrayLike
from covector.scipy.special import _coefficients as table
from covector.scipy.special import _fresnel_coefficients as fresnel_table
from covector.scipy.special import _more_coefficients as more
from covector.scipy.special._operands import (
    inexact,
    polynomial,
    ratio,
    real,
    single_or_double,
)


def sici(x: ArrayLike) -> tuple[Array, Array]:
    """The sine and cosine integrals Si and Ci.

    Raises:
      ValueError: if x is complex.

    >>> float(covector.scipy.special.sici(0.0)[0])
    0.0
    """
    return _sici(*real("sici", x))


@custom_jvp
def _sici(x: Array) -> tuple[Array, Array]:
    return _sici_value(x)


@composite()
def _sici_value(x: Array) -> tuple[Array, Array]:
    size = jnp.abs(x)
    parts = (_sici_series(size), _sici_auxiliary(size), _sici_far(size))
    near, mid = size <= 4, size <= 1e9
    si, ci = (jnp.where(near, a, jnp.where(mid, b, c)) for a, b, c in zip(*parts))
    return jnp.sign(x) * si, jnp.where(jnp.isneginf(x), np.nan, ci)


def _sici_series(x: Array) -> tuple[Array, Array]:
    t = x * x
    si = x * ratio(more.SICI_SN, more.SICI_SD, t)
    ci = np.euler_gamma + jnp.log(x) + t * ratio(more.SICI_CN, more.SICI_CD, t)
    return jnp.where(x == 0, 0.0, si), jnp.where(x == 0, -np.inf, ci)


def _sici_auxiliary(x: Array) -> tuple[Array, Array]:
    s, c, z = jnp.sin(x), jnp.cos(x), 1.0 / (x * x)
    near = x < 8.0
    f4, f8 = ratio(more.SICI_FN4, more.SICI_FD4, z), ratio(more.SICI_FN8, more.SICI_FD8, z)
    g4, g8 = ratio(more.SICI_GN4, more.SICI_GD4, z), ratio(more.SICI_GN8, more.SICI_GD8, z)
    f, g = jnp.where(near, f4, f8) / x, z * jnp.where(near, g4, g8)
    return np.pi / 2 - f * c - g * s, f * s - g * c


def _sici_far(x: Array) -> tuple[Array, Array]:
    end = jnp.isposinf(x)
    si = jnp.where(end, np.pi / 2, np.pi / 2 - jnp.cos(x) / x)
    return si, jnp.where(end, 0.0, jnp.sin(x) / x)


def _sici_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    return _sici(x), (jnp.sinc(x / np.pi) * g, jnp.cos(x) / x * g)


_sici.defjvp(_sici_jvp)


@composite()
def spence(x: ArrayLike) -> Array:
    """Spence's function: minus the integral of log(t) / (t - 1) from 1 to x.

    Raises:
      TypeError: if x is not of float32 or float64.

    >>> float(covector.scipy.special.spence(1.0))
    0.0
    """
    x = single_or_double("spence", x)
    inverted = x > 2.0
    y = jnp.where(inverted, 1.0 / x, x)
    large, small = y > 1.5, y < 0.5
    w = jnp.where(large, 1.0 / y - 1.0, jnp.where(small, -y, y - 1.0))
    value = -w * ratio(table.SPENCE_A, table.SPENCE_B, w)
    reflected = np.pi**2 / 6.0 - jnp.log(y) * jnp.log(1.0 - y) - value
    value = jnp.where(small, reflected, value)
    value = jnp.where(inverted | large, -0.5 * jnp.log(y) ** 2 - value, value)
    value = jnp.where(x == 0.0, np.pi**2 / 6, jnp.where(x == 1.0, 0.0, value))
    return jnp.where(x < 0.0, np.nan, value).astype(x.dtype)


def fresnel(x: ArrayLike) -> tuple[Array, Array]:
    """The Fresnel integrals S and C: of sin(pi t**2 / 2) and cos(pi t**2 / 2) from 0 to x.

    Raises:
      NotImplementedError: if x is complex.

    >>> float(covector.scipy.special.fresnel(jnp.inf)[0])
    0.5
    """
    (z,) = inexact("fresnel", x)
    if jnp.iscomplexobj(z):
        raise NotImplementedError("Support for complex-valued inputs is not implemented yet.")
    return _fresnel(z)


@custom_jvp
def _fresnel(x: Array) -> tuple[Array, Array]:
    return _fresnel_value(x)


def _half_turn(x: Array) -> tuple[Array, Array]:
    """sin and cos of pi x**2 / 2.

    Whole turns are taken out before rounding: x = 2 n + s gives x**2 / 2 = s (x - s / 2) mod 2.
    """
    s = jnp.fmod(x, 2.0)
    r = jnp.fmod(s * (x - s / 2), 2.0)

    def sine(turns: Any) -> Array:
        return jnp.sin(np.pi * turns)

    sin = jnp.where(r < 0.5, sine(r), jnp.where(r > 1.5, sine(r - 2.0), -sine(r - 1.0)))
    return sin, jnp.where(r < 1.0, -sine(r - 0.5), sine(r - 1.5))


@composite()
def _fresnel_value(x: Array) -> tuple[Array, Array]:
    wide = x if x.dtype == np.float64 else x.astype(np.float32)
    single = wide.dtype == np.float32
    z = jnp.abs(wide)
    zz = z * z
    near, far = zz < 2.5625, z > 36974.0
    s, c = _fresnel_series(z, zz, single)
    s_mid, c_mid = _fresnel_auxiliary(z, zz, single)
    sine, cosine = _half_turn(z)
    s_far: Any = 0.5 if single else 0.5 - cosine / (np.pi * z)
    c_far: Any = 0.5 if single else 0.5 + sine / (np.pi * z)
    s = jnp.where(near, s, jnp.where(far, s_far, s_mid))
    c = jnp.where(near, c, jnp.where(far, c_far, c_mid))
    s, c = (jnp.where(jnp.isinf(z), 0.5, y) for y in (s, c))
    s, c = (jnp.where(wide < 0, -y, y) for y in (s, c))
    return s.astype(x.dtype), c.astype(x.dtype)


def _fresnel_series(z: Array, zz: Array, single: bool) -> tuple[Array, Array]:
    t = zz * zz
    own = fresnel_table
    if single:
        return z * zz * polynomial(own.SINGLE_SN, t), z * polynomial(own.SINGLE_CN, t)
    s = z * zz * ratio(own.DOUBLE_SN, own.DOUBLE_SD, t)
    return s, z * ratio(own.DOUBLE_CN, own.DOUBLE_CD, t)


def _fresnel_auxiliary(z: Array, zz: Array, single: bool) -> tuple[Array, Array]:
    t = 1.0 / (np.pi * zz)
    u = t * t
    own = fresnel_table
    if single:
        f, g = 1.0 - u * polynomial(own.SINGLE_FN, u), t * polynomial(own.SINGLE_GN, u)
    else:
        f = 1.0 - u * ratio(own.DOUBLE_FN, own.DOUBLE_FD, u)
        g = t * ratio(own.DOUBLE_GN, own.DOUBLE_GD, u)
    sine, cosine = _half_turn(z)
    width = np.pi * z
    return 0.5 - (f * cosine + g * sine) / width, 0.5 + (f * sine - g * cosine) / width


def _fresnel_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    sine, cosine = _half_turn(x)
    return _fresnel(x), (sine * g, cosine * g)


_fresnel.defjvp(_fresnel_jvp)
