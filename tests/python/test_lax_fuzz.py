"""Calls of `lax` with one thing wrong: an error of JAX's class, or a program that is well typed.

A case is a sample of the law table with one argument or one parameter changed; both libraries
stage it. What Covector accepts is lowered, and the StableHLO parser verifies the text.
"""

import contextlib
import dataclasses
import enum
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from jaxlib.mlir import ir
from jaxlib.mlir._mlir_libs import _jax_mlir_ext
from jaxlib.mlir.dialects import chlo, stablehlo

from primitives.libraries import COVECTOR, JAX, Library
from primitives.samples import SAMPLES, Sample

EXAMPLES = int(os.environ.get("COVECTOR_FUZZ_EXAMPLES", 12))  # other ones each time if it is set
DTYPES = ("bool", "int8", "uint32", "int32", "float16", "float32", "complex64")
PUBLIC = (TypeError, ValueError, IndexError, NotImplementedError, OverflowError, RuntimeError)
# What JAX raises where it does not look; any error of ours will do.
UNCHECKED = (AssertionError, AttributeError, KeyError, UnboundLocalError, ZeroDivisionError)
# Errors of what JAX happens to do first with what does not fit: to unpack a tuple, to walk through
# two lists, to broadcast (which JAX does in primitives too where it composes them).
INCIDENTAL = (
    "to unpack",
    "safe_map()",
    "safe_zip()",
    "could not be broadcast together",
    "Incompatible shapes for broad",
)

BY_NAME: dict[str, list[Sample]] = {}
for s in SAMPLES:
    BY_NAME.setdefault(s.name, []).append(s)


def changed(value: Any, seed: int) -> Any:
    """The value with something wrong, as the seed says."""
    r = np.random.default_rng(seed)
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, np.integer)) and not isinstance(value, enum.Enum):
        return int(r.choice([value + 1, value - 1, -value - 1, 0, 7, 1 << 20]))
    if isinstance(value, float):
        return float(r.choice([-1.0, np.nan, 2.0]))
    if isinstance(value, (str, enum.Enum)):
        return "nonsense"
    if isinstance(value, (type, np.dtype)):
        return np.dtype(DTYPES[r.integers(len(DTYPES))])
    if dataclasses.is_dataclass(value):
        field = r.choice([f.name for f in dataclasses.fields(value)])
        return dataclasses.replace(value, **{field: changed(getattr(value, field), seed + 1)})
    if isinstance(value, (tuple, list)):
        return changed_sequence(value, r, seed)
    return value


def changed_sequence(value: Any, r: np.random.Generator, seed: int) -> Any:
    items = list(value)
    i = int(r.integers(len(items))) if items else 0
    if hasattr(value, "_fields"):
        items[i] = changed(items[i], seed + 1)
        return type(value)(*items)
    how = r.integers(5)
    if how == 0 or not items:
        items.append(0)
    elif how == 1:
        items.pop()
    elif how == 2:
        items[-1] = items[0]
    else:
        items[i] = changed(items[i], seed + 1)
    return type(value)(items)


def changed_array(x: np.ndarray, seed: int) -> np.ndarray:
    r = np.random.default_rng(seed)
    how = r.integers(5)
    if how == 0:
        return np.zeros(x.shape, DTYPES[r.integers(len(DTYPES))])
    if how == 1:
        return np.zeros((*x.shape, 2), x.dtype)
    if how == 2:
        return np.zeros(x.shape[1:], x.dtype)
    shape = list(x.shape) or [3]
    shape[r.integers(len(shape))] = int(r.choice([0, 1, 6]))
    return np.zeros(shape, x.dtype)


