"""What policies of checkpoint keep inside of loops and branches, compared with JAX's."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import covector
from python.api_oracle import assert_agrees

X = np.linspace(0.2, 1.0, 5, dtype=np.float32)
W = np.linspace(-1.0, 1.0, 25, dtype=np.float32).reshape(5, 5)

POLICIES: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda p: p.nothing_saveable,
    "everything": lambda p: p.everything_saveable,
    "dots": lambda p: p.dots_saveable,
    "one name": lambda p: p.save_only_these_names("hidden"),
    "but one name": lambda p: p.save_anything_except_these_names("hidden"),
}


def layers(jax: Any, w: Any, x: Any) -> Any:
    name = importlib.import_module(f"{jax.__name__}.ad_checkpoint").checkpoint_name
    x = jax.numpy.sin(jax.numpy.dot(x, w))
    return jax.numpy.sin(jax.jit(lambda x: jax.numpy.dot(name(x, "hidden"), w))(x))


def scanned(jax: Any, w: Any, x: Any) -> Any:
    return jax.lax.scan(lambda x, y: (layers(jax, w, x) + y, x * y), x, w[:3])


def branched(jax: Any, w: Any, x: Any) -> Any:
    return jax.lax.cond(x.sum() > 0, lambda x: layers(jax, w, x), lambda x: x * w[0], x)


def switched(jax: Any, w: Any, x: Any) -> Any:
    cases = [lambda x: x, lambda x: layers(jax, w, x), lambda x: jax.numpy.exp(x @ w)]
    return jax.lax.switch(x.size - 4, cases, x)


def nested(jax: Any, w: Any, x: Any) -> Any:
    return jax.lax.scan(lambda x, y: (branched(jax, w, x), y), x, None, length=2)[0]


def in_jit(jax: Any, w: Any, x: Any) -> Any:
    return jax.jit(lambda x: scanned(jax, w, x))(x)


BODIES = {f.__name__: f for f in (scanned, branched, switched, nested, in_jit)}


def loss(jax: Any, body: str, policy: str) -> Any:
    f = jax.checkpoint(
        lambda w, x: BODIES[body](jax, w, x), policy=POLICIES[policy](jax.checkpoint_policies)
    )
    leaves = jax.tree_util.tree_leaves
    return lambda w, x: sum(jax.numpy.sum(jax.numpy.sin(y)) for y in leaves(f(w, x)))


def derivatives(jax: Any, body: str, w: Any, x: Any) -> Any:
    f = loss(jax, body, "one name")
    more = jax.jvp(jax.grad(f), (w, x), (w, x)), jax.vmap(jax.grad(f), (None, 0))(w, w)
    return [jax.grad(loss(jax, body, policy), (0, 1))(w, x) for policy in POLICIES], more


@pytest.mark.parametrize("body", BODIES)
def test_derivatives_do_not_depend_on_the_policy(body: str) -> None:
    assert_agrees(lambda jax: jax.jit(lambda w, x: derivatives(jax, body, w, x))(W, X), rtol=1e-3)


def recomputed(jax: Any, body: str, policy: str) -> list[int]:
    """How often the backward pass has products, sines and cosines."""
    _, pullback = jax.vjp(loss(jax, body, policy), W, X)
    text = str(jax.make_jaxpr(pullback)(np.float32(1)))
    return [text.count(operation) for operation in (" dot_general[", " sin ", " cos ")]


@pytest.mark.parametrize("policy", ["nothing", "dots", "one name"])
@pytest.mark.parametrize("body", ["branched", "scanned", "in_jit"])
def test_computes_again_what_jax_does(body: str, policy: str) -> None:
    assert_agrees(lambda jax: recomputed(jax, body, policy))


def test_everything_kept_is_not_computed_again() -> None:
    for body in BODIES:
        assert recomputed(covector, body, "everything")[1] == 0
