"""Every primitive with every dtype: accepted, and of which result, as in JAX."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from primitives.laws import leaves
from primitives.libraries import COVECTOR, JAX, Library
from primitives.samples import SAMPLES, Sample

DTYPES = [
    np.dtype(d)
    for d in (
        "bool",
        *(f"{sign}int{n}" for n in (8, 16, 32, 64) for sign in ("", "u")),
        *("float16", "float32", "float64", "complex64", "complex128"),
        *("int2", "uint2", "int4", "uint4", "bfloat16"),
        *("float4_e2m1fn", "float8_e3m4", "float8_e4m3", "float8_e4m3b11fnuz", "float8_e4m3fn"),
        *("float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu"),
    )
]


def pattern(s: Sample) -> tuple[int, ...]:
    """Which arguments have equal dtypes."""
    dtypes = [a.dtype for a in s.args]
    return tuple(map(dtypes.index, dtypes))


def chosen() -> dict[str, list[Sample]]:
    """Some samples of each primitive, with different patterns."""
    by_name: dict[str, dict[Any, Sample]] = {}
    for s in SAMPLES:
        if s.oracle and s.args:
            by_name.setdefault(s.name, {}).setdefault(pattern(s), s)
    return {name: list(samples.values()) for name, samples in by_name.items()}


# Of arguments that come second, indices and the like.
FEW = [d for d in DTYPES if d.itemsize > 1 or d.name in ("bool", "int8", "uint4", "float8_e5m2")]


def variants(s: Sample) -> Iterator[list[Any]]:
    """Types of the arguments: those of one dtype get another."""
    groups = pattern(s)
    for group in sorted(set(groups)):
        for dtype in FEW if group else DTYPES:
            yield [(a.shape, dtype if g == group else a.dtype) for a, g in zip(s.args, groups)]


def verdict(library: Library, s: Sample, types: list[Any]) -> Any:
    """Types of the results, or the class of the error."""
    args = [library.module.ShapeDtypeStruct(*t) for t in types]
    try:
        results = library.eval_shape(lambda *xs: leaves(s.fun(library.lax, *xs)), *args)
    except Exception as error:
        return type(error).__name__
    return [(r.dtype.name, r.shape) for r in results]


# What JAX does not stage and Covector does: counters of loops in four bits, and maxima of windows
# of floats that have no infinity, which JAX does not know again as such.
MORE = {"while": ("int2", "int4"), "select_and_scatter_add": ("float8",)}
# Means of integers of two bits, for which Covector has no division; tangents of booleans.
LESS = {"pmean": ("int2", "uint2"), "select_and_scatter_add": ("bool",)}


def is_as_in_jax(s: Sample, types: list[Any], ours: Any, theirs: Any) -> bool:
    if ours == theirs:
        return True
    changed = next(t[1].name for t, a in zip(types, s.args) if t[1] != a.dtype)
    if isinstance(theirs, str):
        return changed.startswith(MORE.get(s.name, ("none",)))
    if changed.startswith(LESS.get(s.name, ("none",))):
        return True
    # Staged by JAX, to fail when it is lowered.
    return isinstance(ours, str) and not is_lowered_by_jax(s, types)


def is_lowered_by_jax(s: Sample, types: list[Any]) -> bool:
    args = [JAX.module.ShapeDtypeStruct(*t) for t in types]
    try:
        with JAX.precision(True):
            JAX.jit(lambda *xs: leaves(s.fun(JAX.lax, *xs))).lower(*args)
    except Exception:
        return False
    return True


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", chosen())
def test_dtypes_are_those_of_jax(name: str) -> None:
    wrong = []
    for s in chosen()[name]:
        for types in variants(s):
            verdicts = []
            for library in (COVECTOR, JAX):
                with library.precision(True):
                    verdicts.append(verdict(library, s, types))
            if not is_as_in_jax(s, types, *verdicts):
                wrong.append((str(s), [t[1].name for t in types], *verdicts))
    assert not wrong, "\n".join(map(str, wrong))
