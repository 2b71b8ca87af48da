"""custom_jvp, compared with JAX's."""

import functools
import gc
import weakref
from typing import Any

import jax
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector.custom_derivatives import SymbolicZero
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(1.0, 4.0, dtype=np.float32)


def multiply(jax: Any, rule: Any = None, **options: Any) -> Any:
    """x * y, whose derivative is 5 times the tangent of x, if the rule is used."""

    @functools.partial(jax.custom_jvp, **options)
    def f(x: Any, y: Any = 2.0) -> Any:
        return x * y

    f.defjvp(rule or (lambda p, t: (p[0] * p[1], 5 * t[0])))
    return f


def apply(jax: Any) -> Any:
    @functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
    def call(f: Any, x: Any) -> Any:
        return f(x)

    @call.defjvp
    def rule(f: Any, primals: Any, tangents: Any) -> Any:
        return f(primals[0]), 7 * tangents[0]

    return call


def moded(jax: Any) -> Any:
    @functools.partial(jax.custom_jvp, nondiff_argnames=("mode",))
    def call(x: Any, mode: str = "a") -> Any:
        return 2 * x

    call.defjvp(lambda mode, p, t: (2 * p[0], t[0] * {"a": 3, "b": 4}[mode]))
    return call


def in_tree(jax: Any) -> Any:
    @jax.custom_jvp
    def f(t: Any) -> Any:
        return {"out": t["a"] * t["b"], "same": t["a"]}

    @f.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        ((p,), (t,)) = primals, tangents
        return {"out": p["a"] * p["b"], "same": p["a"]}, {"out": 9 * t["b"], "same": t["a"]}

    return f


def by_argument(jax: Any, *rules: Any) -> Any:
    f = jax.custom_jvp(lambda x, y: x * y)
    f.defjvps(*rules)
    return f


def symbolic(jax: Any, which: int) -> Any:
    """With a rule that returns the tangent of one argument, which may be symbolic."""
    f = jax.custom_jvp(lambda x, y: x * y)
    f.defjvp(lambda p, t: (p[0] * p[1], t[which]), symbolic_zeros=True)
    return f


