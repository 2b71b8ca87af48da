"""grad, value_and_grad, jvp, vjp, linearize and Jacobians, compared with JAX's."""

from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(1.0, 4.0, dtype=np.float32)


def product(x: Any, y: Any) -> Any:
    return x * y


@pytest.mark.smoke
def test_grad_of_a_polynomial() -> None:
    assert float(covector.grad(lambda x: x**3)(2.0)) == 12.0
    assert float(covector.grad(covector.grad(lambda x: x**2 + 1))(0.0)) == 2.0


PROGRAMS = {
    "grad": lambda jax: jax.grad(lambda x: x * x)(3.0),
    "argnums": lambda jax: jax.grad(product, argnums=1)(2.0, 3.0),
    "negative argnums": lambda jax: jax.grad(product, argnums=-1)(2.0, 3.0),
    "tuple of argnums": lambda jax: jax.grad(product, argnums=(1, 0))(2.0, 3.0),
    "list of argnums": lambda jax: jax.grad(product, argnums=[0, 1])(2.0, 3.0),
    "numpy argnums": lambda jax: jax.grad(product, argnums=np.int64(1))(2.0, 3.0),
    "one in a tuple": lambda jax: jax.grad(product, argnums=(0,))(2.0, 3.0),
    "keyword": lambda jax: jax.grad(product)(2.0, y=3.0),
    "tree": lambda jax: jax.grad(lambda p: p["a"] * p["b"][0])({"a": 2.0, "b": (3.0,)}),
    "value": lambda jax: jax.value_and_grad(product)(2.0, 3.0),
    "aux": lambda jax: jax.grad(lambda x: (x * x, {"twice": 2 * x, "s": "text"}), has_aux=True)(
        3.0
    ),
    "value and aux": lambda jax: jax.value_and_grad(lambda x: (x * x, x), has_aux=True)(3.0),
    "allow_int": lambda jax: jax.grad(product, (0, 1), allow_int=True)(1.0, 3),
    "holomorphic": lambda jax: jax.grad(lambda z: z * z, holomorphic=True)(1.0 + 2j),
    "complex input": lambda jax: jax.grad(lambda z: (z * z.conj()).real)(jax.numpy.complex64(1j)),
    "grad of grad": lambda jax: jax.grad(jax.grad(lambda x: x * x * x))(2.0),
    "float16": lambda jax: jax.grad(lambda x: x * x)(np.float16(2)),
    "jvp": lambda jax: jax.jvp(product, (2.0, 3.0), (1.0, 0.5)),
    "jvp of lists": lambda jax: jax.jvp(product, [X, X], [X, X]),
    "jvp aux": lambda jax: jax.jvp(lambda x: (x * x, 2 * x), (3.0,), (1.0,), has_aux=True),
    "jvp of an integer": lambda jax: jax.jvp(
        lambda x, n: x * n, (3.0, 2), (1.0, np.zeros((), jax.dtypes.float0))
    ),
    "vjp": lambda jax: jax.vjp(product, 2.0, 3.0)[1](1.0),
    "vjp of a tree": lambda jax: jax.vjp(lambda x: {"a": x, "b": (x * x,)}, X)[1](
        {"a": X, "b": (X,)}
    ),
    "vjp aux": lambda jax: jax.vjp(lambda x: (x * x, 2 * x), 3.0, has_aux=True)[2],
    "vjp of an integer": lambda jax: jax.vjp(lambda x, n: x * n, 3.0, 2)[1](1.0),
    "linearize": lambda jax: jax.linearize(lambda x: x * x, X)[1](X),
    "linearize value": lambda jax: jax.linearize(lambda x: x * x, X)[0],
    "linearize aux": lambda jax: jax.linearize(lambda x: (x * x, x), 3.0, has_aux=True)[2],
    "linear_transpose": lambda jax: jax.linear_transpose(
        lambda x, y: {"a": 2 * x, "b": x - y["k"]}, X, {"k": X}
    )({"a": X, "b": X}),
    "linear_transpose of a struct": lambda jax: jax.linear_transpose(
        lambda x: 2 * x, jax.ShapeDtypeStruct((3,), np.float32)
    )(X),
    "linear_transpose of integers": lambda jax: jax.linear_transpose(lambda n: 2 * n, 1)(3),
    "linear_transpose of zeros": lambda jax: jax.linear_transpose(lambda x: x[0], [1.0, 2.0])(3.0),
    "linear_transpose of complex": lambda jax: jax.linear_transpose(lambda x: (1 + 2j) * x, 1j)(
        3 + 4j
    ),
    "vjp through jit": lambda jax: jax.jit(lambda f, x: f(x))(
        jax.jit(lambda x: jax.vjp(lambda y: y * y, x)[1])(3.0), 2.0
    ),
    "linearize through jit": lambda jax: jax.jit(lambda f, x: f(x))(
        jax.jit(lambda x: jax.linearize(lambda y: y * y, x)[1])(3.0), 2.0
    ),
    "python control flow": lambda jax: jax.grad(lambda x: x * x if x > 0 else -x)(-2.0),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name: str) -> None:
    assert_agrees(PROGRAMS[name])


