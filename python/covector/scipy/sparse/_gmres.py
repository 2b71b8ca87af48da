"""The generalized minimal residual method.

See Y. Saad and M. H. Schultz, "GMRES: a generalized minimal residual algorithm for solving
nonsymmetric linear systems" (1986).
"""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._core import Array
from covector._devices import device_put
from covector._staging import typeof
from covector.numpy import finfo
from covector.scipy.sparse._krylov import check_start
from covector.scipy.sparse._vectors import add, as_operator, dot, identity, norm, sub
from covector.tree_util import tree_leaves, tree_map


def gmres(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: float = 1e-5,
    atol: float = 0.0,
    restart: int = 20,
    maxiter: int | None = None,
    M: Any = None,
    solve_method: str = "batched",
) -> tuple[Any, Array]:
    """Solves A x = b for any regular operator: minimizes the residual over Krylov spaces.

    Derivatives are those of the solution, by another solve, not of the iteration.

    Args:
      A: a function of trees like b, or a matrix.
      b: the right-hand side, an array or a tree of arrays.
      x0: where the iteration begins; None is 0.
      tol: the residual's norm, relative to that of b, at which it ends.
      atol: the norm at which it ends at the latest.
      restart: the dimension of a Krylov space, after which another is begun.
      maxiter: how many of them; None is ten times the size.
      M: a preconditioner, an approximate inverse of A; None is the identity.
      solve_method: "batched" solves one least-squares problem for each space; "incremental"
        updates a factorization in each step, and ends as soon as the residual is small.

    Returns:
      The solution, and 0, or -1 if it is NaN.

    Raises:
      TypeError: if an operator is neither a function nor a matrix.
      ValueError: if shapes or structures do not fit, or there is no such method.

    >>> x, _ = covector.scipy.sparse.linalg.gmres(lambda x: 2 * x, jnp.array([2.0, 4.0]))
    >>> x.round(4)
    Array([1., 2.], dtype=float32)
    """
    operator, preconditioner = as_operator(A), identity if M is None else as_operator(M)
    b, start = device_put((b, tree_map(jnp.zeros_like, b) if x0 is None else x0))
    size = sum(leaf.size for leaf in tree_leaves(b))
    most = 10 * size if maxiter is None else maxiter
    check_start(start, b)
    if solve_method not in ("batched", "incremental"):
        raise ValueError(
            f"invalid solve_method {solve_method}, must be either 'incremental' or 'batched'"
        )
    space = _incremental if solve_method == "incremental" else _batched
    limit = jnp.maximum(tol * norm(b), atol)
    inner_limit = norm(preconditioner(b)) * jnp.minimum(1.0, limit / norm(b))

    def solve(A: Any, b: Any) -> Any:
        def on(state: Any) -> Any:
            return (state[1] < most) & (state[3] > limit)

        def step(state: Any) -> Any:
            x, k, unit, length = state
            dx = space(A, b, unit, length, inner_limit, min(restart, size), preconditioner)
            x = add(x, dx)
            return x, k + 1, *_direction(preconditioner(sub(b, A(x))))

        first = _direction(preconditioner(sub(b, A(start))))
        return lax.while_loop(on, step, (start, 0, *first))[0]

    x = lax.custom_linear_solve(operator, b, solve=solve, transpose_solve=solve)
    return x, jnp.where(jnp.isnan(norm(x)), -1, 0)


def _direction(x: Any, least: Any = None) -> tuple[Any, Array]:
    """A vector of length 1, and the length; both 0 if it is not larger than `least`."""
    length = norm(x)
    least = finfo(length.dtype).eps if least is None else least
    large = length > least

    weak = all(typeof(y).weak_type for y in tree_leaves(x))

    def divided(y: Array) -> Array:
        return jnp.where(large, y / _core.convert(length, y.dtype, weak), 0.0)

    unit = tree_map(divided, x)
    return unit, jnp.where(large, length, 0.0)


def _basis(unit: Any, size: int) -> Any:
    """Room for the basis of a space: vectors along a new last axis, of which the first is known."""

    def widened(x: Any) -> Any:
        return jnp.pad(x[..., None], ((0, 0),) * x.ndim + ((0, size),))

    return tree_map(widened, unit)


