"""Names for parts of programs."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any, TypeVar

from covector import _core

F = TypeVar("F", bound=Callable[..., Any])


class named_scope(contextlib.ContextDecorator):
    """Names the operations of a block, or of a function that it decorates.

    The names are in lowered programs, and so in profiles, in front of the names of operations.
    They change nothing in what is computed.

    >>> import covector
    >>> @covector.jit
    ... def f(x):
    ...     with covector.named_scope("attention"):
    ...         return x * 3
    >>> "jit(f)/attention/mul" in f.lower(1.0).as_text(debug_info=True)
    True
    """

    def __init__(self, name: str) -> None:
        """Names what follows.

        Raises:
          TypeError: if the name is no string.
        """
        if not isinstance(name, str):
            raise TypeError("named_scope name argument must be a string.")
        self.name = name

    def __enter__(self) -> "named_scope":
        _core.push_scope(self.name)
        return self

    def __exit__(self, *exception: object) -> None:
        _core.pop_scope()


def ensure_compile_time_eval() -> Any:
    """A context in which operations on known values run at once, also while a function is traced.

    Returns:
      A context manager. Inside it, operations on traced values are traced as outside.

    >>> import covector
    >>> import covector.numpy as jnp
    >>> @covector.jit
    ... def f(x):
    ...     with covector.ensure_compile_time_eval():
    ...         n = int(jnp.sum(jnp.ones(3)))
    ...     return x * n
    >>> f(2.0)
    Array(6., dtype=float32, weak_type=True)
    """
    return _core.EagerScope()


def named_call(fun: F, *, name: str | None = None) -> F:
    """The function, with its operations in a `named_scope`.

    Args:
      fun: the function.
      name: the scope's name; None is the function's own.

    Raises:
      TypeError: if `fun` is no function, or the name no string.

    >>> import covector
    >>> covector.named_call(lambda x: x + 1, name="increment")(1)
    2
    """
    if not callable(fun):
        raise TypeError(f"Expected a callable value, got {fun}")
    scope = named_scope(getattr(fun, "__name__", "call") if name is None else name)

    @functools.wraps(fun)
    def call(*args: Any, **kwargs: Any) -> Any:
        with scope:
            return fun(*args, **kwargs)

    return call  # type: ignore[return-value]
