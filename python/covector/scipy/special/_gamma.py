"""The gamma function and its relatives."""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype
from covector._typing import ArrayLike
from covector.scipy.special._more_coefficients import LANCZOS
from covector.scipy.special._operands import inexact, real


@composite()
def gammaln(x: ArrayLike) -> Array:
    """The logarithm of the absolute value of the gamma function.

    >>> abs(round(float(covector.scipy.special.gammaln(1.0)), 5))
    0.0
    """
    (x,) = inexact("gammaln", x)
    return lax.lgamma(x)


@composite()
def gammasgn(x: ArrayLike) -> Array:
    """The sign of the gamma function; NaN at its poles.

    >>> covector.scipy.special.gammasgn(jnp.array([-0.5, -1.5, 2.0]))
    Array([-1.,  1.,  1.], dtype=float32)
    """
    (x,) = real("gammasgn", x)
    below, negative = lax.floor(x), x < 0
    sign = jnp.where((negative & (below % 2 != 0)) | ((x == 0) & jnp.signbit(x)), -1.0, 1.0)
    return jnp.where((negative & (x == below)) | jnp.isnan(x), np.nan, sign).astype(x.dtype)


@composite()
def gamma(x: ArrayLike) -> Array:
    """The gamma function, real or complex.

    >>> abs(round(float(covector.scipy.special.gamma(1.0)), 5))
    1.0
    """
    (x,) = inexact("gamma", x)
    if not issubdtype(x.dtype, np.complexfloating):
        return gammasgn(x) * lax.exp(lax.lgamma(x))
    bad = _is_pole(x) | jnp.isnan(x)
    value = jnp.exp(_log_gamma(jnp.where(bad, 1.0, x)))
    return jnp.where(bad, complex(np.nan, np.nan), value).astype(x.dtype)


@composite()
def loggamma(x: ArrayLike) -> Array:
    """The principal branch of the logarithm of the gamma function; NaN for negative reals.

    >>> abs(round(float(covector.scipy.special.loggamma(2.0)), 5))
    0.0
    """
    (x,) = inexact("loggamma", x)
    if not issubdtype(x.dtype, np.complexfloating):
        return jnp.where(x > 0, lax.lgamma(x), np.nan).astype(x.dtype)
    bad = _is_pole(x) | jnp.isnan(x)
    z = jnp.where(bad, 1.0, x).astype(x.dtype)
    # Steps to the right of the line 1/2, where there is no branch cut:
    # log gamma(z) = log gamma(z + n) - sum of log(z + k).
    n = jnp.maximum(0, jnp.ceil(0.5 - jnp.real(z)).astype(int))

    def step(state: Any) -> Any:
        k, total = state
        return k + 1, total + jnp.where(k < n, jnp.log(jnp.where(k < n, z + k, 1.0)), 0.0)

    start = (0, jnp.zeros_like(z))
    _, total = lax.while_loop(lambda state: jnp.any(state[0] < n), step, start)
    value = _log_gamma(z + n) - total
    return jnp.where(bad, complex(np.nan, np.nan), value).astype(x.dtype)


def _is_pole(z: Array) -> Array:
    re = jnp.real(z)
    return (jnp.imag(z) == 0) & (re == jnp.floor(re)) & (re <= 0)


def _log_gamma(z: Array) -> Array:
    """By Lanczos's series, and on the left by reflection; of any branch."""
    left = jnp.real(z) < 0.5
    w = jnp.where(left, 1.0 - z, z) - 1.0
    series: Any = LANCZOS[0]
    for k, c in enumerate(LANCZOS[1:], 1):
        series = series + c / (w + k)
    t = w + 7.5
    right = 0.5 * np.log(2 * np.pi) + (w + 0.5) * jnp.log(t) - t + jnp.log(series)
    sine = jnp.sin(np.pi * jnp.where(left, z, 0.5))
    return jnp.where(left, np.log(np.pi) - jnp.log(sine) - right, right).astype(z.dtype)


@composite()
def betaln(a: ArrayLike, b: ArrayLike) -> Array:
    """The logarithm of the absolute value of the beta function.

    >>> abs(round(float(covector.scipy.special.betaln(1.0, 1.0)), 5))
    0.0
    """
    pair = inexact("betaln", a, b)
    small, large = jnp.minimum(*pair), jnp.maximum(*pair)
    few = lax.lgamma(small) + (lax.lgamma(large) - lax.lgamma(small + large))
    return jnp.where(large < 8, few, lax.lgamma(small) + _log_gamma_quotient(small, large))


