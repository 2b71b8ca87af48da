"""Elementwise functions over dtypes: values, dtypes, weak types and errors are JAX's.

For each function all its cases are traced at once, those whose values are compared as one program.
"""

import inspect
import warnings
from typing import Any

import jax
import ml_dtypes
import numpy as np
import pytest

import covector
import covector.numpy as jnp
from python.jax_oracle import assert_same

DTYPES = [
    np.bool_,
    np.uint8,
    np.int16,
    np.int32,
    np.uint32,
    ml_dtypes.bfloat16,
    np.float16,
    np.float32,
    np.complex64,
]
REAL = [0.25, -0.5, 2.0, -3.0, 7.5, 0.0]
INTEGER = [1, 3, 0, 7, 2, 5]
LOOSE = {"bfloat16": 3e-2, "float16": 4e-3, "float32": 1e-5, "complex64": 2e-5}


def sample(dtype: Any) -> np.ndarray:
    if dtype == np.bool_:
        return np.array(INTEGER) > 1
    if np.issubdtype(dtype, np.integer):
        return np.array(INTEGER).astype(dtype)
    real = np.array(REAL, np.float32)
    if dtype == np.complex64:
        return (real + 1j * (real[::-1] + 0.5)).astype(dtype)
    return real.astype(dtype)


def functions(inputs: int) -> list[str]:
    """Names of the elementwise functions of one or two arrays."""

    def count(f: Any) -> int:
        if isinstance(f, jnp.ufunc):
            return f.nin
        is_native = isinstance(f, type(jnp.sin))
        return len(inspect.signature(f).parameters) if is_native else 0

    return [name for name in sorted(dir(jnp)) if count(getattr(jnp, name)) == inputs]


UNARY, BINARY = functions(1), functions(2)
SCALARS = [True, 2, 0.5, 1j]


def all_types(inputs: int) -> list[tuple[Any, ...]]:
    """Arrays of all dtypes: with arrays of all dtypes, and with Python's numbers."""
    if inputs == 1:
        return [(sample(d),) for d in DTYPES]
    arrays = [(sample(a), sample(b)[::-1].copy()) for a in DTYPES for b in DTYPES]
    return arrays + [(sample(d), s) for d in DTYPES for s in SCALARS]


def some_values(inputs: int) -> list[tuple[Any, ...]]:
    chosen = (np.uint8, np.int32, np.float32, np.complex64)
    if inputs == 1:
        return [(sample(d),) for d in (*chosen, np.bool_, np.float16)]
    return [(sample(d), sample(d)[::-1].copy()) for d in chosen] + [(sample(np.int32), 0.5)]


def outcomes(library: Any, name: str, cases: list[tuple[Any, ...]], types: bool) -> list[Any]:
    """The results of one program or their types, or the error of tracing a case."""
    errors: dict[int, Exception] = {}
    arrays = [tuple(a for a in args if isinstance(a, np.ndarray)) for args in cases]

    def program(arrays: Any) -> dict[int, Any]:
        results = {}
        for i, args in enumerate(cases):
            try:
                results[i] = getattr(library.numpy, name)(*arrays[i], *args[len(arrays[i]) :])
            except Exception as error:
                errors[i] = error
        return results

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = library.eval_shape(program, arrays) if types else library.jit(program)(arrays)
    return [errors.get(i, results.get(i)) for i in range(len(cases))]


def described(x: Any) -> Any:
    if isinstance(x, (tuple, list)):
        return [described(y) for y in x]
    return x.shape, x.dtype, x.weak_type


def both(name: str, cases: list[tuple[Any, ...]], types: bool) -> list[tuple[str, Any, Any]]:
    """For each case its name and the outcomes, errors compared and left out."""
    result = []
    got, want = outcomes(covector, name, cases, types), outcomes(jax, name, cases, types)
    for args, g, w in zip(cases, got, want, strict=True):
        kinds = [str(getattr(a, "dtype", type(a).__name__)) for a in args]
        what = f"{name}({', '.join(kinds)})"
        if isinstance(w, Exception):
            assert type(w).__name__ in [c.__name__ for c in type(g).__mro__], f"{what}: {g!r}"
        else:
            assert not isinstance(g, Exception), f"{what}: {g!r}"
            result.append((what, g, w))
    return result


@pytest.mark.parametrize("name", UNARY + BINARY)
def test_types(name: str) -> None:
    for what, got, want in both(name, all_types(1 if name in UNARY else 2), types=True):
        assert described(got) == described(want), what


@pytest.mark.parametrize("name", UNARY + BINARY)
def test_values(name: str) -> None:
    for what, got, want in both(name, some_values(1 if name in UNARY else 2), types=False):
        first = want[0] if isinstance(want, tuple) else want
        assert_same(got, want, what, LOOSE.get(first.dtype.name))
