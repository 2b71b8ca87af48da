"""Partial evaluation: what depends on known values is computed, the rest becomes a jaxpr."""

from collections.abc import Sequence
from typing import Any

from covector import _core
from covector._core import Jaxpr, Tracer
from covector._linear_util import WrappedFun

__all__ = [
    "DynamicJaxprTracer",
    "JaxprTracer",
    "PartialVal",
    "dce_jaxpr",
    "trace_to_jaxpr_dynamic",
    "trace_to_jaxpr_nounits",
]


class _IsStaged(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tracer) and _core.tracer_kind(x) == "jit"


class DynamicJaxprTracer(metaclass=_IsStaged):
    """The class of values of a function that becomes a jaxpr, for `isinstance`."""


JaxprTracer = DynamicJaxprTracer


class PartialVal(tuple):
    """A value that is known, or only its type: `(None, value)` or `(type, None)`."""

    __slots__ = ()

    def __new__(cls, pair: tuple[Any, Any]) -> "PartialVal":
        return tuple.__new__(cls, pair)

    @classmethod
    def known(cls, const: Any) -> "PartialVal":
        """A known value."""
        return cls((None, const))

    @classmethod
    def unknown(cls, aval: Any) -> "PartialVal":
        """A value of this type."""
        return cls((aval, None))

    def is_known(self) -> bool:
        """Whether the value is known."""
        return self[0] is None

    def get_known(self) -> Any:
        """The value if it is known, else None."""
        return self[1] if self.is_known() else None

    def get_aval(self) -> Any:
        """Its type."""
        return _core.aval_of(self[1]) if self.is_known() else self[0]


def _flags(flag: bool | Sequence[bool], n: int) -> list[bool]:
    return [flag] * n if isinstance(flag, bool) else list(flag)


def trace_to_jaxpr_nounits(
    fun: WrappedFun, pvals: Sequence[PartialVal], instantiate: bool | Sequence[bool] = False
) -> tuple[Jaxpr, list[PartialVal], list[Any]]:
    """Computes what depends on known arguments, and stages the rest.

    Args:
      fun: the function, of leaves; it returns a sequence of leaves.
      pvals: for each argument its value, or its type.
      instantiate: which results are staged even if they are known.

    Returns:
      The jaxpr of the results that are not known, whose inputs are the arguments that are not;
      for each result its value or its type; and the values of the jaxpr's constants, which are
      its leading inputs.

    >>> import covector
    >>> from covector.core import ShapedArray
    >>> from covector.extend.linear_util import wrap_init
    >>> from covector.interpreters import partial_eval as pe
    >>> f = wrap_init(lambda x, y: (x + 1, x * y))
    >>> known, unknown = pe.PartialVal.known(2.0), pe.PartialVal.unknown(ShapedArray((), "float32"))
    >>> jaxpr, outs, consts = pe.trace_to_jaxpr_nounits(f, [known, unknown])
    >>> outs[0].get_known(), outs[1].is_known()
    (Array(3., dtype=float32, weak_type=True), False)
    """
    arguments = [p.get_known() if p.is_known() else p[0] for p in pvals]

    def call(leaves: list[Any]) -> list[Any]:
        return list(fun.call_wrapped(*leaves))

    outs, closed = _core.partial_eval(call, arguments, instantiate)
    results = [
        PartialVal.known(x) if _core.is_array_like(x) else PartialVal.unknown(x) for x in outs
    ]
    jaxpr = closed.jaxpr.replace(
        constvars=[], invars=[*closed.jaxpr.constvars, *closed.jaxpr.invars]
    )
    return jaxpr, results, closed.consts


def trace_to_jaxpr_dynamic(
    fun: WrappedFun, in_avals: Sequence[Any], **options: Any
) -> tuple[Jaxpr, list[Any], list[Any]]:
    """The jaxpr of a function of leaves, the types of its results, and its constants.

    Args:
      fun: the function; it returns a sequence of leaves.
      in_avals: the types of the arguments.
      **options: accepted for compatibility.
    """

    def call(leaves: list[Any]) -> list[Any]:
        return list(fun.call_wrapped(*leaves))

    _, closed = _core.partial_eval(call, list(in_avals), True)
    return closed.jaxpr, closed.out_avals, closed.consts


def dce_jaxpr(
    jaxpr: Jaxpr, used_outputs: bool | Sequence[bool], instantiate: bool | Sequence[bool] = False
) -> tuple[Jaxpr, list[bool]]:
    """The jaxpr without the equations that some of its results do not need.

    Args:
      jaxpr: the jaxpr.
      used_outputs: which results are kept.
      instantiate: which inputs are kept even if they are not needed.

    Returns:
      The smaller jaxpr, and which inputs it kept.

    >>> import covector
    >>> from covector.interpreters.partial_eval import dce_jaxpr
    >>> jaxpr = covector.make_jaxpr(lambda x, y: (x + 1, y * 2))(1, 2).jaxpr
    >>> dce_jaxpr(jaxpr, [True, False])
    ({ lambda ; a:i32[]. let b:i32[] = add a 1:i32[] in (b,) }, [True, False])
    """
    smaller, needed = jaxpr.dce(_flags(used_outputs, len(jaxpr.outvars)))
    kept = [a or b for a, b in zip(needed, _flags(instantiate, len(jaxpr.invars)))]
    invars = [v for v, keep in zip(smaller.invars, kept) if keep]
    return smaller.replace(invars=invars), kept
