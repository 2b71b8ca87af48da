"""Loops and branches as Python runs them, for `disable_jit`: one step after the other."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from covector import _core
from covector._core.lax import stack
from covector.lax._slicing import index_in_dim
from covector.tree_util import tree_leaves, tree_map


def scan(
    f: Callable[..., Any], init: Any, xs: Any, length: int | None, reverse: bool
) -> tuple[Any, Any]:
    """`lax.scan`, without a program of its own."""
    n = _core.scan_length(xs, length)
    if n == 0:
        raise ValueError(
            "zero-length scan is not supported in disable_jit() mode because the output type is "
            "unknown."
        )
    carry, ys = init, []
    for i in reversed(range(n)) if reverse else range(n):
        carry, y = f(carry, tree_map(lambda x, i=i: index_in_dim(x, i, keepdims=False), xs))
        ys.append(y)
    if reverse:
        ys.reverse()
    return carry, tree_map(lambda *rows: stack([_core.asarray(r) for r in rows]), *ys)


def while_loop(
    cond_fun: Callable[[Any], Any],
    body_fun: Callable[[Any], Any],
    init_val: Any,
    max_steps: int | None = None,
) -> Any:
    """`lax.while_loop`, without a program of its own."""
    value = tree_map(_core.asarray, init_val)
    for _ in itertools.count() if max_steps is None else range(max_steps):
        if not cond_fun(value):
            break
        value = tree_map(_core.asarray, body_fun(value))
    return value


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """`lax.fori_loop`, without a program of its own."""
    value = init_val
    for i in range(int(lower), int(upper)):
        value = body_fun(i, value)
    return value


def is_concrete(tree: Any) -> bool:
    """Whether all leaves have values that Python can look at."""
    return all(
        isinstance(x, (bool, int, float, np.ndarray, np.generic))
        or _core.concrete_or_none(x) is not None
        for x in tree_leaves(tree)
    )
