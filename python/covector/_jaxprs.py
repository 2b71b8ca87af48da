"""Work on jaxprs, types and traces that `extend.core` offers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import numpy as np

from covector import _core
from covector._core import Array, ClosedJaxpr, Jaxpr, Trace, Var
from covector._dtypes import float0, issubdtype
from covector._staging import is_abstractable
from covector.errors import ConcretizationTypeError

array_types = frozenset({Array, np.ndarray, np.generic, bool, int, float, complex})


class DropVar:
    """The class of variables that nothing uses. Covector does not tell these from others, so that
    nothing is an instance."""


class TraceTag:
    """What JAX tells traces of one transformation by."""


def jaxpr_as_fun(closed_jaxpr: ClosedJaxpr, *args: Any) -> Any:
    """A jaxpr as a function of its inputs that returns a list; or, with them, that list.

    >>> import covector
    >>> from covector.extend.core import jaxpr_as_fun
    >>> jaxpr_as_fun(covector.make_jaxpr(lambda x: 2 * x)(1))(4)
    [Array(8, dtype=int32, weak_type=True)]
    """

    def fun(*inputs: Any) -> list[Any]:
        return _core.eval_jaxpr(closed_jaxpr, inputs)

    return fun(*args) if args else fun


def eval_jaxpr(jaxpr: Jaxpr, consts: Any, *args: Any, propagate_source_info: bool = True) -> Any:
    """Runs a jaxpr; inside a transformation, each of its equations is transformed.

    Args:
      jaxpr: the jaxpr.
      consts: values of its constants.
      *args: values of its inputs.
      propagate_source_info: accepted for compatibility.

    Returns:
      The list of its results.

    >>> import covector
    >>> closed = covector.make_jaxpr(lambda x: x + 1)(1)
    >>> covector.core.eval_jaxpr(closed.jaxpr, closed.consts, 5)
    [Array(6, dtype=int32, weak_type=True)]
    """
    return _core.eval_jaxpr(ClosedJaxpr(jaxpr, list(consts)), args)


def jaxprs_in_params(params: Mapping[str, Any]) -> Iterator[Jaxpr]:
    """The jaxprs among an equation's parameters."""
    for value in params.values():
        for x in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(x, Jaxpr):
                yield x
            elif isinstance(x, ClosedJaxpr):
                yield x.jaxpr


def subjaxprs(jaxpr: Jaxpr) -> Iterator[Jaxpr]:
    """The jaxprs that the equations of a jaxpr hold."""
    for eqn in jaxpr.eqns:
        yield from jaxprs_in_params(eqn.params)


def gensym(suffix: str = "") -> Callable[[Any], Var]:
    """A function that makes a new variable of a type at each call."""
    return lambda aval: Var(aval)


def mapped_aval(size: int, axis: int | None, aval: Any) -> Any:
    """The type of one element of a batch.

    Args:
      size: the size of the mapped axis.
      axis: the axis; None if it is not mapped.
      aval: the type of the batch.
    """
    if axis is None:
        return aval
    shape = list(aval.shape)
    if shape[axis] != size:
        raise ValueError(f"axis {axis} of {aval} does not have size {size}")
    del shape[axis]
    return aval.update(shape=tuple(shape))


def unmapped_aval(size: int, axis: int | None, aval: Any, explicit_mesh_axis: Any = None) -> Any:
    """The type of a batch of elements.

    Args:
      size: the size of the mapped axis.
      axis: where it is; None if there is none.
      aval: the type of one element.
      explicit_mesh_axis: accepted for compatibility.
    """
    if axis is None:
        return aval
    shape = list(aval.shape)
    shape.insert(axis % (len(shape) + 1), size)
    return aval.update(shape=tuple(shape))


def primal_dtype_to_tangent_dtype(dtype: Any) -> Any:
    """The dtype of tangents of values of a dtype: itself, or float0."""
    return dtype if issubdtype(dtype, np.inexact) else float0


def valid_jaxtype(x: Any) -> bool:
    """Whether this can be an operand: an array, a tracer or a scalar."""
    return is_abstractable(x) and _core.is_array_like(x)


def concrete_or_error(force: Any, value: Any, context: str = "") -> Any:
    """A value that must be known while tracing, passed through `force` (a type, or None).

    Raises:
      ConcretizationTypeError: if it is traced.
    """
    if isinstance(value, _core.Tracer):
        known = _core.concrete_or_none(value)
        if known is None:
            raise ConcretizationTypeError(value, context)
        value = known
    return value if force is None else force(value)


class OpaqueTraceState:
    """Tells whether two pieces of code run in the same transformation: by `==`."""

    __slots__ = ("_trace",)

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpaqueTraceState) and self._trace == other._trace

    def __hash__(self) -> int:
        return hash(self._trace)


def get_opaque_trace_state(convention: str | None = None) -> OpaqueTraceState:
    """The state now; equal to that of another time in the same transformation.

    >>> import covector
    >>> from covector.extend.core import get_opaque_trace_state
    >>> outside = get_opaque_trace_state()
    >>> covector.jit(lambda: get_opaque_trace_state() == outside and 1 or 0)()
    Array(0, dtype=int32, weak_type=True)
    """
    return OpaqueTraceState(_core.current_trace())


def find_top_trace(args: Any) -> Trace:
    """The transformation that is under way."""
    return _core.current_trace()


def set_current_trace(trace: Trace | None, check_leaks: bool = False) -> Any:
    """A context in which another transformation is under way; None is none."""
    return _core.TraceScope(cast(Trace, trace))


def take_current_trace() -> Any:
    """A context in which no transformation is under way; `as` gives the one that was."""
    return _core.TraceScope(cast(Trace, None))


def nonempty_axis_env() -> bool:
    """Whether there are named axes."""
    return bool(_core.collectives.axis_names())


def unsafe_get_axis_names() -> list[Any]:
    """The named axes, the outermost first."""
    return _core.collectives.axis_names()
