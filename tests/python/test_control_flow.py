"""Loops and branches, against JAX: values, derivatives, jaxprs, errors, and what they cost."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as cnp
from covector import lax

LIBRARIES = (covector, jax)


def both(f: Callable[[Any], Any]) -> tuple[Any, Any]:
    """What a function of the library gives with Covector and with JAX, as NumPy arrays."""
    ours, theirs = f(covector), f(jax)
    as_numpy = [
        [np.asarray(x) for x in library.tree_util.tree_leaves(result)]
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
    return caught.type, str(caught.value)


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


def rnn(library: Any, **options: Any) -> Callable[..., Any]:
    lax, np_ = library.lax, library.numpy

    def f(w: Any, h: Any, xs: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = np_.tanh(w * h + x)
            return h, {"y": h * np_.sin(w)}

        h, ys = lax.scan(step, h, xs, **options)
        return np_.sum(h) + np_.sum(ys["y"] ** 2)

    return f


# scan ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{}, {"reverse": True}, {"unroll": 2}, {"unroll": 3, "reverse": True}, {"unroll": True}],
    ids=str,
)
def test_scan_and_its_derivatives(options: dict[str, Any]) -> None:
    def f(library: Any) -> Any:
        g = rnn(library, **options)
        return library.jit(
            lambda *a: (
                g(*a),
                library.grad(g, (0, 1, 2))(*a),
                library.jvp(g, a, a),
                library.jacfwd(library.grad(g))(*a),
                library.vmap(g, (None, 0, None))(a[0], a[2], a[2]),
                library.vmap(library.grad(g, 2), (None, None, 1))(a[0][0], a[1][0], a[2]),
            )
        )(W, H, XS)

    agree(f)


def test_eager_scan_is_the_jitted_one() -> None:
    g = rnn(covector)
    eager, jitted = g(W, H, XS), covector.jit(g)(W, H, XS)
    np.testing.assert_allclose(eager, jitted, rtol=1e-6)
    grads = covector.grad(g, (0, 1, 2))(W, H, XS)
    for x, y in zip(grads, covector.jit(covector.grad(g, (0, 1, 2)))(W, H, XS)):
        np.testing.assert_allclose(x, y, rtol=1e-5)


def test_scan_trees_none_and_length() -> None:
    def f(library: Any) -> Any:
        lax = library.lax
        return (
            lax.scan(lambda c, _: ((c[1], c[0] + c[1]), None), (0, 1), None, length=5),
            lax.scan(lambda c, x: (c + 1, {"a": x["a"] * c, "b": None}), 1.0, {"a": XS}),
            lax.scan(lambda c, x: (c, x), 0.0, XS[:0]),
            lax.scan(lambda c, x: (c, ()), (), XS),
            lax.map(lambda x: (x[0], x[1] * 2), (XS, XS)),
            lax.map(lambda x: x * 2, XS, batch_size=3),
            lax.map(lambda x: x * 2, XS, batch_size=9),
        )

    agree(f)


def test_weak_types_of_a_carry_are_promoted() -> None:
    ours = lax.scan(lambda c, x: (c + x, c), 0, cnp.ones(3))
    theirs = jax.lax.scan(lambda c, x: (c + x, c), 0, jax.numpy.ones(3))
    for x, y in zip(ours, theirs):
        assert (x.dtype, x.weak_type) == (y.dtype, y.weak_type)


@pytest.mark.parametrize(
    "f",
    [
        lambda m: m.lax.scan(lambda c, x: (c, x), 0, None),
        lambda m: m.lax.scan(lambda c, x: (c, x), 0, (XS, XS[:2])),
        lambda m: m.lax.scan(lambda c, x: (c, x), 0, XS, length=3),
        lambda m: m.lax.scan(lambda c, x: (c, x), 0, XS, unroll=-1),
        lambda m: m.lax.scan(3, 0, XS),
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


# while --------------------------------------------------------------------------------------


def test_while_loops_forward_and_batched() -> None:
    def f(library: Any) -> Any:
        lax, np_ = library.lax, library.numpy

        def power(x: Any, limit: Any) -> Any:
            return lax.while_loop(lambda y: np_.sum(y) < limit, lambda y: y * x + 1.0, x)

        x, limits = W + 1, np.array([3.0, 30.0, 300.0], np.float32)
        return library.jit(
            lambda x, limits: (
                power(x, limits[0]),
                library.jvp(lambda x: power(x, limits[1]), (x,), (x,)),
                library.vmap(power, (None, 0))(x, limits),
                library.vmap(lambda x: power(x, limits[2]))(x),
                library.vmap(library.vmap(power, (None, 0)), (0, None))(x, limits),
                library.jacfwd(lambda x: library.vmap(power, (None, 0))(x, limits))(x),
                library.linearize(lambda x: power(x, limits[1]), x)[1](x),
                library.jvp(library.jacfwd(lambda x: power(x, limits[1])), (x,), (x,)),
            )
        )(x, limits)

    agree(f)


def test_while_loops_have_no_reverse_mode() -> None:
    def f(library: Any) -> Any:
        loop = library.lax.while_loop
        return library.grad(lambda x: loop(lambda y: y < 9, lambda y: y * x, x))(2.0)

    text = same_error(f, text=False)
    assert text.startswith(error_of(jax, f)[1][:-1])


def test_fori_loops_of_both_kinds() -> None:
    def f(library: Any) -> Any:
        loop = library.lax.fori_loop

        def known(x: Any) -> Any:
            return loop(1, 4, lambda i, y: y * x + i, x)

        def unknown(n: Any, x: Any) -> Any:
            return loop(1, n, lambda i, y: y * x + i, x)

        return (
            known(2.0),
            library.grad(known)(2.0),
            library.grad(library.grad(known))(2.0),
            library.jit(unknown)(4, 2.0),
            library.vmap(unknown, (0, None))(np.arange(4), 2.0),
            library.jvp(lambda x: library.jit(unknown)(4, x), (2.0,), (1.0,)),
            loop(3, 0, lambda i, y: y + 1, 0),
            loop(0, 4, lambda i, y: y + i, 0, unroll=2),
        )

    agree(f)


# cond ---------------------------------------------------------------------------------------


def test_branches_and_their_derivatives() -> None:
    def f(library: Any) -> Any:
        lax, np_ = library.lax, library.numpy

        def choose(i: Any, x: Any) -> Any:
            w = np_.sin(x)
            y = lax.switch(
                i, [lambda x: (x * x, 1.0), lambda x: (w * x, 2.0), lambda x: (np_.exp(x), 3.0)], x
            )
            return lax.cond(i > 1, lambda x, y: x[0] * y, lambda x, y: y + x[1], y, x)

        which = np.array([0, 1, 2, 7, -1], np.int32)
        return library.jit(
            lambda which, x: (
                library.vmap(choose, (0, None))(which, x),
                library.vmap(choose, (None, 0))(which[1], XS[0]),
                library.vmap(library.grad(choose, 1), (0, None))(which, x),
                [library.grad(library.grad(choose, 1), 1)(i, x) for i in which],
                [library.grad(choose, 1)(i, x) for i in which],
                [library.jvp(lambda x, i=i: choose(i, x), (x,), (1.0,)) for i in which],
                library.linearize(lambda x: choose(which[0], x), x)[1](1.0),
            )
        )(which, np.float32(0.7))

    agree(f)


def test_calling_conventions_of_branches() -> None:
    def f(library: Any) -> Any:
        cond, switch = library.lax.cond, library.lax.switch
        return (
            cond(True, lambda: 1, lambda: 2),
            cond(0.0, lambda x: x, lambda x: x + 1, 3),
            cond(1, lambda x: x, lambda x: None if x is None else x + 1, operand=3.0),
            cond(True, lambda x, y: x, lambda x, y: y, 1.0, 2.0),
            cond(False, 1.0, lambda x: x, 2.0, lambda y: y + 1),
            switch(5, [lambda x: x, lambda x: x + 1], 1),
            switch(0, [lambda x: x * 3], operand=1),
            cond(np.True_, lambda x: {"a": x}, lambda x: {"a": x + 1}, np.int8(3)),
        )

    agree(f)


# Others -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("reverse", [False, True])
def test_associative_scan(size: int, reverse: bool) -> None:
    def f(library: Any) -> Any:
        np_ = library.numpy
        xs = np.linspace(-1, 1, 2 * size, dtype=np.float32).reshape(2, size)

        def compose(f: Any, g: Any) -> Any:
            return f[0] * g[0], f[1] * g[0] + g[1]

        return library.lax.associative_scan(
            compose, (xs, xs + 1), reverse=reverse, axis=1
        ), library.lax.associative_scan(np_.logical_or, xs > 0, reverse=reverse, axis=1)

    agree(f)


def test_custom_root_and_linear_solve() -> None:
    def f(library: Any) -> Any:
        lax, np_ = library.lax, library.numpy

        def cube_root(a: Any) -> Any:
            def newton(f: Any, x: Any) -> Any:
                return lax.while_loop(
                    lambda x: np_.abs(f(x)) > 1e-6, lambda x: x - f(x) / library.grad(f)(x), x
                )

            return lax.custom_root(lambda x: x**3 - a, 1.0, newton, lambda g, y: y / g(1.0))

        def solve(a: Any, b: Any) -> Any:
            return lax.custom_linear_solve(
                lambda x: np_.dot(a, x),
                b,
                lambda f, b: np_.dot(inverse, b),
                lambda f, b: np_.dot(inverse.T, b),
            )

        a = np.array([[2.0, 1.0], [0.5, 3.0]], np.float32)
        inverse = np_.asarray(np.linalg.inv(a))
        b = np.array([1.0, 2.0], np.float32)
        return (
            cube_root(8.0),
            library.grad(cube_root)(8.0),
            library.jit(library.grad(cube_root))(27.0),
            library.vmap(library.grad(cube_root))(np.array([8.0, 27.0], np.float32)),
            library.jvp(solve, (a, b), (a, b)),
            library.jacrev(solve, (0, 1))(a, b),
            library.vmap(lambda b: solve(a, b))(np.stack([b, b + 1])),
        )

    agree(f, rtol=1e-4)


def test_loops_without_jit_are_pythons() -> None:
    seen = []

    def step(c: Any, x: Any) -> Any:
        seen.append(float(x[0]))
        return c + x, c

    with covector.disable_jit():
        last, ys = lax.scan(step, cnp.zeros(3), XS, reverse=True)
        assert lax.while_loop(lambda x: x < 5, lambda x: x + 2, 0) == 6
        assert lax.cond(True, lambda: seen.append(1.0) or 3, lambda: seen.append(2.0) or 4) == 3
        assert lax.fori_loop(0, 3, lambda i, x: x + i, 0) == 3
    assert seen == [*map(float, XS[::-1, 0]), 1.0]
    expected = lax.scan(lambda c, x: (c + x, c), cnp.zeros(3), XS, reverse=True)
    np.testing.assert_allclose(last, expected[0], rtol=1e-6)
    np.testing.assert_allclose(ys, expected[1], rtol=1e-6)


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

    for eqn in scans_of(covector.make_jaxpr(covector.grad(f))(1.0, 1.0).jaxpr):
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
