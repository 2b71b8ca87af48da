"""One step of the method of Dormand and Prince, "A family of embedded Runge-Kutta formulae"
(1980), with the interpolation of L. F. Shampine, "Some practical Runge-Kutta formulas" (1986)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._core import Array

_NODES = (1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
_WEIGHTS: tuple[tuple[float, ...], ...] = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_SOLUTION = (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0)
_ERROR = (
    35 / 384 - 1951 / 21600,
    0,
    500 / 1113 - 22642 / 50085,
    125 / 192 - 451 / 720,
    -2187 / 6784 + 12231 / 42400,
    11 / 84 - 649 / 6300,
    -1 / 60,
)
_MIDDLE = (
    6025192743 / 30085553152 / 2,
    0,
    51252292925 / 65400821598 / 2,
    -2691868925 / 45128329728 / 2,
    187940372067 / 1594534317056 / 2,
    -1776094331 / 19743644256 / 2,
    11237099 / 235043384 / 2,
)

Derivative = Callable[[Any, Any], Any]


def _combined(weights: tuple[float, ...], slopes: list[Array]) -> Any:
    total: Any = 0.0
    for w, k in zip(weights, slopes):
        if w:
            total = total + np.array(w, k.dtype) * k
    return total


def step(f: Derivative, y: Array, slope: Array, t: Array, dt: Array) -> tuple[Array, ...]:
    """The next point, the slope there, the estimated error, and the polynomial between.

    Args:
      f: the derivative as a function of point and time.
      y: where the step begins.
      slope: the derivative there.
      t: when.
      dt: how long it is.
    """
    h = dt.astype(slope.dtype)
    slopes = [slope]
    for node, weights in zip(_NODES, _WEIGHTS):
        slopes.append(f(y + h * _combined(weights, slopes), t + dt * np.array(node, dt.dtype)))
    end = y + h * _combined(_SOLUTION, slopes)
    middle = y + h * _combined(_MIDDLE, slopes)
    curve = _quartic(y, end, middle, slopes[0], slopes[-1], h)
    return end, slopes[-1], h * _combined(_ERROR, slopes), curve


def _quartic(y0: Array, y1: Array, middle: Array, f0: Array, f1: Array, h: Array) -> Array:
    """Coefficients, highest power first, of the polynomial through three points, with the slopes
    at the first and the last."""
    a = -2 * h * f0 + 2 * h * f1 - 8 * y0 - 8 * y1 + 16 * middle
    b = 5 * h * f0 - 3 * h * f1 + 18 * y0 + 14 * y1 - 32 * middle
    c = -4 * h * f0 + h * f1 - 11 * y0 - 5 * y1 + 16 * middle
    return jnp.stack([a, b, c, h * f0, y0])


def _length(x: Array) -> Array:
    return jnp.sqrt(jnp.sum(jnp.abs(x) ** 2))


def first_step(f: Derivative, t: Array, y: Array, slope: Array, rtol: Any, atol: Any) -> Array:
    """How long the first step may be.

    See E. Hairer, S. P. Norsett and G. Wanner, "Solving ordinary differential equations I"
    (1993), II.4.
    """
    scale = (atol + jnp.abs(y) * rtol).astype(y.dtype)
    d0, d1 = _length(y / scale), _length(slope / scale)
    h0 = jnp.where((d0 < 1e-5) | (d1 < 1e-5), 1e-6, 0.01 * d0 / d1)
    ahead = f(y + h0.astype(y.dtype) * slope, t + h0)
    d2 = _length((ahead - slope) / scale) / h0
    small = (d1 <= 1e-15) & (d2 <= 1e-15)
    h1 = jnp.where(small, jnp.maximum(1e-6, h0 * 1e-3), (0.01 / jnp.maximum(d1, d2)) ** (1 / 5))
    return jnp.minimum(100.0 * h0, h1)


def error_ratio(error: Array, rtol: Any, atol: Any, y0: Array, y1: Array) -> Array:
    """The error relative to what is allowed: the root of the mean square."""
    allowed = atol + rtol * jnp.maximum(jnp.abs(y0), jnp.abs(y1))
    return jnp.sqrt(jnp.mean(jnp.abs(error / allowed.astype(error.dtype)) ** 2))


def next_step(dt: Array, ratio: Array) -> Array:
    """How long the next step may be: the error grows with the fifth power."""
    least = jnp.where(ratio < 1, 1.0, 0.2)
    factor = jnp.minimum(10.0, jnp.maximum(ratio ** (-1.0 / 5.0) * 0.9, least))
    return jnp.where(ratio == 0, dt * 10.0, dt * factor)
