"""Submodules and names that are imported when they are first asked for (PEP 562)."""

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def attach(
    package: str, submodules: Iterable[str] = (), names: Mapping[str, Iterable[str]] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a package some of whose contents come late.

    Args:
      package: the package's `__name__`.
      submodules: names of modules of the package.
      names: for each module, given by its full name, what the package offers of it.

    Returns:
      Two functions to be bound to `__getattr__` and `__dir__` in the package.
    """
    modules = frozenset(submodules)
    sources = {name: module for module, names in (names or {}).items() for name in names}

    def __getattr__(name: str) -> Any:
        if name in sources:
            value = getattr(importlib.import_module(sources[name]), name)
        elif name in modules:
            value = importlib.import_module(f"{package}.{name}")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules, *sources})

    return __getattr__, __dir__
