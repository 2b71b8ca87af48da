"""Loops and branches, against JAX: values and derivatives."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as cnp
from covector import lax
from python.control_oracle import XS, H, W, agree, error_of, same_error


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


# while --------------------------------------------------------------------------------------


def test_while_loops_forward_and_batched() -> None:
    def f(library: Any) -> Any:
        lax, np_ = library.lax, library.numpy

        def power(x: Any, limit: Any) -> Any:
            return lax.while_loop(lambda y: np_.sum(y) < limit, lambda y: y * x + 1.0, x)

        x, limits = np.abs(W) + 1, np.array([3.0, 30.0, 300.0], np.float32)
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


def collatz_like(library: Any, steps: int, **options: Any) -> Callable[..., Any]:
    """A loop whose number of steps depends on its operands, which are not all linear."""
    lax, np_ = library.lax, library.numpy

    def f(w: Any, x: Any) -> Any:
        def step(state: Any) -> Any:
            i, x, y = state
            return i + 1, np_.sin(w * x) + x, y * np_.cos(x) + i

        def goes_on(state: Any) -> Any:
            return (state[0] < steps) & (np_.sum(state[1]) < 20)

        if library is covector and "max_steps" in options:
            return np_.sum(lax.while_loop(goes_on, step, (0, x, x), **options)[2])
        # The same with a known number of steps, each of which may do nothing.
        last = lax.fori_loop(
            0, steps, lambda _, s: lax.cond(goes_on(s), step, lambda s: s, s), (0, x, x)
        )
        return np_.sum(last[2])

    return f


@pytest.mark.parametrize("max_steps", [11, 40])
def test_a_limit_of_steps_gives_a_reverse_mode(max_steps: int) -> None:
    f, g = collatz_like(covector, 11, max_steps=max_steps), collatz_like(jax, 11)

    def both_modes(library: Any, f: Callable[..., Any]) -> Any:
        return library.jit(
            lambda w, x: (
                library.value_and_grad(f, (0, 1))(w, x),
                library.vmap(library.grad(f), (0, None))(np.stack([W, W / 2, -W]), x),
                library.hessian(f)(w, x),
            )
        )(W, H)

    ours, theirs = both_modes(covector, f), both_modes(jax, g)
    for x, y in zip(*map(jax.tree_util.tree_leaves, (ours, theirs))):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-5)


def test_a_limit_stops_the_loop_and_bounds_the_memory() -> None:
    loop = covector.lax.while_loop
    assert loop(lambda i: i < 100, lambda i: i + 1, 0, max_steps=7) == 7
    assert loop(lambda i: i < 3, lambda i: i + 1, 0, max_steps=0) == 0
    with pytest.raises(ValueError, match="max_steps must not be negative"):
        loop(lambda i: i < 3, lambda i: i + 1, 0, max_steps=-1)

    def f(x: Any) -> Any:
        return cnp.sum(loop(lambda x: x[0] < 2, lambda x: x + cnp.sin(x), x, max_steps=10_000))

    compiled = covector.jit(covector.grad(f)).lower(cnp.ones(100)).compile()
    kept = compiled.memory_analysis().temp_size_in_bytes / 400  # in carries
    assert kept < 4 * 2 * 100


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


def test_branches_for_platforms() -> None:
    def f(library: Any) -> Any:
        def g(x: Any) -> Any:
            return library.lax.platform_dependent(x, tpu=lambda x: x, default=lambda x: x * x)

        return g(3.0), library.grad(g)(3.0), library.jit(library.vmap(g))(W)

    agree(f)
    with pytest.raises(NotImplementedError, match="no branch for platform 'cpu'"):
        lax.platform_dependent(1.0, tpu=lambda x: x)


def test_cotangents_of_integers_are_zeros() -> None:
    def f(library: Any) -> Any:
        out, pullback = library.vjp(lambda x: (x * 2, 3), 1.0)
        return pullback(out)

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
        mapped = covector.vmap(lambda n: lax.while_loop(lambda x: x < n, lambda x: x + 2, 0))
        assert mapped(cnp.arange(4)).tolist() == [0, 2, 2, 4]
    assert seen == [*map(float, XS[::-1, 0]), 1.0]
    expected = lax.scan(lambda c, x: (c + x, c), cnp.zeros(3), XS, reverse=True)
    np.testing.assert_allclose(last, expected[0], rtol=1e-6)
    np.testing.assert_allclose(ys, expected[1], rtol=1e-6)
