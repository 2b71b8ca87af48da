"""Bessel functions."""

import operator
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._arguments import concrete
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.scipy.special._operands import inexact, real


@composite()
def i0e(x: ArrayLike) -> Array:
    """exp(-|x|) times the modified Bessel function of order 0.

    >>> round(float(covector.scipy.special.i0e(0.0)), 5)
    1.0
    """
    (x,) = inexact("i0e", x)
    return lax.bessel_i0e(x)


@composite()
def i0(x: ArrayLike) -> Array:
    """The modified Bessel function of order 0.

    >>> round(float(covector.scipy.special.i0(0.0)), 5)
    1.0
    """
    (x,) = inexact("i0", x)
    return lax.mul(lax.exp(lax.abs(x)), lax.bessel_i0e(x))


@composite()
def i1e(x: ArrayLike) -> Array:
    """exp(-|x|) times the modified Bessel function of order 1.

    >>> round(float(covector.scipy.special.i1e(0.0)), 5)
    0.0
    """
    (x,) = inexact("i1e", x)
    return lax.bessel_i1e(x)


@composite()
def i1(x: ArrayLike) -> Array:
    """The modified Bessel function of order 1.

    >>> round(float(covector.scipy.special.i1(0.0)), 5)
    0.0
    """
    (x,) = inexact("i1", x)
    return lax.mul(lax.exp(lax.abs(x)), lax.bessel_i1e(x))


def bessel_jn(z: ArrayLike, *, v: int, n_iter: int = 50) -> Array:
    """Bessel functions of the first kind of orders 0, ..., v.

    They are computed by Miller's backward recurrence (DLMF 3.6), normalized by their sum.

    Args:
      z: where.
      v: the last order, a known integer.
      n_iter: where the recurrence begins; more is needed for larger z.

    Returns:
      An array with an axis of orders in front.

    Raises:
      ValueError: if z is complex.

    >>> covector.scipy.special.bessel_jn(jnp.ones(3), v=1).shape
    (2, 3)
    """
    (x,) = real("bessel_jn", z)
    order = operator.index(concrete(v, "Argument v of bessel_jn."))
    steps = int(concrete(n_iter, "Argument n_iter of bessel_jn."))
    return _bessel_jn(x, order, steps)


@composite("v", "n_iter")
def _bessel_jn(z: Array, v: int, n_iter: int) -> Array:
    zero = jnp.zeros_like(z)

    def step(state: Any, k: Array) -> Any:
        above, here, total = state
        below = 2.0 * (k + 1.0) * here / z - above
        total = jnp.where(k % 2 == 0, total + 2.0 * below, total)
        return (here, below, total), below

    start = (zero, jnp.full_like(z, 1e-16), zero)
    orders = np.arange(n_iter + 1).astype(z.dtype)
    (_, _, total), values = lax.scan(step, start, jnp.asarray(orders), reverse=True)
    return values[: v + 1] / (total - values[0])[None]
