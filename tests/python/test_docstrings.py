"""What users call is documented, and the examples in docstrings run."""

import doctest
import importlib
import inspect

import pytest

import covector

MODULES = [
    "covector",
    "covector._config",
    "covector._custom_jvp",
    "covector._derivatives",
    "covector._devices",
    "covector._jacobian",
    "covector._jit",
    "covector._scopes",
    "covector._staging",
    "covector._struct",
    "covector._vmap",
    "covector.compat",
    "covector.core",
    "covector.errors",
    "covector.sharding",
    "covector.stages",
    "covector.typing",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.testmod(importlib.import_module(name), optionflags=options)
    assert result.attempted > 0
    assert result.failed == 0


FUNCTIONS = [n for n, x in vars(covector).items() if inspect.isfunction(x) and n[0] != "_"]


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_are_documented(name: str) -> None:
    function = getattr(covector, name)
    doc = inspect.getdoc(function)
    assert doc
    parameters = [p for p in inspect.signature(function).parameters if not p.startswith("_")]
    undocumented = [p for p in parameters if p not in doc]
    if "Args:" in doc:
        assert undocumented == []
    for parameter in inspect.signature(function).parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty


def test_options_are_documented() -> None:
    from covector._options import OPTIONS

    assert [n for n, o in OPTIONS.items() if not (o.__doc__ or "").endswith(".")] == []
