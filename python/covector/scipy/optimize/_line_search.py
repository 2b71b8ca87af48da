"""Search along a line for a point that fulfills the strong Wolfe conditions.

See J. Nocedal and S. J. Wright, "Numerical optimization" (2006), algorithms 3.5 and 3.6.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._core import Array
from covector._derivatives import value_and_grad
from covector.numpy import finfo

dot = functools.partial(jnp.dot, precision=lax.Precision.HIGHEST)


class Point(NamedTuple):
    """A point on the line.

    Attributes:
      a: how far it is.
      phi: the value there.
      dphi: the slope there.
    """

    a: Any
    phi: Any
    dphi: Any


class Found(NamedTuple):
    """The best point, and the gradient there.

    Attributes:
      a: how far it is.
      phi: the value there.
      dphi: the slope there.
      g: the gradient there.
    """

    a: Any
    phi: Any
    dphi: Any
    g: Any


class Result(NamedTuple):
    """What the search returns.

    Attributes:
      failed: whether no such point was found.
      nit: how many points were tried.
      nfev: how often the function was evaluated.
      ngev: how often its gradient was.
      k: the number of the last point.
      a_k: how far the point is.
      f_k: the value there.
      g_k: the gradient there.
      status: 0, 1 if an interval became too small, 3 if the points were too many.
    """

    failed: Any
    nit: Any
    nfev: Any
    ngev: Any
    k: Any
    a_k: Any
    f_k: Any
    g_k: Any
    status: Any


class _Line(NamedTuple):
    """The function on the line, and the conditions."""

    at: Callable[[Any], tuple[Any, Any, Any]]
    too_high: Callable[[Any, Any], Array]
    flat: Callable[[Any], Array]


def _pick(condition: Any, yes: Any, no: Any) -> Any:
    return type(no)(*(jnp.where(condition, a, b) for a, b in zip(yes, no)))


def _cubic_minimum(p: Point, q: Point, c: Any, phi_c: Any) -> Array:
    """Of the cubic through three points with the slope at the first."""
    db, dc = q.a - p.a, c - p.a
    scale = (db * dc) ** 2 * (db - dc)
    rise_b, rise_c = q.phi - p.phi - p.dphi * db, phi_c - p.phi - p.dphi * dc
    third = (dc**2 * rise_b - db**2 * rise_c) / scale
    second = (-(dc**3) * rise_b + db**3 * rise_c) / scale
    root = jnp.sqrt(second * second - 3.0 * third * p.dphi)
    return p.a + (-second + root) / (3.0 * third)


def _quadratic_minimum(p: Point, q: Point) -> Array:
    """Of the parabola through two points with the slope at the first."""
    width = q.a - p.a
    second = (q.phi - p.phi - p.dphi * width) / width**2
    return p.a - p.dphi / (2.0 * second)


class _Zoom(NamedTuple):
    done: Any
    failed: Any
    j: Any
    low: Point
    high: Point
    third_a: Any
    third_phi: Any
    best: Found


def _trial(s: _Zoom) -> Array:
    """The next point: of the cubic or the parabola if it is well inside, else the middle."""
    width = s.high.a - s.low.a
    left, right = jnp.minimum(s.high.a, s.low.a), jnp.maximum(s.high.a, s.low.a)
    cubic = _cubic_minimum(s.low, s.high, s.third_a, s.third_phi)
    use_cubic = (s.j > 0) & (cubic > left + 0.2 * width) & (cubic < right - 0.2 * width)
    parabola = _quadratic_minimum(s.low, s.high)
    inside = (parabola > left + 0.1 * width) & (parabola < right - 0.1 * width)
    other = jnp.where(inside, parabola, (s.low.a + s.high.a) / 2.0)
    return jnp.where(use_cubic, cubic, other)


def _zoom(line: _Line, low: Point, high: Point, g: Array, skip: Any) -> _Zoom:
    """A point between two that have one between them."""

    def step(s: _Zoom) -> _Zoom:
        width = s.high.a - s.low.a
        least = 1e-5 if finfo(width.dtype).bits < 64 else 1e-10
        failed = s.failed | (width <= least)
        a = _trial(s)
        phi, dphi, g = line.at(a)
        phi, dphi = phi.astype(s.low.phi.dtype), dphi.astype(s.low.dphi.dtype)
        here = Point(a, phi, dphi)
        worse = line.too_high(a, phi) | (phi >= s.low.phi)
        good = line.flat(dphi) & ~worse
        past = (dphi * width >= 0.0) & ~worse & ~good
        better = ~worse & ~good
        third = (jnp.where(worse | past, s.high.a, s.third_a),
                 jnp.where(worse | past, s.high.phi, s.third_phi))  # fmt: skip
        third = (jnp.where(better & ~past, s.low.a, third[0]),
                 jnp.where(better & ~past, s.low.phi, third[1]))  # fmt: skip
        return _Zoom(
            done=s.done | good,
            failed=failed | (s.j + 1 >= 30),
            j=s.j + 1,
            low=_pick(better, here, s.low),
            high=_pick(past, s.low, _pick(worse, here, s.high)),
            third_a=third[0],
            third_phi=third[1],
            best=_pick(good, Found(a, phi, dphi, g.astype(s.best.g.dtype)), s.best),
        )

    no = jnp.array(False)
    middle = ((low.a + high.a) / 2.0, (low.phi + high.phi) / 2.0)
    one = jnp.ones_like(low.a)
    start = _Zoom(no, no, 0, low, high, *middle, Found(one, low.phi, low.dphi, g))
    return lax.while_loop(lambda s: ~s.done & ~skip & ~s.failed, step, start)


class _Search(NamedTuple):
    done: Any
    failed: Any
    i: Any
    last: Point
    calls: Any
    best: Found


def line_search(
    f: Callable[[Any], Any],
    xk: Any,
    pk: Any,
    old_fval: Any = None,
    old_old_fval: Any = None,
    gfk: Any = None,
    c1: float = 1e-4,
    c2: float = 0.9,
    maxiter: int = 20,
) -> Result:
    """A point x + a p where the function has decreased enough and is flat enough.

    Args:
      f: the function.
      xk: where the line begins.
      pk: its direction.
      old_fval: the value at the beginning, if it is known.
      old_old_fval: the value one step before, from which the first point is guessed.
      gfk: the gradient at the beginning, if it is known.
      c1: how much it has to decrease, relative to its slope.
      c2: how flat it has to become, relative to its slope.
      maxiter: how many points are tried.
    """
    xk, pk = _core.numpy.promote_dtypes_inexact(xk, pk)

    def at(t: Any) -> Any:
        t = jnp.asarray(t, pk.dtype)
        value, g = value_and_grad(f)(xk + t * pk)
        return value, jnp.real(dot(g, pk)), g

    known = old_fval is not None and gfk is not None
    if known:
        phi, dphi = old_fval, jnp.real(dot(gfk, pk))
    else:
        phi, dphi, gfk = at(0)
    first = 1.0 if old_old_fval is None else _first(phi, old_old_fval, dphi)
    line = _Line(
        at,
        lambda a, value: value > phi + c1 * a * dphi,
        lambda slope: jnp.abs(slope) <= -c2 * dphi,
    )
    zero = jnp.zeros((), jnp.real(phi).dtype)
    no = jnp.array(False)
    best = Found(zero, phi, dphi, gfk)
    start = _Search(no, no, 1, Point(zero, phi, dphi), 0 if known else 1, best)
    end = lax.while_loop(
        lambda s: ~s.done & (s.i <= maxiter) & ~s.failed,
        lambda s: _search_step(line, s, first, gfk),
        start,
    )
    return _result(end, maxiter)


def _first(phi: Any, before: Any, dphi: Any) -> Array:
    """A first point that would decrease the function as much as the last step."""
    guess = 1.01 * 2 * (phi - before) / dphi
    return jnp.where(guess > 1, 1.0, guess)


def _search_step(line: _Line, s: _Search, first: Any, g0: Array) -> _Search:
    a = jnp.where(s.i == 1, first, s.last.a * 2.0).astype(s.last.a.dtype)
    phi, dphi, g = line.at(a)
    here = Point(a, phi.astype(s.last.phi.dtype), dphi.astype(s.last.dphi.dtype))
    passed = line.too_high(a, phi) | ((phi >= s.last.phi) & (s.i > 1))
    good = line.flat(dphi) & ~passed
    rises = (dphi >= 0.0) & ~passed & ~good
    forward = _zoom(line, s.last, here, g0, ~passed)
    backward = _zoom(line, here, s.last, g0, ~rises)
    found = Found(*here, g.astype(s.best.g.dtype))
    best = _pick(passed, forward.best, s.best)
    best = _pick(good, found, best)
    best = _pick(rises, backward.best, best)
    return _Search(
        done=passed | good | rises | s.done,
        failed=(passed & forward.failed) | (rises & backward.failed) | s.failed,
        i=s.i + 1,
        last=here,
        calls=s.calls + 1 + forward.j + backward.j,
        best=best,
    )


def _result(end: _Search, maxiter: int) -> Result:
    status = jnp.where(end.failed, 1, jnp.where(end.i > maxiter, 3, 0))
    a = jnp.asarray(end.best.a)
    if finfo(a.dtype).bits != 64:  # a step that does not vanish when it is added
        a = jnp.where(jnp.abs(a) < 1e-8, jnp.sign(a) * np.array(1e-8, a.dtype), a)
    return Result(
        failed=end.failed | ~end.done,
        nit=end.i - 1,
        nfev=end.calls,
        ngev=end.calls,
        k=end.i,
        a_k=a,
        f_k=end.best.phi,
        g_k=end.best.g,
        status=status,
    )