JACOBIANS = {
    "jacfwd": lambda jax: jax.jacfwd(lambda x: x * x)(X),
    "jacrev": lambda jax: jax.jacrev(lambda x: x * x)(X),
    "jacobian": lambda jax: jax.jacobian(lambda x: x * x)(X),
    "of a scalar": lambda jax: (jax.jacfwd(lambda x: x * x)(2.0), jax.jacrev(lambda x: x * x)(2.0)),
    "jacfwd of trees": lambda jax: jax.jacfwd(lambda x, y: {"a": x["k"] * y}, argnums=(0, 1))(
        {"k": X}, 2.0
    ),
    "jacrev of trees": lambda jax: jax.jacrev(lambda x, y: {"a": x["k"] * y}, argnums=(0, 1))(
        {"k": X}, 2.0
    ),
    "jacfwd aux": lambda jax: jax.jacfwd(lambda x: (x * x, {"q": x}), has_aux=True)(X),
    "jacrev aux": lambda jax: jax.jacrev(lambda x: (x * x, {"q": x}), has_aux=True)(X),
    "jacrev of integers": lambda jax: jax.jacrev(lambda n: n * 1.0, allow_int=True)(1),
    "jacfwd to integers": lambda jax: jax.jacfwd(lambda x: 3)(1.0),
    "jacfwd holomorphic": lambda jax: jax.jacfwd(lambda z: z * z, holomorphic=True)(1j),
    "jacrev holomorphic": lambda jax: jax.jacrev(lambda z: z * z, holomorphic=True)(1j),
    "two dtypes": lambda jax: jax.jacrev(lambda x, y: (x, x * y), argnums=(0, 1))(
        np.float16(1), np.float32(2)
    ),
    "hessian": lambda jax: jax.hessian(lambda x: (x * x * x).sum())(jax.numpy.asarray(X)),
    "hessian aux": lambda jax: jax.hessian(lambda x: (x * x, {"q": x}), has_aux=True)(2.0),
    "matrix": lambda jax: jax.jacfwd(lambda x: x * x)(X[:2].reshape(1, 2)),
}


@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobians(name: str) -> None:
    assert_agrees(JACOBIANS[name])


