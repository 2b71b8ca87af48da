"""The method of BFGS with limited memory.

See J. Nocedal and S. J. Wright, "Numerical optimization" (2006), algorithms 7.4 and 7.5.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector._derivatives import value_and_grad
from covector._dtypes import dtype_of
from covector.scipy.optimize._bfgs import length
from covector.scipy.optimize._line_search import dot, line_search


class State(NamedTuple):
    """The state of the iteration.

    Attributes:
      converged: whether the gradient is small.
      failed: whether the iteration has ended for another reason.
      k: the number of steps.
      calls: how often function and gradient were evaluated.
      x: the best point.
      value: the value there.
      gradient: the gradient there.
      moves: the last steps.
      changes: how they changed the gradient.
      rhos: the inverses of the inner products of both.
      gamma: the scale of the inverse of the Hessian.
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
    moves: Any
    changes: Any
    rhos: Any
    gamma: Any
    status: Any
    search_status: Any


def lbfgs(
    fun: Callable[[Any], Any],
    x0: Any,
    maxiter: float | None = None,
    norm: Any = np.inf,
    maxcor: int = 10,
    ftol: float = 2.220446049250313e-09,
    gtol: float = 1e-5,
    maxfun: float | None = None,
    maxgrad: float | None = None,
    maxls: int = 20,
) -> State:
    """A local minimum.

    Args:
      fun: a function of a vector.
      x0: where the search begins.
      maxiter: after how many steps it ends; None is 200 times the dimension if no other limit
        is given.
      norm: the order of the norm of gradients.
      maxcor: how many steps are remembered.
      ftol: the decrease at which it ends.
      gtol: the norm of the gradient at which it ends.
      maxfun: after how many evaluations it ends.
      maxgrad: after how many gradients it ends.
      maxls: how many points the search along a line tries.
    """
    d, dtype = len(x0), dtype_of(x0)
    if maxiter is None and maxfun is None and maxgrad is None:
        maxiter = d * 200
    limits = [np.inf if x is None else x for x in (maxiter, maxfun, maxgrad)]
    value, gradient = value_and_grad(fun)(x0)
    history = jnp.zeros((maxcor, d), dtype)
    no = jnp.array(False)
    start = State(no, no, 0, 1, x0, value, gradient, history, history,
                  jnp.zeros(maxcor, dtype), jnp.ones((), gradient.dtype), 0, 0)  # fmt: skip

    def step(s: State) -> State:
        p = _direction(s)
        found = line_search(fun, s.x, p, old_fval=s.value, gfk=s.gradient, maxiter=maxls)
        converged = length(found.g_k, norm) < gtol
        return _next(s, p, found, converged, _status(s, found, limits, ftol))

    return lax.while_loop(lambda s: ~s.converged & ~s.failed, step, start)


def _next(s: State, direction: Array, found: Any, converged: Array, status: Array) -> State:
    move = jnp.asarray(found.a_k).astype(direction.dtype) * direction
    change = found.g_k - s.gradient
    product = jnp.real(dot(change, move))
    gamma = product / jnp.real(dot(jnp.conj(change), change))
    return State(
        converged=converged,
        failed=(status > 0) & ~converged,
        k=s.k + 1,
        calls=s.calls + found.nfev,
        x=(s.x + move).astype(s.x.dtype),
        value=found.f_k.astype(s.value.dtype),
        gradient=found.g_k.astype(s.gradient.dtype),
        moves=_pushed(s.moves, move),
        changes=_pushed(s.changes, change),
        rhos=_pushed(s.rhos, jnp.reciprocal(product)),
        gamma=gamma.astype(s.gamma.dtype),
        status=jnp.where(converged, 0, status),
        search_status=found.status,
    )


def _status(s: State, found: Any, limits: list[Any], ftol: Any) -> Array:
    most_steps, most_calls, most_gradients = limits
    status = jnp.where(s.value - found.f_k < ftol, 4, 0)
    status = jnp.where(s.calls >= most_gradients, 3, status)
    status = jnp.where(s.calls >= most_calls, 2, status)
    status = jnp.where(s.k >= most_steps, 1, status)
    return jnp.where(found.failed, 5, status)


def _pushed(history: Array, new: Array) -> Array:
    return jnp.roll(history, -1, axis=0).at[-1].set(new.astype(history.dtype))


def _direction(s: State) -> Array:
    """The approximate inverse of the Hessian times the negative gradient."""
    size = len(s.rhos)
    known = jnp.minimum(s.k, size)

    def back(j: Any, state: Any) -> Any:
        q, factors = state
        i = size - 1 - j
        a = s.rhos[i] * dot(jnp.conj(s.moves[i]), q).real.astype(s.rhos.dtype)
        return q - a * jnp.conj(s.changes[i]), factors.at[i].set(a)

    def forth(j: Any, q: Any) -> Any:
        i = size - known + j
        b = s.rhos[i] * dot(s.changes[i], q).real.astype(s.rhos.dtype)
        return q + (factors[i] - b) * s.moves[i]

    start = (-jnp.conj(s.gradient), jnp.zeros_like(s.rhos))
    q, factors = lax.fori_loop(0, known, back, start)
    return lax.fori_loop(0, known, forth, s.gamma * q)
