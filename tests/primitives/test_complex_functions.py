"""Functions of complex numbers where they are hard: at zeros, infinities, NaNs, branch cuts, and
where parts overflow or vanish. Each library computes all of them in one program."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from primitives.libraries import COVECTOR, JAX, Library

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    name: lambda lax, z, name=name: getattr(lax, name)(z)
    for name in (
        *("sin", "cos", "tan", "sinh", "cosh", "tanh"),
        *("asin", "acos", "atan", "asinh", "acosh", "atanh"),
        *("exp", "exp2", "expm1", "log", "log1p", "sqrt", "rsqrt", "logistic"),
        *("square", "reciprocal", "sign", "abs", "neg", "conj", "real", "imag"),
    )
}
FUNCTIONS["pow"] = lambda lax, z: lax.pow(z, z)
FUNCTIONS["cube"] = lambda lax, z: lax.integer_pow(z, 3)
FUNCTIONS["inverse square"] = lambda lax, z: lax.integer_pow(z, -2)
FUNCTIONS["div"] = lambda lax, z: lax.div(z, lax.rev(z, (0,)))

PARTS = (0.0, 0.5, 1.0, 1.7, 2.0, 1e-5, 1e-20, 1e10, 1e20, np.inf)
EXTREMES = {"complex64": (1e-38, 1e-42, 3e38), "complex128": (1e-160, 1e150, 1.7e308)}


def points(dtype: str) -> np.ndarray:
    positive = np.array([*PARTS, *EXTREMES[dtype]])
    parts = np.concatenate([positive, -positive, [np.nan]])
    z = np.empty((len(parts), len(parts)), dtype)
    z.real, z.imag = np.meshgrid(parts, parts)
    return z.ravel()


def values(library: Library, z: np.ndarray) -> dict[str, np.ndarray]:
    with library.precision(True):
        compute = library.jit(lambda z: [f(library.lax, z) for f in FUNCTIONS.values()])
        return dict(zip(FUNCTIONS, map(np.asarray, compute(z))))


def agree(x: np.ndarray, y: np.ndarray, tolerance: float) -> np.ndarray:
    equal = (x == y) | (np.isnan(x) & np.isnan(y))
    return equal | np.isclose(x, y, rtol=tolerance, atol=0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", EXTREMES)
def test_values_are_those_of_jax(dtype: str) -> None:
    z = points(dtype)
    tolerance = 2e-5 if dtype == "complex64" else 1e-12
    wrong = {}
    theirs = values(JAX, z)
    for name, x in values(COVECTOR, z).items():
        y = theirs[name]
        assert x.dtype == y.dtype
        good = agree(x.real, y.real, tolerance) & agree(x.imag, y.imag, tolerance)
        # The lesser part may have lost its digits to the greater one.
        good |= np.abs(x - y) <= tolerance / 10 * np.abs(y)
        if not good.all():
            wrong[name] = [(z[i], x[i], y[i]) for i in np.flatnonzero(~good)[:4]]
    assert not wrong, wrong
