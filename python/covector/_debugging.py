"""Looking into running programs: `debug.callback`, `debug.print`, `debug.breakpoint`."""

import logging
import string
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._staging import is_abstractable
from covector.tree_util import tree_flatten, tree_unflatten

logger = logging.getLogger("covector.debug")


class DebugEffect:
    """The effect of `debug.callback` and `debug.print`, by name: "Debug"."""

    def __str__(self) -> str:
        return "Debug"


class OrderedDebugEffect:
    """The effect of those that are ordered, by name: "OrderedDebug"."""

    def __str__(self) -> str:
        return "OrderedDebug"


class _Looking:
    """A function of trees that returns nothing, as one of their array leaves."""

    def __init__(self, callback: Callable[..., Any], leaves: Sequence[Any], tree: Any) -> None:
        self._callback = callback
        self._tree = tree
        self._leaves = [None if is_abstractable(x) else x for x in leaves]
        self._places = [i for i, x in enumerate(leaves) if is_abstractable(x)]

    def __call__(self, *arrays: Any) -> tuple[()]:
        leaves = list(self._leaves)
        for i, x in zip(self._places, arrays):
            leaves[i] = x
        args, kwargs = tree_unflatten(self._tree, leaves)
        self._callback(*args, **kwargs)
        return ()


def callback(
    callback: Callable[..., Any] | None = None,
    *args: Any,
    ordered: bool = False,
    partitioned: bool = False,
    **kwargs: Any,
) -> Any:
    """Calls a Python function that only looks at values, also from compiled programs.

    Every transformation lets it pass: `grad` shows it the primal values, `vmap` calls it once for
    each element of the batch.

    Args:
      callback: the function; what it returns is ignored. Without it, the result is a function
        that takes it and the arguments.
      *args, **kwargs: what it is called with: trees of arrays and of anything else.
      ordered: whether calls keep the order of the program.
      partitioned: whether each device shows its own part; with one device it changes nothing.

    Raises:
      TypeError: if `callback` is no function.

    >>> import covector
    >>> seen = []
    >>> @covector.jit
    ... def f(x):
    ...     covector.debug.callback(lambda x: seen.append(int(x)), x)
    ...     return x + 1
    >>> y = f(2)
    >>> covector.effects_barrier()
    >>> seen
    [2]
    """

    def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        if not callable(function):
            raise TypeError(
                "first argument to jax.debug.callback must be callable, but got an object of type "
                f"{type(function)}"
            )
        leaves, tree = tree_flatten((args, kwargs))
        looking = _Looking(function, leaves, tree)
        _core.debug_callback(looking, [x for x in leaves if is_abstractable(x)], ordered)

    if callback is not None:
        return call(callback, *args, **kwargs)
    if args or kwargs:
        raise TypeError(
            f"debug_callback received unexpected arguments in the two-call form: {args=} {kwargs=}"
        )
    return call


class _FormatChecker(string.Formatter):
    """Checks that a format has a place for every argument, and formats nothing."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return ""

    def check_unused_args(self, used_args: Any, args: Any, kwargs: Any) -> None:
        positional = [x for i, x in enumerate(args) if i not in used_args]
        if positional:
            raise ValueError(f"Unused positional arguments to `jax.debug.print`: {positional}")
        named = [name for name in kwargs if name not in used_args]
        if named:
            raise ValueError(
                f"Unused keyword arguments to `jax.debug.print`: {named}. You may be passing an "
                'f-string (i.e, `f"{x}"`) into `jax.debug.print` and instead should pass in a '
                "regular string."
            )


_checker = _FormatChecker()


def _has_places(fmt: str) -> bool:
    return any(name is not None for _, name, _, _ in string.Formatter().parse(fmt))


def print(
    fmt: str | None = None,
    *args: Any,
    ordered: bool = False,
    partitioned: bool = False,
    skip_format_check: bool = False,
    _use_logging: bool = False,
    **kwargs: Any,
) -> Any:
    """Prints values, also from compiled programs.

    Arguments are formatted when the program runs, so f-strings do not work: write
    `debug.print("x = {}", x)` or `debug.print("x = {x}", x=x)`.

    Args:
      fmt: a format as `str.format` takes it. Without it, the result is a function that takes it
        and the arguments.
      *args, **kwargs: what is formatted: trees of arrays and of anything else.
      ordered: whether prints keep the order of the program.
      partitioned: whether each device prints its own part; with one device it changes nothing.
      skip_format_check: whether not to check that the format has a place for each argument.

    Raises:
      ValueError: if an argument has no place in the format.

    >>> import covector
    >>> @covector.jit
    ... def f(x):
    ...     covector.debug.print("x = {x:.2f}", x=x)
    ...     return x + 1
    >>> y = f(2.0)
    x = 2.00
    """

    def show(fmt: str, *args: Any, **kwargs: Any) -> None:
        if not skip_format_check:
            _checker.format(fmt, *args, **kwargs)
        options = tuple(np.get_printoptions().items())
        has_places = _has_places(fmt)
        printer = _Printer(fmt, has_places, dict(options), _use_logging)
        leaves, tree = tree_flatten((args, kwargs))
        shown = {
            "fmt": fmt,
            "has_placeholders": has_places,
            "in_tree": tree,
            "np_printoptions": options,
        }
        arrays = [x for x in leaves if is_abstractable(x)]
        _core.debug_callback(_Looking(printer, leaves, tree), arrays, ordered, shown)

    if fmt is not None:
        return show(fmt, *args, **kwargs)
    if args or kwargs:
        raise TypeError(
            f"debug_print received unexpected arguments in the two-call form: {args=} {kwargs=}"
        )
    return show


class _Printer:
    """Formats and writes, with the print options of where the call was written."""

    def __init__(
        self, fmt: str, has_places: bool, options: dict[str, Any], use_logging: bool
    ) -> None:
        self._fmt, self._has_places = fmt, has_places
        self._options, self._use_logging = options, use_logging

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        if self._has_places:
            with np.printoptions(**self._options):
                text = self._fmt.format(*args, **kwargs)
        else:
            text = " ".join((self._fmt, *map(str, args)))
        if self._use_logging:
            logger.info(text)
        else:
            sys.stdout.write(text + "\n")


def log(fmt: str | None = None, *args: Any, **options: Any) -> Any:
    """`debug.print` to the logger `covector.debug`, at level INFO."""
    return print(fmt, *args, _use_logging=True, **options)
