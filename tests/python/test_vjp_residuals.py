"""What a pullback holds: arguments, which a program can drop and put back, and the rest."""

from typing import Any

import numpy as np
import pytest

import covector
from covector import _core
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(12, dtype=np.float32).reshape(3, 4)
W = np.linspace(-1.0, 1.0, 16, dtype=np.float32).reshape(4, 4)


def layer(x: Any, w: Any) -> Any:
    return 2.0 * ((1.0 * x) @ w)


def held(jax: Any, f: Any, *primals: Any) -> Any:
    """The arguments among the residuals, and the types of other arrays (scalars are literals)."""
    _, pullback = jax.vjp(f, *primals)
    leaves = jax.tree_util.tree_leaves(
        pullback.args_res, is_leaf=lambda x: type(x).__name__ == "NotNeeded"
    )
    args = ["absent" if type(x).__name__ == "NotNeeded" else x for x in leaves]
    return args, sorted(x.shape for x in pullback.opaque_residuals if x.ndim)


PROGRAMS: dict[str, Any] = {
    "both": lambda jax: held(jax, lambda x, y: x * y, X, 2 * X),
    "the same twice": lambda jax: held(jax, lambda x: x * x, X),
    "none": lambda jax: held(jax, jax.numpy.sin, X),
    "linear": lambda jax: held(jax, lambda x: 2.0 * x, X),
    "tree": lambda jax: held(jax, lambda t, y: [t["a"] * y], {"a": X, "b": 2 * X}, X[0]),
    "one of two": lambda jax: held(jax, layer, X, W),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_held(name: str) -> None:
    assert_agrees(PROGRAMS[name])


def replaced(jax: Any) -> Any:
    out, pullback = jax.vjp(layer, X, W)
    pullback.args_res[1] = None
    pullback.args_res[1] = 2 * W
    return pullback(jax.numpy.ones_like(out))


def dropped_in_jit(jax: Any) -> Any:
    @jax.jit
    def forward() -> Any:
        out, pullback = jax.vjp(lambda x, y: x * jax.numpy.sin(y), X, 2 * X)
        pullback.args_res = [None, None]
        return out, pullback

    @jax.jit
    def backward(pullback: Any, x: Any) -> Any:
        pullback.args_res = [x, 2 * X]
        return pullback(X)

    out, pullback = forward()
    return out, [backward(pullback, x) for x in (X, 5 * X)]


def test_arguments_are_put_back() -> None:
    assert_agrees(replaced, rtol=1e-6)
    assert_agrees(dropped_in_jit, rtol=1e-6)
    assert_agrees(
        lambda jax: jax.vmap(lambda x: jax.vjp(lambda x: x * x, x)[1])(X[0]).args_res, rtol=1e-6
    )


def test_dropped_arguments_are_an_error() -> None:
    def call(jax: Any) -> Any:
        _, pullback = jax.vjp(lambda x, y: x * y, X, X)
        pullback.args_res = [None, None]
        return pullback(X)

    with pytest.raises(TypeError, match="None"):
        call(covector)
    _, pullback = covector.vjp(lambda x, y: x * y, X, X)
    for wrong in ([], [X], 3, [X, {"a": X}]):
        pullback.args_res = wrong
        with pytest.raises((ValueError, TypeError)):
            pullback(X)
    _, pullback = covector.vjp(covector.numpy.sin, X)
    pullback.opaque_residuals = []
    with pytest.raises(ValueError, match="opaque"):
        pullback(X)
    assert repr(_core.NotNeeded()) == "NotNeeded()"
    assert_fails_alike(lambda jax: jax.vjp(layer, X, W)[1](np.ones((2, 4), np.float32)), "JAX type")
