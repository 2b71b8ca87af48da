"""custom_vmap, custom_gradient, closure_convert and linear_call, compared with JAX's."""

import importlib
from functools import partial
from typing import Any

import jax
import numpy as np
import pytest

import covector
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(1.0, 4.0, dtype=np.float32)
M = np.arange(6.0, dtype=np.float32).reshape(2, 3)


def part(jax: Any, module: str) -> Any:
    return importlib.import_module(f"{jax.__name__}.{module}")


# custom_vmap ------------------------------------------------------------------------------------


def mapped(jax: Any, rule: Any = None) -> Any:
    """x * y, which becomes sin(x) * y + 10 where it is mapped."""
    f = part(jax, "custom_batching").custom_vmap(lambda x, y: jax.numpy.sin(x) * y)

    @f.def_vmap
    def default(size: int, in_batched: Any, x: Any, y: Any) -> Any:
        assert isinstance(size, int)
        assert isinstance(in_batched, list)
        return jax.numpy.sin(x) * y + 10 * jax.numpy.cos(x), any(in_batched)

    if rule is not None:
        f.def_vmap(rule)
    return f


def of_tree(jax: Any) -> Any:
    f = part(jax, "custom_batching").custom_vmap(lambda t: {"s": t["a"] + 1, "c": 3.0})

    @f.def_vmap
    def rule(size: int, in_batched: Any, t: Any) -> Any:
        (which,) = in_batched
        return {"s": t["a"] * 2, "c": 5.0}, {"s": which["a"], "c": False}

    return f


VMAP = {
    "value": lambda jax: mapped(jax)(2.0, 3.0),
    "vmap": lambda jax: jax.vmap(mapped(jax))(X, X),
    "one mapped": lambda jax: jax.vmap(mapped(jax), (0, None))(X, 2.0),
    "last axis": lambda jax: jax.vmap(mapped(jax), (1, None), 1)(M, 2.0),
    "jit": lambda jax: jax.jit(mapped(jax))(2.0, 3.0),
    "vmap of jit": lambda jax: jax.vmap(jax.jit(mapped(jax)))(X, X),
    "jit of vmap": lambda jax: jax.jit(jax.vmap(mapped(jax)))(X, X),
    "jvp": lambda jax: jax.jvp(mapped(jax), (2.0, 3.0), (1.0, 1.0)),
    "jvp of vmap": lambda jax: jax.jvp(jax.vmap(mapped(jax)), (X, X), (X, X)),
    "vmap of jvp": lambda jax: jax.vmap(lambda x: jax.jvp(mapped(jax), (x, x), (x, x)))(X),
    "vmap of jvp, tangent alone": lambda jax: jax.vmap(
        lambda t: jax.jvp(mapped(jax), (2.0, 3.0), (t, t))[1]
    )(X),
    "tree": lambda jax: jax.vmap(of_tree(jax))({"a": X, "b": X}),
    "closes over": lambda jax: closing(jax)(2.0),
    "inside of custom_vjp": lambda jax: jax.vmap(jax.grad(with_both(jax)))(X),
    "keyword": lambda jax: jax.vmap(lambda x: mapped(jax)(x, y=3.0))(X),
    "result that is not mapped": lambda jax: jax.vmap(
        mapped(jax, lambda size, which, x, y: (jax.numpy.float32(7.0), False))
    )(X, X),
}


def closing(jax: Any) -> Any:
    def outer(a: Any) -> Any:
        f = part(jax, "custom_batching").custom_vmap(lambda x: x * a)
        f.def_vmap(lambda size, which, x: (x * 2, True))
        return jax.vmap(f)(X)

    return jax.jit(outer)


def with_both(jax: Any) -> Any:
    inner = part(jax, "custom_batching").custom_vmap(lambda x: x * x)
    inner.def_vmap(lambda size, which, x: (x * 3, True))
    f = jax.custom_vjp(lambda x: inner(x))
    f.defvjp(lambda x: (inner(x), inner(x)), lambda r, g: (g * r,))
    return f


@pytest.mark.parametrize("name", VMAP)
def test_custom_vmap(name: str) -> None:
    assert_agrees(VMAP[name])


def test_reverse_mode_is_an_error() -> None:
    text = "Linearization failed to produce known values for all output primals"
    programs: tuple[Any, ...] = (
        lambda jax: jax.grad(mapped(jax))(2.0, 3.0),
        lambda jax: jax.jit(jax.grad(mapped(jax)))(2.0, 3.0),
        lambda jax: jax.vmap(jax.grad(mapped(jax)), (0, None))(X, 3.0),
        lambda jax: jax.linearize(mapped(jax), 2.0, 3.0),
    )
    for program in programs:
        assert_fails_alike(program, text)
    assert_agrees(
        lambda jax: jax.grad(lambda x: jax.numpy.sum(jax.vmap(mapped(jax), (0, None))(x, 3.0)))(X)
    )


