"""Parts of the API beside the transformations: trees as vectors, checks, options of tracing."""

from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.api_oracle import assert_agrees, assert_fails_alike


def raveled(jax: Any, tree: Any, scale: Any = 2) -> Any:
    module = __import__(f"{jax.__name__}.flatten_util").flatten_util
    vector, unravel = module.ravel_pytree(tree)
    return vector, unravel(vector), unravel(vector * scale)


TREES = {
    "arrays": lambda np_: {"a": np_.arange(3.0), "b": [np_.ones((2, 2)), np_.float32(3.0)]},
    "mixed": lambda np_: (np_.arange(3), np_.ones(2), 4.0),
    "complex": lambda np_: (np_.ones(2), np_.ones(1) * 1j),
    "booleans": lambda np_: (np_.array([True, False]), np_.array(True)),
    "integers": lambda np_: [np_.arange(3), np_.arange(2)],
    "empty arrays": lambda np_: [np_.ones((0, 2)), np_.ones(1)],
    "scalars": lambda np_: [1.0, 2.0],
}


@pytest.mark.parametrize("name", TREES)
def test_ravel_pytree(name: str) -> None:
    scale = 1 if name == "booleans" else 2
    assert_agrees(lambda jax: raveled(jax, TREES[name](jax.numpy), scale))


def test_ravel_pytree_of_nothing() -> None:
    from covector.flatten_util import ravel_pytree

    vector, unravel = ravel_pytree({"a": None, "b": []})
    assert vector.shape == (0,)
    assert unravel(vector) == {"a": None, "b": []}


def test_ravel_pytree_is_differentiable_and_mapped() -> None:
    from covector.flatten_util import ravel_pytree

    f = covector.grad(lambda t: (ravel_pytree(t)[0] ** 2).sum())
    assert f({"a": 3.0})["a"] == 6
    _, unravel = ravel_pytree((1.0, jnp.ones(2)))
    assert covector.vmap(unravel)(jnp.ones((5, 3)))[1].shape == (5, 2)
    assert unravel == ravel_pytree((2.0, jnp.zeros(2)))[1]
    assert hash(unravel) == hash(ravel_pytree((2.0, jnp.zeros(2)))[1])


def unravel_with(change: Any) -> Any:
    def program(jax: Any) -> Any:
        module = __import__(f"{jax.__name__}.flatten_util").flatten_util
        vector, unravel = module.ravel_pytree((jax.numpy.arange(2), 1.0))
        return unravel(change(vector))

    return program


def test_unravel_errors() -> None:
    assert_fails_alike(unravel_with(lambda v: v.astype("int32")), "dtype int32")
    with pytest.raises(ValueError, match="expected shape"):
        unravel_with(lambda v: v[:2])(covector)


def test_check_grads_accepts_what_is_right() -> None:
    from covector.test_util import check_grads

    f = lambda t, y: {"a": jnp.sin(t["x"]) * y, "b": t["x"] ** 2}
    args = ({"x": jnp.array([0.3, 0.5])}, 1.5)
    check_grads(f, args, order=2, modes=("fwd", "rev", "lin"), eps=1e-2, atol=1e-2, rtol=1e-2)
    check_grads(lambda z: z * z, (np.complex64(1 + 2j),), order=1, eps=1e-2)


@pytest.mark.parametrize("mode", ["fwd", "rev"])
def test_check_grads_finds_what_is_wrong(mode: str) -> None:
    from covector.test_util import check_grads

    f = covector.custom_jvp(lambda x: x**2)
    f.defjvp(lambda p, t: (p[0] ** 2, 3 * p[0] * t[0]))
    with pytest.raises(AssertionError):
        check_grads(f, (1.0,), order=1, modes=(mode,), eps=1e-2)


PASSES: dict[str, Any] = {
    "two": lambda jax, jitted: run_passes(jax, (0, 1), jitted),
    "one": lambda jax, jitted: run_passes(jax, 1, jitted),
    "auxiliary": lambda jax, jitted: run_passes(jax, (0,), jitted, has_aux=True),
}


def run_passes(jax: Any, argnums: Any, jitted: bool, has_aux: bool = False) -> Any:
    def f(x: Any, y: Any) -> Any:
        value = jax.numpy.sin(x) * y
        return (value, y) if has_aux else value

    fwd, bwd = jax.fwd_and_bwd(f, argnums, has_aux=has_aux, jitted=jitted)
    value, residuals, *aux = fwd(2.0, 3.0)
    return value, aux, bwd(residuals, 1.0), bwd(fwd(1.0, 3.0)[1], 2.0)


@pytest.mark.parametrize("jitted", [True, False])
@pytest.mark.parametrize("name", PASSES)
def test_fwd_and_bwd(name: str, jitted: bool) -> None:
    assert_agrees(lambda jax: PASSES[name](jax, jitted))


def test_the_backward_pass_is_compiled_once() -> None:
    fwd, bwd = covector.fwd_and_bwd(jnp.sin, 0)
    for x in (1.0, 2.0, 3.0):
        bwd(fwd(x)[1], 1.0)
    assert bwd._cache_size() == 1


