"""Solvers whose derivatives are those of the equation that they solve."""

from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core
from covector._derivatives import jvp, linear_transpose, linearize
from covector.tree_util import tree_leaves, tree_structure, tree_unflatten

Solver = Callable[[Callable[[Any], Any], Any], Any]


def _checked(
    fun: Callable[[Any], Any], name: str, like: Any, like_name: str, has_aux: bool = False
) -> Callable[[Any], Any]:
    """The function, which raises unless its result has the tree and the shapes of `like`."""
    tree, shapes = tree_structure(like), [np.shape(x) for x in tree_leaves(like)]

    def checked(x: Any) -> Any:
        y = fun(x)
        value = y
        if has_aux:
            if not isinstance(y, tuple) or len(y) != 2:
                raise ValueError(
                    f"{name}() produced a pytree with structure {tree_structure(y)}, but a pytree "
                    "tuple with auxiliary output was expected because has_aux was set to True."
                )
            value = y[0]
        if (given := tree_structure(value)) != tree:
            raise TypeError(
                f"{name}() output pytree structure must match {like_name}, got {given} and {tree}."
            )
        if (found := [np.shape(v) for v in tree_leaves(value)]) != shapes:
            raise ValueError(
                f"{name}() output shapes must match {like_name}, got {found} and {shapes}"
            )
        return y

    return checked


def custom_linear_solve(
    matvec: Callable[[Any], Any],
    b: Any,
    solve: Solver,
    transpose_solve: Solver | None = None,
    symmetric: bool = False,
    has_aux: bool = False,
) -> Any:
    """Solves a linear system that is given as a function, differentiably.

    Derivatives are found from the equation `matvec(x) == b`, at its solution; the solver itself
    is not differentiated and may be anything, such as a `while_loop`.

    Args:
      matvec: the linear function to invert, of a tree like `b`.
      b: the right-hand side: a tree of arrays.
      solve: takes a linear function and a right-hand side and returns the solution.
      transpose_solve: the same for the transposed function; needed in reverse mode.
      symmetric: whether the linear function is its own transpose. Then `solve` is also
        `transpose_solve`, unless that is given.
      has_aux: whether the solvers return pairs, of the solution and something more.

    Returns:
      What `solve(matvec, b)` returns.

    Raises:
      TypeError: if a function returns a tree unlike `b`; in reverse mode, if there is no
        `transpose_solve`.
      ValueError: if shapes differ.

    >>> import covector
    >>> from covector import lax
    >>> halve = lambda matvec, b: b / 2.0
    >>> solve = lambda b: lax.custom_linear_solve(lambda x: 2.0 * x, b, halve, symmetric=True)
    >>> covector.value_and_grad(solve)(3.0)
    (Array(1.5, dtype=float32, weak_type=True), Array(0.5, dtype=float32, weak_type=True))
    """
    if transpose_solve is None and symmetric:
        transpose_solve = solve

    def closed(fun: Callable[[Any], Any], name: str, aux: bool = False) -> Any:
        return _core.close_over(_checked(fun, name, b, "b", aux), (b,))

    staged = closed(matvec, "matvec")
    solution = closed(lambda x: solve(matvec, x), "solve", has_aux)
    if transpose_solve is None:
        return _core.custom_linear_solve(b, staged, None, solution, None)
    back = transpose_solve
    vecmat = matvec if symmetric else _transposed(matvec, b)
    staged_back = staged if symmetric else closed(vecmat, "vecmat")
    transposed = closed(lambda x: back(vecmat, x), "transpose_solve", has_aux)
    return _core.custom_linear_solve(b, staged, staged_back, solution, transposed)


def _transposed(linear_fun: Callable[[Any], Any], like: Any) -> Callable[[Any], Any]:
    transpose = linear_transpose(linear_fun, like)
    return lambda y: transpose(y)[0]


def custom_root(
    f: Callable[[Any], Any],
    initial_guess: Any,
    solve: Solver,
    tangent_solve: Solver,
    has_aux: bool = False,
) -> Any:
    """Solves `f(x) == 0`, differentiably with respect to what `f` closes over.

    Derivatives are found by the implicit function theorem at the solution; the solver itself is
    not differentiated.

    Args:
      f: takes a tree of arrays and returns one like it.
      initial_guess: where the solver starts; nothing is differentiated with respect to it.
      solve: takes `f` and the guess and returns the solution.
      tangent_solve: takes a linear function `g` and a tree `y` like the guess, and returns the
        `x` with `g(x) == y`. For scalars this is `lambda g, y: y / g(1.0)`.
      has_aux: whether `solve` returns a pair, of the solution and something more.

    Returns:
      What `solve(f, initial_guess)` returns.

    Raises:
      TypeError: if a function returns a tree unlike the guess.

    >>> import covector
    >>> from covector import lax
    >>> def sqrt(a):
    ...     f = lambda x: x * x - a
    ...     newton = lambda f, x: lax.fori_loop(0, 9, lambda i, x: x - f(x) / (2 * x), x)
    ...     return lax.custom_root(f, 1.0, newton, lambda g, y: y / g(1.0))
    >>> print(round(float(covector.grad(sqrt)(4.0)), 4))
    0.25
    """
    guess = initial_guess
    equation = _core.close_over(_checked(f, "f", guess, "initial_guess"), (guess,))
    solution = _core.close_over(
        _checked(lambda x: solve(f, x), "solve", guess, "initial_guess", has_aux), (guess,)
    )

    def linearize_and_solve(x: Any, y: Any) -> Any:
        return tangent_solve(linearize(f, x)[1], y)

    def solve_pair(pair: Any) -> Any:
        return linearize_and_solve(*pair)

    tangent = _core.close_over(
        lambda x, y: _checked(lambda p: solve_pair(p), "tangent_solve", guess, "x")((x, y)),
        (guess, guess),
    )
    leaves = tree_leaves(guess)
    root = _Root(equation, solution, tangent, len(leaves))
    out = root(*equation.consts, *solution.consts, *tangent.consts, *leaves)
    return tree_unflatten(solution.out_tree, out)


class _Root:
    """The functions of one call of `custom_root`, on what they close over and the guess."""

    def __init__(self, equation: Any, solution: Any, tangent: Any, size: int) -> None:
        self._functions = (equation, solution, tangent)
        self._size = size

    def __call__(self, *args: Any) -> list[Any]:
        return _core.custom_jvp_call(
            "_custom_root", self.solve, self.jvp, list(args), symbolic_zeros=False
        )

    def _split(self, args: Any) -> tuple[list[Any], ...]:
        args, parts = list(args), []
        for f in self._functions:
            n = len(f.consts)
            parts.append(args[:n])
            del args[:n]
        return (*parts, args)

    def solve(self, *args: Any) -> list[Any]:
        _, consts, _, guess = self._split(args)
        return self._functions[1]([*consts, *guess])

    def jvp(self, primals: Any, tangents: Any) -> tuple[list[Any], list[Any]]:
        # f(a, x(a)) == 0 for all a, so df/dx dx = -df/da da.
        equation, _, tangent = self._functions
        out = self(*primals)
        x = out[: self._size]
        consts, _, solve_consts, _ = self._split(primals)
        dots = self._split(tangents)[0]
        if not consts:
            return out, [None] * len(out)
        _, rhs = jvp(lambda *a: equation([*a, *x]), tuple(consts), tuple(dots))
        solved = tangent([*solve_consts, *x, *rhs])
        return out, [-dx for dx in solved] + [None] * (len(out) - self._size)
