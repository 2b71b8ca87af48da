"""Names that are imported when they are first asked for (PEP 562): importing all of the package
would take longer than importing NumPy."""

import ast
import importlib
import sys
from collections.abc import Callable
from typing import Any

Hooks = tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]


def attach(package: str) -> Hooks:
    """The `__getattr__`, `__dir__` and `__all__` of a package some of whose contents come late.

    What the package imports under `if TYPE_CHECKING:`, type checkers see at once; others get it
    when they first ask for it. From then on it is an attribute of the module like any other.

    Args:
      package: the package's `__name__`.

    Returns:
      Values of the three names, to be bound in the package.
    """
    module = sys.modules[package]
    sources = _late_imports(module.__file__ or "")
    # What is present may be a primitive, in whose place a composition is public.
    for name in ("TYPE_CHECKING", *sources):
        vars(module).pop(name, None)

    def __getattr__(name: str) -> Any:
        if name not in sources:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        source, original = sources[name]
        if source == package:
            value: Any = importlib.import_module(f"{package}.{original}")
        else:
            value = getattr(importlib.import_module(source), original)
        setattr(module, name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(module), *sources})

    present = [name for name in vars(module) if not name.startswith("_")]
    return __getattr__, __dir__, sorted({*present, *sources})


def _late_imports(file: str) -> dict[str, tuple[str, str]]:
    """For each name that the file imports under `if TYPE_CHECKING:`, its module and name there."""
    with open(file, encoding="utf-8") as source:
        statements = ast.parse(source.read()).body
    return {
        alias.asname or alias.name: (statement.module or "", alias.name)
        for block in statements
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