def _log_gamma_quotient(a: Array, b: Array) -> Array:
    """log(gamma(b) / gamma(a + b)) for b >= 8.

    It is function ALGDIV of A. R. DiDonato and A. H. Morris, "Algorithm 708: significant digit
    computation of the incomplete beta function ratios" (1992).
    """
    c = (
        0.833333333333333e-01,
        -0.277777777760991e-02,
        0.793650666825390e-03,
        -0.595202931351870e-03,
        0.837308034031215e-03,
        -0.165322962780713e-02,
    )
    h = a / b
    x = h / (1 + h)
    x2, t = x * x, (1.0 / b) ** 2
    # Geometric sums (1 - x**n) / (1 - x) for odd n.
    sums = [1.0 + (x + x2)]
    for _ in range(4):
        sums.append(1.0 + (x + x2 * sums[-1]))
    w: Any = c[5] * sums[4]
    for k in (4, 3, 2, 1):
        w = w * t + c[k] * sums[k - 1]
    w = (w * t + c[0]) * (x / b)
    u = (b + (a - 0.5)) * lax.log1p(h)
    v = a * (lax.log(b) - 1.0)
    return jnp.where(u <= v, (w - v) - u, (w - u) - v)


@composite()
def beta(a: ArrayLike, b: ArrayLike) -> Array:
    """The beta function: gamma(a) * gamma(b) / gamma(a + b).

    >>> abs(round(float(covector.scipy.special.beta(1.0, 1.0)), 5))
    1.0
    """
    a, b = real("beta", a, b)
    return gammasgn(a) * gammasgn(b) * gammasgn(a + b) * lax.exp(betaln(a, b))


@composite()
def betainc(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> Array:
    """The regularized incomplete beta function.

    >>> abs(round(float(covector.scipy.special.betainc(1.0, 1.0, 0.5)), 5))
    0.5
    """
    return lax.betainc(*real("betainc", a, b, x))


@composite()
def digamma(x: ArrayLike) -> Array:
    """The derivative of the logarithm of the gamma function.

    >>> covector.scipy.special.digamma(jnp.ones(2)).shape
    (2,)
    """
    (x,) = inexact("digamma", x)
    return lax.digamma(x)


@composite()
def gammainc(a: ArrayLike, x: ArrayLike) -> Array:
    """The regularized lower incomplete gamma function.

    >>> float(covector.scipy.special.gammainc(2.0, 0.0))
    0.0
    """
    return lax.igamma(*inexact("gammainc", a, x))


@composite()
def gammaincc(a: ArrayLike, x: ArrayLike) -> Array:
    """The regularized upper incomplete gamma function.

    >>> float(covector.scipy.special.gammaincc(2.0, 0.0))
    1.0
    """
    return lax.igammac(*inexact("gammaincc", a, x))


def factorial(n: ArrayLike, exact: bool = False) -> Array:
    """n!, as a float; 0 for negative n.

    Args:
      n: a number or an array.
      exact: must be False: arrays hold no integers of any size.

    Raises:
      NotImplementedError: if `exact` is true.

    >>> covector.scipy.special.factorial(jnp.array([0, -1])).round(5)
    Array([1., 0.], dtype=float32)
    """
    if exact:
        raise NotImplementedError("factorial with exact=True")
    return _factorial(n)


@composite()
def _factorial(n: ArrayLike) -> Array:
    (n,) = inexact("factorial", n)
    return jnp.where(n < 0, 0, lax.exp(lax.lgamma(n + 1))).astype(n.dtype)


@composite("repetition")
def comb(N: ArrayLike, k: ArrayLike, *, repetition: bool = False) -> Array:
    """How many ways there are to choose k of N things, as a float.

    Args:
      N: the number of things.
      k: how many are chosen.
      repetition: whether a thing can be chosen more than once.

    >>> round(float(covector.scipy.special.comb(4, 2)))
    6
    """
    N, k = inexact("comb", N, k)
    if repetition:
        return jnp.where((k == 0) & (N >= 0), 1.0, comb(N + k - 1, k)).astype(N.dtype)
    possible = (k <= N) & (N >= 0) & (k >= 0)
    n, m = jnp.where(possible, N, 0.0), jnp.where(possible, k, 0.0)
    ways = lax.exp(lax.lgamma(n + 1) - lax.lgamma(m + 1) - lax.lgamma(n + 1 - m))
    return jnp.where(possible, ways, 0.0).astype(N.dtype)
