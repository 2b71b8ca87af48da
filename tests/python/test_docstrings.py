"""What users call is documented, and the examples in docstrings run."""

import doctest
import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import covector
import covector.numpy
import covector.tree_util

# Run as a program, and made for another package.
LEFT_OUT = {"covector.__main__", "covector._absl_flags"}
MODULES = ["covector"]
MODULES += sorted(
    m.name
    for m in pkgutil.walk_packages(covector.__path__, "covector.")
    if m.name not in LEFT_OUT and not m.name.startswith("covector._core")
)
# Names that examples may use; those that import them themselves are no worse.
GLOBALS = {n: x for n, x in vars(covector.tree_util).items() if n[0] != "_"}
GLOBALS |= {"covector": covector, "jnp": covector.numpy, "lax": covector.lax, "np": np}


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    module = importlib.import_module(name)
    result = doctest.testmod(module, extraglobs=GLOBALS, optionflags=options)
    assert result.failed == 0


def functions(package: ModuleType) -> list[tuple[str, Any]]:
    """Public functions of the package by name, but for NumPy's own."""
    theirs = (np, np.exceptions)
    every = ((name, getattr(package, name)) for name in dir(package) if name[0] != "_")
    return [
        (name, x)
        for name, x in every
        if inspect.isroutine(x)
        and not any(hasattr(m, name) and getattr(m, name) is x for m in theirs)
    ]


PUBLIC = [name for name in MODULES if not any(part[0] == "_" for part in name.split("."))]
FUNCTIONS = [
    (f"{m}.{name}", x) for m in PUBLIC for name, x in functions(importlib.import_module(m))
]


@pytest.mark.parametrize("function", [x for _, x in FUNCTIONS], ids=[n for n, _ in FUNCTIONS])
def test_functions_are_documented(function: Any) -> None:
    assert inspect.getdoc(function)


TOP = functions(covector)


@pytest.mark.parametrize("function", [x for _, x in TOP], ids=[n for n, _ in TOP])
def test_transformations_tell_of_their_arguments(function: Any) -> None:
    signature = inspect.signature(function)
    doc = inspect.getdoc(function) or ""
    if "Args:" in doc:
        assert [p for p in signature.parameters if p[0] != "_" and p not in doc] == []
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty


NUMPY = functions(covector.numpy)


@pytest.mark.parametrize("function", [x for _, x in NUMPY], ids=[n for n, _ in NUMPY])
def test_functions_of_numpy_have_examples(function: Any) -> None:
    doc = inspect.getdoc(function) or ""
    assert ">>>" in doc or doc.startswith(("The same as `", "Raises NotImplementedError"))


def test_options_are_documented() -> None:
    from covector._options import OPTIONS

    assert [n for n, o in OPTIONS.items() if not (o.__doc__ or "").endswith(".")] == []
