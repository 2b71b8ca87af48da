"""What transformations make of callables that describe themselves strangely."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector


class Nameless:
    """Has no string for a name, like objects that stand for symbols."""

    __name__ = property(lambda self: 3)
    __annotations__ = property(lambda self: None)

    def __call__(self, x: Any) -> Any:
        return x * x


def square(x: Any) -> Any:
    """Squares."""
    return x * x


TRANSFORMATIONS = ["vmap", "grad", "value_and_grad", "checkpoint", "jacfwd", "jacrev", "pmap"]


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_names_that_are_no_strings(name: str) -> None:
    def run(library: Any) -> Any:
        transform: Callable[..., Any] = getattr(library, name)
        x = np.ones(1, np.float32) if name in ("vmap", "pmap") else np.float32(3)
        return library.tree.leaves(transform(Nameless())(x))

    for got, want in zip(run(covector), run(jax), strict=True):
        np.testing.assert_allclose(got, want)


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_usual_names_are_kept(name: str) -> None:
    transformed = getattr(covector, name)(square)
    assert transformed.__wrapped__ is square
    assert transformed.__name__ == "square"
    assert "Squares." in transformed.__doc__
