"""vmap, compared with JAX's: axes, trees of axes, and what is said where they do not fit."""

from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(3.0, dtype=np.float32)
M = np.arange(6.0, dtype=np.float32).reshape(2, 3)


def pair(x: Any, y: Any) -> Any:
    return x, y


@pytest.mark.smoke
def test_columns_of_a_matrix() -> None:
    def convolve(x: Any, w: Any) -> Any:
        return x[:-2] * w[0] + x[1:-1] * w[1] + x[2:] * w[2]

    columns = jnp.stack([jnp.arange(5.0), jnp.arange(5.0) + 1, jnp.arange(5.0) + 2], axis=1)
    out = covector.vmap(convolve, in_axes=(1, None), out_axes=1)(columns, jnp.array([2.0, 3, 4]))
    assert out.tolist() == [[11.0, 20.0, 29.0], [20.0, 29.0, 38.0], [29.0, 38.0, 47.0]]


PROGRAMS = {
    "one": lambda jax: jax.vmap(lambda x: x + 1)(X),
    "two": lambda jax: jax.vmap(lambda x, y: x * y)(X, X),
    "None": lambda jax: jax.vmap(lambda x, y: x * y, in_axes=(0, None))(X, X),
    "columns": lambda jax: jax.vmap(lambda x, y: x * y, in_axes=(1, 0))(M, X),
    "list of axes": lambda jax: jax.vmap(lambda x, y: x * y, in_axes=[1, 0])(M, X),
    "negative": lambda jax: jax.vmap(lambda x: x + 1, in_axes=-1, out_axes=-1)(M),
    "out_axes": lambda jax: jax.vmap(lambda x: x + 1, out_axes=1)(M),
    "tree of in_axes": lambda jax: jax.vmap(
        lambda t: t["a"] * t["b"], in_axes=({"a": 0, "b": None},)
    )({"a": X, "b": 2.0}),
    "prefix": lambda jax: jax.vmap(lambda t, y: (t[0] * y, t[1]), in_axes=(0, None))((X, M.T), 2.0),
    "tree of out_axes": lambda jax: jax.vmap(
        lambda x: {"a": x, "b": x + 1}, out_axes={"a": 1, "b": 0}
    )(M),
    "None in the result": lambda jax: jax.vmap(pair, in_axes=(0, None), out_axes=(0, None))(X, M),
    "constant result": lambda jax: jax.vmap(lambda x: 1)(X),
    "constant result, no axis": lambda jax: jax.vmap(lambda x: 1.0, out_axes=None)(X),
    "unmapped result": lambda jax: jax.vmap(pair, in_axes=(0, None))(X, M),
    "None as result": lambda jax: jax.vmap(lambda x: None)(X),
    "None as argument": lambda jax: jax.vmap(lambda x, y: x + 1)(X, None),
    "keywords": lambda jax: jax.vmap(lambda x, *, y: x * y, in_axes=None)(2.0, y=X),
    "keywords along 0": lambda jax: jax.vmap(lambda x, y: x * y)(X, y=X),
    "axis_size": lambda jax: jax.vmap(lambda: 1.0, axis_size=3)(),
    "axis_size, all None": lambda jax: jax.vmap(lambda x: x * 2, in_axes=None, axis_size=2)(X),
    "axis_name": lambda jax: jax.vmap(lambda x: x + 1, axis_name="i")(X),
    "spmd_axis_name": lambda jax: jax.vmap(lambda x: x + 1, spmd_axis_name="i")(X),
    "objects are passed through": lambda jax: jax.vmap(lambda f, x: f(x), in_axes=(None, 0))(
        lambda x: x + 1, X
    ),
    "empty": lambda jax: jax.vmap(lambda x: x + 1)(np.zeros((0, 3), np.float32)),
    "nested": lambda jax: jax.vmap(jax.vmap(lambda x: x + 1))(M),
    "nested, in different axes": lambda jax: jax.vmap(
        lambda x: jax.vmap(lambda y: x[0] * y)(X), in_axes=1
    )(M),
    "of grad": lambda jax: jax.vmap(jax.grad(lambda x: x * x))(X),
    "grad of": lambda jax: jax.grad(lambda x: jax.vmap(lambda y: y * y)(x).sum())(X),
    "jit of": lambda jax: jax.jit(jax.vmap(lambda x: x * x + 1))(X),
    "of jit": lambda jax: jax.vmap(jax.jit(lambda x: x * x + 1))(X),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_vmap(name: str) -> None:
    assert_agrees(PROGRAMS[name])


def named(a: Any, b: Any, cc: Any = None, *args: Any, **kw: Any) -> Any:
    return a


ERRORS: dict[str, tuple[Any, ...]] = {
    "no function": (lambda jax: jax.vmap(3), "callable", "3"),
    "in_axes of text": (lambda jax: jax.vmap(pair, in_axes="a"), "in_axes", "a"),
    "in_axes of a float": (lambda jax: jax.vmap(pair, in_axes=0.5), "in_axes", "0.5"),
    "in_axes with text": (lambda jax: jax.vmap(pair, in_axes=(0, "a")), "in_axes", "(0, 'a')"),
    "in_axes of a dict": (lambda jax: jax.vmap(pair, in_axes={"a": 0})({"a": X}), "in_axes"),
    "out_axes of text": (lambda jax: jax.vmap(pair, out_axes="a"), "out_axes"),
    "nothing mapped": (lambda jax: jax.vmap(pair, in_axes=None)(X, M), "axis_size"),
    "nothing mapped in a tuple": (
        lambda jax: jax.vmap(pair, in_axes=(None, None))(X, M),
        "non-None",
    ),
    "no arguments": (lambda jax: jax.vmap(lambda: 1.0)(), "axis_size"),
    "scalar": (lambda jax: jax.vmap(lambda x: x)(1.0), "axis 0", "rank", "shape is ()"),
    "no such axis": (lambda jax: jax.vmap(lambda x: x, in_axes=2)(M), "axis 2", "(2, 3)"),
    "no such negative axis": (lambda jax: jax.vmap(lambda x: x, in_axes=-3)(M), "axis -3"),
    "too many in_axes": (lambda jax: jax.vmap(pair, in_axes=(0, 0, 0))(X, X), "len(in_axes)=3"),
    "in_axes and keywords": (lambda jax: jax.vmap(pair, in_axes=(0, 0))(X, y=X), "len(args)=1"),
    "tree of in_axes": (
        lambda jax: jax.vmap(lambda t: t["a"], in_axes=({"a": 0, "c": 0},))({"a": X, "b": X}),
        "vmap in_axes specification must be a tree prefix",
        "vmap in_axes[0]",
        "('a', 'c')",
    ),
    "type of in_axes": (
        lambda jax: jax.vmap(lambda t: t["a"], in_axes=((0, 0),))({"a": X, "b": X}),
        "different types at key path",
    ),
    "None in out_axes": (lambda jax: jax.vmap(lambda x: x, out_axes=None)(X), "out_axes", "None"),
    "tree of out_axes": (
        lambda jax: jax.vmap(lambda x: x, out_axes=(0, 0))(X),
        "out_axes",
        "tuple",
    ),
    "length of out_axes": (
        lambda jax: jax.vmap(lambda x: (x, x, x), out_axes=(0, 0))(X),
        "different lengths of tuple",
    ),
    "no such axis in the result": (lambda jax: jax.vmap(lambda x: x, out_axes=3)(X), "axis 3"),
    "axis_size": (
        lambda jax: jax.vmap(lambda x: x, axis_size=5)(X),
        "the `axis_size` argument was 5",
        "one axis had size 3: axis 0 of argument x of type float32[3]",
    ),
    "text": (lambda jax: jax.vmap(lambda x: x)("a"),),
    "text in the result": (lambda jax: jax.vmap(lambda x: "a")(X), "str"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(*ERRORS[name])


SIZES: dict[str, tuple[Any, ...]] = {
    "two": (lambda jax: jax.vmap(pair)(X, M),),
    "one tree": (lambda jax: jax.vmap(lambda t: t["a"])({"a": X, "b": M}),),
    "most": (lambda jax: jax.vmap(named)(X, X, M),),
    "some": (lambda jax: jax.vmap(named)(X, {"q": M}, [X, M], X, z=M),),
    "most are the second": (lambda jax: jax.vmap(named)(X, {"q": M}, [M, M], M, z=M),),
    "by keyword": (lambda jax: jax.vmap(named)(X, X, z={"k": M}),),
    "along other axes": (lambda jax: jax.vmap(pair, in_axes=(0, 1))(X, M.T),),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_listed_as_jax_lists_them(name: str) -> None:
    import jax

    (program,) = SIZES[name]
    with pytest.raises(ValueError) as wanted:
        program(jax)
    assert str(assert_fails_alike(program)) == str(wanted.value)


def test_result_that_needs_an_axis_says_which() -> None:
    with pytest.raises(ValueError, match="output was batched on axis 0"):
        covector.vmap(lambda x: x, out_axes=None)(jnp.ones(2))


def test_keeps_the_name() -> None:
    def f(x: Any) -> Any:
        return x

    mapped = covector.vmap(f)
    assert mapped.__name__ == "f"
    assert mapped.__wrapped__ is f
