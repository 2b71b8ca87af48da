"""custom_vjp, compared with JAX's."""

import functools
import gc
import importlib
import weakref
from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector.custom_derivatives import CustomVJPPrimal, SymbolicZero
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(1.0, 4.0, dtype=np.float32)


def multiply(jax: Any, bwd: Any = None, fwd: Any = None, **options: Any) -> Any:
    """x * y, whose cotangents are 5 and 7 times what they should be, if the rule is used."""

    @functools.partial(jax.custom_vjp, **options)
    def f(x: Any, y: Any = 2.0) -> Any:
        return x * y

    f.defvjp(
        fwd or (lambda x, y: (x * y, (x, y))),
        bwd or (lambda r, g: (5 * r[1] * g, 7 * r[0] * g)),
    )
    return f


def apply(jax: Any) -> Any:
    @functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
    def call(f: Any, x: Any) -> Any:
        return f(x)

    call.defvjp(lambda f, x: (f(x), x), lambda f, x, g: (7 * f(x) * g,))
    return call


def moded(jax: Any) -> Any:
    @functools.partial(jax.custom_vjp, nondiff_argnames=("mode",))
    def call(x: Any, mode: str = "a") -> Any:
        return 2 * x

    call.defvjp(lambda x, mode: (2 * x, None), lambda mode, _, g: (g * {"a": 3, "b": 4}[mode],))
    return call


def in_tree(jax: Any, bwd: Any = None) -> Any:
    @jax.custom_vjp
    def f(t: Any, c: Any) -> Any:
        return {"out": t["a"] * t["b"] * c, "same": t["a"]}

    def rule(r: Any, g: Any) -> Any:
        return {"a": g["out"] * r["b"], "b": 9 * g["same"]}, None

    f.defvjp(lambda t, c: (f(t, c), t), bwd or rule)
    return f


def symbolic(jax: Any) -> Any:
    """Says in its cotangent what it was told."""
    module = importlib.import_module(f"{jax.__name__}.custom_derivatives")
    f = jax.custom_vjp(lambda x, y: (x * y, x + y))

    def fwd(x: Any, y: Any) -> Any:
        factor = 2.0 if y.perturbed else 3.0
        return (x.value * y.value, x.value + y.value), (x.value, factor)

    def bwd(r: Any, g: Any) -> Any:
        zero = isinstance(g[1], module.SymbolicZero)
        return r[1] * g[0], g[0] * (10.0 if zero else 20.0)

    f.defvjp(fwd, bwd, symbolic_zeros=True)
    return f


def tree_call(jax: Any, f: Any) -> Any:
    t = {"a": 2.0, "b": 3.0}
    return jax.vjp(f, t, 1.0)[1]({"out": 1.0, "same": 1.0})