def test_the_jaxpr_of_a_linear_function() -> None:
    _, linear = covector.linearize(lambda x: jnp.sin(x) * 3, 1.0)
    assert "mul" in str(linear.jaxpr)
    assert linear.func.args[0] == linear.jaxpr.jaxpr
    assert linear.func(linear.residuals, 2.0) == linear(2.0)


def leak(store: list[Any]) -> Any:
    return covector.jit(lambda x: store.append(x) or x)


def test_leaks_are_found() -> None:
    store: list[Any] = []
    with covector.checking_leaks(), pytest.raises(Exception, match="Leaked trace"):
        leak(store)(3)
    store.clear()
    with covector.check_tracer_leaks(True), covector.check_tracer_leaks(False):
        leak(store)(3)


def test_what_is_no_leak() -> None:
    with covector.checking_leaks():
        f = covector.jit(lambda x: jnp.sin(x) * 2)
        f(3.0)
        covector.vmap(f)(np.arange(3.0))
        covector.grad(f)(3.0)
        covector.jit(covector.grad(covector.checkpoint(jnp.sin)))(1.0)
        covector.make_jaxpr(covector.jit(covector.grad(f)))(1.0)


def test_no_tracing() -> None:
    f = covector.jit(lambda x: x + 1)
    f(1)
    with covector.no_tracing():
        assert f(2) == 3
        with pytest.raises(RuntimeError, match="no_tracing"):
            f(2.0)
    assert f(2.0) == 3


def stacks(jax: Any, f: Any, *args: Any) -> list[str]:
    return [str(e.source_info.name_stack) for e in jax.make_jaxpr(f)(*args).jaxpr.eqns]


def scoped(jax: Any) -> Any:
    def f(x: Any) -> Any:
        with jax.named_scope("foo"):
            y = jax.lax.sin(x)
            with jax.named_scope("bar"):
                z = jax.lax.cos(y)
        return jax.named_call(jax.lax.tan, name="baz")(z) + y

    return f


def test_name_stacks() -> None:
    assert_agrees(lambda jax: stacks(jax, scoped(jax), 1.0))
    assert stacks(covector, scoped(covector), 1.0) == ["foo", "foo/bar", "baz", ""]


def test_a_jitted_function_is_outside_of_the_scopes_of_its_caller() -> None:
    def inner(jax: Any) -> Any:
        g = jax.jit(scoped(jax))

        def f(x: Any) -> Any:
            with jax.named_scope("outer"):
                return g(x)

        (eqn,) = jax.make_jaxpr(f)(1.0).jaxpr.eqns
        body = eqn.params["jaxpr"].jaxpr.eqns
        return str(eqn.source_info.name_stack), [str(e.source_info.name_stack) for e in body]

    assert_agrees(inner)


def test_names_in_programs() -> None:
    text = covector.jit(scoped(covector)).lower(1.0).as_text(debug_info=True)
    assert '"jit(f)/foo/bar/cos"' in text
    assert '"jit(f)/baz/tan"' in text


def test_an_error_in_a_scope_leaves_it() -> None:
    with pytest.raises(ZeroDivisionError), covector.named_scope("lost"):
        1 / 0  # noqa: B018
    assert stacks(covector, covector.lax.sin, 1.0) == [""]


NANS: dict[str, tuple[Any, str]] = {
    "made inside": (lambda f, jax: jax.jit(f)(-1.0), "encountered in log"),
    "in the input": (lambda f, jax: jax.jit(f)(np.nan), "did not .*input"),
    "literal": (lambda f, jax: jax.jit(lambda x: (np.nan, x + 2))(3), "did not .*literal"),
    "eager": (lambda f, jax: f(-1.0), "encountered in log"),
}


@pytest.mark.parametrize("name", NANS)
def test_where_nans_are_from(name: str) -> None:
    program, text = NANS[name]
    f = lambda x: jnp.log(x * 3)
    with covector.debug_nans(True), pytest.raises(FloatingPointError, match=text):
        program(f, covector)


def test_a_scalar_and_its_array_share_a_trace() -> None:
    f = covector.jit(lambda x: x * 2)
    weak = covector.jit(lambda: 1.0)()
    assert weak.weak_type
    f(1.0)
    f(weak)
    assert f._cache_size() == 1


class Unequal:
    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        raise NotImplementedError("no comparison")


def test_static_arguments_have_to_be_comparable() -> None:
    def program(jax: Any) -> Any:
        f = jax.jit(lambda x, n: x, static_argnums=1)
        return f(1, Unequal()), f(1, Unequal())

    assert_fails_alike(program, "comparable using __eq__", "no comparison")


class Mute:
    def __call__(self) -> None: ...

    def __repr__(self) -> str:
        raise ValueError("invalid repr")


def test_the_repr_of_a_jitted_function() -> None:
    assert repr(covector.jit(len)) == "<PjitFunction of <built-in function len>>"
    assert repr(covector.jit(Mute())) == "<PjitFunction>"


def test_an_escaped_value_as_argument_of_a_jitted_function() -> None:
    box: list[Any] = []
    covector.jit(lambda x: box.append(x + 1))(0)
    for call in (
        lambda x: covector.jit(lambda x: x + 1)(x),
        lambda x: covector.jit(jnp.add)(jnp.ones(()), x),
    ):
        with pytest.raises(covector.errors.UnexpectedTracerError, match="was created on line"):
            call(box[0])
