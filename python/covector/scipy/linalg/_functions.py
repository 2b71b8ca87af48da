"""Functions of matrices: the exponential, the square root, and any other."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._derivatives import jvp
from covector._typing import ArrayLike
from covector.lax import linalg
from covector.numpy.linalg._inverses import solve_matrix
from covector.numpy.linalg._matrices import adjoint, inexact, precisely
from covector.scipy.linalg._factorizations import rsf2csf, schur

# Coefficients of the numerators of Pade approximants of exp, of orders 7 and 13, and the norms up
# to which they are exact for single and double precision: N. Higham, The scaling and squaring
# method for the matrix exponential revisited, SIAM J. Matrix Anal. Appl. 26 (2005).
_PADE_7 = (17297280.0, 8648640.0, 1995840.0, 277200.0, 25200.0, 1512.0, 56.0, 1.0)
_PADE_13 = (
    *(64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0),
    *(129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0),
    *(40840800.0, 960960.0, 16380.0, 182.0, 1.0),
)
_NORM_7, _NORM_13 = 3.925724783138660, 5.371920351148152


@composite("upper_triangular", "max_squarings")
def expm(A: ArrayLike, *, upper_triangular: bool = False, max_squarings: int = 16) -> Array:
    """Exponentials of square matrices, by scaling and squaring of a Pade approximant.

    N. Higham, The scaling and squaring method for the matrix exponential revisited, SIAM J.
    Matrix Anal. Appl. 26 (2005).

    Args:
      A: square matrices, `(..., n, n)`.
      upper_triangular: whether they are upper triangular, which is quicker.
      max_squarings: how often to square at most; the result is NaN where that is not enough.

    Returns:
      An array of that shape.

    Raises:
      ValueError: if the matrices are not square.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.expm(jnp.array([[0.0, 2.0], [0.0, 0.0]]))
    Array([[1., 2.],
           [0., 1.]], dtype=float32)
    """
    (a,) = inexact("expm", A)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"Expected A to be a (batched) square matrix, got A.shape={a.shape}.")
    double = jnp.finfo(a.dtype).bits == 64
    bound = _NORM_13 if double else _NORM_7
    norm = jnp.linalg.matrix_norm(a, ord=1)
    squarings = jnp.maximum(0, jnp.ceil(jnp.log2(norm / bound)))[..., None, None]
    odd, even = _pade(a / 2 ** squarings.astype(a.dtype), _PADE_13 if double else _PADE_7)
    if upper_triangular:
        x = linalg.triangular_solve(even - odd, even + odd, left_side=True)
    else:
        x = solve_matrix(even - odd, even + odd)
    for i in range(max_squarings):
        x = jnp.where(i < squarings, precisely(x, x), x)
    return jnp.where(squarings > max_squarings, jnp.nan, x)


def _pade(a: Array, c: tuple[float, ...]) -> tuple[Array, Array]:
    """The odd and the even part of the polynomial, from the powers of the square."""
    unit = jnp.broadcast_to(jnp.eye(a.shape[-1], dtype=a.dtype), a.shape)
    square = precisely(a, a)
    powers = [unit, square]
    while len(powers) < min(4, len(c) // 2):
        powers.append(precisely(powers[-1], square))

    def polynomial(coefficients: tuple[float, ...]) -> Array:
        low: Any = sum(x * p for x, p in zip(coefficients, powers))
        rest = coefficients[len(powers) :]
        if not rest:
            return low
        high: Any = sum(x * p for x, p in zip(rest, powers[1:]))
        return low + precisely(powers[-1], high)

    return precisely(a, polynomial(c[1::2])), polynomial(c[0::2])


def expm_frechet(
    A: ArrayLike, E: ArrayLike, *, method: str | None = None, compute_expm: bool = True
) -> Any:
    """The derivative of the exponential of matrices in a direction.

    Args:
      A: square matrices, `(..., n, n)`.
      E: directions, of that shape.
      method: without effect.
      compute_expm: whether to return the exponential too.

    Returns:
      The exponential and its derivative, or the derivative alone.

    Raises:
      ValueError: if shapes are not square or differ.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.expm_frechet(jnp.zeros((1, 1)), jnp.ones((1, 1)))[1]
    Array([[1.]], dtype=float32)
    """
    a, e = inexact("expm_frechet", jnp.asarray(A), jnp.asarray(E))
    for name, x in (("A", a), ("E", e)):
        if x.ndim < 2 or x.shape[-2] != x.shape[-1]:
            raise ValueError(
                f"expected {name} to be a (batched) square matrix, got {name}.shape={x.shape}"
            )
    if a.shape != e.shape:
        raise ValueError(
            f"expected A and E to be the same shape, got A.shape={a.shape} E.shape={e.shape}"
        )
    value, derivative = jvp(expm, (a,), (e,))
    return (value, derivative) if compute_expm else derivative


def _over_superdiagonals(n: int, step: Callable[[Array, Any], Any], start: Any) -> Any:
    """Steps for each diagonal above the main one, given where it is."""
    distance = jnp.asarray(np.arange(n)[None, :] - np.arange(n)[:, None], np.int32)

    def body(p: Array, state: Any) -> Any:
        return step(distance == p.astype(np.int32), state)

    return lax.fori_loop(1, max(n, 1), body, start)


@composite()
def _sqrtm(a: Array) -> Array:
    t, z = schur(a, output="complex")
    d = jnp.sqrt(jnp.diagonal(t, axis1=-2, axis2=-1))
    sums = d[..., :, None] + d[..., None, :]
    u = jnp.eye(a.shape[-1], dtype=t.dtype) * d[..., None, :]

    def step(here: Array, u: Array) -> Array:
        # On this diagonal the square of u lacks what its own elements on it add.
        rest = t - precisely(u, u)
        here = jnp.broadcast_to(here, u.shape)
        return jnp.where(here, jnp.where(rest == 0, 0, rest / sums), u)

    u = _over_superdiagonals(a.shape[-1], step, jnp.broadcast_to(u, t.shape))
    return precisely(precisely(z, u), adjoint(z))


def sqrtm(A: ArrayLike, blocksize: int = 1) -> Array:
    """Square roots of square matrices. On CPUs only.

    A. Bjorck, S. Hammarling, A Schur method for the square root of a matrix, Linear Algebra
    Appl. 52 (1983).

    Args:
      A: square matrices, `(..., n, n)`.
      blocksize: must be one.

    Returns:
      A complex array of that shape whose square is A.

    Raises:
      NotImplementedError: for another block size.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.sqrtm(4 * jnp.eye(1))
    Array([[2.+0.j]], dtype=complex64)
    """
    if blocksize > 1:
        raise NotImplementedError("Blocked version is not implemented yet.")
    return _sqrtm(*inexact("sqrtm", jnp.asarray(A)))


def funm(A: ArrayLike, func: Callable[[Array], Array], disp: bool = True) -> Any:
    """Any function of a square matrix, by Parlett's recurrence. On CPUs only.

    G. Golub, C. Van Loan, Matrix computations, algorithm 9.1.1.

    Args:
      A: a square matrix.
      func: the function of numbers; it is given a vector.
      disp: whether to return no estimate of the error.

    Returns:
      A complex matrix, and an estimate of the error if not `disp`.

    Raises:
      ValueError: if A is not square.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.funm(jnp.diag(jnp.array([1.0, 2.0])), jnp.square)
    Array([[1.+0.j, 0.+0.j],
           [0.+0.j, 4.+0.j]], dtype=complex64)
    """
    a = jnp.asarray(A)
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise ValueError("expected square array_like input")
    t, z = rsf2csf(*schur(a))
    d = jnp.diagonal(t)
    f = jnp.diag(func(d)).astype(t.dtype)
    gaps = d[None, :] - d[:, None]
    least = jnp.abs(d[0]) if d.size else jnp.zeros((), jnp.real(t).dtype)

    def step(here: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        f, least = state
        rest = precisely(t, f) - precisely(f, t)
        f = jnp.where(here, jnp.where(gaps == 0, rest, rest / jnp.where(gaps == 0, 1, gaps)), f)
        here_only = jnp.where(here, jnp.abs(gaps), jnp.inf)
        return f, jnp.minimum(least, jnp.min(here_only, initial=jnp.inf))

    f, least = _over_superdiagonals(a.shape[0], step, (f, least))
    f = precisely(precisely(z, f), adjoint(z))
    if disp:
        return f
    tol = jnp.finfo(f.dtype).eps
    least = jnp.where(least == 0, tol, least)
    estimate = (tol / least) * jnp.linalg.norm(jnp.triu(t, 1), 1)
    bounded = jnp.minimum(1, jnp.maximum(tol, estimate))
    return f, jnp.where(jnp.any(jnp.isinf(f)), jnp.inf, bounded)
