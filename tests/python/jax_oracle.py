"""Compares calls of Covector with the same calls of JAX: values, types, shapes, errors.

A case is the name of a function, positional arguments and keyword arguments. Arguments are
NumPy arrays and Python objects; `Device` marks one that is made an array of the library first.
"""

import importlib
import re
import warnings
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

import covector


@dataclass(frozen=True)
class Device:
    """An argument that has to be an array of the library, as where a method is called."""

    value: Any
    dtype: Any = None


class Case:
    """A call, readable in the name of a test."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.name, self.args, self.kwargs = name, args, kwargs

    def __repr__(self) -> str:
        args = [brief(a) for a in self.args]
        kwargs = [f"{k}={brief(v)}" for k, v in self.kwargs.items()]
        return f"{self.name}({','.join(args + kwargs)})"


def brief(x: Any) -> str:
    if isinstance(x, Device):
        return brief(x.value)
    if isinstance(x, (np.ndarray, np.generic)):
        return f"{x.dtype}{list(x.shape)}"
    if isinstance(x, (list, tuple)):
        return f"[{','.join(map(brief, x))}]"
    text = getattr(x, "__name__", str(x)).replace(" ", "")
    return re.sub("at0x[0-9a-f]+", "", text)  # addresses differ between processes


def run(library: Any, module: str, case: Case) -> Any:
    """The result of a call, or the error it raises."""
    numpy = importlib.import_module(f"{library.__name__}.numpy")
    namespace = importlib.import_module(f"{library.__name__}.{module}")

    def argument(x: Any) -> Any:
        if isinstance(x, Device):
            return numpy.asarray(x.value, x.dtype)
        if isinstance(x, (list, tuple)) and any(isinstance(i, Device) for i in x):
            return type(x)(map(argument, x))
        return x

    args = [argument(a) for a in case.args]
    kwargs = {k: argument(v) for k, v in case.kwargs.items()}
    if case.name.startswith("."):
        member = getattr(args[0], case.name[1:])
        return member(*args[1:], **kwargs) if callable(member) else member
    return getattr(namespace, case.name)(*args, **kwargs)


def outcome(library: Any, module: str, case: Case) -> Any:
    try:
        return run(library, module, case)
    except Exception as error:
        return error


def assert_agrees(case: Case, module: str = "numpy", rtol: float | None = None) -> None:
    """Both libraries return the same, or raise errors of one class."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what JAX deprecates is no business of ours
        want = outcome(jax, module, case)
    got = outcome(covector, module, case)
    if isinstance(want, Exception):
        assert isinstance(got, Exception), f"{case}: no error, expected {want!r}"
        # By name: each library has classes of its own where Python has none.
        names = [base.__name__ for base in type(got).__mro__]
        assert type(want).__name__ in names, f"{case}: {got!r}, expected {want!r}"
        return
    if isinstance(got, Exception):
        raise got
    assert_same(got, want, str(case), rtol)


def assert_same(got: Any, want: Any, what: str, rtol: float | None = None) -> None:
    """Equal structure, dtypes, weak types and shapes; values equal up to rounding."""
    if isinstance(want, (tuple, list)):
        assert isinstance(got, tuple if isinstance(want, tuple) else list), what
        assert len(got) == len(want), what
        for g, w in zip(got, want):
            assert_same(g, w, what, rtol)
        return
    if not isinstance(want, (jax.Array, np.ndarray)):
        assert (type(got), got) == (type(want), want), what
        return
    kind = "ndarray" if isinstance(want, np.ndarray) else "Array"
    assert isinstance(got, np.ndarray if kind == "ndarray" else covector.Array), what
    assert got.dtype == want.dtype, f"{what}: {got.dtype}, expected {want.dtype}"
    assert got.shape == want.shape, f"{what}: {got.shape}, expected {want.shape}"
    if kind == "Array":
        assert got.weak_type == want.weak_type, f"{what}: weak_type {got.weak_type}"
    assert_close(np.asarray(got), np.asarray(want), what, rtol)


def assert_close(got: np.ndarray, want: np.ndarray, what: str, rtol: float | None) -> None:
    if np.issubdtype(want.dtype, np.integer) or want.dtype == np.bool_:
        np.testing.assert_array_equal(got, want, err_msg=what)
        return
    if want.dtype.kind == "V":
        bits = jax.numpy.finfo(want.dtype).bits if want.dtype.name.startswith(("f", "b")) else 0
        rtol = rtol or (2e-2 if bits == 16 else 0.1)
        got, want = got.astype(np.float32), want.astype(np.float32)
    default = {"e": 2e-3, "f": 2e-6, "d": 1e-13, "F": 2e-6, "D": 1e-13}
    rtol = rtol or default[want.dtype.char]
    np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol, equal_nan=True, err_msg=what)
