"""How functions with rules of their own take their arguments."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from covector._signature import name_of

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def forward_attribute(self: Any, name: str) -> Any:
    """An attribute of the function inside, where that has rules of its own too.

    So rules can be defined on the outermost of several decorators.

    Raises:
      AttributeError: if there is none.
    """
    fun = self.__dict__.get("fun")
    if not hasattr(type(fun), "_has_rules"):
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
    return getattr(fun, name)


class Arguments:
    """The parameters of a function, to turn keywords into positions and fill in defaults."""

    def __init__(self, fun: Callable[..., Any], decorator: str) -> None:
        self._name = f"{decorator}-decorated function {name_of(fun)}"
        try:
            self._signature: inspect.Signature | None = inspect.signature(fun)
        except (ValueError, TypeError):
            self._signature = None
        parameters = self._signature.parameters.values() if self._signature else ()
        self._names = [p.name for p in parameters if p.kind in _POSITIONAL]
        self._is_fixed = len(self._names) == len(parameters)

    def positions(self, names: Sequence[str]) -> list[int]:
        """Where the named parameters stand; those passed only by keyword stand nowhere."""
        return [self._names.index(name) for name in names if name in self._names]

    def by_position(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments of a call as a tuple.

        Raises:
          TypeError: if the function does not take them, or not by position.
        """
        if not kwargs and self._is_fixed and len(args) == len(self._names):
            return args
        if self._signature is None:
            self._reject_keywords(list(kwargs))
            return args
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"The input arguments to the {self._name} could "
                f"not be resolved to positional-only arguments. Binding failed with the error:\n"
                f"{error}"
            ) from None
        bound.apply_defaults()
        self._reject_keywords([k for k in bound.kwargs if k in kwargs])
        return bound.args

    def _reject_keywords(self, names: list[str]) -> None:
        if names:
            raise TypeError(
                f"The input arguments to the {self._name} could "
                "not be resolved to positional-only arguments.\nThe following keyword arguments "
                f"could not be resolved to positions: {', '.join(names)}"
            )
