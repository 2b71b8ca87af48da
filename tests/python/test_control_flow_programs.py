"""Loops and branches as programs: their errors, their jaxprs, and what they cost."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as cnp
from covector import lax
from python.control_oracle import LIBRARIES, XS, H, same_error


@pytest.mark.parametrize(
    "f",
    [
        lambda m: m.lax.scan(lambda c, x: (c, x), 0, None),
        lambda m: m.lax.scan(lambda c, x: (c, x), 0, (XS, XS[:2])),
        lambda m: m.lax.scan(lambda c, x: (c, x), 0, XS, length=3),
        lambda m: m.lax.scan(lambda c, x: (c, x), 0, XS, unroll=-1),
        lambda m: m.lax.scan(3, 0, XS),
        lambda m: m.lax.scan(lambda c, x: c, np.float32(0), XS),
        lambda m: m.lax.scan(lambda c, x: (c[:1], x), H, XS),
        lambda m: m.lax.scan(lambda c, x: ({"a": c["a"] > 0, "b": 1}, x), {"a": H, "b": 1}, XS),
        lambda m: m.lax.scan(lambda c, x: ((c, c), x), H, XS),
        lambda m: m.lax.scan(lambda c, x: ((c[0],), x), (H, H), XS),
        lambda m: m.lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0], c[1] > 0), (0, 1.0)),
        lambda m: m.lax.while_loop(lambda c: (c < 3, c), lambda c: c, 0),
        lambda m: m.lax.while_loop(lambda c: c, lambda c: c, 0.0),
        lambda m: m.lax.while_loop(3, lambda c: c, 0.0),
        lambda m: m.lax.fori_loop(0, 3.0, lambda i, c: c, 0.0),
        lambda m: m.lax.fori_loop(0, 3, lambda i, c: c > 0, 0.0),
        lambda m: m.jit(lambda n: m.lax.fori_loop(0, n, lambda i, c: c > 0, 0.0))(3),
        lambda m: m.jit(lambda n: m.lax.fori_loop(0, n, lambda i, c: c, 0.0, unroll=2))(3),
        lambda m: m.lax.cond(None, lambda: 0, lambda: 1),
        lambda m: m.lax.cond([1], lambda: 0, lambda: 1),
        lambda m: m.lax.cond(True, 1, 2),
        lambda m: m.lax.cond(True, lambda x: x, lambda x: x, 1, operand=2),
        lambda m: m.lax.switch(1.0, [lambda: 0, lambda: 1]),
        lambda m: m.lax.switch(0, []),
        lambda m: m.lax.switch(0, [1]),
    ],
)
def test_errors_are_those_of_jax(f: Callable[[Any], Any]) -> None:
    same_error(f)


def true_fun(x: Any) -> Any:
    return x, x > 0


def false_fun(x: Any) -> Any:
    return x > 0, x


def test_branches_must_agree() -> None:
    text = same_error(lambda m: m.lax.cond(True, true_fun, false_fun, 1.0))
    assert "the output of true_fun at path [0] has type float32[]" in text
    text = same_error(lambda m: m.lax.cond(True, true_fun, lambda x: [x], 1.0), text=False)
    assert "must have the same pytree structure" in text
    text = same_error(lambda m: m.lax.switch(1, [true_fun, false_fun], 1.0))
    assert "branch 0" in text


# Jaxprs and costs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda m: lambda c, xs: m.lax.scan(lambda c, x: (c * x, c + 1), c, xs),
        lambda m: lambda c, xs: m.lax.scan(lambda c, x: ((c[0], c[1] * c[0]), x), (c, c), xs),
        lambda m: lambda c, xs: m.lax.while_loop(lambda x: x < 9, lambda x: x + 1, c),
        lambda m: lambda c, xs: m.lax.fori_loop(0, 3, lambda i, x: x * i, c),
        lambda m: lambda c, xs: m.lax.fori_loop(c.astype(int), 7, lambda i, x: x + i, 1.0),
        lambda m: lambda c, xs: m.lax.cond(c > 0, lambda x: x, lambda x: x + 1, c),
        lambda m: lambda c, xs: m.lax.map(lambda x: x + c, xs),
    ],
)
def test_jaxprs_print_as_in_jax(f: Callable[[Any], Any]) -> None:
    ours, theirs = (str(m.make_jaxpr(f(m))(1.0, np.ones(3, np.float32))) for m in LIBRARIES)
    assert ours == theirs


def test_a_loop_is_compiled_once() -> None:
    def step(c: Any, x: Any) -> Any:
        traced.append(1)
        return c + x, c * x

    traced: list[int] = []
    lax.scan(step, 0.0, XS[:, 0])
    before, count = covector._core.compile_cache_stats(), len(traced)
    for _ in range(3):
        lax.scan(step, 0.0, XS[:, 0])
    after = covector._core.compile_cache_stats()
    assert len(traced) == count
    assert (before["misses"], before["hits"]) == (after["misses"], after["hits"])


def scans_of(jaxpr: Any) -> list[Any]:
    return [e for e in jaxpr.eqns if e.primitive.name == "scan"]


def test_what_does_not_change_is_not_stacked() -> None:
    def f(w: Any, h: Any) -> Any:
        return cnp.sum(lax.scan(lambda h, _: (h * cnp.sin(cnp.exp(w)), None), h, None, length=7)[0])

    for eqn in scans_of(covector.make_jaxpr(covector.grad(f, 1))(1.0, 1.0).jaxpr):
        assert all(v.aval.shape == () for v in eqn.outvars)


def test_what_is_not_used_is_not_computed() -> None:
    def f(x: Any) -> Any:
        def step(c: Any, _: Any) -> Any:
            a, b = c
            return (cnp.sin(a), cnp.cos(b) + a), (a, b)

        return lax.scan(step, (x, x), None, length=5)[0][0]

    text = covector.jit(f).lower(1.0).as_text()
    assert "sine" in text
    assert "cosine" not in text


def test_a_long_loop_and_a_long_body() -> None:
    def many_steps(x: Any) -> Any:
        return lax.scan(lambda c, _: (c * 0.9999 + 1e-4, None), x, None, length=100_000)[0]

    assert abs(float(covector.grad(many_steps)(2.0)) - 0.9999**100_000) < 1e-6

    def long_body(x: Any) -> Any:
        def step(c: Any, _: Any) -> Any:
            for _ in range(2_000):
                c = c + 1e-3
            return c, None

        return lax.scan(step, x, None, length=3)[0]

    jaxpr = covector.make_jaxpr(covector.grad(long_body))(1.0).jaxpr
    assert len(jaxpr.eqns) < 10
