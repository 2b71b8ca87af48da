"""Tangents and cotangents that are known to be zero."""

from typing import Any

import numpy as np

from covector import _core
from covector._dtypes import float0, issubdtype
from covector.tree_util import tree_map, tree_unflatten


class SymbolicZero:
    """A tangent known to be zero, of which no array was made.

    Rules defined with `symbolic_zeros=True` get these, and may return them.

    Attributes:
      aval: the type of the array that the tangent would be.
    """

    __slots__ = ("aval",)

    def __init__(self, aval: Any) -> None:
        self.aval = aval

    @property
    def shape(self) -> tuple[int, ...]:
        return self.aval.shape

    @property
    def dtype(self) -> Any:
        return self.aval.dtype

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)

    @staticmethod
    def from_primal_value(value: Any) -> "SymbolicZero":
        """The zero tangent of this value."""
        return SymbolicZero(_core.aval_of(value).to_tangent_aval())

    def __repr__(self) -> str:
        return "SymbolicZero"


def zero_from_primal(val: Any, symbolic_zeros: bool = False) -> Any:
    """The zero tangents of values: arrays, or `SymbolicZero`s.

    Args:
      val: an array or scalar, or a tree of these.
      symbolic_zeros: whether to make no array.

    >>> from covector.custom_derivatives import zero_from_primal
    >>> zero_from_primal(3.0)
    Array(0., dtype=float32, weak_type=True)
    """
    zero = SymbolicZero.from_primal_value if symbolic_zeros else zeros_like
    return tree_map(zero, val)


def zeros_like(primal: Any) -> Any:
    """Zeros for the tangent of an array (or its type), of dtype float0 where it is an integer."""
    aval = primal if isinstance(primal, _core.ShapedArray) else _core.aval_of(primal)
    if not issubdtype(aval.dtype, np.inexact):
        return np.zeros(aval.shape, float0)
    zero = _core.convert(0.0, aval.dtype, aval.weak_type)
    return _core.numpy.broadcast_to(zero, aval.shape)


def type_text(dtype: Any, shape: tuple[int, ...]) -> str:
    """A type as messages write it, such as float32[2,3]."""
    name = "float0" if dtype == float0 else str(dtype)
    return f"{name}[{','.join(map(str, shape))}]"


def tree_of_types(tree: Any, avals: list[Any]) -> str:
    """A tree of types as messages write it, such as (float32[], int32[3])."""
    types = [type_text(a.dtype, a.shape) for a in avals]
    return str(tree_unflatten(tree, types)).replace("'", "")
