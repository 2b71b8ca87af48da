"""`optimize_remat` of custom_vjp: under checkpoint the forward rule runs once, in front of the
backward pass."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector

X = np.float32(1.5)


def function(m: Any, optimize: bool, scale: Any = 3.0) -> Callable[[Any], Any]:
    """sin(x) * scale, whose forward rule is a loop, so that it shows and no part of it is dead."""
    jnp = m.numpy

    @m.custom_vjp
    def f(x: Any) -> Any:
        return jnp.sin(x) * scale

    def fwd(x: Any) -> Any:
        def both(c: Any) -> Any:
            return jnp.sin(x) * scale, jnp.cos(x) * scale, c[2] + 1

        out = m.lax.while_loop(lambda c: c[2] < 1, both, (x * 0, x * 0, 0))
        return out[0], (out[1], x, 2)

    def bwd(residuals: Any, ct: Any) -> Any:
        slope, _, two = residuals
        return (ct * slope * two / 2,)

    f.defvjp(fwd, bwd, optimize_remat=optimize)
    return f


def uses(m: Any, f: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    def rematerialized(x: Any) -> Any:
        return m.numpy.exp(m.checkpoint(lambda x: f(x * 2))(x))

    def step(c: Any, _: Any) -> tuple[Any, None]:
        return m.checkpoint(f)(c), None

    return {
        "alone": f,
        "remat": rematerialized,
        "jit": m.jit(rematerialized),
        "scan": lambda x: m.lax.scan(step, x, None, length=3)[0],
    }


def loops(m: Any, f: Callable[..., Any], *args: Any) -> int:
    return str(m.make_jaxpr(f)(*args)).count("while[")


@pytest.mark.parametrize("use", ["alone", "remat", "jit", "scan"])
def test_the_rule_runs_once(use: str) -> None:
    ours, plain, theirs = (
        (m, uses(m, function(m, optimize))[use])
        for m, optimize in ((covector, True), (covector, False), (jax, True))
    )
    assert loops(covector, covector.grad(ours[1]), X) == loops(jax, jax.grad(theirs[1]), X) == 1
    if use != "alone":
        assert loops(covector, covector.grad(plain[1]), X) == 2
    xs = np.array([0.5, 1.5], np.float32)
    for m, f in (ours, plain):
        for x, g in ((X, m.grad(f)), (X, m.jit(m.grad(f))), (xs, m.vmap(m.grad(f)))):
            expected = (jax.vmap if x is xs else lambda f: f)(jax.grad(theirs[1]))(x)
            np.testing.assert_allclose(g(x), expected, rtol=1e-5)


def test_batches_share_what_is_not_mapped() -> None:
    def mapped(m: Any) -> Any:
        f = function(m, True)
        g = m.grad(lambda x, y: m.checkpoint(lambda x, y: f(x) * y)(x, y), argnums=(0, 1))
        return [m.vmap(g, in_axes=axes)(x, y) for axes, x, y in CASES]

    pair = np.array([0.5, 1.5], np.float32)
    CASES = [((0, None), pair, X), ((None, 0), X, pair), ((0, 0), pair, pair)]
    for ours, theirs in zip(mapped(covector), mapped(jax)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


# JAX has no transpose of it.
def test_higher_order_and_closures() -> None:
    def loss(scale: Any, x: Any) -> Any:
        f = function(covector, True, covector.lax.stop_gradient(scale))
        return covector.checkpoint(f)(x)

    slope = covector.jit(lambda s, x: covector.grad(loss, argnums=1)(s, x))
    np.testing.assert_allclose(slope(2.0, X), 2 * np.cos(X), rtol=1e-6)

    @covector.custom_vjp
    def cube(x: Any) -> Any:
        return x**3

    cube.defvjp(lambda x: (x**3, x * x), lambda r, ct: (3 * r * ct,), optimize_remat=True)
    g = covector.checkpoint(cube)
    assert float(covector.grad(covector.grad(g))(2.0)) == 12.0
    assert float(covector.grad(covector.jit(covector.grad(g)))(2.0)) == 12.0
    assert covector.jvp(covector.grad(g), (2.0,), (1.0,)) == (12.0, 12.0)


def test_it_is_an_equation_until_something_is_used() -> None:
    f = function(covector, True)
    text = str(covector.make_jaxpr(lambda x: covector.vjp(f, x)[0])(X))
    assert "remat_opt[" in text
    assert "num_res=1" in text
    lowered = covector.jit(lambda x: covector.vjp(f, x)[0]).lower(X).as_text()
    assert "stablehlo.while" not in lowered
