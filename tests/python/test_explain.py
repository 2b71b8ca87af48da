"""What explain_cache_misses logs."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp


def logged(caplog: pytest.LogCaptureFixture, call: Callable[[], Any]) -> list[str]:
    caplog.clear()
    with caplog.at_level(logging.WARNING), covector.explain_cache_misses(True):
        call()
    return caplog.messages


def test_a_function_never_seen(caplog: pytest.LogCaptureFixture) -> None:
    f = covector.jit(lambda x: x)
    (text,) = logged(caplog, lambda: (f(1.0), f(1.0)))
    assert f"TRACING CACHE MISS at {__file__}" in text
    assert "never seen function" in text


CHANGES: dict[str, Callable[[Any], Any]] = {
    "at y, now f32[2] and before f32[1]": lambda f: f(np.float32(0), jnp.ones(2), "a"),
    "at x, now i32[] and before f32[]": lambda f: f(np.int32(0), jnp.ones(1), "a"),
    "at x, now f32[]{weak_type=True} and before f32[]{weak_type=False}": lambda f: f(
        0.0, jnp.ones(1), "a"
    ),
    "now 'b' and before 'a'": lambda f: f(np.float32(0), jnp.ones(1), "b"),
    "different input pytree": lambda f: f(np.float32(0), (jnp.ones(1),), "a"),
}


@pytest.mark.parametrize("text", CHANGES)
def test_what_differs(caplog: pytest.LogCaptureFixture, text: str) -> None:
    f = covector.jit(lambda x, y, *rest: x, static_argnums=(2,))
    f(np.float32(0), jnp.ones(1), "a")
    f(np.zeros(5, np.int32), jnp.ones(7), "c")  # farther
    (message,) = logged(caplog, lambda: CHANGES[text](f))
    assert text in message
    assert len(message.splitlines()) == 3  # only what differs
    assert logged(caplog, lambda: f(np.float32(0), jnp.ones(1), "a")) == []


def test_options_that_differ(caplog: pytest.LogCaptureFixture) -> None:
    f = covector.jit(lambda x: x)
    f(1.0)
    with covector.numpy_rank_promotion("warn"), covector.default_matmul_precision("high"):
        (text,) = logged(caplog, lambda: f(1.0))
    assert "numpy_rank_promotion, now warn and before allow" in text
    assert "default_matmul_precision, now high and before None" in text


def test_a_function_made_in_a_loop(caplog: pytest.LogCaptureFixture) -> None:
    first, second = logged(caplog, lambda: [covector.jit(lambda x: 2 * x)(3) for _ in range(2)])
    assert "another function" not in first
    assert "another function defined on the same line" in second


def test_functions_of_the_library_are_not_explained(caplog: pytest.LogCaptureFixture) -> None:
    assert logged(caplog, lambda: jnp.sort(jnp.arange(3.0))) == []


def test_builtins() -> None:
    import operator

    with covector.explain_cache_misses(True):
        covector.jit(operator.add)(42, 24)
