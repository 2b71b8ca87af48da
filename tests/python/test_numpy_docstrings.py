"""Every function of `covector.numpy` and `covector.lax` has a document whose example runs."""

import doctest
import importlib
import inspect
import pkgutil
from types import ModuleType

import numpy as np
import pytest

import covector
import covector.lax
import covector.numpy

PACKAGES = [covector.numpy, covector.lax]
MODULES = ["covector.dtypes", "covector._dtypes", *(p.__name__ for p in PACKAGES)]
MODULES += [f"{p.__name__}.{m.name}" for p in PACKAGES for m in pkgutil.iter_modules(p.__path__)]
# Names that examples may use; those that import them themselves are no worse.
GLOBALS = {"covector": covector, "jnp": covector.numpy, "lax": covector.lax, "np": np}


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    module = importlib.import_module(name)
    result = doctest.testmod(module, extraglobs=GLOBALS, optionflags=options)
    assert result.failed == 0


def functions(package: ModuleType) -> list[str]:
    theirs = (np, np.exceptions)
    return [
        name
        for name, x in vars(package).items()
        if name[0] != "_"
        and inspect.isroutine(x)
        and not any(hasattr(m, name) and getattr(m, name) is x for m in theirs)
    ]


@pytest.mark.parametrize("name", functions(covector.numpy))
def test_functions_of_numpy_are_documented(name: str) -> None:
    doc = inspect.getdoc(getattr(covector.numpy, name))
    assert doc
    others = ("The same as `", "Raises NotImplementedError")
    assert ">>>" in doc or doc.startswith(others)


@pytest.mark.parametrize("name", functions(covector.lax))
def test_functions_of_lax_are_documented(name: str) -> None:
    assert inspect.getdoc(getattr(covector.lax, name))
