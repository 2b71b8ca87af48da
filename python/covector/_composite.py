"""Functions made of several operations, which run eagerly as one compiled program."""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from covector._jit import jit

F = TypeVar("F", bound=Callable)


def composite(*static: str) -> Callable[[F], F]:
    """Decorates a composition of operations: one program if eager, inlined if traced.

    Without it, each operation inside would be compiled by itself.

    Args:
      *static: names of parameters that are no arrays.
    """

    def decorate(function: F) -> F:
        names: Sequence[str] = static
        return cast(F, jit(function, static_argnames=names, inline=True))

    return decorate
