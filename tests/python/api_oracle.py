"""Runs a piece of a program with Covector and with JAX, and compares what comes of it.

A program is a function of the library, so that `jax.grad` in it is that of either.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

import covector
from python.jax_oracle import assert_same

Program = Callable[[Any], Any]


def outcome(program: Program, library: Any) -> Any:
    """The program's result, or the error it raises."""
    try:
        return program(library)
    except Exception as error:
        return error


def assert_agrees(program: Program, rtol: float | None = None) -> None:
    """Both libraries give the same trees, values, dtypes, shapes and weak types."""
    got, want = outcome(program, covector), outcome(program, jax)
    if isinstance(want, Exception):
        raise want
    if isinstance(got, Exception):
        raise got
    compare(got, want, rtol)


def compare(got: Any, want: Any, rtol: float | None = None) -> None:
    """As assert_same, for trees. What JAX passes through as it is may be an array of ours."""
    got_leaves, got_tree = covector.tree_util.tree_flatten(got)
    want_leaves, want_tree = jax.tree_util.tree_flatten(want)
    assert str(got_tree) == str(want_tree)
    for g, w in zip(got_leaves, want_leaves):
        if hasattr(w, "dtype") and w.dtype == jax.dtypes.float0:
            assert g.dtype == w.dtype
            assert g.shape == w.shape
        elif hasattr(w, "dtype") or isinstance(g, covector.Array):
            on_host = isinstance(w, np.ndarray) and isinstance(g, np.ndarray)
            assert_same(g, w if on_host else jax.numpy.asarray(w), repr(g), rtol)
        else:
            assert type(g) is type(w)
            assert g == w


def assert_fails_alike(program: Program, *texts: str) -> Exception:
    """Both libraries raise errors of the same class, and ours holds these texts.

    Returns:
      Our error.
    """
    got, want = outcome(program, covector), outcome(program, jax)
    assert isinstance(want, Exception), f"JAX raises no error but returns {want!r}"
    assert isinstance(got, Exception), f"no error but {got!r}, JAX raises {want!r}"
    same = type(got).__name__ == type(want).__name__
    assert same, f"{type(got).__name__}: {got}; JAX raises {want!r}"
    for text in texts:
        assert text in str(got), f"{text!r} is not in: {got}"
    return got
