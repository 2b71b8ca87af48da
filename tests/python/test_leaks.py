"""What is traced is freed: jaxprs, what is kept with them, and tracers."""

import gc
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import covector
import covector.numpy as jnp

lax = covector.lax


def scan(x: Any) -> Any:
    return lax.scan(lambda c, _: (c * 2.0, c), x, None, 3)[0]


def cond(x: Any) -> Any:
    return lax.cond(x > 0, lambda x: jnp.sin(x), lambda x: x * 2.0, x)


def loop(x: Any) -> Any:
    return lax.while_loop(lambda c: c < 3, lambda c: c * 2.0, x)


def bounded(x: Any) -> Any:
    return lax.while_loop(lambda c: c < 3, lambda c: c * 2.0, x, max_steps=4)


def with_rule(x: Any) -> Any:
    f = covector.custom_vjp(lambda x: x * 2.0)
    f.defvjp(lambda x: (f(x), x), lambda x, g: (g * x,))
    return f(x)


def reference(x: Any) -> Any:
    ref = covector.new_ref(x)
    ref[...] = ref[...] * 2.0
    return ref[...]


def fails(x: Any) -> Any:
    with pytest.raises(AttributeError):
        covector.jit(lambda x: x.nothing)(x)
    return x


FUNCTIONS: dict[str, Callable[[], Any]] = {
    "grad of scan": lambda: covector.eval_shape(covector.grad(scan), 1.0),
    "grad of cond": lambda: covector.eval_shape(covector.grad(cond), 1.0),
    "vmap of while": lambda: covector.eval_shape(covector.vmap(loop), jnp.ones(3)),
    "grad of while with max_steps": lambda: covector.eval_shape(covector.grad(bounded), 1.0),
    "custom_vjp": lambda: covector.eval_shape(covector.grad(with_rule), 1.0),
    "checkpoint": lambda: covector.eval_shape(covector.grad(covector.checkpoint(scan)), 1.0),
    "reference": lambda: covector.eval_shape(covector.grad(reference), 1.0),
    "exception": lambda: covector.eval_shape(fails, 1.0),
}


def resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_tracing_leaves_nothing(function: Callable[[], Any]) -> None:
    for _ in range(100):
        function()
    before, rounds = resident_bytes(), 500
    for _ in range(rounds):
        function()
    assert (resident_bytes() - before) / rounds < 1000
