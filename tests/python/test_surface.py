"""Names and parameters of numpy, its submodules and arrays are those of JAX."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "surface.py"
# Undocumented in JAX, a class of its compiler's: where in Python an array was made.
REMAINS = {"traceback"}


@pytest.fixture(scope="module")
def surface() -> ModuleType:
    spec: Any = importlib.util.spec_from_file_location("surface", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def namespace(library: str, module: str) -> Any:
    if module == "Array":
        return type(importlib.import_module(f"{library}.numpy").zeros(()))
    return importlib.import_module(f"{library}.{module}")


@pytest.mark.parametrize("module", ["numpy", "numpy.linalg", "numpy.fft", "Array"])
def test_is_that_of_jax(surface: Any, module: str) -> None:
    ours, theirs = (surface.public(namespace(x, module)) for x in ("covector", "jax"))
    assert not theirs.keys() - ours.keys() - REMAINS
    differing = [n for n in sorted(theirs.keys() & ours.keys())
                 if list(surface.differences(n, ours[n], theirs[n]))]  # fmt: skip
    assert not differing


def test_differences_are_seen(surface: Any) -> None:
    assert list(surface.differences("f", lambda x: x, lambda y: y))
    assert not list(surface.differences("f", lambda x: x, lambda x: x))