VMAP_ERRORS: dict[str, tuple[Any, ...]] = {
    "no rule": (
        lambda jax: part(jax, "custom_batching").custom_vmap(lambda x: x)(1.0),
        "No batching rule defined",
    ),
    "keyword": (lambda jax: mapped(jax)(1.0, z=2.0), "custom_vmap-decorated function"),
    "tree of the mask": (
        lambda jax: jax.vmap(mapped(jax, lambda size, which, x, y: (x, (True,))))(X, X),
        "do not match",
    ),
    "tree of the value": (
        lambda jax: jax.vmap(mapped(jax, lambda size, which, x, y: ((x,), (True,))))(X, X),
        "does not match that of original",
    ),
}


@pytest.mark.parametrize("name", VMAP_ERRORS)
def test_custom_vmap_errors(name: str) -> None:
    assert_fails_alike(*VMAP_ERRORS[name])


# custom_gradient, closure_convert, linear_call ---------------------------------------------------


def squared(jax: Any) -> Any:
    return jax.custom_gradient(lambda x: (x**2, lambda g: (g * x,)))


def product(jax: Any) -> Any:
    return jax.custom_gradient(lambda x, y: (x * y, lambda g: (g * y * 3, g * x * 5)))


def minimum(jax: Any, f: Any, x: Any) -> Any:
    """A function with a rule, of a function that closes over what is differentiated."""
    converted, closed_over = jax.closure_convert(f, x)
    return ruled(jax)(converted, x, *closed_over)


def ruled(jax: Any) -> Any:
    @partial(jax.custom_vjp, nondiff_argnums=(0,))
    def run(f: Any, x: Any, *rest: Any) -> Any:
        return f(x, *rest)

    def fwd(f: Any, x: Any, *rest: Any) -> Any:
        return f(x, *rest), (x, rest)

    def bwd(f: Any, r: Any, g: Any) -> Any:
        return (g, *(7 * g * a for a in r[1]))

    run.defvjp(fwd, bwd)
    return run


def divide(jax: Any, x: Any, r: Any, factor: float = 1.0) -> Any:
    linear_call = part(jax, "custom_derivatives").linear_call
    return linear_call(lambda r, x: x / r, lambda r, ct: factor * ct / r, r, x)


def transposed(jax: Any, times: int) -> Any:
    linear_call = part(jax, "custom_derivatives").linear_call
    f: Any = lambda x: linear_call(lambda _, x: x, lambda _, ct: ct * 7.0, (), x)
    for _ in range(times):
        f = (lambda g: lambda x: jax.linear_transpose(g, 1.0)(x)[0])(f)
    return f(1.0)


OTHERS = {
    "custom_gradient": lambda jax: [squared(jax)(3.0), jax.grad(squared(jax))(3.0)],
    "custom_gradient of two": lambda jax: jax.grad(product(jax), (0, 1))(3.0, 4.0),
    "custom_gradient in jit and vmap": lambda jax: jax.jit(jax.vmap(jax.grad(squared(jax))))(X),
    "custom_gradient twice": lambda jax: jax.grad(jax.grad(squared(jax)))(3.0),
    "custom_gradient of a tree": lambda jax: jax.grad(
        jax.custom_gradient(lambda t: (t["a"] * t["b"], lambda g: ({"a": g * 2, "b": g * t["a"]},)))
    )({"a": 2.0, "b": 3.0}),
    "custom_gradient with a default": lambda jax: jax.grad(
        lambda x: jax.custom_gradient(lambda x, n=2.0: (x * n, lambda g: (g * 9,)))(x)
    )(3.0),
    "closure_convert": lambda jax: jax.grad(lambda a: minimum(jax, lambda x: a * x, 2.0))(3.0),
    "closure_convert in jit": lambda jax: jax.jit(
        jax.grad(lambda a: minimum(jax, lambda x: jax.numpy.sin(a) * x * X.sum(), 2.0))
    )(3.0),
    "closure_convert of constants": lambda jax: jax.closure_convert(
        lambda x: x * jax.numpy.asarray(X), 2.0
    )[1],
    "closure_convert of integers": lambda jax: jax.jit(
        lambda i: len(jax.closure_convert(lambda x: x * i, 2.0)[1])
    )(3),
    "linear_call": lambda jax: divide(jax, 3.0, 4.0),
    "linear_call, grad": lambda jax: jax.grad(lambda x: divide(jax, x, 4.0, 5.0))(3.0),
    "linear_call, jvp": lambda jax: jax.jvp(lambda x: divide(jax, x, 4.0), (3.0,), (2.0,)),
    "linear_call, jit": lambda jax: jax.jit(jax.grad(lambda x: divide(jax, x, 4.0, 5.0)))(3.0),
    "linear_call, grad of jit": lambda jax: jax.grad(jax.jit(lambda x: divide(jax, x, 4.0, 5.0)))(
        3.0
    ),
    "linear_call, closes over": lambda jax: jax.jit(
        lambda a: jax.grad(
            lambda x: part(jax, "custom_derivatives").linear_call(
                lambda r, x: x * a, lambda r, ct: ct * a * 3.0, (), x
            )
        )(2.0)
    )(5.0),
    "transposed": lambda jax: [transposed(jax, n) for n in range(4)],
}


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str) -> None:
    assert_agrees(OTHERS[name])


