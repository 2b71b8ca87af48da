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
      rule: what `lower_fun` gives. Rules that write MLIR by JAX's own bindings of it are refused:
        they are of another library.
      platform: the platform that the rule is for; None is all.
      inline, cacheable: accepted for compatibility; they change nothing.

    Raises:
      NotImplementedError: if the rule writes MLIR.
    """
    if not isinstance(rule, LoweredFunction):
        raise NotImplementedError(
            f"register_lowering: the rule of primitive '{prim}' must be made with "
            "interpreters.mlir.lower_fun; rules that write MLIR themselves are not supported"
        )
    _register(prim, rule, platform)
