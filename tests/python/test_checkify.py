"""checkify, compared with JAX's: which error, and its message."""

import importlib
from typing import Any

import jax
import numpy as np
import pytest

import covector
from python.api_oracle import assert_fails_alike, outcome

X = np.array([1.0, 0.0, -1.0], np.float32)


def checkify_of(library: Any) -> Any:
    return importlib.import_module(f"{library.__name__}.experimental.checkify")


def checked(f: Any, errors: str, *args: Any, jit: bool = False) -> Any:
    """The message of the error, and the result."""

    def program(library: Any) -> Any:
        c = checkify_of(library)
        g = c.checkify(lambda *a: f(library, c, *a), errors=getattr(c, errors))
        arrays = [library.numpy.asarray(a) for a in args]
        error, out = (library.jit(g) if jit else g)(*arrays)
        return error.get(), [np.asarray(x) for x in library.tree.leaves(out)]

    return program


def user(library: Any, c: Any, x: Any) -> Any:
    c.check(x > 0, "x was {x}, twice {}", 2 * x, x=x)
    return library.numpy.sqrt(x)


def two_checks(library: Any, c: Any, x: Any, y: Any) -> Any:
    c.check(x > 0, "first")
    c.check(y > 0, "second")
    return x + y


def in_cond(library: Any, c: Any, x: Any) -> Any:
    def positive(x: Any) -> Any:
        c.check(x < 10, "too large: {}", x)
        return x

    return library.lax.cond(x > 0, positive, lambda x: -x, x)


def in_while(library: Any, c: Any, x: Any) -> Any:
    def body(x: Any) -> Any:
        c.check(x != 3, "three")
        return x + 1

    return library.lax.while_loop(lambda x: x < 6, body, x)


def in_scan(library: Any, c: Any, xs: Any) -> Any:
    def body(total: Any, x: Any) -> Any:
        c.check(x > 0, "element {}", x)
        return total + x, library.numpy.log(x)

    return library.lax.scan(body, 0.0, xs)


def in_jit(library: Any, c: Any, x: Any) -> Any:
    return library.jit(lambda x: user(library, c, x))(x) + 1


def debug(library: Any, c: Any, x: Any) -> Any:
    c.debug_check(x > 0, "debug")
    return x


def rechecked(library: Any, c: Any, x: Any) -> Any:
    error, y = library.jit(c.checkify(lambda x: user(library, c, x)))(x)
    c.check_error(error)
    return y


def f32(x: float) -> Any:
    return np.float32(x)


