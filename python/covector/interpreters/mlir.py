"""Rules for lowering of primitives made from Python: as functions of arrays."""

from collections.abc import Callable
from typing import Any

from covector._core import Primitive
from covector._rules import LoweredFunction
from covector._rules import register_lowering as _register

__all__ = ["lower_fun", "register_lowering"]


def lower_fun(fun: Callable[..., Any], multiple_results: bool = True) -> LoweredFunction:
    """A lowering rule that stages a function and writes its operations in line.

    Args:
      fun: a function of the primitive's operands and parameters, made of other operations.
      multiple_results: whether it returns a sequence.
    """
    return LoweredFunction(fun, multiple_results)


def register_lowering(
    prim: Primitive,
    rule: Any,
    platform: str | None = None,
    inline: bool = True,
    cacheable: bool = True,
) -> None:
    """Defines what a primitive is in compiled programs.

    Args:
      prim: the primitive.
      rule: what `lower_fun` gives. A rule that writes MLIR by JAX's own bindings of it, which are
        of another library, makes the primitive an error in compiled programs.
      platform: the platform that the rule is for; None is all.
      inline, cacheable: accepted for compatibility; they change nothing.
    """
    if not isinstance(rule, LoweredFunction):
        rule = LoweredFunction(_refusal(prim), prim.multiple_results)
    _register(prim, rule, platform)


def _refusal(prim: Primitive) -> Callable[..., Any]:
    """A library may register such rules when it is imported, of primitives that it never uses."""

    def refuse(*args: Any, **params: Any) -> Any:
        raise NotImplementedError(
            f"register_lowering: the rule of primitive '{prim}' must be made with "
            "interpreters.mlir.lower_fun; rules that write MLIR themselves are not supported"
        )

    return refuse
