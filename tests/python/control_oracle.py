"""Compares programs with loops and branches with the same ones of JAX."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector

LIBRARIES = (covector, jax)


def both(f: Callable[[Any], Any]) -> tuple[Any, Any]:
    """What a function of the library gives with Covector and with JAX, as NumPy arrays."""
    ours, theirs = f(covector), f(jax)
    as_numpy = [
        [np.asarray(library.numpy.asarray(x)) for x in library.tree_util.tree_leaves(result)]
        for library, result in ((covector, ours), (jax, theirs))
    ]
    return as_numpy[0], as_numpy[1]


def agree(f: Callable[[Any], Any], rtol: float = 2e-5) -> None:
    ours, theirs = both(f)
    assert len(ours) == len(theirs)
    for x, y in zip(ours, theirs):
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        np.testing.assert_allclose(x, y, rtol=rtol, atol=1e-6)


def error_of(library: Any, f: Callable[[Any], Any]) -> tuple[type[BaseException], str]:
    with pytest.raises(Exception) as caught:
        f(library)
    text = str(caught.value)
    for module in ("jax._src.core.", "covector._core."):
        text = text.replace(module, "")
    return caught.type, text


def same_error(f: Callable[[Any], Any], text: bool = True) -> str:
    """Both raise the same; gives our text."""
    (kind, ours), (other, theirs) = (error_of(library, f) for library in LIBRARIES)
    assert kind.__name__ == other.__name__
    if text:
        assert ours == theirs
    return ours


XS = np.linspace(0.1, 1.2, 12, dtype=np.float32).reshape(4, 3)
H = np.array([0.5, -0.3, 0.2], np.float32)
W = np.array([1.1, 0.7, -0.4], np.float32)
