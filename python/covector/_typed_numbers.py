"""Python's numbers as derivative rules get them: with the dtype of the array they stand for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core
from covector._core import Tracer


class _Typed:
    """A number with the type of an array; in front of the kind of number that it is."""

    __slots__ = ()
    aval: Any

    @property
    def dtype(self) -> Any:
        return self.aval.dtype

    def __repr__(self) -> str:
        return f"{type(self).__name__}({super().__repr__()}, dtype={self.dtype})"


class TypedInt(_Typed, int):
    """An integer with a dtype."""


class TypedFloat(_Typed, float):
    """A real number with a dtype."""

    __slots__ = ("aval",)

    def __str__(self) -> str:
        return float.__repr__(self)


class TypedComplex(_Typed, complex):
    """A complex number with a dtype."""

    __slots__ = ("aval",)


# A subclass of one of them, such as an enumerator, is the number that it is.
_TYPED = {int: TypedInt, float: TypedFloat, complex: TypedComplex}


def typed_number(number: Any) -> Any:
    """A number with the type of the array that it stands for; booleans are what they are."""
    if isinstance(number, (bool, *_TYPED.values())):
        return number
    for kind, typed in _TYPED.items():
        if isinstance(number, kind):
            result: Any = typed(number)
            result.aval = _core.aval_of(number)
            return result
    raise TypeError(f"{number!r} is no number of Python's")


def is_number(x: Any) -> bool:
    """Whether it is a number of Python's; the scalars of NumPy are arrays."""
    return isinstance(x, (bool, int, float, complex)) and not isinstance(x, np.generic)


class Numbers:
    """Which of some leaves are numbers of Python's.

    Derivative rules may ask for more of a number than of an array: whether it `is True`, or for its
    hash. So they get those back as numbers that are not under transformation.
    """

    __slots__ = ("_at",)

    def __init__(self, leaves: Sequence[Any]) -> None:
        self._at = {i: typed_number(x) for i, x in enumerate(leaves) if is_number(x)}

    def restored(self, leaves: Sequence[Any]) -> list[Any]:
        """The leaves as they came from the core, where they all are arrays."""
        if not self._at:
            return list(leaves)
        return [
            self._at[i] if i in self._at and not isinstance(x, Tracer) else x
            for i, x in enumerate(leaves)
        ]

    def taken_out(self, leaves: Sequence[Any]) -> list[Any]:
        """The other leaves."""
        return [x for i, x in enumerate(leaves) if i not in self._at]

    def put_back(self, others: Sequence[Any]) -> list[Any]:
        """All leaves: the reverse of `taken_out`."""
        left = iter(others)
        count = len(others) + len(self._at)
        return [self._at[i] if i in self._at else next(left) for i in range(count)]
