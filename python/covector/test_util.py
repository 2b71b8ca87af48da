"""Checks of derivatives against differences, for tests."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from covector._derivatives import jvp, linearize, vjp
from covector._dtypes import dtype_of, issubdtype
from covector.tree_util import tree_leaves, tree_map, tree_structure

__all__ = ["check_grads", "check_jvp", "check_vjp"]

_EPS = 1e-4

# How much derivatives may differ from differences, by the precision of the values.
_TOLERANCES = {
    "bfloat16": 1e-1,
    "float16": 1e-2,
    "float32": 2e-3,
    "float64": 1e-5,
    "complex64": 1e-3,
    "complex128": 1e-5,
}


def check_jvp(
    f: Callable[..., Any],
    f_jvp: Callable[..., Any],
    args: Sequence[Any],
    atol: Any = None,
    rtol: Any = None,
    eps: float = _EPS,
    err_msg: str = "",
) -> None:
    """Compares a forward derivative in one random direction with a central difference.

    Args:
      f: the function.
      f_jvp: its derivative, as `functools.partial(covector.jvp, f)` is.
      args: where to compare them.
      atol, rtol: tolerances, or dicts of them by dtype.
      eps: the step of the difference.
      err_msg: what to begin messages with.

    Raises:
      AssertionError: if they differ.
    """
    tangents = tuple(_random_like(np.random.RandomState(0), args))
    value, derivative = f_jvp(tuple(args), tangents)
    _assert_close(value, f(*args), atol, rtol, f"{err_msg} primal".strip())
    _assert_close(
        derivative, _difference(f, args, tangents, eps), atol, rtol, f"{err_msg} tangent".strip()
    )


def check_vjp(
    f: Callable[..., Any],
    f_vjp: Callable[..., Any],
    args: Sequence[Any],
    atol: Any = None,
    rtol: Any = None,
    eps: float = _EPS,
    err_msg: str = "",
) -> None:
    """Compares a reverse derivative with a central difference, in one random pair of directions.

    Args:
      f: the function.
      f_vjp: its derivative, as `functools.partial(covector.vjp, f)` is.
      args, atol, rtol, eps, err_msg: as for `check_jvp`.

    Raises:
      AssertionError: if they differ.
    """
    rng = np.random.RandomState(0)
    value, pullback = f_vjp(*args)
    _assert_close(value, f(*args), atol, rtol, f"{err_msg} primal".strip())
    tangents = tuple(_random_like(rng, args))
    change = _difference(f, args, tangents, eps)
    cotangent = _random_like(rng, value)
    gradients = pullback(cotangent)
    # The real part of <cotangent, J tangent>, with conjugates as complex derivatives have them.
    _assert_close(
        np.float64(_inner(tangents, tree_map(np.conj, gradients))),
        np.float64(_inner(change, tree_map(np.conj, cotangent))),
        _number(atol, value),
        _number(rtol, value),
        f"{err_msg} cotangent projection".strip(),
    )


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: Any = None,
    rtol: Any = None,
    eps: float | None = None,
) -> None:
    """Compares derivatives up to an order with differences, in all combinations of modes.

    Args:
      f: the function.
      args: where to compare them.
      order: how often to differentiate.
      modes: of 'fwd', 'rev' and 'lin' (`linearize`).
      atol, rtol: tolerances, or dicts of them by dtype.
      eps: the step of the differences.

    Raises:
      AssertionError: if they differ.

    >>> import covector.numpy as jnp
    >>> from covector.test_util import check_grads
    >>> check_grads(jnp.sin, (1.0,), order=2, eps=1e-2)
    """
    step = eps or _EPS
    options = {"atol": atol, "rtol": rtol, "eps": step}

    def check(f: Callable[..., Any], args: tuple[Any, ...], order: int, of: str) -> None:
        def deeper(g: Callable[..., Any], args: tuple[Any, ...], what: str) -> None:
            if order > 1:
                check(g, args, order - 1, what)

        forward = {"fwd": partial(jvp, f), "lin": partial(_by_linearizing, f)}
        for mode, text in (("fwd", "JVP"), ("rev", "VJP"), ("lin", "LIN")):
            if mode not in modes:
                continue
            what = f"{text} of {of}" if of else text
            if mode == "rev":
                check_vjp(f, partial(vjp, f), args, err_msg=what, **options)
                deeper(partial(_pull_value, f), args, what)
            else:
                check_jvp(f, forward[mode], args, err_msg=what, **options)
                deeper(forward[mode], (args, args), what)

    check(f, tuple(args), order, "")


def _by_linearizing(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    value, derivative = linearize(f, *primals)
    return value, derivative(*tangents)


def _pull_value(f: Callable[..., Any], *args: Any) -> Any:
    value, pullback = vjp(f, *args)
    return pullback(value)


def _is_number(x: Any) -> bool:
    return isinstance(x, (bool, int, float, complex)) and not isinstance(x, np.generic)


def _random_like(rng: np.random.RandomState, tree: Any) -> Any:
    def leaf(x: Any) -> Any:
        dtype = np.dtype(dtype_of(x))
        values = np.asarray(rng.randn(*np.shape(x))).astype(dtype)
        if issubdtype(dtype, np.complexfloating):
            values = (values + 1j * rng.randn(*np.shape(x))).astype(dtype)
        return values.item() if _is_number(x) else values

    return tree_map(leaf, tree)


def _moved(tree: Any, direction: Any, step: float) -> Any:
    def leaf(x: Any, d: Any) -> Any:
        dtype = np.dtype(dtype_of(x))
        moved = np.add(x, np.multiply(d, np.array(step, dtype), dtype=dtype), dtype=dtype)
        return moved.item() if _is_number(x) else moved

    return tree_map(leaf, tree, direction)


def _difference(f: Callable[..., Any], args: Sequence[Any], direction: Any, eps: float) -> Any:
    """The change of the values along a direction, per step."""
    ahead = f(*_moved(tuple(args), direction, eps))
    behind = f(*_moved(tuple(args), direction, -eps))

    def leaf(x: Any, y: Any) -> Any:
        x, y = np.asarray(x), np.asarray(y)
        with np.errstate(invalid="ignore"):  # equal infinities do not differ
            change = np.where(x == y, np.zeros((), x.dtype), x - y).astype(x.dtype)
        return change * np.array(0.5 / eps, x.dtype)

    return tree_map(leaf, ahead, behind)


def _inner(xs: Any, ys: Any) -> Any:
    pairs = zip(tree_leaves(xs), tree_leaves(ys))
    return sum(np.real(np.vdot(np.asarray(x), np.asarray(y))) for x, y in pairs)


def _number(tolerance: Any, tree: Any) -> float:
    """The widest tolerance of a tree's leaves."""
    return max((_tolerance(dtype_of(x), tolerance) for x in tree_leaves(tree)), default=0.0)


