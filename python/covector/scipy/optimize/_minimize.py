"""Minimization of functions of vectors."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from covector import numpy as jnp
from covector.scipy.optimize._bfgs import bfgs
from covector.scipy.optimize._lbfgs import lbfgs


class OptimizeResults(NamedTuple):
    """What `minimize` returns.

    Attributes:
      x: where the minimum is.
      success: whether the method has converged.
      status: why it ended; 0 if it has converged.
      fun: the value there.
      jac: the gradient there.
      hess_inv: an approximation of the inverse of the Hessian, or None.
      nfev: how often the function was evaluated.
      njev: how often its gradient was.
      nit: the number of steps.
    """

    x: Any
    success: Any
    status: Any
    fun: Any
    jac: Any
    hess_inv: Any
    nfev: Any
    njev: Any
    nit: Any


def minimize(
    fun: Callable[..., Any],
    x0: Any,
    args: tuple[Any, ...] = (),
    *,
    method: str,
    tol: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> OptimizeResults:
    """A local minimum of a function of a vector; it can be compiled and mapped.

    Args:
      fun: the function, called as `fun(x, *args)`.
      x0: where the search begins.
      args: further arguments.
      method: "BFGS", or "l-bfgs-experimental-do-not-rely-on-this".
      tol: has no effect: tolerances are options.
      options: what the method takes: for BFGS `maxiter`, `norm`, `gtol` and
        `line_search_maxiter`.

    Returns:
      An `OptimizeResults`.

    Raises:
      TypeError: if `args` is no tuple.
      ValueError: if there is no such method.

    >>> from covector.scipy.optimize import minimize
    >>> result = minimize(lambda x: jnp.sum((x - 3.0) ** 2), jnp.zeros(2), method="BFGS")
    >>> [round(float(x), 3) for x in result.x]
    [3.0, 3.0]
    """
    if not isinstance(args, tuple):
        raise TypeError(f"args argument to jax.scipy.optimize.minimize must be a tuple, got {args}")
    settings = dict(options or {})

    def objective(x: Any) -> Any:
        return fun(x, *args)

    if method.lower() == "bfgs":
        found: Any = bfgs(objective, x0, **settings)
        inverse = found.inverse
    elif method.lower() == "l-bfgs-experimental-do-not-rely-on-this":
        found, inverse = lbfgs(objective, x0, **settings), None
    else:
        raise ValueError(f"Method {method} not recognized")
    return OptimizeResults(
        x=found.x,
        success=found.converged & jnp.logical_not(found.failed),
        status=found.status,
        fun=found.value,
        jac=found.gradient,
        hess_inv=inverse,
        nfev=found.calls,
        njev=found.calls,
        nit=found.k,
    )