PROGRAMS = {
    "value": lambda jax: multiply(jax)(X),
    "grad": lambda jax: jax.grad(multiply(jax), (0, 1))(2.0, 3.0),
    "default argument": lambda jax: jax.grad(multiply(jax))(2.0),
    "keyword": lambda jax: jax.grad(lambda x: multiply(jax)(x, y=3.0))(2.0),
    "jit": lambda jax: jax.jit(multiply(jax))(X, X),
    "jit of grad": lambda jax: jax.jit(jax.grad(multiply(jax)))(2.0, 3.0),
    "grad of jit": lambda jax: jax.grad(jax.jit(multiply(jax)), (0, 1))(2.0, 3.0),
    "vmap": lambda jax: jax.vmap(multiply(jax))(X, X),
    "vmap of grad": lambda jax: jax.vmap(jax.grad(multiply(jax)))(X, X),
    "vmap of grad of jit": lambda jax: jax.vmap(jax.grad(jax.jit(multiply(jax))))(X, X),
    "grad of vmap": lambda jax: jax.grad(lambda x: jax.vmap(multiply(jax))(x, x).sum())(X),
    "grad of vmap, one shared": lambda jax: jax.grad(
        lambda x, y: jax.vmap(multiply(jax), (None, 0))(x, y).sum(), (0, 1)
    )(2.0, X),
    "grad of jit of vmap, last axis": lambda jax: jax.grad(
        lambda x: jax.jit(jax.vmap(multiply(jax), (1, None), 1))(x, X).sum()
    )(np.ones((3, 2), np.float32)),
    "grad of vmap of vmap": lambda jax: jax.grad(
        lambda x: jax.vmap(jax.vmap(multiply(jax), (0, None)), (None, 0))(x, X).sum()
    )(X),
    "twice": lambda jax: jax.grad(jax.grad(multiply(jax)))(3.0, 4.0),
    "twice in jit": lambda jax: jax.jit(jax.grad(jax.grad(jax.jit(multiply(jax)), 1)))(3.0, 4.0),
    "hessian by reverse mode": lambda jax: jax.jacrev(jax.jacrev(multiply(jax)), 1)(3.0, 4.0),
    "nondiff function": lambda jax: jax.grad(lambda x: apply(jax)(lambda y: y * y, x))(3.0),
    "nondiff function in jit": lambda jax: jax.jit(
        jax.grad(lambda x: apply(jax)(lambda y: y * y, x))
    )(3.0),
    "nondiff name": lambda jax: [
        jax.grad(lambda x: moded(jax)(x, mode="a"))(1.0),
        jax.grad(lambda x: moded(jax)(x, "b"))(1.0),
    ],
    "tree": lambda jax: tree_call(jax, in_tree(jax)),
    "tree in jit": lambda jax: tree_call(jax, jax.jit(in_tree(jax))),
    "None for a tree": lambda jax: tree_call(jax, in_tree(jax, lambda r, g: (None, g["out"]))),
    "None inside of a tree": lambda jax: tree_call(
        jax, in_tree(jax, lambda r, g: ({"a": None, "b": g["out"]}, None))
    ),
    "list from the rule": lambda jax: jax.grad(multiply(jax, lambda r, g: [g, g]))(2.0, 3.0),
    "integer argument": lambda jax: jax.grad(
        multiply(jax, lambda r, g: (g * 3, np.zeros((), jax.dtypes.float0)))
    )(2.0, 3),
    "integer result": lambda jax: jax.grad(lambda x: integer_result(jax)(x)[0])(2.0),
    "gradient of integer": lambda jax: jax.grad(multiply(jax), allow_int=True)(2, 3.0),
    "cotangent of other precision": lambda jax: jax.grad(
        multiply(jax, lambda r, g: (np.float16(2.0), None))
    )(2.0, 3.0),
    "symbolic zeros": lambda jax: [
        jax.grad(lambda x, y: symbolic(jax)(x, y)[0])(2.0, 3.0),
        jax.grad(lambda x, y: symbolic(jax)(x, y)[0], (0, 1))(2.0, 3.0),
        jax.grad(lambda x, y: sum(symbolic(jax)(x, y)), (0, 1))(2.0, 3.0),
        jax.jit(jax.grad(lambda x: jax.jit(symbolic(jax))(x, 3.0)[0]))(2.0),
    ],
    "symbolic zeros, mapped": lambda jax: jax.grad(
        lambda x: jax.vmap(symbolic(jax), (0, None))(x, 3.0)[0].sum()
    )(X),
    "optimize_remat": lambda jax: jax.grad(jax.checkpoint(optimized(jax)))(2.0),
    "under remat": lambda jax: jax.grad(jax.checkpoint(multiply(jax)), (0, 1))(2.0, 3.0),
    "closes over a mapped value": lambda jax: jax.vmap(lambda a: jax.grad(closing(jax, a))(2.0))(X),
    "closes over a traced value": lambda jax: jax.jit(lambda a: jax.grad(closing(jax, a))(2.0))(
        3.0
    ),
    "residuals of no array": lambda jax: jax.grad(
        multiply(jax, lambda r, g: (g * r, None), lambda x, y: (x * y, 3))
    )(2.0, 3.0),
}


