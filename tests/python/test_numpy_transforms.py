"""Functions of `covector.numpy` under `jit`, `grad`, `vmap`: as under JAX's."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector
from python.jax_oracle import assert_same

F = np.float32
X = np.array([[0.3, -1.2, 2.5], [1.7, 0.4, -0.6]], F)
A = np.array([[2.0, 0.5, 1.0], [0.1, 3.0, -1.0], [1.5, 0.2, 4.0]], F)
IDX = np.array([[0, 2, 1], [2, 1, 0]])

# Of the module and a matrix. All are differentiable at the sample.
FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda jnp, x: jnp.sum(x * x, axis=0),
    "prod": lambda jnp, x: jnp.prod(x, axis=1),
    "max": lambda jnp, x: jnp.max(x, axis=0),
    "mean where": lambda jnp, x: jnp.mean(x, axis=1, where=x > -1),
    "var": lambda jnp, x: jnp.var(x, axis=0),
    "std": lambda jnp, x: jnp.std(x),
    "nansum": lambda jnp, x: jnp.nansum(x, axis=0),
    "median": lambda jnp, x: jnp.median(x, axis=1),
    "quantile": lambda jnp, x: jnp.quantile(x, np.array([0.2, 0.7], F), axis=1),
    "cumsum": lambda jnp, x: jnp.cumsum(x * x, axis=1),
    "cumprod": lambda jnp, x: jnp.cumprod(x, axis=1),
    "diff": lambda jnp, x: jnp.diff(x, axis=1),
    "reshape": lambda jnp, x: jnp.reshape(x, (-1, 2)) * np.arange(2, dtype=F),
    "transpose": lambda jnp, x: jnp.sin(x).T,
    "moveaxis": lambda jnp, x: jnp.moveaxis(x[None], 0, 2) ** 2,
    "concatenate": lambda jnp, x: jnp.concatenate([x, 2 * x], axis=1),
    "stack": lambda jnp, x: jnp.stack([x, x * x], axis=1),
    "split": lambda jnp, x: jnp.split(x, 3, axis=1)[1] ** 2,
    "tile": lambda jnp, x: jnp.tile(x, (2, 1)) ** 2,
    "repeat": lambda jnp, x: jnp.repeat(x, np.array([1, 0, 2]), axis=1),
    "pad": lambda jnp, x: jnp.pad(x, 1, mode="reflect") ** 2,
    "roll": lambda jnp, x: jnp.roll(x, 1, 1) * x,
    "flip": lambda jnp, x: jnp.flip(x, 1) * x,
    "where": lambda jnp, x: jnp.where(x > 0, x * x, 0.0),
    "take": lambda jnp, x: jnp.take(x, np.array([2, 0]), axis=1),
    "take_along_axis": lambda jnp, x: jnp.take_along_axis(x, IDX, axis=1) ** 2,
    "getitem": lambda jnp, x: x[:, ::2] * x[0, 1],
    "at set": lambda jnp, x: x.at[0, 1].set(3.0) ** 2,
    "at add": lambda jnp, x: x.at[:, np.array([0, 0])].add(x[:, 1:]),
    "at divide": lambda jnp, x: x.at[1].divide(x[0]),
    "sort": lambda jnp, x: jnp.sort(x, axis=1) * np.arange(3, dtype=F),
    "tril": lambda jnp, x: jnp.tril(x) ** 2,
    "diagonal": lambda jnp, x: jnp.diagonal(x) ** 2,
    "diag": lambda jnp, x: jnp.diag(x[0]) @ x.T,
    "trace": lambda jnp, x: jnp.trace(x * x),
    "dot": lambda jnp, x: jnp.dot(x, A),
    "matmul": lambda jnp, x: x @ A @ x.T,
    "einsum": lambda jnp, x: jnp.einsum("ij,jk,lk->il", x, A, x),
    "tensordot": lambda jnp, x: jnp.tensordot(x, A, 1),
    "outer": lambda jnp, x: jnp.outer(x, x[0]),
    "kron": lambda jnp, x: jnp.kron(x, x[:1]),
    "cross": lambda jnp, x: jnp.cross(x, x[::-1]),
    "convolve": lambda jnp, x: jnp.convolve(x[0], x[1], "same"),
    "clip": lambda jnp, x: jnp.clip(x, -1, 2) ** 2,
    "hypot": lambda jnp, x: jnp.hypot(x, x[::-1]),
    "sinc": lambda jnp, x: jnp.sinc(x),
    "logaddexp2": lambda jnp, x: jnp.logaddexp2(x, x[::-1]),
    "interp": lambda jnp, x: jnp.interp(x, np.arange(4.0, dtype=F), np.arange(4.0, dtype=F) ** 2),
    "trapezoid": lambda jnp, x: jnp.trapezoid(x * x),
    "gradient": lambda jnp, x: jnp.gradient(x, axis=1),
    "polyval": lambda jnp, x: jnp.polyval(np.array([1.0, 2.0, 3.0], F), x),
    "linspace": lambda jnp, x: jnp.linspace(x[0], x[1], 4),
    "meshgrid": lambda jnp, x: jnp.meshgrid(x[0], x[1])[1] ** 2,
    "cov": lambda jnp, x: jnp.cov(x),
    "average": lambda jnp, x: jnp.average(x, axis=1, weights=np.array([1.0, 2.0, 3.0], F)),
    "nan_to_num": lambda jnp, x: jnp.nan_to_num(x) ** 2,
    "round": lambda jnp, x: jnp.round(x) * x,
    "select": lambda jnp, x: jnp.select([x > 1, x > 0], [x, x * x], 0.0),
    "insert": lambda jnp, x: jnp.insert(x, 1, x[:, 0], axis=1) ** 2,
    "interp weights": lambda jnp, x: jnp.vectorize(lambda a, b: a * b)(x, x[0]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_grad(name: str) -> None:
    def loss(jnp: Any) -> Callable[[Any], Any]:
        return lambda x: (jnp.sin(FUNCTIONS[name](jnp, x))).sum()

    got = covector.grad(loss(covector.numpy))(X)
    assert_same(got, jax.grad(loss(jax.numpy))(X), name, 2e-5)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jit_of_vmap(name: str) -> None:
    batch = np.stack([X, X[::-1], 2 * X])
    got = covector.jit(covector.vmap(lambda x: FUNCTIONS[name](covector.numpy, x)))(batch)
    want = jax.jit(jax.vmap(lambda x: FUNCTIONS[name](jax.numpy, x)))(batch)
    assert_same(got, want, name, 2e-5)


def test_composites_are_one_program() -> None:
    """An eager call of a composition compiles once, and not again for equal types."""
    import covector.numpy as jnp

    names: list[str] = []
    covector._core.set_compile_listener(lambda name, *_: names.append(name))
    try:
        jnp.var(np.ones((3, 7, 5), F), axis=1)
        jnp.var(np.zeros((3, 7, 5), F), axis=1)
    finally:
        covector._core.set_compile_listener(None)
    assert len(names) == 1


@pytest.mark.parametrize(
    "function",
    [
        lambda jnp: jnp.arange(3).dtype,
        lambda jnp: jnp.zeros(2).dtype,
        lambda jnp: jnp.sum(np.ones(3, np.int8)).dtype,
        lambda jnp: jnp.mean(np.ones(3, np.int64)).dtype,
        lambda jnp: jnp.linspace(0, 1, 3).dtype,
        lambda jnp: jnp.argmax(np.ones(3)).dtype,
        lambda jnp: jnp.nonzero(np.ones(3))[0].dtype,
        lambda jnp: jnp.array([1, 2.5]).dtype,
        lambda jnp: jnp.asarray(2**40).dtype,
    ],
)
def test_wide_types(function: Callable[[Any], Any]) -> None:
    with covector.enable_x64(True), jax.enable_x64(True):
        assert function(covector.numpy) == function(jax.numpy)
