"""Operands of functions of `covector.lax`."""

from typing import Any

from covector import _core
from covector._core import Array


def as_operand(x: Any) -> Array:
    """The array that an operand is or stands for.

    Raises:
      TypeError: if it is none.
    """
    return x if isinstance(x, Array) else _core.asarray(x)
