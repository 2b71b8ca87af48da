"""Hypergeometric functions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._custom_jvp import custom_jvp
from covector._typing import ArrayLike
from covector.numpy import finfo
from covector.scipy.special._gamma import gamma
from covector.scipy.special._operands import real

_MOST_TERMS = 250


def summed(
    first: Array, next_term: Callable[[Array, Array], Array], weight: Any = None, start: Any = 0.0
) -> Array:
    """The sum of terms times weights, element by element until they no longer count.

    Args:
      first: the term with k = 1.
      next_term: the factor from term k to the next, as a function of k, times the term.
      weight: a function of k.
      start: what the terms are added to.
    """
    epsilon = np.array(finfo(first.dtype).eps, first.dtype)

    def body(state: Any) -> Any:
        total, k, term, on = state
        added = total + (term if weight is None else term * weight(k))
        following = next_term(term, k)
        total = jnp.where(on, added, total)
        term = jnp.where(on, following, term)
        k = k + 1
        return total, k, term, on & (k < _MOST_TERMS) & (jnp.abs(term) > epsilon * jnp.abs(total))

    total = jnp.full_like(first, start)
    state = (total, jnp.ones((), first.dtype), first, jnp.ones_like(first, dtype=bool))
    return lax.while_loop(lambda s: jnp.any(s[3]), body, state)[0]


def hyp1f1(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> Array:
    """Kummer's confluent hypergeometric function.

    Below |x| = 100 its power series is summed, beyond it the asymptotic one.

    Raises:
      ValueError: if an operand is complex.

    >>> float(covector.scipy.special.hyp1f1(1.0, 2.0, 0.0))
    1.0
    """
    return _hyp1f1(*_spread("hyp1f1", a, b, x))


def _spread(function: str, *xs: ArrayLike) -> tuple[Array, ...]:
    return tuple(jnp.broadcast_arrays(*real(function, *xs)))


@custom_jvp
def _hyp1f1(a: Array, b: Array, x: Array) -> Array:
    return _hyp1f1_value(a, b, x)


@composite()
def _hyp1f1_value(a: Array, b: Array, x: Array) -> Array:
    near = jnp.abs(x) < 100
    z = jnp.where(near, x, 1.0)
    series = summed(a / b * z, lambda t, k: t * ((a + k) / (b + k) * z / (k + 1)), None, 1.0)
    y = jnp.where(near, 200.0, x)
    tail = summed(
        (b - a) * (1 - a) / y, lambda t, k: t * ((b - a + k) * (1 - a + k) / (k + 1) / y), None, 1.0
    )
    far = gamma(b) / gamma(a) * jnp.exp(y) * y ** (a - b) * tail
    value = jnp.where(near, series, far)
    value = jnp.where((a == b) & (a != 0), jnp.exp(x), value)
    value = jnp.where((b == 0) & (a != 0), np.inf, value)
    return jnp.where(a == 0, 1.0, value).astype(x.dtype)


@composite()
def _hyp1f1_slopes(a: Array, b: Array, x: Array) -> tuple[Array, Array, Array]:
    def factor(t: Array, k: Array) -> Array:
        return t * ((a + k) / (b + k) * x / (k + 1))

    first, at_a, at_b = a / b * x, lax.digamma(a), lax.digamma(b)
    by_a = summed(first, factor, lambda k: lax.digamma(a + k) - at_a)
    by_b = summed(first, factor, lambda k: at_b - lax.digamma(b + k))
    return by_a, by_b, a / b * _hyp1f1_value(a + 1, b + 1, x)


def _hyp1f1_jvp(primals: Any, tangents: Any) -> Any:
    slopes = _hyp1f1_slopes(*primals)
    return _hyp1f1(*primals), sum(s * g for s, g in zip(slopes, tangents))


_hyp1f1.defjvp(_hyp1f1_jvp)


def hyp2f1(a: ArrayLike, b: ArrayLike, c: ArrayLike, x: ArrayLike) -> Array:
    """Gauss's hypergeometric function, for x up to 1.

    The cases are those of S. L. Moshier's Cephes library.

    Raises:
      ValueError: if an operand is complex.

    >>> float(covector.scipy.special.hyp2f1(1.0, 2.0, 3.0, 0.0))
    1.0
    """
    return _hyp2f1(*_spread("hyp2f1", a, b, c, x))


@custom_jvp
def _hyp2f1(a: Array, b: Array, c: Array, x: Array) -> Array:
    return _hyp2f1_value(a, b, c, x)


def _near_integer(x: Array) -> Array:
    return jnp.abs(x - jnp.round(x)) < 50 * finfo(x.dtype).eps


@composite()
def _hyp2f1_value(a: Array, b: Array, c: Array, x: Array) -> Array:
    d, s = c - a - b, 1 - x
    plain = _hyp2f1_sum(a, b, c, x)
    # Euler's transformation, DLMF 15.8.1.
    swapped = s**d * _hyp2f1_sum(c - a, c - b, c, x)
    # Gauss's theorem, DLMF 15.4.20.
    at_one = gamma(c) * gamma(d) / (gamma(c - a) * gamma(c - b))
    cases = [
        ((x == 0) | (((a == 0) | (b == 0)) & (c != 0)), jnp.ones_like(x)),
        ((c <= 0) & (c % 1 == 0), jnp.full_like(x, np.inf)),
        ((d <= -1) & ~(~_near_integer(d) & (s < 0)), swapped),
        ((d <= 0) & (x == 1), jnp.full_like(x, np.inf)),
        ((x < 1) & (b == c), s**-a),
        ((x < 1) & (a == c), s**-b),
        (x > 1, jnp.full_like(x, np.inf)),
        (x == 1, at_one),
    ]
    return jnp.select([p for p, _ in cases], [v for _, v in cases], plain).astype(x.dtype)


def _hyp2f1_sum(a: Array, b: Array, c: Array, x: Array) -> Array:
    ends = ((a <= 0) & _near_integer(a)) | ((b <= 0) & _near_integer(b))
    by_digamma = (x > 0.9) & ~ends & _near_integer(c - a - b)

    def factor(t: Array, k: Array) -> Array:
        return t * ((a + k - 1) * (b + k - 1) / (c + k - 1) / k * x)

    series = summed(jnp.ones_like(x), factor)
    value = jnp.where(by_digamma, _near_one(a, b, c, x), series)
    return jnp.where(ends, _polynomial_case(a, b, c, x), value)


def _polynomial_case(a: Array, b: Array, c: Array, x: Array) -> Array:
    """The finite sum where a or b is a negative integer or 0."""
    keeps = (c % 1 == 0) & (c <= 0) & (c > b)
    swap = (b < a) & _near_integer(b) & ~keeps
    degree, other = jnp.abs(jnp.where(swap, b, a)), jnp.where(swap, a, b)

    def body(state: Any) -> Any:
        i, total, term = state
        term = term * (-(degree - i + 1) / (c + i - 1) * (other + i - 1) / i * x)
        return i + 1, total + jnp.where(i < degree + 1, term, 0.0), term

    one = jnp.ones_like(x)
    start = (jnp.ones((), x.dtype), one, one)
    limit = jnp.where(degree < _MOST_TERMS, degree, 0.0)
    return lax.while_loop(lambda s: jnp.any(s[0] < limit + 1), body, start)[1]


def _near_one(a: Array, b: Array, c: Array, x: Array) -> Array:
    """The expansion in powers of 1 - x for integer c - a - b, DLMF 15.8.10."""
    s = 1 - x
    d = jnp.round(c - a - b)
    e, d1, d2 = jnp.abs(d), jnp.maximum(d, 0.0), jnp.minimum(d, 0.0)
    log_s, psi = jnp.log(s), lax.digamma

    def bracket(t: Any) -> Array:
        return psi(1.0 + t) + psi(1.0 + t + e) - psi(a + t + d1) - psi(b + t + d1) - log_s

    start = bracket(jnp.zeros_like(s)) / gamma(e + 1.0)
    first = (a + d1) * (b + d1) * s / gamma(e + 2.0)

    def factor(t: Array, k: Array) -> Array:
        return t * (s * (a + k + d1) / (k + 1.0) * (b + k + d1) / (k + 1.0 + e))

    infinite = summed(first, factor, bracket, start)

    def body(state: Any) -> Any:
        t, total, term = state
        term = term * (s * (a + t + d2) * (b + t + d2) / jnp.where(e == t + 1, 1.0, 1.0 - e + t))
        term = term / (t + 1.0)
        return t + 1.0, total + jnp.where(t + 1.0 < e, term, 0.0), term

    one = jnp.ones_like(s)
    loop = (jnp.zeros((), s.dtype), one, one)
    finite = lax.while_loop(lambda q: jnp.any(q[0] + 1.0 < e), body, loop)[1]
    whole = gamma(c)
    finite = finite * gamma(jnp.where(e == 0, 1.0, e)) * whole / (gamma(a + d1) * gamma(b + d1))
    infinite = infinite * whole / (gamma(a + d2) * gamma(b + d2))
    infinite = jnp.where(e % 2 == 1, -infinite, infinite)
    power = s**d
    both = jnp.where(d > 0, infinite * power + finite, infinite + finite * power)
    return jnp.where(d == 0, infinite, both)


@composite()
def _hyp2f1_slopes(a: Array, b: Array, c: Array, x: Array) -> tuple[Array, ...]:
    def factor(t: Array, k: Array) -> Array:
        return t * ((a + k) * (b + k) / (c + k) / (k + 1) * x)

    first = a * b / c * x
    at = [lax.digamma(v) for v in (a, b, c)]
    by_a = summed(first, factor, lambda k: lax.digamma(a + k) - at[0])
    by_b = summed(first, factor, lambda k: lax.digamma(b + k) - at[1])
    by_c = summed(first, factor, lambda k: at[2] - lax.digamma(c + k))
    return by_a, by_b, by_c, a * b / c * _hyp2f1_value(a + 1, b + 1, c + 1, x)


def _hyp2f1_jvp(primals: Any, tangents: Any) -> Any:
    slopes = _hyp2f1_slopes(*primals)
    return _hyp2f1(*primals), sum(s * g for s, g in zip(slopes, tangents))


_hyp2f1.defjvp(_hyp2f1_jvp)
