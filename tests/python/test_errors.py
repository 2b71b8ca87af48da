"""The classes of errors, and what errors about traced values say."""

from typing import Any

import jax
import jax.errors
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from covector import errors
from python.api_oracle import assert_fails_alike

NAMES = [n for n in dir(jax.errors) if isinstance(getattr(jax.errors, n), type)]


def public_bases(error: type) -> list[str]:
    """Names of the classes above, without those that are private to a library."""
    return [c.__name__ for c in error.__mro__ if not c.__name__.startswith("_")]


@pytest.mark.parametrize("name", NAMES)
def test_class_tree_is_that_of_jax(name: str) -> None:
    assert public_bases(getattr(errors, name)) == public_bases(getattr(jax.errors, name))


@pytest.mark.parametrize("name", NAMES)
def test_docstrings_are_our_own(name: str) -> None:
    ours, theirs = getattr(errors, name).__doc__, getattr(jax.errors, name).__doc__
    assert len(ours) > 40
    assert ours.strip() != (theirs or "").strip()


def test_runtime_error_has_both_names() -> None:
    assert errors.JAXRuntimeError is errors.JaxRuntimeError
    assert issubclass(errors.TypePromotionError, ValueError)


def in_jit(f: Any, *args: Any) -> Any:
    return lambda jax: jax.jit(f)(*args)


def branch(x: Any) -> Any:
    if x > 0:
        return x
    return -x


ERRORS: dict[str, tuple[Any, ...]] = {
    "if": (in_jit(branch, 1.0), "bool", "jnp.where"),
    "while": (in_jit(lambda x: bool(x), 1.0), "bool"),
    "int": (in_jit(lambda x: int(x), 1.0), "int"),
    "float": (in_jit(lambda x: float(x), 1.0), "float"),
    "index": (in_jit(lambda x: [1, 2][x], 1),),
    "range": (in_jit(lambda x: range(x), 1),),
    "numpy": (in_jit(lambda x: np.sin(np.asarray(x)), 1.0), "__array__"),
    "mask": (in_jit(lambda x: x[x > 0], np.ones(3, np.float32)), "bool"),
    "vmap": (lambda jax: jax.vmap(branch)(np.ones(3, np.float32)), "bool"),
    "grad of jit": (lambda jax: jax.grad(jax.jit(branch))(1.0), "bool"),
    "assignment": (lambda jax: jax.numpy.ones(3).__setitem__(0, 1), ".at["),
    "item assignment in jit": (in_jit(lambda x: x.__setitem__(0, 1), np.ones(3)), ".at["),
    "add text": (lambda jax: jax.numpy.ones(3) + "a",),
    "shapes": (lambda jax: jax.numpy.ones(3) + jax.numpy.ones(4), "(3,)", "(4,)"),
    "no iteration": (lambda jax: iter(jax.numpy.ones(())), "0-d"),
    "hash": (lambda jax: hash(jax.numpy.ones(())), "unhashable"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_fails_alike(*ERRORS[name])


@pytest.mark.smoke
def test_error_of_a_branch_names_its_line() -> None:
    with pytest.raises(errors.TracerBoolConversionError) as caught:
        covector.jit(branch)(1.0)
    line = branch.__code__.co_firstlineno + 1
    assert f"{branch.__code__.co_filename}:{line}" in str(caught.value)
    assert isinstance(caught.value, errors.ConcretizationTypeError)
    assert isinstance(caught.value, TypeError)


def test_leaked_tracer() -> None:
    kept: list[Any] = []
    covector.jit(lambda x: kept.append(x) or x)(1.0)
    with pytest.raises(errors.UnexpectedTracerError):
        kept[0] + 1
    with pytest.raises(errors.UnexpectedTracerError):
        covector.jit(lambda x: x + kept[0])(1.0)
    leaked: list[Any] = []
    covector.vmap(lambda x: leaked.append(x) or x)(jnp.ones(2))
    with pytest.raises(errors.UnexpectedTracerError):
        leaked[0] * 2


def test_deleted_array() -> None:
    x = jnp.ones(3)
    x.delete()
    for use in (lambda: x + 1, lambda: np.asarray(x), lambda: covector.jit(lambda y: y + 1)(x)):
        with pytest.raises(RuntimeError, match="deleted"):
            use()


@pytest.mark.parametrize("name", ["ConcretizationTypeError", "TracerBoolConversionError"])
def test_can_be_made_from_a_tracer(name: str) -> None:
    def make(x: Any) -> Any:
        raise getattr(errors, name)(x)

    with pytest.raises(errors.ConcretizationTypeError, match=r"[Tt]race"):
        covector.jit(make)(1.0)
    error = errors.ConcretizationTypeError("complete message", "more")
    assert str(error) == "complete message\nmore"
