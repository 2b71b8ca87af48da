"""make_jaxpr, eval_shape, ShapeDtypeStruct, typeof and scopes, compared with JAX's."""

import copy
import pickle
from typing import Any

import jax
import numpy as np
import pytest

import covector
from python.api_oracle import assert_agrees, assert_fails_alike

X = np.arange(3.0, dtype=np.float32)


class Duck:
    shape = (2,)
    dtype = np.dtype("float32")


PROGRAMS = {
    "jaxpr": lambda jax: str(jax.make_jaxpr(lambda x, y: x * y + 1)(X, 2.0)),
    "jaxpr of a tree": lambda jax: str(jax.make_jaxpr(lambda t: t["a"] + t["b"])({"a": X, "b": 1})),
    "jaxpr of jit": lambda jax: str(jax.make_jaxpr(jax.jit(lambda x: x * x))(2.0)),
    "static": lambda jax: str(jax.make_jaxpr(lambda x, n: x * n, static_argnums=1)(X, 2)),
    "static from the end": lambda jax: str(
        jax.make_jaxpr(lambda x, n: x * n, static_argnums=-1)(X, 2)
    ),
    "keyword": lambda jax: str(jax.make_jaxpr(lambda x, *, y: x * y)(X, y=X)),
    "shape": lambda jax: repr(jax.make_jaxpr(lambda x: {"a": x}, return_shape=True)(X)[1]),
    "of a struct": lambda jax: str(
        jax.make_jaxpr(lambda x: x)(jax.ShapeDtypeStruct((3,), np.float32))
    ),
    "axis_env": lambda jax: str(jax.make_jaxpr(lambda x: x, axis_env=[("i", 3)])(X)),
    "eval_shape": lambda jax: repr(jax.eval_shape(lambda x, y: (x, {"s": x * y}), X, 2.0)),
    "eval_shape, weak": lambda jax: repr(jax.eval_shape(lambda x: x * 1.0, 2.0)),
    "eval_shape of a struct": lambda jax: repr(
        jax.eval_shape(lambda x: x + 1, jax.ShapeDtypeStruct((3,), np.int32))
    ),
    "eval_shape of a duck": lambda jax: repr(jax.eval_shape(lambda x: x, Duck())),
    "eval_shape by keyword": lambda jax: repr(jax.eval_shape(lambda *, x: x, x=X)),
    "struct": lambda jax: repr(jax.ShapeDtypeStruct([2, 3], "float64", weak_type=True)),
    "struct attributes": lambda jax: (
        lambda s: (s.ndim, s.size, len(s), s.shape, str(s.dtype), s.weak_type, s.sharding)
    )(jax.ShapeDtypeStruct((2, 3), np.int8)),
    "struct equality": lambda jax: [
        jax.ShapeDtypeStruct((2,), "f4") == other
        for other in (
            jax.ShapeDtypeStruct([2], np.float32),
            jax.ShapeDtypeStruct((2,), "f4", weak_type=True),
            jax.ShapeDtypeStruct((3,), "f4"),
            None,
        )
    ],
    "struct update": lambda jax: repr(jax.ShapeDtypeStruct((2,), "f4").update(shape=(3,))),
    "typeof": lambda jax: [repr(jax.typeof(x)) for x in (X, 1, 2.0, True)],
    "named_call": lambda jax: jax.named_call(lambda x: x + 1, name="f")(X),
    "named_scope": lambda jax: jax.named_scope("a")(lambda x: x + 1)(X),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_staging(name: str) -> None:
    assert_agrees(PROGRAMS[name])


ERRORS: dict[str, tuple[Any, ...]] = {
    "no function": (lambda jax: jax.make_jaxpr(3), "callable"),
    "missing argument": (lambda jax: jax.make_jaxpr(lambda x, y: x)(X), "missing"),
    "text": (lambda jax: jax.make_jaxpr(lambda x, y: x)(X, {"a": ["t"]}), "str", "y['a'][0]"),
    "text in the result": (lambda jax: jax.make_jaxpr(lambda x: "t")(X), "str"),
    "eval_shape of text": (lambda jax: jax.eval_shape(lambda x: x, "t"), "str", "path x"),
    "eval_shape of no function": (lambda jax: jax.eval_shape(3, 1), "callable"),
    "struct of no dtype": (lambda jax: jax.ShapeDtypeStruct((2,), None), "dtype"),
    "struct of no shape": (lambda jax: jax.ShapeDtypeStruct(3, "f4"), "iterable"),
    "struct of unknown dtype": (lambda jax: jax.ShapeDtypeStruct((2,), "foo"), "foo"),
    "len of a scalar": (lambda jax: len(jax.ShapeDtypeStruct((), "f4")), "unsized"),
    "assignment": (
        lambda jax: setattr(jax.ShapeDtypeStruct((), "f4"), "shape", (3,)),
        "Cannot reassign",
    ),
    "typeof of text": (lambda jax: jax.typeof("text"), "str"),
    "named_scope": (lambda jax: jax.named_scope(3), "string"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(*ERRORS[name])


def test_struct_has_no_other_attributes_to_update() -> None:
    with pytest.raises(ValueError, match="colour"):
        covector.ShapeDtypeStruct((2,), "f4").update(colour=3)


def test_struct_can_be_copied_and_pickled() -> None:
    struct = covector.ShapeDtypeStruct((2,), "f4", weak_type=True)
    assert pickle.loads(pickle.dumps(struct)) == struct == copy.deepcopy(struct)
    assert len({struct, copy.copy(struct)}) == 1


def test_eval_shape_computes_nothing() -> None:
    huge = covector.ShapeDtypeStruct((10**6, 10**6), np.float32)
    assert covector.eval_shape(lambda x: x * x, huge).shape == (10**6, 10**6)


def test_eval_shape_takes_types_for_results() -> None:
    struct = covector.ShapeDtypeStruct((2, 0), np.int8)
    weak = covector.ShapeDtypeStruct((), np.float32, weak_type=True)
    shapes = covector.eval_shape(
        lambda x: {"a": struct, "b": (x, weak, None)}, np.ones(3, np.int32)
    )
    assert shapes == {"a": struct, "b": (covector.ShapeDtypeStruct((3,), np.int32), weak, None)}


def test_compiled_functions_tell_shardings_and_formats() -> None:
    def told(library: Any) -> list[str]:
        x = library.numpy.ones((2, 3))
        compiled = library.jit(lambda x, y: {"a": x, "b": y}).lower(x, y=x).compile()
        orders = [
            format.layout.major_to_minor
            for format in library.tree.leaves((compiled.input_formats, compiled.output_formats))
        ]
        return [str(compiled.input_shardings), str(compiled.output_shardings), str(orders)]

    assert told(covector) == told(jax)