class Mutant:
    """A `lax` that changes one parameter of one of its calls."""

    def __init__(self, lax: Any, call: int, argument: int, seed: int) -> None:
        self.lax, self.left, self.argument, self.seed = lax, call, argument, seed

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.lax, name)
        plain = not callable(value) or isinstance(value, type)
        if name == "bind":  # whose first argument is a primitive's name
            return lambda primitive, *a, **k: self.call(partial(value, primitive), a, k)
        return value if plain else lambda *a, **k: self.call(value, a, k)

    def call(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        self.left -= 1
        if self.left == -1:
            places: list[Any] = [*range(len(args)), *kwargs]
            place = places[self.argument % len(places)] if places else None
            if place in kwargs:
                kwargs = {**kwargs, place: changed(kwargs[place], self.seed)}
            elif place is not None:
                args = tuple(changed(x, self.seed) if i == place else x for i, x in enumerate(args))
        return function(*args, **kwargs)


@dataclasses.dataclass(frozen=True)
class Change:
    what: int  # an argument's number; beyond them: of a parameter
    call: int
    argument: int
    seed: int


CHANGES = st.builds(
    Change, st.integers(0, 5), st.integers(0, 1), st.integers(0, 7), st.integers(0, 1 << 30)
)


def program(library: Library, s: Sample, c: Change) -> tuple[Callable[..., Any], list[Any]]:
    args: list[Any] = list(s.args)
    if c.what < len(args):
        args[c.what] = changed_array(args[c.what], c.seed)
        return (lambda *xs: s.fun(library.lax, *xs)), args
    mutant = lambda: Mutant(library.lax, c.call, c.argument, c.seed)
    return (lambda *xs: s.fun(mutant(), *xs)), args


def staged(library: Library, s: Sample, c: Change) -> Any:
    fun, args = program(library, s, c)
    try:
        return library.module.make_jaxpr(fun)(*args)
    except Exception as error:
        return error


def verify(text: str) -> None:
    with ir.Context() as context:
        registry = ir.DialectRegistry()
        _jax_mlir_ext.register_dialects(registry)
        context.append_dialect_registry(registry)
        context.load_all_available_dialects()
        stablehlo.register_dialect(context)
        chlo.register_dialect(context)
        ir.Module.parse(text)


def is_checked(error: Any) -> bool:
    """Whether JAX raises this with intent, so that its class is one to follow."""
    if not isinstance(error, Exception) or isinstance(error, UNCHECKED):
        return False
    return not any(text in str(error) for text in INCIDENTAL)


def under_transformations(s: Sample, c: Change) -> None:
    """Rules are given what staging refuses, too; they must raise as it does."""
    fun, args = program(COVECTOR, s, c)
    smooth = [i for i, x in enumerate(args) if np.asarray(x).dtype.kind in "fc"]

    def tangents(*xs: Any) -> Any:
        def of(*ys: Any) -> Any:
            full = list(xs)
            for i, y in zip(smooth, ys):
                full[i] = y
            return fun(*full)

        chosen = [xs[i] for i in smooth]
        return COVECTOR.module.jvp(of, chosen, chosen)

    batches = [np.stack([x, x]) for x in args]
    for f, given_args in ((tangents, args), (COVECTOR.module.vmap(fun), batches)):
        with contextlib.suppress(*PUBLIC):
            COVECTOR.module.make_jaxpr(f)(*given_args)


def check(s: Sample, c: Change) -> str:
    """The outcome: 'accepted', or the name of the error's class."""
    ours, theirs = staged(COVECTOR, s, c), staged(JAX, s, c)
    under_transformations(s, c)
    if not isinstance(ours, Exception):
        fun, args = program(COVECTOR, s, c)
        try:
            text = COVECTOR.module.jit(fun).lower(*args).as_text()
        except PUBLIC:
            return "accepted"  # a check of what no backend can do
        verify(text)
        return "accepted"
    assert isinstance(ours, PUBLIC), (s, c, ours)
    if is_checked(theirs) and s.oracle:
        names = {base.__name__ for base in type(ours).__mro__}
        assert type(theirs).__name__ in names, (s, c, ours, theirs)
    return type(ours).__name__


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_wrong_calls(name: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize="COVECTOR_FUZZ_EXAMPLES" not in os.environ,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(BY_NAME[name]), CHANGES)
    def run(s: Sample, c: Change) -> None:
        check(s, c)

    run()
