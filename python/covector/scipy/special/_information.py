"""Functions of probabilities: logits, entropies, power transforms."""

from typing import Any

import numpy as np

from covector import lax, nn
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._typing import ArrayLike, Axis
from covector.nn import logsumexp as logsumexp
from covector.scipy.special._operands import inexact, real


def logit(x: ArrayLike) -> Array:
    """log(x / (1 - x)).

    >>> float(covector.scipy.special.logit(0.5))
    0.0
    """
    return _logit(*inexact("logit", x))


@custom_jvp
def _logit(x: Array) -> Array:
    return _logit_value(x)


@composite()
def _logit_value(x: Array) -> Array:
    return lax.log(x / (1 - x))


def _logit_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    return _logit(x), g / (x * (1 - x))


_logit.defjvp(_logit_jvp)


@composite()
def expit(x: ArrayLike) -> Array:
    """1 / (1 + exp(-x)).

    >>> float(covector.scipy.special.expit(0.0))
    0.5
    """
    (x,) = inexact("expit", x)
    return lax.logistic(x)


def xlogy(x: ArrayLike, y: ArrayLike) -> Array:
    """x * log(y), and 0 where x is 0.

    >>> float(covector.scipy.special.xlogy(0.0, 0.0))
    0.0
    """
    return _xlogy(*inexact("xlogy", x, y))


@custom_jvp
def _xlogy(x: Array, y: Array) -> Array:
    return _times_log(x, y, False)


def _xlogy_jvp(primals: Any, tangents: Any) -> Any:
    (x, y), (dx, dy) = primals, tangents
    value = _xlogy(x, y)
    return value, (dx * lax.log(y) + dy * x / y).astype(value.dtype)


_xlogy.defjvp(_xlogy_jvp)


def xlog1py(x: ArrayLike, y: ArrayLike) -> Array:
    """x * log(1 + y), and 0 where x is 0.

    >>> float(covector.scipy.special.xlog1py(0.0, -1.0))
    0.0
    """
    return _xlog1py(*inexact("xlog1py", x, y))


@custom_jvp
def _xlog1py(x: Array, y: Array) -> Array:
    return _times_log(x, y, True)


def _xlog1py_jvp(primals: Any, tangents: Any) -> Any:
    (x, y), (dx, dy) = primals, tangents
    value = _xlog1py(x, y)
    return value, (dx * lax.log1p(y) + dy * x / (1 + y)).astype(value.dtype)


_xlog1py.defjvp(_xlog1py_jvp)


@composite("plus_one")
def _times_log(x: Array, y: Array, plus_one: bool) -> Array:
    product = jnp.multiply(x, lax.log1p(y) if plus_one else lax.log(y))
    return jnp.where((x != 0) | jnp.isnan(y), product, jnp.zeros_like(x))


@custom_jvp
def _xlogx(x: Array) -> Array:
    return _times_log(x, x, False)


def _xlogx_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (g,) = primals, tangents
    return _xlogx(x), g * (lax.log(x) + 1)


_xlogx.defjvp(_xlogx_jvp)


@composite()
def entr(x: ArrayLike) -> Array:
    """-x * log(x), and -inf for negative x.

    >>> float(covector.scipy.special.entr(1.0))
    -0.0
    """
    (x,) = real("entr", x)
    return jnp.where(x < 0, np.array(-np.inf, x.dtype), -_xlogx(x))


@composite()
def rel_entr(p: ArrayLike, q: ArrayLike) -> Array:
    """p * log(p / q); 0 where p is 0, infinite where a probability is negative or only q is 0.

    >>> float(covector.scipy.special.rel_entr(0.5, 0.5))
    0.0
    """
    p, q = real("rel_entr", p, q)
    both, only_q = (p > 0) & (q > 0), (p == 0) & (q >= 0)
    safe_p, safe_q = jnp.where(both, p, 1), jnp.where(both, q, 1)
    value = _xlogx(safe_p) - _xlogy(safe_p, safe_q)
    return jnp.where(both, value, jnp.where(only_q, 0.0, np.inf)).astype(p.dtype)


@composite()
def kl_div(p: ArrayLike, q: ArrayLike) -> Array:
    """p * log(p / q) - p + q, the summand of the Kullback-Leibler divergence.

    >>> float(covector.scipy.special.kl_div(0.5, 0.5))
    0.0
    """
    p, q = real("kl_div", p, q)
    return rel_entr(p, q) - p + q


@composite()
def boxcox(x: ArrayLike, lmbda: ArrayLike) -> Array:
    """(x**lmbda - 1) / lmbda, and log(x) where lmbda is 0 (Box and Cox 1964).

    >>> float(covector.scipy.special.boxcox(1.0, 0.0))
    0.0
    """
    x, lmbda = inexact("boxcox", x, lmbda)
    return _power_of_log(jnp.log(x), lmbda)


@composite()
def boxcox1p(x: ArrayLike, lmbda: ArrayLike) -> Array:
    """boxcox(1 + x, lmbda), exact for small x.

    >>> float(covector.scipy.special.boxcox1p(0.0, 0.0))
    0.0
    """
    x, lmbda = inexact("boxcox1p", x, lmbda)
    return _power_of_log(jnp.log1p(x), lmbda)


def _power_of_log(log_x: Array, power: Array) -> Array:
    none = power == 0
    safe = jnp.where(none, jnp.ones_like(power), power)
    return jnp.where(none, log_x, jnp.expm1(safe * log_x) / safe)


def softmax(x: ArrayLike, /, *, axis: Axis = None) -> Array:
    """exp(x) / sum(exp(x)).

    Args:
      x: an array.
      axis: an axis or axes; None stands for all.

    >>> covector.scipy.special.softmax(jnp.zeros(2))
    Array([0.5, 0.5], dtype=float32)
    """
    return nn.softmax(x, axis=axis)


def log_softmax(x: ArrayLike, /, *, axis: Axis = None) -> Array:
    """x - log(sum(exp(x))).

    Args:
      x: an array.
      axis: an axis or axes; None stands for all.

    >>> covector.scipy.special.log_softmax(jnp.zeros(1))
    Array([0.], dtype=float32)
    """
    return nn.log_softmax(x, axis=axis)