def _tolerance(dtype: Any, given: Any) -> float:
    name = np.dtype(dtype).name if dtype is not None else ""
    if isinstance(given, dict):
        given = {np.dtype(d).name: t for d, t in given.items()}.get(name)
    return float(_TOLERANCES.get(name, 0.0) if given is None else given)


def _assert_close(got: Any, want: Any, atol: Any, rtol: Any, what: str) -> None:
    assert tree_structure(got) == tree_structure(want), (
        f"{what}: {tree_structure(got)} is no tree like {tree_structure(want)}"
    )
    for x, y in zip(tree_leaves(got), tree_leaves(want)):
        x, y = np.asarray(x), np.asarray(y)
        if x.dtype.names:  # float0
            continue
        assert x.shape == y.shape, f"{what}: shapes {x.shape} and {y.shape}"
        wide = np.complex128 if np.iscomplexobj(x) or np.iscomplexobj(y) else np.float64
        np.testing.assert_allclose(
            x.astype(wide),
            y.astype(wide),
            atol=max(_tolerance(x.dtype, atol), _tolerance(y.dtype, atol)) * max(x.size, 1),
            rtol=max(_tolerance(x.dtype, rtol), _tolerance(y.dtype, rtol)) * max(x.size, 1),
            err_msg=what,
        )
