"""Programs that forbid compiling replace the function with which JAX compiles."""

import sys
from types import SimpleNamespace
from typing import Any

from covector import _core

MODULE = "jax._src.compiler"


def backend_compile_and_load(backend: Any, *args: Any, **kwargs: Any) -> None:
    """Agrees to a compilation; a function in its place that raises an exception forbids it.

    Args:
      backend: has the attribute `platform`.
      *args, **kwargs: unused. The core compiles by itself, once this has returned.
    """


def _ask(platform: str) -> None:
    module = sys.modules.get(MODULE)
    if module is not None:
        module.backend_compile_and_load(SimpleNamespace(platform=platform))


def listen() -> None:
    """Makes the core ask before it compiles, from now on."""
    _core.set_compile_guard(_ask)
