"""Integration of ordinary differential equations, and its adjoint."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._config import default_matmul_precision
from covector._core import Array
from covector._derivatives import vjp
from covector._dtypes import issubdtype
from covector._jit import jit
from covector._vmap import vmap
from covector.custom_derivatives import closure_convert, custom_vjp
from covector.experimental import _runge_kutta
from covector.flatten_util import ravel_pytree
from covector.tree_util import tree_leaves, tree_map

_OPTIONS = (0, 1, 2, 3, 4)


def odeint(
    func: Callable[..., Any],
    y0: Any,
    t: Any,
    *args: Any,
    rtol: float = 1.4e-8,
    atol: float = 1.4e-8,
    mxstep: Any = np.inf,
    hmax: Any = np.inf,
) -> Any:
    """Solves dy/dt = func(y, t, *args), by steps of the Runge-Kutta method of Dormand and Prince.

    Derivatives by the start, the times and the arguments are found by the adjoint equation,
    which is solved backwards in time (Chen et al., "Neural ordinary differential equations",
    2018), so that memory does not grow with the number of steps.

    Args:
      func: the derivative, a tree like `y0`.
      y0: where the solution begins, a tree of arrays.
      t: times, ascending floats; the first is that of the start.
      *args: arrays that `func` gets.
      rtol: the error allowed in a step, relative to the solution.
      atol: the error allowed in a step.
      mxstep: how many steps are made at most between two times.
      hmax: how long a step may be.

    Returns:
      The solution: a tree like `y0`, with an axis of times in front.

    Raises:
      TypeError: if times are no floats, or an argument is no array.

    >>> from covector.experimental.ode import odeint
    >>> y = odeint(lambda y, t: -y, jnp.array(1.0), jnp.array([0.0, 1.0]))
    >>> bool(abs(y[1] - jnp.exp(-1.0)) < 1e-4)
    True
    """
    for arg in tree_leaves(args):
        if not hasattr(arg, "dtype") and not isinstance(arg, (bool, int, float, complex)):
            raise TypeError(
                f"The contents of odeint *args must be arrays or scalars, but got {arg}."
            )
    if not issubdtype(t.dtype, np.floating):
        raise TypeError(f"t must be an array of floats, but got {t}.")
    converted, constants = closure_convert(func, y0, t[0], *args)
    return _of_trees(converted, rtol, atol, mxstep, hmax, y0, t, *args, *constants)


@functools.partial(jit, static_argnums=_OPTIONS)
def _of_trees(
    func: Any, rtol: Any, atol: Any, mxstep: Any, hmax: Any, y0: Any, ts: Any, *args: Any
) -> Any:
    start, unravel = ravel_pytree(y0)
    of_vectors = _OfVectors(func, unravel)
    with default_matmul_precision("highest"):
        return vmap(unravel)(_odeint(of_vectors, rtol, atol, mxstep, hmax, start, ts, *args))


class _OfVectors:
    """The derivative of vectors in place of trees."""

    def __init__(self, func: Callable[..., Any], unravel: Callable[[Array], Any]) -> None:
        self.func, self.unravel = func, unravel

    def __call__(self, y: Array, t: Array, *args: Any) -> Array:
        return ravel_pytree(self.func(self.unravel(y), t, *args))[0]


def _integrated(
    func: Any, rtol: Any, atol: Any, mxstep: Any, hmax: Any, y0: Array, ts: Array, *args: Any
) -> Array:
    def f(y: Array, t: Array) -> Array:
        return func(y, t, *args)

    def limited(dt: Array) -> Array:
        return jnp.clip(dt, 0.0, hmax)

    def until(state: Any, target: Array) -> Any:
        def on(s: Any) -> Array:
            i, _, _, t, dt, _, _ = s
            return (t < target) & (i < mxstep) & (dt > 0)

        def advance(s: Any) -> Any:
            i, y, slope, t, dt, last, curve = s
            end, end_slope, error, new_curve = _runge_kutta.step(f, y, slope, t, dt)
            ratio = _runge_kutta.error_ratio(error, rtol, atol, y, end)
            new_dt = limited(_runge_kutta.next_step(dt, ratio))
            new = (end, end_slope, t + dt, new_dt, t, new_curve)
            old = (y, slope, t, new_dt, last, curve)
            accepted = [jnp.where(ratio <= 1.0, a, b) for a, b in zip(new, old)]
            return (i + 1, *accepted)

        _, *found = lax.while_loop(on, advance, (0, *state))
        _, _, t, _, last, curve = found
        part = ((target - last) / (t - last)).astype(curve.dtype)
        value = curve[0]
        for coefficient in curve[1:]:
            value = value * part + coefficient
        return tuple(found), value

    slope = f(y0, ts[0])
    dt = limited(_runge_kutta.first_step(f, ts[0], y0, slope, rtol, atol).astype(ts.dtype))
    start = (y0, slope, ts[0], dt, ts[0], jnp.stack([y0] * 5))
    _, ys = lax.scan(until, start, ts[1:])
    return jnp.concatenate([y0[None], ys])


_odeint = custom_vjp(_integrated, nondiff_argnums=_OPTIONS)


def _forward(*args: Any) -> Any:
    ys = _odeint(*args)
    return ys, (ys, args[6], args[7:])


def _backward(func: Any, rtol: Any, atol: Any, mxstep: Any, hmax: Any, saved: Any, g: Any) -> Any:
    ys, ts, args = saved

    def adjoint(state: Any, t: Array, *args: Any) -> Any:
        """Backwards in time: the point, and the cotangents of point, time and arguments."""
        y, y_bar = state[:2]
        slope, pull = vjp(func, y, -t, *args)
        return (-slope, *pull(y_bar))

    def between(state: Any, i: Array) -> Any:
        y_bar, t0_bar, args_bar = state
        t_bar = jnp.dot(func(ys[i], ts[i], *args), g[i]).real
        start = (ys[i], y_bar, t0_bar - t_bar, args_bar)
        times = jnp.stack([-ts[i], -ts[i - 1]])
        options = {"rtol": rtol, "atol": atol, "mxstep": mxstep, "hmax": hmax}
        solution = odeint(_Nested(adjoint), start, times, *args, **options)
        _, y_bar, t0_bar, args_bar = tree_map(lambda x: x[1], solution)
        return (y_bar + g[i - 1], t0_bar, args_bar), t_bar

    zero = jnp.zeros((), ts.dtype)
    start = (g[-1], zero, tree_map(jnp.zeros_like, args))
    places = jnp.arange(len(ts) - 1, 0, -1)
    (y_bar, t0_bar, args_bar), ts_bar = lax.scan(between, start, places)
    return (y_bar, jnp.concatenate([t0_bar[None], ts_bar[::-1]]), *args_bar)


class _Nested:
    """The adjoint equation, whose state holds the cotangents of arguments as one tree."""

    def __init__(self, adjoint: Callable[..., Any]) -> None:
        self.adjoint = adjoint

    def __call__(self, state: Any, t: Array, *args: Any) -> Any:
        slope, y_bar, t_bar, *args_bar = self.adjoint(state, t, *args)
        return slope, y_bar, t_bar, tuple(args_bar)


_odeint.defvjp(_forward, _backward)
