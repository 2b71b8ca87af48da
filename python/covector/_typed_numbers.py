"""Python's numbers as derivative rules get them: with the dtype of the array they stand for."""

from typing import Any


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


_TYPED = {int: TypedInt, float: TypedFloat, complex: TypedComplex}


def typed_number(number: Any, aval: Any) -> Any:
    """The number with the type of the array that it stands for; booleans are what they are."""
    typed = _TYPED.get(type(number))
    if typed is None:
        return number
    result = typed(number)
    result.aval = aval
    return result
