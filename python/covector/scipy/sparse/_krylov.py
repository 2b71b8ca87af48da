"""The methods of conjugate gradients, and of stabilized biconjugate gradients."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._devices import device_put
from covector._dtypes import issubdtype
from covector.scipy.sparse._vectors import (
    add,
    as_operator,
    identity,
    inner,
    real_inner,
    scaled,
    sub,
)
from covector.tree_util import tree_leaves, tree_map, tree_structure


def cg(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: float = 1e-5,
    atol: float = 0.0,
    maxiter: int | None = None,
    M: Any = None,
) -> tuple[Any, None]:
    """Solves A x = b for a Hermitian positive definite operator, by conjugate gradients.

    Derivatives are those of the solution, by another solve, not of the iteration. See Hestenes
    and Stiefel, "Methods of conjugate gradients for solving linear systems" (1952).

    Args:
      A: a function of trees like b, or a matrix.
      b: the right-hand side, an array or a tree of arrays.
      x0: where the iteration begins; None is 0.
      tol: the residual's norm, relative to that of b, at which it ends.
      atol: the norm at which it ends at the latest.
      maxiter: after how many steps it ends; None is ten times the size.
      M: a preconditioner, an approximate inverse of A; None is the identity.

    Returns:
      The solution, and None, where SciPy has information about convergence.

    Raises:
      TypeError: if an operator is neither a function nor a matrix.
      ValueError: if shapes or structures do not fit.

    >>> x, _ = covector.scipy.sparse.linalg.cg(lambda x: 2 * x, jnp.array([2.0, 4.0]))
    >>> x
    Array([1., 2.], dtype=float32)
    """
    real = all(not issubdtype(jnp.result_type(x), np.complexfloating) for x in tree_leaves(b))
    return _solved(_cg, A, b, x0, tol, atol, maxiter, M, symmetric=real)


def bicgstab(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: float = 1e-5,
    atol: float = 0.0,
    maxiter: int | None = None,
    M: Any = None,
) -> tuple[Any, None]:
    """Solves A x = b for any regular operator, by stabilized biconjugate gradients.

    See H. A. van der Vorst, "Bi-CGSTAB: a fast and smoothly converging variant of Bi-CG" (1992).
    Arguments, results and errors are those of `cg`.

    >>> x, _ = covector.scipy.sparse.linalg.bicgstab(lambda x: 2 * x, jnp.array([2.0, 4.0]))
    >>> x
    Array([1., 2.], dtype=float32)
    """
    return _solved(_bicgstab, A, b, x0, tol, atol, maxiter, M, symmetric=False)


def check_start(x0: Any, b: Any) -> None:
    """Raises ValueError unless the two are trees of equal structure and shapes."""
    if tree_structure(x0) != tree_structure(b):
        raise ValueError(
            "x0 and b must have matching tree structure: "
            f"{tree_structure(x0)} vs {tree_structure(b)}"
        )
    shapes = [[np.shape(leaf) for leaf in tree_leaves(tree)] for tree in (x0, b)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"arrays in x0 and b must have matching shapes: {shapes[0]} vs {shapes[1]}"
        )


def _solved(
    method: Callable[..., Any],
    A: Any,
    b: Any,
    x0: Any,
    tol: Any,
    atol: Any,
    maxiter: int | None,
    M: Any,
    symmetric: bool,
) -> tuple[Any, None]:
    start = tree_map(jnp.zeros_like, b) if x0 is None else x0
    b, start = device_put((b, start))
    most = 10 * sum(leaf.size for leaf in tree_leaves(b)) if maxiter is None else maxiter
    operator = as_operator(A)
    preconditioner = identity if M is None else as_operator(M)
    check_start(start, b)
    solve = functools.partial(method, x0=start, tol=tol, atol=atol, maxiter=most, M=preconditioner)
    x = lax.custom_linear_solve(
        operator, b, solve=solve, transpose_solve=solve, symmetric=symmetric
    )
    return x, None


def _limit(b: Any, tol: Any, atol: Any) -> Any:
    """The square of the norm at which an iteration ends."""
    return jnp.maximum(jnp.square(tol) * real_inner(b, b), jnp.square(atol))


def _cg(A: Any, b: Any, *, x0: Any, tol: Any, atol: Any, maxiter: Any, M: Any) -> Any:
    limit = _limit(b, tol, atol)
    residual = sub(b, A(x0))
    direction = M(residual)
    dtype = jnp.result_type(*tree_leaves(direction))
    gamma = real_inner(residual, direction).astype(dtype)

    def on(state: Any) -> Any:
        _, r, gamma, _, k = state
        square = gamma.real if M is identity else real_inner(r, r)
        return (square > limit) & (k < maxiter)

    def step(state: Any) -> Any:
        x, r, gamma, p, k = state
        image = A(p)
        alpha = gamma / real_inner(p, image).astype(dtype)
        x, r = add(x, scaled(alpha, p)), sub(r, scaled(alpha, image))
        z = M(r)
        following = real_inner(r, z).astype(dtype)
        return x, r, following, add(z, scaled(following / gamma, p)), k + 1

    return lax.while_loop(on, step, (x0, residual, gamma, direction, 0))[0]


def _bicgstab(A: Any, b: Any, *, x0: Any, tol: Any, atol: Any, maxiter: Any, M: Any) -> Any:
    limit = _limit(b, tol, atol)
    residual = sub(b, A(x0))
    one = jnp.ones_like(inner(residual, residual))

    def on(state: Any) -> Any:
        r, k = state[1], state[-1]
        return (real_inner(r, r) > limit) & (k < maxiter) & (k >= 0)

    def step(state: Any) -> Any:
        x, r, shadow, alpha, omega, rho, p, q, k = state
        new_rho = inner(shadow, r)
        beta = new_rho / rho * alpha / omega
        p = add(r, scaled(beta, sub(p, scaled(omega, q))))
        p_hat = M(p)
        q = A(p_hat)
        alpha = new_rho / inner(shadow, q)
        s = sub(r, scaled(alpha, q))
        early = real_inner(s, s) < limit
        s_hat = M(s)
        t = A(s_hat)
        omega = inner(t, s) / inner(t, t)

        def pick(yes: Any, no: Any) -> Any:
            return tree_map(lambda a, c: jnp.where(early, a, c), yes, no)

        half = add(x, scaled(alpha, p_hat))
        x = pick(half, add(half, scaled(omega, s_hat)))
        r = pick(s, sub(s, scaled(omega, t)))
        # A negative count ends the iteration: it has broken down.
        k = jnp.where((omega == 0) | (alpha == 0), -11, k + 1)
        k = jnp.where(new_rho == 0, -10, k)
        return x, r, shadow, alpha, omega, new_rho, p, q, k

    start = (x0, residual, residual, one, one, one, residual, residual, 0)
    return lax.while_loop(on, step, start)[0]