def test_linear_call_is_batched() -> None:
    import covector

    f = covector.vmap(covector.grad(lambda x, r: divide(covector, x, r, 5.0)))
    np.testing.assert_allclose(f(X, X), 5 / X, rtol=1e-6)
    g = covector.grad(
        lambda x: covector.vmap(lambda r: divide(covector, x, r, 5.0))(
            covector.numpy.array(X)
        ).sum()
    )
    np.testing.assert_allclose(g(1.0), (5 / X).sum(), rtol=1e-6)


OTHER_ERRORS: dict[str, tuple[Any, ...]] = {
    "closure_convert called with another tree": (
        lambda jax: jax.closure_convert(lambda x: x, 2.0)[0]((1.0, 2.0)),
        "same Pytree structure",
    ),
    "linear_call whose transpose has another tree": (
        lambda jax: jax.grad(
            lambda x: part(jax, "custom_derivatives").linear_call(
                lambda r, x: x, lambda r, ct: (ct, ct), (), x
            )
        )(1.0),
        "transpose output pytree structure",
    ),
}


@pytest.mark.parametrize("name", OTHER_ERRORS)
def test_other_errors(name: str) -> None:
    assert_fails_alike(*OTHER_ERRORS[name])


def looping(jax: Any) -> Any:
    return part(jax, "custom_batching").sequential_vmap(lambda x, t: {"s": x + t["a"], "x": x})


SEQUENTIAL = {
    "value": lambda jax: looping(jax)(1.0, {"a": 2.0}),
    "all": lambda jax: jax.vmap(looping(jax))(X, {"a": X}),
    "one": lambda jax: jax.vmap(looping(jax), (0, None))(X, {"a": 2.0}),
    "twice": lambda jax: jax.vmap(jax.vmap(looping(jax), (None, 0)), (0, None))(X, {"a": X}),
    "jit": lambda jax: jax.jit(jax.vmap(looping(jax), (None, 0)))(1.0, {"a": X}),
}


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_sequential_vmap(name: str) -> None:
    assert_agrees(SEQUENTIAL[name])


def test_it_is_a_loop() -> None:
    import covector

    text = str(covector.make_jaxpr(covector.vmap(looping(covector)))(X, {"a": X}))
    assert "scan" in text


# Numbers ----------------------------------------------------------------------------------------


def described(x: Any) -> str:
    """What a rule can tell of a value: Python's numbers are numbers."""
    for kind in (bool, int, float, complex):
        if isinstance(x, kind):
            return f"{kind.__name__} {kind(x)} {getattr(x, 'dtype', '')}"
    return "array"


def noting_vjp(jax: Any, note: Any) -> Any:
    @jax.custom_vjp
    def f(x: Any, n: Any) -> Any:
        return x * n

    def forward(x: Any, n: Any) -> Any:
        note("forward", n)
        return x * n, (True, 3, 2.5, 1j, n, np.float32(2), np.arange(2))

    def backward(residuals: Any, g: Any) -> Any:
        note("backward", *residuals)
        return g * 2.0 if residuals[0] is True else 1 / 0, None

    f.defvjp(forward, backward)
    return f


def noting_jvp(jax: Any, note: Any) -> Any:
    @jax.custom_jvp
    def f(x: Any, n: Any) -> Any:
        return x * n

    @f.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        note("jvp", primals[1])
        return primals[0] * primals[1], tangents[0] * 2.0

    return f


@pytest.mark.parametrize("make", [noting_vjp, noting_jvp])
def test_numbers_stay_numbers_in_rules(make: Any) -> None:
    def seen(jax: Any) -> list[Any]:
        log: list[Any] = []
        f = make(jax, lambda name, *xs: log.append((name, *map(described, xs))))
        loss = lambda x: f(x, 3)
        jax.grad(loss)(X[0])
        jax.jit(jax.grad(loss))(X[0])
        jax.vmap(jax.grad(loss))(X)
        if make is noting_jvp:
            jax.jvp(lambda x: f(x, 2.5), (X[0],), (X[0],))
        assert f(2.0, 3) == 6.0
        return log

    ours, theirs = seen(covector), seen(jax)
    assert ours == theirs
    assert "int 3 int32" in ours[0]