def _arnoldi(k: Any, A: Any, M: Any, basis: Any) -> tuple[Any, Array, Array]:
    """The next vector of the basis, what it was in terms of the basis, whether it vanishes.

    Orthogonalized twice: "twice is enough" (Giraud et al. 2005).
    """
    v = M(A(tree_map(lambda x: x[..., k], basis)))
    _, length = _direction(v)
    coefficients: Any = 0.0
    for _ in range(2):
        parts = tree_map(
            lambda x, y: jnp.einsum("...n,...->n", x.conj(), y, precision=lax.Precision.HIGHEST),
            basis,
            v,
        )
        h = sum(tree_leaves(parts))
        v = sub(v, tree_map(lambda x, h=h: dot(x, h), basis))
        coefficients = coefficients + h
    epsilon = finfo(coefficients.dtype).eps
    unit, rest = _direction(v, epsilon * length)
    basis = tree_map(lambda x, y: x.at[..., k + 1].set(y), basis, unit)
    coefficients = coefficients.at[k + 1].set(rest.astype(coefficients.dtype))
    return basis, coefficients, rest == 0.0


def _combined(basis: Any, y: Array) -> Any:
    return tree_map(lambda x: dot(x[..., :-1], y), basis)


def _batched(A: Any, b: Any, unit: Any, length: Any, limit: Any, size: int, M: Any) -> Any:
    """The step within one space, by a least-squares problem."""
    dtype = jnp.result_type(*tree_leaves(b))

    def on(state: Any) -> Any:
        return (state[3] < size) & ~state[2]

    def step(state: Any) -> Any:
        basis, rows, _, k = state
        basis, row, broken = _arnoldi(k, A, M, basis)
        return basis, rows.at[k, :].set(row), broken, k + 1

    start = (_basis(unit, size), jnp.eye(size, size + 1, dtype=dtype), np.array(False), 0)
    basis, rows, _, _ = lax.while_loop(on, step, start)
    target = jnp.zeros(size + 1, dtype).at[0].set(length.astype(dtype))
    # The normal equations: the matrix is small and well conditioned.
    h = rows.T
    y = jnp.linalg.solve(dot(h.T.conj(), h), dot(h.T.conj(), target))
    # Weak where all of the right-hand side is.
    weak = all(typeof(leaf).weak_type for leaf in tree_leaves(b))
    return _combined(basis, _core.convert(y, dtype, weak))


def _incremental(A: Any, b: Any, unit: Any, length: Any, limit: Any, size: int, M: Any) -> Any:
    """The same by Givens rotations, which show the residual after each step."""
    dtype = jnp.result_type(*tree_leaves(b))

    def on(state: Any) -> Any:
        return (state[0] < size) & (state[1] > limit)

    def step(state: Any) -> Any:
        k, _, basis, rows, target, rotations = state
        basis, row, _ = _arnoldi(k, A, M, basis)
        row = lax.fori_loop(0, k, lambda i, r: _rotated(r, i, *rotations[i]), row)
        rotations = rotations.at[k].set(_rotation(row[k], row[k + 1]))
        rows = rows.at[k].set(_rotated(row, k, *rotations[k]))
        target = _rotated(target, k, *rotations[k])
        return k + 1, abs(target[k + 1]), basis, rows, target, rotations

    target = jnp.zeros(size + 1, dtype).at[0].set(length.astype(dtype))
    rows, rotations = jnp.eye(size, size + 1, dtype=dtype), jnp.zeros((size, 2), dtype)
    start = (0, length, _basis(unit, size), rows, target, rotations)
    _, _, basis, rows, target, _ = lax.while_loop(on, step, start)
    triangle, column = rows[:, :-1].T, target[:-1, None]
    y = lax.linalg.triangular_solve(triangle, column, left_side=True, lower=False)
    return _combined(basis, y[:, 0])


def _rotation(a: Array, b: Array) -> Array:
    """The cosine and sine of the rotation that makes b zero."""
    done, smaller = abs(b) == 0, abs(a) < abs(b)
    t = -jnp.where(smaller, a, b) / jnp.where(smaller, b, a)
    r = lax.rsqrt(1 + abs(t) ** 2).astype(t.dtype)
    cosine = jnp.where(done, 1, jnp.where(smaller, r * t, r))
    return jnp.stack([cosine, jnp.where(done, 0, jnp.where(smaller, r, r * t))])


def _rotated(x: Array, i: Any, cosine: Array, sine: Array) -> Array:
    a, b = x[i], x[i + 1]
    x = x.at[i].set(cosine.conj() * a - sine.conj() * b)
    return x.at[i + 1].set(sine * a + cosine * b)
