"""Programs put together of higher-order operations, and their derivatives to order 2, under jit,
vmap and scan: values, the oracle's; derivatives, limits of differences too."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector
from primitives.libraries import QUICK

Composite = Callable[[Any], Callable[[Any], Any]]

rng = np.random.default_rng(7)
WEIGHTS = (0.5 * rng.standard_normal((4, 4, 4))).astype(np.float32)
INPUTS = rng.standard_normal((5, 4)).astype(np.float32)
POINT = (0.3 * rng.standard_normal(4)).astype(np.float32)
DIRECTION = rng.standard_normal(4).astype(np.float32)


def rnn(m: Any) -> Callable[[Any], Any]:
    def step(h: Any, x: Any) -> Any:
        h = m.numpy.tanh(WEIGHTS[0] @ h + WEIGHTS[1] @ x)
        return h, h.sum()

    def f(h: Any) -> Any:
        last, sums = m.lax.scan(step, h, INPUTS)
        return (last**2).sum() + sums.mean()

    return f


def newton(m: Any) -> Callable[[Any], Any]:
    """The zero of x + x**3/3 - y, found by Newton's steps and differentiated by its equation."""

    def f(y: Any) -> Any:
        def equation(x: Any) -> Any:
            return x + x**3 / 3 - y

        def solve(g: Any, guess: Any) -> Any:
            slope = m.jit(lambda x: m.jvp(g, (x,), (m.numpy.ones_like(x),))[1])
            return m.lax.fori_loop(0, 20, lambda _, x: x - g(x) / slope(x), guess)

        def tangent_solve(g: Any, b: Any) -> Any:
            return b / g(m.numpy.ones_like(b))

        x = m.lax.custom_root(equation, m.numpy.zeros_like(y), solve, tangent_solve)
        return (x * DIRECTION).sum()

    return f


def implicit_layer(m: Any) -> Callable[[Any], Any]:
    """A fixed point z = tanh(W z + x), whose cotangent solves the adjoint equation."""

    def step(x: Any, z: Any) -> Any:
        return m.numpy.tanh(0.4 * WEIGHTS[2] @ z + x)

    def iterate(g: Any, z: Any) -> Any:
        return m.lax.fori_loop(0, 60, lambda _, z: g(z), z)

    @m.custom_vjp
    def fixed_point(x: Any) -> Any:
        return iterate(lambda z: step(x, z), m.numpy.zeros_like(x))

    def forward(x: Any) -> Any:
        z = fixed_point(x)
        return z, (x, z)

    def backward(kept: Any, cotangent: Any) -> Any:
        x, z = kept
        jacobian = m.jacrev(lambda z: step(x, z))(z)
        u = m.numpy.linalg.solve((m.numpy.eye(4) - jacobian).T, cotangent)
        return m.vjp(lambda x: step(x, z), x)[1](u)

    fixed_point.defvjp(forward, backward)
    return lambda x: (fixed_point(x) ** 2).sum()


def transformer(m: Any) -> Callable[[Any], Any]:
    """Two blocks of attention and a rectified layer, rematerialized."""
    jnp = m.numpy

    def block(x: Any, w: Any) -> Any:
        scale = jnp.float32(0.5)
        heads = x.reshape(5, 2, 2)
        scores = jnp.einsum("ihd,jhd->hij", heads @ w[:2, :2], heads)
        mixed = jnp.einsum("hij,jhd->ihd", m.nn.softmax(scale * scores), heads).reshape(5, 4)
        x = m.nn.standardize(x + mixed)
        return x + m.nn.gelu(x @ w) @ w.T

    keep_products = m.checkpoint_policies.dots_with_no_batch_dims_saveable
    kinds = (m.checkpoint(block, policy=keep_products), m.checkpoint(block))

    def f(shift: Any) -> Any:
        x = INPUTS + shift
        for g, w in zip(kinds, WEIGHTS):
            x = g(x, w)
        return (m.numpy.sin(x)).mean()

    return f


COMPOSITES: list[Composite] = [rnn, newton, implicit_layer, transformer]


def surroundings(m: Any, f: Any) -> dict[str, Callable[[Any], Any]]:
    """f under each transformation that it has to bear."""
    jnp = m.numpy
    return {
        "alone": f,
        "jit": m.jit(f),
        "vmap": lambda x: m.vmap(f)(jnp.stack([x, -x, 0.5 * x])).sum(),
        "scan": lambda x: m.lax.scan(lambda c, t: (c + f(t * x), None), 0.0, INPUTS[:3, 0])[0],
        "vmap of jit": lambda x: m.vmap(m.jit(f), in_axes=1)(jnp.stack([x, 2 * x], 1)).sum(),
        "jit of scan of vmap": m.jit(
            lambda x: m.lax.scan(
                lambda c, t: (c + m.vmap(f)(jnp.stack([t * x, x])).sum(), None), 0.0, INPUTS[:2, 1]
            )[0]
        ),
    }


def derivatives(m: Any, f: Any, x: Any, v: Any) -> list[Any]:
    """Value, gradient, and its derivative along v, backwards over forward and the other way."""
    value, gradient = m.value_and_grad(f)(x)
    again = m.grad(lambda x: m.numpy.vdot(m.grad(f)(x), v))(x)
    return [value, gradient, again]


def compiled(m: Any, program: Any, *args: Any) -> Any:
    return m.jit(program).lower(*args).compile(QUICK)(*args)


# What JAX 0.10.2 fails on: its second derivative of a custom_vjp function that holds a loop, in
# a scan, has a batch axis too many.
NOT_IN_JAX = {implicit_layer: {"scan", "jit of scan of vmap"}}


def everything(m: Any, composite: Composite) -> list[np.ndarray]:
    def program(x: Any, v: Any) -> Any:
        fs = surroundings(m, composite(m))
        chosen = fs.keys() - NOT_IN_JAX.get(composite, set())
        return [derivatives(m, fs[name], x, v) for name in sorted(chosen)]

    results = compiled(m, program, POINT, DIRECTION)
    return [np.asarray(x) for x in m.tree_util.tree_leaves(results)]


@pytest.mark.parametrize("composite", COMPOSITES)
def test_composites_agree_with_jax(composite: Composite) -> None:
    ours, theirs = (everything(m, composite) for m in (covector, jax))
    assert len(ours) >= 12
    for x, y in zip(ours, theirs, strict=True):
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        np.testing.assert_allclose(x, y, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("composite", COMPOSITES)
def test_derivatives_of_composites_are_limits_of_differences(composite: Composite) -> None:
    with covector.enable_x64(True):
        fs = surroundings(covector, composite(covector))
        x, v, step = POINT.astype(np.float64), DIRECTION.astype(np.float64), 1e-6

        def program(x: Any, v: Any) -> Any:
            def gradient(f: Any, at: Any) -> Any:
                return covector.grad(f)(at)

            return [
                (
                    *derivatives(covector, f, x, v),
                    (f(x + step * v) - f(x - step * v)) / (2 * step),
                    (gradient(f, x + step * v) - gradient(f, x - step * v)) / (2 * step),
                )
                for f in fs.values()
            ]

        for _, gradient, along, slope, difference in compiled(covector, program, x, v):
            np.testing.assert_allclose(np.vdot(gradient, v), slope, rtol=1e-6, atol=1e-8)
            np.testing.assert_allclose(along, difference, rtol=1e-5, atol=1e-7)
