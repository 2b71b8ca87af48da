"""What parameters a function has, and which of them an option of `jit` means."""

import functools
import inspect
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, SupportsIndex

Argnums = int | Iterable[int] | None
Argnames = str | Iterable[str] | None

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def check_callable(fun: Any) -> None:
    """Raises TypeError unless `fun` is a function that can be transformed."""
    if not callable(fun):
        raise TypeError(f"Expected a callable value, got {fun}")
    if inspect.isgeneratorfunction(fun):
        raise TypeError(
            f"Expected a function, got a generator function: {fun}; return a tuple in place of "
            "yielding"
        )


def signature_of(fun: Callable[..., Any]) -> inspect.Signature | None:
    """The parameters of a function, or None if they cannot be known, as of some builtins."""
    try:
        return inspect.signature(fun)
    except (ValueError, TypeError):
        return None


def name_of(fun: Any) -> str:
    """What a function is called in messages and jaxprs."""
    while isinstance(fun, functools.partial):
        fun = fun.func
    name = getattr(fun, "__name__", None)
    return name if isinstance(name, str) else "<unnamed function>"


def describe(fun: Any) -> str:
    """The name of a function and where it was written."""
    inner = fun
    while hasattr(inner, "__wrapped__") or isinstance(inner, functools.partial):
        inner = inner.func if isinstance(inner, functools.partial) else inner.__wrapped__
    code = getattr(inner, "__code__", None)
    place = f" at {code.co_filename}:{code.co_firstlineno}" if code is not None else ""
    return name_of(fun) + place


def as_ints(x: Argnums) -> tuple[int, ...]:
    """Positions as a tuple, whether one was given or several.

    Raises:
      TypeError: if one is no integer.
    """
    if x is None:
        return ()
    if isinstance(x, SupportsIndex):
        return (operator.index(x),)
    if isinstance(x, (str, bytes)) or not hasattr(x, "__iter__"):
        raise TypeError(f"expected an integer or a sequence of integers, got {x!r}")
    return tuple(operator.index(i) for i in x)


def as_names(x: Argnames) -> tuple[str, ...]:
    """Names as a tuple, whether one was given or several.

    Raises:
      TypeError: if one is no string.
    """
    if x is None:
        return ()
    names = (x,) if isinstance(x, str) else tuple(x)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"argument is not a string: {name!r}")
    return names


class Parameters:
    """The parameters of a function, as options that name some of them need to know."""

    def __init__(self, fun: Callable[..., Any]) -> None:
        signature = signature_of(fun)
        self._known = signature is not None
        found: Sequence[inspect.Parameter] = (
            list(signature.parameters.values()) if signature is not None else ()
        )
        self._function = describe(fun)
        self._positional = [p for p in found if p.kind in _POSITIONAL]
        self._named = {p.name for p in found if p.kind in _NAMED}
        self._rest = [p.name for p in found if p.kind is inspect.Parameter.VAR_POSITIONAL]
        self._takes_keywords = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in found)

    def resolve(
        self, argnums: Argnums, argnames: Argnames, option: str
    ) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Positions, sorted, and names of the arguments that are meant.

        An argument that can be passed both ways is in both, if only one way was given. Positions
        are from the front, but where the function takes any number of arguments.

        Args:
          argnums: positions, perhaps from the end.
          argnames: names.
          option: 'static' or 'donate', for messages.

        Raises:
          ValueError: if the function has no such parameters.
          TypeError: if they are no integers or strings.
        """
        positions, names = as_ints(argnums), as_names(argnames)
        if not self._known:
            if names and option == "donate":
                raise ValueError(
                    f"Getting the signature of function {self._function} failed. Pass "
                    "donate_argnums instead of donate_argnames."
                )
            return tuple(sorted(positions)), names
        positions = self._from_front(positions, option)
        self._check_names(names, option)
        if argnames is None:
            meant = [self._positional[i] for i in positions if 0 <= i < len(self._positional)]
            names = tuple(p.name for p in meant if p.kind in _NAMED)
        elif argnums is None:
            meant = [p for p in self._positional if p.name in names]
            positions = tuple(self._positional.index(p) for p in meant)
        return tuple(sorted(set(positions))), names

    def _from_front(self, positions: tuple[int, ...], option: str) -> tuple[int, ...]:
        count = len(self._positional)
        if self._rest:
            return positions
        if any(not -count <= i < count for i in positions):
            raise ValueError(
                f"Jitted function has {option}_argnums={positions}, but only accepts {count} "
                f"positional arguments: {self._function}"
            )
        return tuple(i % count for i in positions)

    def _check_names(self, names: tuple[str, ...], option: str) -> None:
        only_positional = {p.name for p in self._positional} - self._named
        if wrong := only_positional & set(names):
            raise ValueError(
                f"Jitted function has invalid argnames {wrong} in {option}_argnames. These are "
                f"positional-only; use {option}_argnums: {self._function}"
            )
        wrong = set(names) & {*self._rest} if self._takes_keywords else set(names) - self._named
        if wrong:
            raise ValueError(
                f"Jitted function has invalid argnames {wrong} in {option}_argnames. Function "
                f"does not take these args: {self._function}"
            )


def reject_both(
    static: tuple[tuple[int, ...], tuple[str, ...]],
    donated: tuple[tuple[int, ...], tuple[str, ...]],
) -> None:
    """Raises ValueError if an argument is both static and donated."""
    for what, a, b in (("argnames", static[1], donated[1]), ("argnums", static[0], donated[0])):
        if both := set(map(str, a)) & set(map(str, b)):
            raise ValueError(
                f"static_{what} and donate_{what} cannot intersect. Arguments {both} appear in "
                f"both static_{what} and donate_{what}"
            )


# What a function says about itself, and of which type that must be.
_DESCRIPTION = {
    "__module__": str,
    "__name__": str,
    "__qualname__": str,
    "__doc__": str,
    "__annotations__": dict,
}


def adopt(fun: Callable[..., Any], wrapper: Any, doc: str | None) -> Any:
    """Gives what a transformation returns the function's name, with a text that says what it is.

    Args:
      fun: the function that was transformed.
      wrapper: what stands for it now.
      doc: its docstring, in which `{name}` is the function's name.

    Returns:
      The wrapper.
    """
    # Callables that are no functions may have anything under these names.
    attributes = [a for a, kind in _DESCRIPTION.items() if isinstance(getattr(fun, a, None), kind)]
    functools.update_wrapper(wrapper, fun, attributes)
    if doc is not None:
        name = name_of(fun)
        original = f"\n\nOriginal documentation:\n\n{fun.__doc__}" if fun.__doc__ else ""
        wrapper.__doc__ = doc.format(name=name) + original
    return wrapper