def integer_result(jax: Any) -> Any:
    f = jax.custom_vjp(lambda x: (x * 2, 3))
    f.defvjp(lambda x: (f(x), None), lambda _, g: (g[0] * 5,))
    return f


def optimized(jax: Any) -> Any:
    f = jax.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (x * x, x), lambda r, g: (5 * r * g,), optimize_remat=True)
    return f


def closing(jax: Any, a: Any) -> Any:
    f = jax.custom_vjp(lambda x: x * a)
    f.defvjp(lambda x: (x * a, x), lambda r, g: (11 * g * a,))
    return f


@pytest.mark.parametrize("name", PROGRAMS)
def test_custom_vjp(name: str) -> None:
    assert_agrees(PROGRAMS[name])


def with_rule(bwd: Any = None, fwd: Any = None) -> Any:
    return lambda jax: jax.grad(multiply(jax, bwd, fwd))(1.0, 2.0)


ERRORS: dict[str, tuple[Any, ...]] = {
    "no rule": (lambda jax: jax.custom_vjp(lambda x: x)(1.0), "No VJP defined"),
    "forward mode": (
        lambda jax: jax.jvp(multiply(jax), (1.0, 2.0), (1.0, 1.0)),
        "can't apply forward-mode autodiff (jvp) to a custom_vjp function.",
    ),
    "forward mode in jit": (
        lambda jax: jax.jit(lambda x: jax.jvp(multiply(jax), (x, 2.0), (1.0, 1.0)))(1.0),
        "forward-mode",
    ),
    "forward mode of jit": (
        lambda jax: jax.jvp(jax.jit(multiply(jax)), (1.0, 2.0), (1.0, 1.0)),
        "forward-mode",
    ),
    "jacfwd": (lambda jax: jax.jacfwd(multiply(jax))(1.0, 2.0), "forward-mode"),
    "no pair": (with_rule(fwd=lambda x, y: x), "must produce a pair", "function f"),
    "tree of the value": (
        lambda jax: jax.grad(lambda x: jax.jit(multiply(jax, None, lambda x, y: ((x,), y)))(x))(
            1.0
        ),
        "container/pytree structure",
        "(float32[],)",
    ),
    "shape of the value": (
        lambda jax: jax.grad(
            lambda x: jax.jit(multiply(jax, None, lambda x, y: (jax.numpy.ones(3), y)))(x)
        )(1.0),
        "shapes/dtypes",
        "float32[3]",
    ),
    "too few cotangents": (with_rule(lambda r, g: (g,)), "number of arguments"),
    "no tuple": (with_rule(lambda r, g: g), "must produce a tuple"),
    "tree of a cotangent": (with_rule(lambda r, g: ((g, g), g)), "same container"),
    "shape of a cotangent": (
        with_rule(lambda r, g: (g + np.zeros(2, np.float32), g)),
        "output[0]",
        "float32[2]",
        "float32[]",
    ),
    "unknown keyword": (lambda jax: multiply(jax)(1.0, z=3), "unexpected keyword argument 'z'"),
    "text": (lambda jax: multiply(jax)("a", 1.0), "str"),
    "traced and not differentiated": (
        lambda jax: jax.jit(lambda y: multiply(jax, nondiff_argnums=(1,))(1.0, y))(2.0),
        "nondiff_argnums",
    ),
    "both options": (
        lambda jax: multiply(jax).defvjp(len, len, symbolic_zeros=True, optimize_remat=True),
        "symbolic zeros",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(*ERRORS[name])


def test_closed_over_and_differentiated() -> None:
    def f(a: Any) -> Any:
        return covector.jit(lambda x: closing(covector, a)(x))(1.0)

    with pytest.raises(covector.errors.UnexpectedTracerError, match="closed-over value"):
        covector.grad(f)(2.0)


def test_jaxprs_are_those_of_jax() -> None:
    import jax

    for program in (
        lambda jax: jax.make_jaxpr(multiply(jax))(1.0, 2.0),
        lambda jax: jax.make_jaxpr(jax.vmap(multiply(jax)))(X, X),
        lambda jax: jax.make_jaxpr(jax.grad(multiply(jax), (0, 1)))(1.0, 2.0),
    ):
        assert str(program(covector)) == str(program(jax))


def test_the_rules_run_once_for_a_program() -> None:
    runs = []
    f = covector.custom_vjp(lambda x: x)
    f.defvjp(lambda x: (runs.append("f"), (x, None))[1], lambda _, g: (runs.append("b"), (g,))[1])
    gradient = covector.jit(covector.grad(f))
    for x in (1.0, 2.0, 3.0):
        gradient(x)
    assert runs == ["f", "b"]


def test_values_shown_to_the_rules() -> None:
    shown: list[Any] = []
    f = covector.custom_vjp(lambda x, y: (x, y))

    def fwd(x: Any, y: Any) -> Any:
        shown.extend((x, y))
        return (x.value, y.value), None

    def bwd(_: Any, g: Any) -> Any:
        shown.extend(g)
        return g

    f.defvjp(fwd, bwd, symbolic_zeros=True)
    covector.grad(lambda x: f(x, jnp.ones(2))[0])(1.0)
    assert [type(s) for s in shown[:2]] == [CustomVJPPrimal] * 2
    assert [s.perturbed for s in shown[:2]] == [True, False]
    assert isinstance(shown[3], SymbolicZero)
    assert shown[3].shape == (2,)


def test_arguments_are_not_kept() -> None:
    x = jnp.ones(3)
    alive = weakref.ref(x)
    f = multiply(covector)
    covector.jit(f)(x, 2.0)
    covector.grad(lambda y: f(y, y).sum())(x)
    del x
    gc.collect()
    assert alive() is None


def test_rules_are_defined_through_an_outer_decorator() -> None:
    f = covector.custom_jvp(multiply(covector))
    f.defjvp(lambda p, t: (p[0], t[0] * 13))
    f.defvjp(lambda x, y: (x, None), lambda _, g: (g, g))
    assert covector.grad(f)(1.0, 2.0) == 13
    with pytest.raises(AttributeError):
        multiply(covector).nothing  # noqa: B018


def over_closures(jax: Any, ruled: Any) -> Any:
    """Uses of a function that closes over a mapped value."""
    over = jax.vmap(lambda a, y: ruled(jax, a)(y), (0, None))
    return (
        over(X, 2.0),
        jax.jit(over)(X, 2.0),
        jax.grad(lambda y: over(X, y).sum())(2.0),
        jax.vmap(jax.grad(lambda y, a: ruled(jax, a)(y)), (None, 0))(2.0, X),
        jax.vmap(lambda a: jax.vmap(ruled(jax, a))(X))(X),
    )


def forward_closing(jax: Any, a: Any) -> Any:
    f = jax.custom_jvp(lambda x: x * a)
    f.defjvp(lambda p, t: (p[0] * a, 11 * t[0] * a))
    return f


def test_a_function_closes_over_a_mapped_value() -> None:
    assert_agrees(lambda jax: over_closures(jax, forward_closing))
    # JAX finds no way for some of these with custom_vjp.
    ours = over_closures(covector, closing)
    for got, want in zip(ours, over_closures(covector, forward_closing)):
        np.testing.assert_allclose(got, want)


def test_what_is_not_mapped_stays_so() -> None:
    f, g = multiply(covector), forward_closing(covector, 2.0)
    values = covector.vmap(lambda x, y: (x, f(y, y), g(y)), (0, None), (0, None, None))(X, 3.0)
    assert values[1].shape == values[2].shape == ()
