"""Functions made of several operations, which run eagerly as one compiled program."""

from collections.abc import Callable
from functools import update_wrapper
from types import FunctionType
from typing import Any, TypeVar, cast

from covector import _core

F = TypeVar("F", bound=Callable)


def composite(*static: str) -> Callable[[F], F]:
    """Decorates a composition of operations: one program if eager, inlined if traced.

    Without it, each operation inside would be compiled by itself.

    Args:
      *static: names of parameters that are no arrays.
    """

    def decorate(function: F) -> F:
        code = cast(FunctionType, function).__code__
        positional = code.co_varnames[: code.co_argcount]
        # This is what `jit` does, less what it takes to understand any callable: hundreds of
        # functions are decorated when the package is imported.
        jitted = _core.jit(
            function,
            name=code.co_name,
            static_argnums=[i for i, name in enumerate(positional) if name in static],
            static_argnames=list(static),
            donate_argnums=[],
            donate_argnames=[],
            keep_unused=False,
            inline=True,
            device=cast(Any, None),
            compiler_options={},
        )
        return cast(F, update_wrapper(jitted, function))

    return decorate
