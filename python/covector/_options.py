"""What an option is: a checked value, for all threads or for a block of one of them.

The core keeps the options that it reads itself as integers; Python hands them on whenever one
is set, and is otherwise the authority on what was set.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from covector import _core

T = TypeVar("T")

OPTIONS: dict[str, "Option[Any]"] = {}
_UNSET: Any = object()


class _Overrides(threading.local):
    """Values that hold in this thread inside `with` blocks, by name."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}


_overrides = _Overrides()


class Option(Generic[T]):
    """One option. Called with a value, it gives a context in which this thread sees that value.

    Attributes:
      name: without a prefix; `covector_<name>` and `jax_<name>` name it as well.
      value: what holds in this thread now.
    """

    def __init__(
        self,
        name: str,
        default: T,
        doc: str,
        check: Callable[[Any], T],
        *,
        read: Callable[[str], Any] = str,
        in_block: Any = _UNSET,
        publish: "Callable[[Option[T], T | None, bool], None] | None" = None,
    ) -> None:
        """Registers the option and takes its value from the environment, if it is there.

        Args:
          name: without a prefix.
          default: the value where none is set.
          doc: one or more sentences for users.
          check: returns the value to keep for one that a user gave, or raises.
          read: turns the text of an environment variable into a value for `check`.
          in_block: the value of a `with` block that gives none.
          publish: tells the core of a new value; with True if only for this thread, where None
            means that the block is over.
        """
        self.name, self.default, self._check, self._read = name, default, check, read
        self.__doc__ = doc
        self._in_block, self._publish = in_block, publish
        self._global = default
        self.is_set = False
        self.core_name: str | None = None  # of an option that the core reads
        self.word: Callable[[int], Any] = bool  # the value that the core knows by a number
        OPTIONS[name] = self
        self._from_environment()

    def _from_environment(self) -> None:
        for prefix in ("COVECTOR_", "JAX_"):
            variable = prefix + self.name.upper()
            text = os.environ.get(variable)
            if text is None:
                continue
            try:
                self.set(self._read(text))
            except (TypeError, ValueError) as error:
                raise ValueError(f"environment variable {variable}={text!r}: {error}") from None
            return

    @property
    def value(self) -> T:
        return _overrides.values.get(self.name, self._global)

    def get_global(self) -> T:
        """The value in threads that are in no block of this option."""
        return self._global

    def set(self, value: Any) -> None:
        """Sets the value for all threads."""
        checked = self._check(value)
        if self._publish is not None:
            self._publish(self, checked, False)
        self._global, self.is_set = checked, True

    def __call__(self, new_val: Any = _UNSET) -> "Block":
        """A context manager, also usable as a decorator, in which the option has this value.

        Raises:
          TypeError: if the option is no flag and no value is given.
          ValueError: if the value is none of those allowed.
        """
        value = self._in_block if new_val is _UNSET else new_val
        if value is _UNSET:
            raise TypeError(
                f"the context manager of the option {self.name} needs the value that the option "
                "is to have inside"
            )
        return Block(self, self._check(value))

    def _override(self, value: Any) -> Any:
        """Sets or, with _UNSET, removes this thread's own value; returns the previous one."""
        values = _overrides.values
        previous = values.pop(self.name, _UNSET)
        if value is not _UNSET:
            values[self.name] = value
        if self._publish is not None:
            self._publish(self, None if value is _UNSET else value, True)
        return previous

    def __repr__(self) -> str:
        return f"<option {self.name}={self.value!r}>"


class Block(contextlib.ContextDecorator):
    """The part of a program in which an option has another value, in this thread only."""

    def __init__(self, option: Option[Any], value: Any) -> None:
        self._option, self._value = option, value
        self._previous: list[Any] = []

    def __enter__(self) -> None:
        self._previous.append(self._option._override(self._value))

    def __exit__(self, *exception: object) -> None:
        self._option._override(self._previous.pop())


def truth(text: str) -> bool:
    """The meaning of an environment variable that is a flag.

    Raises:
      ValueError: if it is none of the usual words.
    """
    word = text.lower()
    if word in ("1", "true", "t", "yes", "y", "on"):
        return True
    if word in ("0", "false", "f", "no", "n", "off"):
        return False
    raise ValueError("expected one of 1, true, yes, on, 0, false, no, off")


def publish_to_core(core_name: str, code: Callable[[Any], int]) -> Callable[..., None]:
    """A `publish` for an option that the core reads under this name."""

    def publish(option: Option[Any], value: Any, only_thread: bool) -> None:
        if only_thread:
            held = option.name in _overrides.values
            _core.set_thread_option(core_name, code(value) if held else None)
        else:
            _core.set_option(core_name, code(value))

    return publish


def flag(name: str, doc: str, *, core: str | None = None, default: bool = False) -> Option[bool]:
    """Makes an option that is on or off."""
    publish = publish_to_core(core, int) if core else None
    option = Option(name, default, doc, bool, read=truth, in_block=True, publish=publish)
    option.core_name = core
    return option


def choice(
    name: str,
    default: Any,
    codes: dict[str | None, int],
    doc: str,
    *,
    core: str | None = None,
    publish: Callable[..., None] | None = None,
) -> Option[Any]:
    """Makes an option whose values are those of a list; the core knows them by number.

    It is told by `publish` if that is given, see `Option`.
    """

    def check(value: Any) -> Any:
        if not (value is None or isinstance(value, str)) or value not in codes:
            allowed = ", ".join(repr(c) for c in codes)
            raise ValueError(f"{name} must be one of {allowed}, got {value!r}")
        return value

    if core is not None:
        publish = publish_to_core(core, codes.__getitem__)
    option = Option(name, default, doc, check, publish=publish)
    option.core_name = core
    option.word = {code: value for value, code in reversed(codes.items())}.__getitem__
    return option
