"""Runs calls of the Python array API standard with its reference implementation and others.

array-api-strict has what the standard has, and refuses everything else: so what it accepts says
which dtypes and arguments the standard covers.
"""

import warnings
from collections.abc import Callable
from operator import attrgetter
from types import ModuleType
from typing import Any

import array_api_strict
import numpy as np

import covector
from python.jax_oracle import brief

VERSION = "2024.12"
INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
DTYPES = ["bool", *INTEGERS, "float32", "float64", "complex64", "complex128"]
RTOL = {"float32": 2e-5, "complex64": 2e-5, "float64": 1e-11, "complex128": 1e-11}

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about versions other than the newest
    array_api_strict.set_array_api_strict_flags(api_version=VERSION)


class Case:
    """A call, with NumPy arrays for arrays and NumPy dtypes for dtypes of the namespace.

    Args:
      look: what of the result is defined, as a function of the result; all by default.
    """

    def __init__(
        self, name: str, *args: Any, look: Callable[[Any], Any] | None = None, **kwargs: Any
    ) -> None:
        self.name, self.args, self.kwargs, self.look = name, args, kwargs, look

    def __repr__(self) -> str:
        named = [f"{k}={brief(v)}" for k, v in self.kwargs.items()]
        return f"{self.name}({','.join([*map(brief, self.args), *named])})"

    def run(self, xp: ModuleType) -> Any:
        """The result of the namespace's function, or of a method or operator of an array."""
        args = [of_namespace(xp, a) for a in self.args]
        kwargs = {k: of_namespace(xp, v) for k, v in self.kwargs.items()}
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # NumPy's, of invalid values
            if self.name.startswith("."):
                member = getattr(args[0], self.name[1:])
                result = member(*args[1:], **kwargs) if callable(member) else member
            else:
                result = attrgetter(self.name)(xp)(*args, **kwargs)
            return self.look(result) if self.look else result


def of_namespace(xp: ModuleType, x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return xp.asarray(x)
    if isinstance(x, np.dtype):
        return getattr(xp, x.name)
    if isinstance(x, (list, tuple)):
        return type(x)(of_namespace(xp, i) for i in x)
    return x


def assert_same(got: Any, want: Any, what: str) -> None:
    """Values, dtypes and shapes are equal, and fields of tuples have the same names."""
    if isinstance(want, array_api_strict.asarray(0).__class__):
        assert isinstance(got, covector.Array), what
        assert got.dtype.name == dtype_name(want.dtype), what
        assert got.shape == want.shape, what
        wrong = ~alike(np.asarray(got), np.asarray(want), signs=False)
        assert not wrong.any(), f"{what}: {np.asarray(got)}, not {np.asarray(want)}"
    elif isinstance(want, (list, tuple)):
        assert len(got) == len(want), what
        assert getattr(got, "_fields", None) == getattr(want, "_fields", None), what
        for g, w in zip(got, want):
            assert_same(g, w, what)
    elif hasattr(want, "_np_dtype"):
        assert np.dtype(got).name == dtype_name(want), what
    else:
        assert type(got) is type(want), what
        assert got == want, what


def dtype_name(dtype: Any) -> str:
    """The name of a dtype of the reference."""
    return str(dtype).rpartition(".")[2]


def alike(got: np.ndarray, want: np.ndarray, signs: bool = True) -> np.ndarray:
    """Where elements are equal up to rounding: NaN equals NaN, and zeros differ by their signs."""
    if want.dtype.kind == "c":
        return alike(got.real, want.real, signs) & alike(got.imag, want.imag, signs)
    if want.dtype.kind != "f":
        return np.asarray(got == want)
    close = np.isclose(got, want, RTOL[want.dtype.name], RTOL[want.dtype.name], equal_nan=True)
    same_sign = (np.signbit(got) == np.signbit(want)) | np.isnan(want) | (want != 0)
    return close & same_sign if signs else close
