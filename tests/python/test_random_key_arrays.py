"""Arrays of keys made and moved like other arrays."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector

MAKERS: list[Callable[[Any, Any], Any]] = [
    lambda lib, k: lib.numpy.zeros((2,), k.dtype),
    lambda lib, k: lib.numpy.ones((), k.dtype),
    lambda lib, k: lib.numpy.empty((2, 0), k.dtype),
    lambda lib, k: lib.numpy.full((2,), 100, k.dtype),
    lambda lib, k: lib.numpy.full((2,), k),
    lambda lib, k: lib.numpy.zeros_like(k),
    lambda lib, k: lib.numpy.full_like(lib.numpy.stack([k, k]), 7),
    lambda lib, k: lib.lax.full((3,), 1, k.dtype),
    lambda lib, k: lib.jit(lambda: lib.numpy.ones(2, k.dtype))(),
    lambda lib, k: lib.device_get(k),
]


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg"])
@pytest.mark.parametrize("make", MAKERS)
def test_filled(make: Callable[[Any, Any], Any], impl: str) -> None:
    ours, theirs = (make(lib, lib.random.key(3, impl=impl)) for lib in (covector, jax))
    assert ours.dtype.name == theirs.dtype.name
    assert ours.shape == theirs.shape
    words = [np.asarray(lib.random.key_data(x)) for lib, x in ((covector, ours), (jax, theirs))]
    np.testing.assert_array_equal(*words)


@pytest.mark.parametrize(
    "convert",
    [
        lambda jnp, k: jnp.ones(2).astype(k.dtype),
        lambda jnp, k: jnp.asarray(3).astype(k.dtype),
        lambda jnp, k: jnp.eye(2, dtype=k.dtype),
        lambda jnp, k: jnp.full((2,), 1.5, k.dtype),
    ],
)
def test_numbers_are_no_keys(convert: Callable[[Any, Any], Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        convert(covector.numpy, covector.random.key(3))
