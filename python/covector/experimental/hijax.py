"""Values and primitives above arrays, made by a library: operations on objects that hold arrays.

A `HiPrimitive` is an operation on values of classes of one's own, written as operations on the
arrays in them. Covector runs these where the primitive is bound, so that traces only ever see
arrays. Hence the differences from JAX: a derivative is that of the operations, never the
primitive's own `jvp` and `transpose`; jaxprs show the operations; and a value of a class that was
given to `register_hitype` is no argument or result of a transformed function, unless the class is
registered as a tree. Functions may close over such values, and make, change and return parts of
them.

>>> from covector.experimental import hijax
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from covector._core import ShapedArray
from covector._references import AbstractRef
from covector._rules import Effect, Zero, instantiate_zeros, is_undefined_primal
from covector._value_handlers import pytype_aval_mappings
from covector.core import AbstractValue, Primitive

__all__ = [
    "AbstractRef",
    "AbstractValue",
    "AvalMutableQDD",
    "AvalQDD",
    "HiPrimitive",
    "HiType",
    "MutableHiType",
    "ShapedArray",
    "Zero",
    "aval_method",
    "aval_property",
    "control_flow_allowed_effects",
    "cur_qdd",
    "instantiate_zeros",
    "is_undefined_primal",
    "register_hitype",
]


class HiPrimitive(Primitive):
    """An operation on values of classes of one's own: derive from it, and define `to_lojax`.

    Args:
      name: for messages.

    >>> from covector.experimental.hijax import HiPrimitive
    >>> class Span:
    ...     def __init__(self, low, high):
    ...         self.low, self.high = low, high
    >>> class Width(HiPrimitive):
    ...     def to_lojax(self, span, *, scale):
    ...         return (span.high - span.low) * scale
    >>> Width("width").bind(Span(1.0, 3.0), scale=2)
    4.0
    """

    def to_lojax(self, *values: Any, **params: Any) -> Any:
        """The operation, by operations on the arrays that the values hold."""
        raise NotImplementedError(f"{self}: to_lojax must be defined")

    def is_high(self, *avals: Any, **params: Any) -> bool:
        """Whether there is more to the primitive than operations on arrays."""
        return True

    def bind(self, *values: Any, **params: Any) -> Any:
        """Runs the operation."""
        return self.to_lojax(*values, **params)


class HiType:
    """The type of values of a class of one's own. Derived classes define equality and hash."""

    is_high = True
    has_qdd = False


class MutableHiType:
    """The type of values that can be changed, and the types of what they hold with them."""

    is_high = True
    has_qdd = True
    is_writer = False


@dataclass(frozen=True)
class AvalQDD:
    """A type of values that can be changed, and what is known of one's contents at some point.

    Attributes:
      aval: the type.
      qdd: what is known.
    """

    aval: Any
    qdd: Any

    is_high = True
    has_qdd = True


@dataclass(frozen=True)
class AvalMutableQDD:
    """As `AvalQDD`, where what is known can be written.

    Attributes:
      aval: the type.
      mutable_qdd: holds what is known.
    """

    aval: Any
    mutable_qdd: Any


@dataclass(frozen=True)
class aval_property:
    """A property that values have by their type.

    Attributes:
      fget: a function of a value.
    """

    fget: Callable[[Any], Any]


@dataclass(frozen=True)
class aval_method:
    """A method that values have by their type.

    Attributes:
      fun: a function of a value and further arguments.
    """

    fun: Callable[..., Any]


class EffectTypes:
    """Classes of effects.

    >>> from covector.core import Effect
    >>> from covector.experimental.hijax import control_flow_allowed_effects as allowed
    >>> class Counts(Effect):
    ...     pass
    >>> allowed.add_type(Counts)
    >>> allowed.contains(Counts())
    True
    """

    def __init__(self) -> None:
        self._types: tuple[type[Effect], ...] = ()

    def add_type(self, effect_type: type[Effect]) -> None:
        """Enters a class."""
        self._types += (effect_type,)

    def contains(self, effect: Effect) -> bool:
        """Whether an effect is of a class that was entered."""
        return isinstance(effect, self._types)

    def filter_in(self, effects: Iterable[Effect]) -> list[Effect]:
        """Those effects that are."""
        return [e for e in effects if self.contains(e)]

    def filter_not_in(self, effects: Iterable[Effect]) -> list[Effect]:
        """Those effects that are not."""
        return [e for e in effects if not self.contains(e)]


# Effects of a `HiPrimitive` are in no jaxpr, so that no control flow has to allow them.
control_flow_allowed_effects = EffectTypes()


def cur_qdd(x: Any) -> Any:
    """What is known of the contents of a value that can be changed: its own `cur_qdd()`."""
    return x.cur_qdd()


def register_hitype(val_cls: type, typeof_fn: Callable[[Any], Any]) -> None:
    """Says what the types of a class's instances are, for `typeof`.

    Args:
      val_cls: the class.
      typeof_fn: a function of an instance that gives a `HiType` or `MutableHiType`.

    >>> import covector
    >>> from covector.experimental.hijax import HiType, register_hitype
    >>> class Pair:
    ...     pass
    >>> register_hitype(Pair, lambda pair: HiType())
    >>> isinstance(covector.typeof(Pair()), HiType)
    True
    """
    pytype_aval_mappings[val_cls] = typeof_fn