ERRORS: dict[str, tuple[Any, ...]] = {
    "no scalar": (lambda jax: jax.grad(lambda x: x)(X), "scalar-output", "(3,)"),
    "no array": (lambda jax: jax.grad(lambda x: (x, x))(1.0), "scalar-output"),
    "None": (lambda jax: jax.grad(lambda x: None)(1.0), "scalar-output"),
    "integer": (lambda jax: jax.grad(lambda x: x)(1), "grad requires", "int32", "allow_int"),
    "boolean": (lambda jax: jax.value_and_grad(lambda x: x)(True), "value_and_grad", "bool"),
    "complex result": (lambda jax: jax.grad(lambda x: x * 1j)(1.0), "real-valued", "holomorphic"),
    "integer result": (lambda jax: jax.grad(lambda x: 3)(1.0), "real-valued", "int32"),
    "real holomorphic": (lambda jax: jax.grad(lambda x: x, holomorphic=True)(1.0), "complex"),
    "argnums": (lambda jax: jax.grad(product, argnums=2)(1.0, 2.0), "argnums=2", "2 positional"),
    "by keyword": (lambda jax: jax.grad(product)(x=1.0, y=2.0), "positional arguments"),
    "negative argnums": (lambda jax: jax.grad(product, argnums=-3)(1.0, 2.0), "-3"),
    "argnums of text": (lambda jax: jax.grad(product, argnums="x"), "integer"),
    "argnums of a float": (lambda jax: jax.grad(product, argnums=1.5), "integer"),
    "no argnums": (lambda jax: jax.grad(product, argnums=())(1.0, 2.0), "argnums"),
    "no function": (lambda jax: jax.grad(3), "callable", "3"),
    "text": (lambda jax: jax.grad(lambda x: x)("a"), "str"),
    "text result": (lambda jax: jax.grad(lambda x: "a")(1.0), "str"),
    "no pair": (lambda jax: jax.grad(lambda x: x, has_aux=True)(1.0), "two-element tuple"),
    "three": (lambda jax: jax.grad(lambda x: (x, x, x), has_aux=True)(1.0), "two-element tuple"),
    "reduce_axes": (lambda jax: jax.grad(product, reduce_axes=("i",)), "reduce_axes"),
    "jvp of a scalar": (lambda jax: jax.jvp(product, 1.0, 1.0), "tuples or lists", "float"),
    "jvp trees": (lambda jax: jax.jvp(product, ({"a": 1.0},), ({"b": 1.0},)), "'a'", "'b'"),
    "jvp lengths": (lambda jax: jax.jvp(lambda x: x, (1.0,), (1.0, 2.0)), "tree structure"),
    "jvp list and tuple": (lambda jax: jax.jvp(lambda x: x, (1.0,), [1.0]), "tree structure"),
    "jvp dtype": (lambda jax: jax.jvp(lambda x: x, (1.0,), (1,)), "i32[]", "float32"),
    "jvp integer": (lambda jax: jax.jvp(lambda x: x, (1,), (1,)), "float0"),
    "jvp shape": (lambda jax: jax.jvp(lambda x: x, (X,), (1.0,)), "(3,)", "()"),
    "jvp no function": (lambda jax: jax.jvp(3, (1.0,), (1.0,)), "callable"),
    "vjp tree": (lambda jax: jax.vjp(lambda x: x, 1.0)[1]((1.0,)),),
    "vjp list": (lambda jax: jax.vjp(lambda x: (x, x), 1.0)[1]([1.0, 1.0]),),
    "vjp dtype": (lambda jax: jax.vjp(lambda x: x, 1.0)[1](1), "i32[]", "float32"),
    "vjp shape": (lambda jax: jax.vjp(lambda x: x, 1.0)[1](X), "3"),
    "vjp two": (
        lambda jax: jax.vjp(product, 1.0, 1.0)[1](1.0, 2.0),
        "applied to product was called with 2 arguments",
    ),
    "linearize tree": (lambda jax: jax.linearize(lambda x: x, 1.0)[1](1.0, 2.0),),
    "linearize dtype": (lambda jax: jax.linearize(lambda x: x, 1.0)[1](1), "i32[]", "float32"),
    "linearize shape": (lambda jax: jax.linearize(lambda x: x, 1.0)[1](X), "3"),
    "linear_transpose of two kinds": (
        lambda jax: jax.linear_transpose(lambda x: 2.0 * x, 1),
        "linear_transpose only supports",
    ),
    "linear_transpose tree": (
        lambda jax: jax.linear_transpose(lambda x: [x, x], 1.0)(1.0),
        "cotangent tree does not match",
    ),
    "linear_transpose type": (
        lambda jax: jax.linear_transpose(lambda x: x, 1.0)(1j),
        "cotangent type does not match",
    ),
    "jacfwd integer": (lambda jax: jax.jacfwd(lambda x: x)(1), "jacfwd requires", "int32"),
    "jacrev integer": (lambda jax: jax.jacrev(lambda x: x)(1), "jacrev requires", "allow_int"),
    "jacfwd complex": (lambda jax: jax.jacfwd(lambda x: x)(1j), "complex64", "jvp"),
    "jacrev complex": (lambda jax: jax.jacrev(lambda x: x)(1j), "complex64", "vjp"),
    "jacrev integer result": (lambda jax: jax.jacrev(lambda x: 3)(1.0), "int32"),
    "jacfwd holomorphic": (lambda jax: jax.jacfwd(lambda x: x, holomorphic=True)(1.0), "complex"),
    "jacrev holomorphic": (lambda jax: jax.jacrev(lambda x: x, holomorphic=True)(1.0), "complex"),
    "jacfwd argnums": (lambda jax: jax.jacfwd(lambda x: x, argnums=1)(1.0), "argnums=1"),
    "hessian no function": (lambda jax: jax.hessian(3), "callable"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(*ERRORS[name])


def test_error_names_the_function_and_its_file() -> None:
    def of_two(x: Any, y: Any) -> Any:
        return x * y

    with pytest.raises(TypeError, match=rf"of_two at .*{__name__.rpartition('.')[2]}\.py:\d+"):
        covector.grad(of_two, argnums=1)(1.0)


def test_wrappers_keep_names() -> None:
    def f(x: float) -> float:
        """Says hello."""
        return x

    for transformed in (covector.grad(f), covector.value_and_grad(f), covector.jacfwd(f)):
        assert transformed.__name__ == "f"
        assert transformed.__wrapped__ is f
        assert "of f" in transformed.__doc__
        assert "Says hello." in transformed.__doc__


def test_pullback_can_be_called_again_and_under_vmap() -> None:
    _, pullback = covector.vjp(lambda x: x * x, jnp.asarray(X))
    first, again = pullback(X)[0], pullback(2 * X)[0]
    np.testing.assert_array_equal(np.asarray(again), 2 * np.asarray(first))
    rows = covector.vmap(pullback)(jnp.eye(3))[0]
    np.testing.assert_array_equal(np.asarray(rows), np.diag(2 * X))


def test_errors_in_the_function_come_out_unchanged() -> None:
    class Mine(Exception):
        pass

    def f(x: Any) -> Any:
        raise Mine("text")

    with pytest.raises(Mine, match="text"):
        covector.grad(f)(1.0)
    with pytest.raises(Mine, match="text"):
        covector.vmap(f)(jnp.ones(2))
    assert float(covector.grad(lambda x: x * x)(1.0)) == 2.0


def test_linear_functions_are_trees() -> None:
    _, pullback = covector.vjp(lambda x: x * x, jnp.asarray(X))
    leaves, tree = covector.tree_util.tree_flatten(pullback)
    assert [x.shape for x in leaves] == [(3,)]
    doubled = covector.tree_util.tree_unflatten(tree, [2 * x for x in leaves])
    np.testing.assert_array_equal(np.asarray(doubled(X)[0]), 2 * np.asarray(pullback(X)[0]))
    assert tree == covector.tree_util.tree_structure(doubled)
    assert repr(pullback) == "<VJP of <lambda>>"
