"""Results of programs are arrays of their own: one can be donated or deleted, and no other goes."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector

X = np.arange(3, dtype=np.float32)


def consume(library: Any, x: Any) -> None:
    """Donates an array."""
    library.block_until_ready(library.jit(lambda p: p + 1, donate_argnums=0)(x))
    assert x.is_deleted()


def of_an_input(library: Any) -> Any:
    x = library.numpy.asarray(X)
    y = library.jit(lambda p: p)(x)
    consume(library, x)
    return y


def of_a_tree(library: Any) -> Any:
    x = {"a": library.numpy.asarray(X), "b": library.numpy.float32(2)}
    y = library.jit(lambda p: (p, p["a"] + 1))(x)
    for leaf in x.values():
        consume(library, leaf)
    return y


def of_two_results(library: Any) -> Any:
    a, b = library.jit(lambda p: (p, p))(X)
    consume(library, a)
    return b


def of_equal_computations(library: Any) -> Any:
    a, b = library.jit(lambda p: (p * 2,) * 2)(X)
    consume(library, a)
    return b


def again(make: Callable[[Any], Callable[[], Any]]) -> Callable[[Any], Any]:
    """A function that is called again after its result was donated."""

    def run(library: Any) -> Any:
        f = library.jit(make(library))
        consume(library, f())
        return f()

    return run


def constant(library: Any) -> Callable[[], Any]:
    w = library.numpy.asarray(X)
    return lambda: w


def scalar_constant(library: Any) -> Callable[[], Any]:
    w = library.numpy.float32(3)
    return lambda: w


def of_a_mapped_call(library: Any) -> Any:
    x = library.numpy.asarray(X)
    y = library.vmap(library.jit(lambda p: p))(x)
    consume(library, x)
    return y


CASES: dict[str, Callable[[Any], Any]] = {
    "an input": of_an_input,
    "a tree": of_a_tree,
    "two results": of_two_results,
    "equal computations": of_equal_computations,
    "a constant": again(constant),
    "a NumPy constant": again(lambda library: lambda: X),
    "a scalar constant": again(scalar_constant),
    "a literal": again(lambda library: lambda: 0.5),
    "a mapped call": of_a_mapped_call,
}


@pytest.mark.parametrize("name", CASES)
def test_others_stay(name: str) -> None:
    got, want = (library.tree.leaves(CASES[name](library)) for library in (covector, jax))
    for g, w in zip(got, want, strict=True):
        assert not g.is_deleted()
        assert (g.dtype, g.weak_type) == (w.dtype, w.weak_type)
        np.testing.assert_array_equal(g, w)


def test_an_input_that_is_a_result_is_copied() -> None:
    x = covector.numpy.asarray(X)
    for f in (covector.numpy.asarray, lambda p: p):
        y = covector.jit(f)(x)
        assert y is not x
        assert y.unsafe_buffer_pointer() != x.unsafe_buffer_pointer()
