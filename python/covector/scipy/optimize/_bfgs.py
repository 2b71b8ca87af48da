"""The method of Broyden, Fletcher, Goldfarb and Shanno.

See J. Nocedal and S. J. Wright, "Numerical optimization" (2006), algorithm 6.1.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector._derivatives import value_and_grad
from covector.scipy.optimize._line_search import dot, line_search


class State(NamedTuple):
    """The state of the iteration.

    Attributes:
      converged: whether the gradient is small.
      failed: whether no step was found.
      k: the number of steps.
      calls: how often function and gradient were evaluated.
      x: the best point.
      value: the value there.
      gradient: the gradient there.
      inverse: the approximate inverse of the Hessian.
      last_value: the value one step before.
      status: why the iteration ended.
      search_status: why the line search ended.
    """

    converged: Any
    failed: Any
    k: Any
    calls: Any
    x: Any
    value: Any
    gradient: Any
    inverse: Any
    last_value: Any
    status: Any
    search_status: Any


def length(x: Array, order: Any) -> Array:
    """The norm of a vector."""
    if order == np.inf:
        return jnp.max(jnp.abs(x))
    if order == -np.inf:
        return jnp.min(jnp.abs(x))
    return jnp.sum(jnp.abs(x) ** order) ** (1 / order)


def _updated(inverse: Array, move: Array, change: Array) -> Array:
    """The approximate inverse of the Hessian after a step and the change of the gradient."""
    rho = jnp.reciprocal(dot(change, move))
    w = jnp.eye(len(move), dtype=rho.dtype) - rho * move[:, None] * change[None, :]
    new = dot(dot(w, inverse), w.T) + rho * move[:, None] * move[None, :]
    return jnp.where(jnp.isfinite(rho), new, inverse)


def _next(s: State, direction: Array, found: Any, converged: Array) -> State:
    move = found.a_k * direction
    return s._replace(
        converged=converged,
        failed=found.failed,
        k=s.k + 1,
        calls=s.calls + found.nfev,
        x=s.x + move,
        value=found.f_k,
        gradient=found.g_k,
        inverse=_updated(s.inverse, move, found.g_k - s.gradient),
        last_value=s.value,
        search_status=found.status,
    )


def bfgs(
    fun: Callable[[Any], Any],
    x0: Any,
    maxiter: int | None = None,
    norm: Any = np.inf,
    gtol: float = 1e-5,
    line_search_maxiter: int = 10,
) -> State:
    """A local minimum.

    Args:
      fun: a function of a vector.
      x0: where the search begins.
      maxiter: after how many steps it ends; None is 200 times the dimension.
      norm: the order of the norm of gradients.
      gtol: the norm at which it ends.
      line_search_maxiter: how many points the search along a line tries.
    """
    most = np.size(x0) * 200 if maxiter is None else maxiter
    one = jnp.eye(x0.shape[0], dtype=x0.dtype)
    value, gradient = value_and_grad(fun)(x0)
    before = value + jnp.sqrt(jnp.sum(jnp.abs(gradient) ** 2)) / 2
    start = State(
        length(gradient, norm) < gtol, False, 0, 1, x0, value, gradient, one, before, 0, 0
    )

    def on(s: State) -> Array:
        return ~s.converged & jnp.logical_not(s.failed) & (s.k < most)

    def step(s: State) -> State:
        p = -dot(s.inverse, s.gradient)
        known = {"old_fval": s.value, "old_old_fval": s.last_value, "gfk": s.gradient}
        found = line_search(fun, s.x, p, **known, maxiter=line_search_maxiter)
        return _next(s, p, found, length(found.g_k, norm) < gtol)

    end = lax.while_loop(on, step, start)
    failed = jnp.where(end.failed, 2 + end.search_status, -1)
    status = jnp.where(end.converged, 0, jnp.where(end.k == most, 1, failed))
    return end._replace(status=status)