PROGRAMS = {
    "value": lambda jax: multiply(jax)(X),
    "jvp": lambda jax: jax.jvp(multiply(jax), (2.0, 3.0), (1.0, 1.0)),
    "grad": lambda jax: jax.grad(multiply(jax), (0, 1))(2.0, 3.0),
    "default argument": lambda jax: jax.grad(multiply(jax))(2.0),
    "keyword": lambda jax: jax.grad(lambda x: multiply(jax)(x, y=3.0))(2.0),
    "jit": lambda jax: jax.jit(multiply(jax))(X, X),
    "jit of grad": lambda jax: jax.jit(jax.grad(multiply(jax)))(2.0, 3.0),
    "grad of jit": lambda jax: jax.grad(jax.jit(multiply(jax)))(2.0, 3.0),
    "vmap": lambda jax: jax.vmap(multiply(jax))(X, X),
    "vmap of grad": lambda jax: jax.vmap(jax.grad(multiply(jax)))(X, X),
    "grad of vmap": lambda jax: jax.grad(lambda x: jax.vmap(multiply(jax))(x, x).sum())(X),
    "grad of vmap of jit": lambda jax: jax.grad(
        lambda x: jax.vmap(jax.jit(multiply(jax)))(x, x).sum()
    )(X),
    "twice": lambda jax: jax.grad(
        jax.grad(multiply(jax, lambda p, t: (p[0] * p[1], p[0] * p[0] * t[0])))
    )(3.0),
    "nondiff function": lambda jax: jax.grad(lambda x: apply(jax)(lambda y: y * y, x))(1.0),
    "nondiff traced": lambda jax: jax.jit(
        lambda x, y: jax.grad(
            multiply(jax, lambda y, p, t: (p[0], y * t[0]), nondiff_argnums=(1,))
        )(x, y)
    )(1.0, 3.0),
    "nondiff name": lambda jax: [
        jax.grad(lambda x: moded(jax)(x, mode="a"))(1.0),
        jax.grad(lambda x: moded(jax)(x, mode="b"))(1.0),
    ],
    "nondiff name by position": lambda jax: jax.grad(lambda x: moded(jax)(x, "b"))(1.0),
    "tree": lambda jax: jax.jvp(in_tree(jax), ({"a": 2.0, "b": 3.0},), ({"a": 1.0, "b": 1.0},)),
    "tree in jit": lambda jax: jax.jvp(
        jax.jit(in_tree(jax)), ({"a": 2.0, "b": 3.0},), ({"a": 1.0, "b": 1.0},)
    ),
    "integer argument": lambda jax: jax.grad(multiply(jax))(2.0, 3),
    "list from the rule": lambda jax: jax.grad(multiply(jax, lambda p, t: [p[0], t[0]]))(1.0),
    "defjvps": lambda jax: jax.grad(
        by_argument(jax, lambda t, ans, x, y: 3 * t, lambda t, ans, x, y: ans * t), (0, 1)
    )(2.0, 3.0),
    "defjvps with None": lambda jax: jax.grad(
        by_argument(jax, lambda t, ans, x, y: t * y, None), (0, 1)
    )(2.0, 3.0),
    "symbolic zero returned": lambda jax: jax.jvp(
        lambda x: symbolic(jax, 1)(x, 3.0), (1.0,), (1.0,)
    ),
    "symbolic zero of the other": lambda jax: jax.grad(lambda y: symbolic(jax, 1)(y, y) * 1.0)(2.0),
    "closed over": lambda jax: jax.jit(
        lambda a: jax.grad(multiply(jax, lambda p, t: (p[0] * a, t[0] * a)))(1.0)
    )(3.0),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_custom_jvp(name: str) -> None:
    assert_agrees(PROGRAMS[name])


def grad_with(rule: Any) -> Any:
    return lambda jax: jax.grad(multiply(jax, rule))(1.0)


ERRORS: dict[str, tuple[Any, ...]] = {
    "no rule": (lambda jax: jax.custom_jvp(lambda x: x)(1.0), "No JVP defined"),
    "no pair": (grad_with(lambda p, t: p[0]), "must produce a pair", "function f"),
    "three": (grad_with(lambda p, t: (p[0], t[0], 1)), "must produce a pair"),
    "tree of the value": (grad_with(lambda p, t: ((p[0],), t[0])), "equal container"),
    "tree of the tangent": (grad_with(lambda p, t: (p[0], (t[0],))), "equal container"),
    "None as tangent": (grad_with(lambda p, t: (p[0], None)), "equal container"),
    "dtype of the tangent": (
        grad_with(lambda p, t: (p[0] * 1.0, t[0].astype("float16"))),
        "float32[]",
        "float16[]",
    ),
    "shape of the tangent": (
        grad_with(lambda p, t: (p[0] * 1.0, t[0] + np.zeros(2, np.float32))),
        "float32[2]",
    ),
    "tree of the value is not the function's": (
        lambda jax: jax.grad(jax.jit(multiply(jax, lambda p, t: ((p[0], p[0]), (t[0], t[0])))))(
            1.0
        ),
        "(float32[], float32[])",
        "had output container/pytree structure",
    ),
    "shape of the value is not the function's": (
        lambda jax: jax.grad(
            jax.jit(multiply(jax, lambda p, t: (jax.numpy.ones(3), jax.numpy.ones(3))))
        )(1.0),
        "float32[3]",
        "shapes/dtypes of",
    ),
    "unknown keyword": (lambda jax: multiply(jax)(1.0, z=3), "unexpected keyword argument 'z'"),
    "too many arguments": (lambda jax: multiply(jax)(1.0, 1, 2), "too many positional"),
    "too few arguments": (lambda jax: multiply(jax)(), "missing a required argument"),
    "text": (lambda jax: multiply(jax)("a"), "str", "nondiff_argnums"),
    "function": (lambda jax: multiply(jax)(lambda x: x), "function", "nondiff_argnums"),
    "defjvps of too few": (
        lambda jax: jax.grad(by_argument(jax, lambda t, ans, x, y: t))(1.0, 2.0),
        "1",
        "2",
    ),
    "defjvps and nondiff_argnums": (
        lambda jax: jax.custom_jvp(lambda x, y: x, nondiff_argnums=(0,)).defjvps(lambda t: t),
        "nondiff_argnums",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(*ERRORS[name])


def test_symbolic_zeros_are_shown_to_the_rule() -> None:
    shown = []
    f = covector.custom_jvp(lambda x, y: x * y)

    def rule(primals: Any, tangents: Any) -> Any:
        shown.append([isinstance(t, SymbolicZero) for t in tangents])
        return primals[0] * primals[1], tangents[0]

    f.defjvp(rule, symbolic_zeros=True)
    covector.jvp(lambda x: f(x, jnp.ones(2)), (jnp.ones(2),), (jnp.ones(2),))
    assert shown == [[False, True]]
    zero = SymbolicZero.from_primal_value(jnp.ones(2))
    assert (zero.shape, zero.dtype, zero.ndim) == ((2,), np.float32, 1)


def test_symbolic_zeros_are_of_tangent_types() -> None:
    def shown(lib: Any) -> list[Any]:
        found = []
        f, g = lib.custom_jvp(lambda *xs: xs[0]), lib.custom_vjp(lambda *xs: xs)

        def jvp(primals: Any, tangents: Any) -> Any:
            found.extend((t.dtype, t.shape) for t in tangents[1:])
            return primals[0], tangents[0]

        def bwd(_: Any, cotangents: Any) -> Any:
            found.extend((t.dtype, t.shape) for t in cotangents[1:])
            return cotangents

        f.defjvp(jvp, symbolic_zeros=True)
        g.defvjp(lambda *xs: ([x.value for x in xs], None), bwd, symbolic_zeros=True)
        others = (np.arange(3), lib.random.key(0), np.ones(2, np.float32))
        for h in (lambda x: f(x, *others), lambda x: g(x, *others)[0]):
            assert lib.grad(h)(2.0) == 1.0
        zeros = lib.custom_derivatives.zero_from_primal([2.0, {"a": others[0]}])
        return [*found, [(x.dtype, x.shape) for x in lib.tree.leaves(zeros)]]

    assert shown(covector) == shown(jax)


def test_without_symbolic_zeros_they_are_arrays() -> None:
    shown = []
    f = covector.custom_jvp(lambda x, y: x * y)

    def rule(primals: Any, tangents: Any) -> Any:
        shown.append(tangents[1])
        return primals[0] * primals[1], tangents[0]

    f.defjvp(rule)
    covector.jvp(lambda x: f(x, jnp.ones(2)), (jnp.ones(2),), (jnp.ones(2),))
    assert shown[0].tolist() == [0.0, 0.0]


def test_the_rule_runs_once_for_a_program() -> None:
    runs = []
    f = covector.custom_jvp(lambda x: x)

    def rule(primals: Any, tangents: Any) -> Any:
        runs.append(1)
        return primals[0], tangents[0]

    f.defjvp(rule)
    gradient = covector.jit(covector.grad(f))
    for x in (1.0, 2.0, 3.0):
        gradient(x)
    assert len(runs) == 1


def test_arguments_are_not_kept() -> None:
    x = jnp.ones(3)
    alive = weakref.ref(x)
    f = multiply(covector)
    covector.jit(f)(x)
    covector.grad(lambda y: f(y, 2.0).sum())(x)
    del x
    gc.collect()
    assert alive() is None


def test_keeps_the_name() -> None:
    f = multiply(covector)
    assert f.__name__ == "f"
    assert f.defjvp(len) is len
