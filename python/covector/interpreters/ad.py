"""Rules for differentiation of primitives made from Python."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from covector import _core, _derivatives
from covector._core import Primitive
from covector._rules import (
    Rule,
    UndefinedPrimal,
    Zero,
    instantiate_zeros,
    is_undefined_primal,
    primitive_jvps,
    primitive_transposes,
)

__all__ = [
    "JVPTrace",
    "JVPTracer",
    "UndefinedPrimal",
    "Zero",
    "add_jaxvals",
    "add_tangents",
    "defbilinear",
    "defjvp",
    "defjvp2",
    "deflinear",
    "deflinear2",
    "get_primitive_transpose",
    "instantiate_zeros",
    "is_undefined_primal",
    "jvp",
    "linearize",
    "primitive_jvps",
    "primitive_transposes",
    "zeros_like_aval",
]

jvp = _derivatives.jvp
linearize = _derivatives.linearize


class _IsDifferentiated(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, _core.Tracer) and _core.tracer_kind(x) in ("jvp", "grad")


class JVPTracer(metaclass=_IsDifferentiated):
    """The class of values whose derivative is being taken, for `isinstance`."""


class JVPTrace:
    """The class of the interpreter that takes derivatives; only its name is of use."""


def zeros_like_aval(aval: Any) -> Any:
    """The array of zeros of a type."""
    return Zero(aval).instantiate()


def add_jaxvals(x: Any, y: Any) -> Any:
    """The sum of two cotangents."""
    return _core.add_any(x, y)


def add_tangents(x: Any, y: Any) -> Any:
    """The sum of two tangents, either of which may be a `Zero`."""
    if type(x) is Zero:
        return y
    return x if type(y) is Zero else add_jaxvals(x, y)


def get_primitive_transpose(primitive: Primitive) -> Rule:
    """The rule in `primitive_transposes`.

    Raises:
      NotImplementedError: if there is none.
    """
    try:
        return primitive_transposes[primitive]
    except KeyError:
        raise NotImplementedError(
            f"Transpose rule (for reverse-mode differentiation) for '{primitive}' not implemented"
        ) from None


def _zero_tangents(primitive: Primitive, out: Any) -> Any:
    if primitive.multiple_results:
        return [Zero.from_primal_value(x) for x in out]
    return Zero.from_primal_value(out)


def _linear_jvp(
    primitive: Primitive, primals: Sequence[Any], tangents: Sequence[Any], **params: Any
) -> Any:
    out = primitive.bind(*primals, **params)
    if all(type(t) is Zero for t in tangents):
        return out, _zero_tangents(primitive, out)
    return out, primitive.bind(*map(instantiate_zeros, tangents), **params)


def _zero_cotangents(args: Sequence[Any]) -> list[Any]:
    return [Zero(x.aval) if is_undefined_primal(x) else None for x in args]


def deflinear(primitive: Primitive, transpose_rule: Rule) -> None:
    """Defines that the primitive is linear in all operands together.

    Args:
      primitive: the primitive.
      transpose_rule: gets the cotangent of the result and the parameters, and gives the cotangents
        of the operands.
    """

    def transpose(ct: Any, *args: Any, **params: Any) -> Any:
        return _zero_cotangents(args) if type(ct) is Zero else transpose_rule(ct, **params)

    primitive_jvps[primitive] = functools.partial(_linear_jvp, primitive)
    primitive_transposes[primitive] = transpose


def deflinear2(primitive: Primitive, transpose_rule: Rule) -> None:
    """`deflinear` whose rule gets the operands as well, as `UndefinedPrimal`s."""

    def transpose(ct: Any, *args: Any, **params: Any) -> Any:
        return _zero_cotangents(args) if type(ct) is Zero else transpose_rule(ct, *args, **params)

    primitive_jvps[primitive] = functools.partial(_linear_jvp, primitive)
    primitive_transposes[primitive] = transpose


def _sum_of_rules(
    primitive: Primitive,
    rules: Sequence[Rule | None],
    tangents: Sequence[Any],
    out: Any,
    call: Callable[[Rule, Any], Any],
) -> Any:
    parts = [
        call(rule, t)
        for rule, t in zip(rules, tangents)
        if rule is not None and type(t) is not Zero
    ]
    return out, functools.reduce(add_tangents, parts, Zero.from_primal_value(out))


def defjvp(primitive: Primitive, *jvprules: Rule | None) -> None:
    """Defines derivatives with respect to each operand.

    Args:
      primitive: the primitive, of one result.
      *jvprules: for each operand a function of its tangent, the operands and the parameters that
        gives its part of the tangent of the result; None where that is zero.
    """

    def rule(primals: Sequence[Any], tangents: Sequence[Any], **params: Any) -> Any:
        out = primitive.bind(*primals, **params)
        return _sum_of_rules(
            primitive, jvprules, tangents, out, lambda f, t: f(t, *primals, **params)
        )

    primitive_jvps[primitive] = rule


def defjvp2(primitive: Primitive, *jvprules: Rule | None) -> None:
    """`defjvp` whose rules get the result as well, after the tangent."""

    def rule(primals: Sequence[Any], tangents: Sequence[Any], **params: Any) -> Any:
        out = primitive.bind(*primals, **params)
        return _sum_of_rules(
            primitive, jvprules, tangents, out, lambda f, t: f(t, out, *primals, **params)
        )

    primitive_jvps[primitive] = rule


def defbilinear(primitive: Primitive, lhs_rule: Rule, rhs_rule: Rule) -> None:
    """Defines that the primitive is linear in each of its two operands.

    Args:
      primitive: the primitive.
      lhs_rule: gives the cotangent of the first operand from that of the result and both operands,
        of which the first is an `UndefinedPrimal`.
      rhs_rule: the same for the second operand.
    """

    def transpose(ct: Any, x: Any, y: Any, **params: Any) -> Any:
        if is_undefined_primal(x):
            return (Zero(x.aval) if type(ct) is Zero else lhs_rule(ct, x, y, **params)), None
        return None, (Zero(y.aval) if type(ct) is Zero else rhs_rule(ct, x, y, **params))

    defjvp(
        primitive,
        lambda t, x, y, **params: primitive.bind(t, y, **params),
        lambda t, x, y, **params: primitive.bind(x, t, **params),
    )
    primitive_transposes[primitive] = transpose