PROGRAMS = {
    "no error": checked(user, "user_checks", f32(1)),
    "user": checked(user, "user_checks", f32(-1)),
    "user in jit": checked(in_jit, "user_checks", f32(-1)),
    "user, jitted": checked(user, "user_checks", f32(-1), jit=True),
    "not enabled": checked(user, "div_checks", f32(-1)),
    "the first of two": checked(two_checks, "user_checks", f32(-1), f32(-1)),
    "the second of two": checked(two_checks, "user_checks", f32(1), f32(-1)),
    "debug": checked(debug, "user_checks", f32(-1)),
    "recheck": checked(rechecked, "user_checks", f32(-1)),
    "nan": checked(lambda m, c, x: m.numpy.log(x), "nan_checks", X),
    "no nan": checked(lambda m, c, x: m.numpy.exp(x), "nan_checks", X),
    "nan in jit": checked(lambda m, c, x: m.jit(m.numpy.log)(x) * 2, "nan_checks", X),
    "division": checked(lambda m, c, x: 1 / x, "div_checks", X),
    "division of integers": checked(lambda m, c, x: m.lax.div(4, x), "div_checks", np.int32(0)),
    "division as NaN": checked(lambda m, c, x: x / x, "float_checks", X),
    "index": checked(lambda m, c, i: m.numpy.arange(3)[i], "index_checks", np.int32(5)),
    "index is fine": checked(lambda m, c, i: m.numpy.arange(3)[i], "index_checks", np.int32(-1)),
    "dynamic_slice": checked(
        lambda m, c, i: m.lax.dynamic_slice(m.numpy.arange(6), (i,), (3,)),
        "index_checks",
        np.int32(5),
    ),
    "dynamic_update_slice": checked(
        lambda m, c, i: m.lax.dynamic_update_slice(
            m.numpy.arange(6), m.numpy.arange(3, dtype="int32"), (i,)
        ),
        "index_checks",
        np.int32(4),
    ),
    "scatter": checked(lambda m, c, i: m.numpy.zeros(3).at[i].set(1), "index_checks", np.int32(7)),
    "gather": checked(
        lambda m, c, i: m.numpy.ones((3, 4))[:, i], "index_checks", np.array([0, 9], np.int32)
    ),
    "all": checked(lambda m, c, x: m.numpy.log(x)[0] / x[1], "all_checks", X),
    "cond, right": checked(in_cond, "user_checks", f32(5)),
    "cond, wrong": checked(in_cond, "user_checks", f32(50)),
    "cond, other branch": checked(in_cond, "user_checks", f32(-50)),
    "while, wrong": checked(in_while, "user_checks", np.int32(0)),
    "while, right": checked(in_while, "user_checks", np.int32(4)),
    "scan, wrong": checked(in_scan, "user_checks", X),
    "scan, NaN": checked(in_scan, "nan_checks", X),
    "grad": checked(
        lambda m, c, x: m.grad(lambda x: m.numpy.sqrt(x))(x), "div_checks", f32(0), jit=True
    ),
    "relu": checked(lambda m, c, x: m.grad(lambda x: m.nn.relu(x).sum())(x), "all_checks", X),
    "remat": checked(
        lambda m, c, x: m.checkpoint(lambda x: user(m, c, x))(x), "user_checks", f32(-1)
    ),
    "vmap inside": checked(lambda m, c, x: m.vmap(lambda x: user(m, c, x))(x), "user_checks", X),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    import jax

    got, want = outcome(PROGRAMS[name], covector), outcome(PROGRAMS[name], jax)
    if isinstance(want, Exception):
        raise want
    if isinstance(got, Exception):
        raise got
    assert got[0] == want[0]
    for g, w in zip(got[1], want[1], strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-6)


def batched(library: Any) -> Any:
    c = checkify_of(library)
    error, _ = library.vmap(c.checkify(lambda x: user(library, c, x)))(library.numpy.asarray(X))
    return error.get()


def test_errors_of_a_batch() -> None:
    import jax

    assert batched(covector) == batched(jax)


ERRORS = {
    "outside": lambda library: checkify_of(library).check(False, "no {}", np.float32(1)),
    "throw": lambda library: (
        checkify_of(library).checkify(lambda x: user(library, checkify_of(library), x))(-1.0)
    )[0].throw(),
    "in jit": lambda library: library.jit(lambda x: user(library, checkify_of(library), x))(1.0),
    "no truth value": lambda library: checkify_of(library).check(3, "x"),
    "no array": lambda library: checkify_of(library).check(True, "{}", "text"),
    "no error": lambda library: checkify_of(library).check_error(3),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(ERRORS[name])


def test_nothing_is_checked_without_need() -> None:
    c = checkify_of(covector)
    jaxpr = covector.make_jaxpr(lambda x: c.checkify(lambda x: x / 2)(x)[1])(1.0)
    assert [e.primitive.name for e in jaxpr.eqns] == ["div"]


def test_categories() -> None:
    c = checkify_of(covector)
    error, _ = c.checkify(lambda x: 1 / x, errors=c.all_checks)(
        np.float32(0) + covector.numpy.zeros(())
    )
    assert isinstance(error.get_exception(), c.DivisionByZeroError)
    with pytest.raises(c.JaxRuntimeError, match="division by zero"):
        error.throw()


@pytest.mark.parametrize("write", [False, True])
def test_bounds_under_strict_rank_promotion(write: bool) -> None:
    i = np.array([[1, 2], [5, 0]])

    def f(library: Any, c: Any, x: Any, i: Any) -> Any:
        with library.numpy_rank_promotion("raise"):
            return x.at[i, i].set(np.float32(0)) if write else x[i]

    program = checked(f, "index_checks", np.ones((3, 4), np.float32), i)
    (ours, values), (theirs, expected) = program(covector), program(jax)
    assert ours.strip() == theirs.partition("\n")[0].strip()
    np.testing.assert_array_equal(values[0], expected[0])


def test_a_batch_of_loops() -> None:
    """JAX refuses this. Elements that are at their end do not move."""
    c = checkify_of(covector)
    f = c.checkify(covector.vmap(lambda x: in_while(covector, c, x)))
    error, out = f(np.int32([5, 0, 4]))
    assert error.get() == "three (`check` failed)"
    assert out.tolist() == [6, 6, 6]
    error, out = f(np.int32([5, 4, 8]))
    assert error.get() is None
    assert out.tolist() == [6, 6, 8]


def with_rules(lib: Any) -> tuple[Any, Any]:
    """A function with a jvp rule and one with a vjp rule; derivatives are 2 and 3 times theirs."""
    jnp = lib.numpy

    @lib.custom_jvp
    def forward(x: Any) -> Any:
        return jnp.sin(x)

    forward.defjvp(lambda p, t: (forward(p[0]), 2.0 * jnp.cos(p[0]) * t[0]))

    @lib.custom_vjp
    def backward(x: Any) -> Any:
        return jnp.sin(x)

    backward.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (3.0 * jnp.cos(x) * g,))
    return forward, backward


@pytest.mark.parametrize("which", [0, 1])
def test_derivative_rules_are_kept_by_checks(which: int) -> None:
    def results(lib: Any) -> Any:
        checkify = importlib.import_module(f"{lib.__name__}.experimental.checkify")
        f = with_rules(lib)[which]
        checked = checkify.checkify(f, errors=checkify.float_checks)
        (error, y), _ = lib.vjp(checked, 3.0)
        inside, _ = checkify.checkify(lib.grad(f), errors=checkify.float_checks)(np.inf)
        return (
            (checked(np.inf)[0].get() or "").split(".")[0],
            error.get(),
            len(error._metadata),
            (inside.get() or "").split(".")[0],
            [float(lib.grad(lambda x: checked(x)[1])(3.0)), float(y)],
        )

    ours, theirs = results(covector), results(jax)
    assert ours[:4] == theirs[:4]
    np.testing.assert_allclose(ours[4], theirs[4], rtol=1e-6)
