"""checkpoint and its policies, compared with JAX's."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import covector
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.linspace(0.2, 1.0, 3, dtype=np.float32)
M = np.linspace(-1.0, 1.0, 9, dtype=np.float32).reshape(3, 3)


def name(jax: Any, x: Any, label: str) -> Any:
    return importlib.import_module(f"{jax.__name__}.ad_checkpoint").checkpoint_name(x, label)


def block(jax: Any) -> Callable[..., Any]:
    np_ = jax.numpy

    def f(w: Any, x: Any) -> Any:
        h = name(jax, np_.sin(w @ x), "hidden")
        return np_.sin(name(jax, w @ h, "out"))

    return f


POLICIES: dict[str, Callable[[Any], Any]] = {
    "none": lambda p: None,
    "nothing": lambda p: p.nothing_saveable,
    "everything": lambda p: p.everything_saveable,
    "dots": lambda p: p.dots_saveable,
    "checkpoint_dots": lambda p: p.checkpoint_dots,
    "dots without batch": lambda p: p.dots_with_no_batch_dims_saveable,
    "alias": lambda p: p.checkpoint_dots_with_no_batch_dims,
    "one name": lambda p: p.save_only_these_names("hidden"),
    "no such name": lambda p: p.save_only_these_names("other"),
    "other names": lambda p: p.save_any_names_but_these("hidden"),
    "anything": lambda p: p.save_anything_except_these_names("hidden"),
    "both": lambda p: p.save_from_both_policies(p.dots_saveable, p.save_only_these_names("hidden")),
    "own": lambda p: lambda prim, *avals, **params: prim.name == "sin",
}
OFFLOADING: dict[str, Callable[[Any], Any]] = {
    "dots": lambda p: p.offload_dot_with_no_batch_dims("device", "pinned_host"),
    "names": lambda p: p.save_and_offload_only_these_names(
        names_which_can_be_saved=["hidden"],
        names_which_can_be_offloaded=["out"],
        offload_src="device",
        offload_dst="pinned_host",
    ),
}


def loss(jax: Any, policy: Callable[[Any], Any]) -> Any:
    f = jax.checkpoint(block(jax), policy=policy(jax.checkpoint_policies))
    return lambda w, x: jax.numpy.sum(f(w, f(w, x)))


def saved(jax: Any, f: Any, *args: Any) -> list[str]:
    """The types of what is kept, without where it is from."""
    if jax is covector:
        from covector._remat import saved_residuals
    else:
        from jax._src.ad_checkpoint import saved_residuals
    return sorted(aval.str_short() for aval, _ in saved_residuals(f, *args))


@pytest.mark.parametrize("policy", POLICIES)
def test_derivatives_do_not_depend_on_the_policy(policy: str) -> None:
    choose = POLICIES[policy]
    assert_agrees(
        lambda jax: jax.jit(
            lambda w, x: (
                jax.grad(loss(jax, choose), (0, 1))(w, x),
                jax.grad(jax.jit(loss(jax, choose)))(w, x),
                jax.jvp(loss(jax, choose), (w, x), (w, x)),
                jax.vmap(jax.grad(loss(jax, choose)), (None, 1))(w, w),
            )
        )(M, X),
        rtol=1e-5,
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_keeps_what_jax_keeps(policy: str) -> None:
    assert_agrees(lambda jax: saved(jax, loss(jax, POLICIES[policy]), M, X))


@pytest.mark.parametrize("policy", OFFLOADING)
def test_offloaded_values_are_kept(policy: str) -> None:
    f = loss(covector, OFFLOADING[policy])
    np.testing.assert_allclose(
        covector.jit(covector.grad(f))(M, X),
        covector.jit(covector.grad(loss(covector, POLICIES["none"])))(M, X),
        rtol=1e-5,
    )
    assert len(saved(covector, f, M, X)) > len(
        saved(covector, loss(covector, POLICIES["none"]), M, X)
    )


def twice(jax: Any) -> Any:
    return jax.checkpoint(lambda x: jax.numpy.sin(jax.numpy.sin(x)))


def nested(jax: Any) -> Any:
    inner = jax.checkpoint(jax.numpy.sin)
    return jax.checkpoint(lambda x: inner(inner(x)) * inner(x))


def switched(jax: Any, **options: Any) -> Any:
    return jax.remat(lambda x, flag: jax.numpy.sin(x) if flag else x, **options)


PROGRAMS: dict[str, Any] = {
    "value": lambda jax: twice(jax)(X),
    "grad": lambda jax: jax.grad(twice(jax))(2.0),
    "vjp": lambda jax: jax.vjp(twice(jax), X)[1](X),
    "linearize": lambda jax: jax.linearize(twice(jax), X)[1](X),
    "jvp": lambda jax: jax.jvp(twice(jax), (X,), (X,)),
    "jit": lambda jax: jax.jit(twice(jax))(X),
    "second derivative": lambda jax: jax.jit(jax.grad(jax.grad(twice(jax))))(2.0),
    "hessian": lambda jax: jax.jit(jax.hessian(lambda x: twice(jax)(x).prod()))(X),
    "forward over reverse of vmap": lambda jax: jax.jit(
        jax.jacfwd(jax.jacrev(lambda x: jax.vmap(twice(jax))(x)))
    )(X),
    "nested": lambda jax: jax.jit(jax.grad(jax.grad(nested(jax))))(1.0),
    "static position": lambda jax: jax.grad(switched(jax, static_argnums=(1,)))(2.0, True),
    "static position from the end": lambda jax: jax.grad(switched(jax, static_argnums=-1))(2.0, 0),
    "keywords": lambda jax: jax.grad(lambda x: jax.checkpoint(lambda *, a, b: a * b)(a=x, b=x))(
        3.0
    ),
    "tree": lambda jax: jax.grad(lambda t: jax.checkpoint(lambda t: t["a"] * t["b"])(t))(
        {"a": 2.0, "b": 3.0}
    ),
    "closed over": lambda jax: jax.grad(lambda y: jax.checkpoint(lambda x: x * y)(y * y))(3.0),
    "closed over in jit": lambda jax: jax.jit(
        lambda a: jax.grad(lambda y: jax.checkpoint(lambda x: x * y * a)(y * y))(3.0)
    )(2.0),
    "constant": lambda jax: jax.grad(lambda y: jax.checkpoint(lambda x: (x * X).sum())(y))(3.0),
    "integers": lambda jax: jax.grad(lambda x: jax.checkpoint(lambda x, i: (x * i, i))(x, 3)[0])(
        2.0
    ),
    "key": lambda jax: (
        jax.grad(
            lambda x: jax.checkpoint(lambda k, x: x * jax.random.uniform(k))(jax.random.key(0), x)
        )(2.0)
        > 0
    ),
    "prevent_cse by argument": lambda jax: jax.jit(
        jax.grad(
            jax.checkpoint(lambda t, y: jax.numpy.sin(t[0]) * y * t[1], prevent_cse=(True, False))
        )
    )((1.0, 3.0), 2.0),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_checkpoint(program: str) -> None:
    assert_agrees(PROGRAMS[program], rtol=1e-5)


ERRORS: dict[str, tuple[Any, ...]] = {
    "no function": (lambda jax: jax.checkpoint(3)(1.0), "3"),
    "concrete": (lambda jax: jax.checkpoint(len, concrete=True), "static_argnums"),
    "static position of wrong type": (
        lambda jax: jax.checkpoint(switched, static_argnums=(1.5,))(1.0, 2.0),
        "static_argnums",
    ),
    "no such position": (lambda jax: switched(jax, static_argnums=(2,))(1.0, True), "len(args)"),
    "prevent_cse": (lambda jax: jax.checkpoint(len, prevent_cse=3), "prevent_cse"),
    "control flow": (lambda jax: switched(jax)(1.0, True), "static_argnums"),
    "names twice": (
        lambda jax: jax.checkpoint_policies.save_and_offload_only_these_names(
            names_which_can_be_saved=["a"],
            names_which_can_be_offloaded=["a"],
            offload_src="device",
            offload_dst="pinned_host",
        ),
        "intersect",
    ),
    "both of no bools": (
        lambda jax: jax.grad(
            jax.checkpoint(
                jax.numpy.sin,
                policy=jax.checkpoint_policies.save_from_both_policies(
                    lambda *_, **__: True,
                    jax.checkpoint_policies.offload_dot_with_no_batch_dims("device", "x"),
                ),
            )
        )(1.0),
        "should be a boolean",
    ),
}


@pytest.mark.parametrize("program", ERRORS)
def test_errors(program: str) -> None:
    assert_fails_alike(*ERRORS[program])


def test_jaxprs_are_those_of_jax() -> None:
    import jax

    def programs(jax: Any) -> list[str]:
        second = jax.checkpoint(
            lambda x: jax.numpy.sin(jax.numpy.sin(x)),
            prevent_cse=False,
            policy=jax.checkpoint_policies.save_only_these_names("a"),
        )
        return [
            str(jax.make_jaxpr(twice(jax))(1.0)),
            str(jax.make_jaxpr(jax.grad(twice(jax)))(1.0)),
            str(jax.make_jaxpr(jax.jit(jax.grad(twice(jax))))(1.0)),
            str(jax.make_jaxpr(jax.grad(second))(1.0)),
        ]

    assert programs(covector) == programs(jax)


def test_the_compiler_must_not_undo_it() -> None:
    text = covector.jit(covector.grad(twice(covector))).lower(1.0).as_text()
    assert "optimization_barrier" in text
    f = covector.checkpoint(covector.numpy.sin, prevent_cse=False)
    assert "optimization_barrier" not in covector.jit(covector.grad(f)).lower(1.0).as_text()


def test_needs_less_memory() -> None:
    def deep(wrap: Any) -> Any:
        def f(x: Any) -> Any:
            for _ in range(4):
                x = wrap(lambda x: covector.numpy.sin(covector.numpy.sin(covector.numpy.sin(x))))(x)
            return x.sum()

        return len(saved(covector, f, X))

    assert deep(lambda f: f) >= 12
    assert deep(covector.checkpoint) == 4


def test_printed(capsys: pytest.CaptureFixture[str]) -> None:
    from covector.ad_checkpoint import checkpoint_name, print_saved_residuals

    policy = covector.checkpoint_policies.save_only_these_names("a")
    f = covector.checkpoint(
        lambda x, y: covector.numpy.sin(checkpoint_name(covector.numpy.sin(x) * y, "a")),
        policy=policy,
    )
    print_saved_residuals(f, 1.0, 2.0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["f32[] from the argument x", "f32[] from the argument y"]
    assert lines[2].startswith(f"f32[] named 'a' from {__file__}:")


def test_one_trace_serves_all_calls() -> None:
    traces = []

    @covector.checkpoint
    def f(x: Any) -> Any:
        traces.append(x)
        return covector.numpy.sin(x)

    for x in (1.0, 2.0):
        f(x)
        covector.grad(f)(x)
    assert len(traces) == 1


def test_an_escaped_value_is_said_to_be_of_the_function() -> None:
    kept = []

    @covector.checkpoint
    def f(x: Any) -> Any:
        kept.append(x * 2)
        return x

    f(1.0)
    with pytest.raises(covector.errors.UnexpectedTracerError) as error:
        covector.numpy.sin(kept[0])
    first = f.__wrapped__.__code__.co_firstlineno
    for text in (f"{__file__}:{first} (f)", f"created on line {__file__}:{first + 2}", "used on"):
        assert text in str(error.value)
