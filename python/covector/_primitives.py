"""What is done with primitives from Python."""

from typing import Any

from covector._core import Primitive
from covector._jit import jit


def apply_primitive(primitive: Primitive, *args: Any, **params: Any) -> Any:
    """Evaluates a primitive by compiling it: what `def_impl` can be given with `functools.partial`.

    Args:
      primitive: the primitive, which has a rule for lowering.
      *args, **params: its operands and parameters.
    """
    return jit(lambda *operands: primitive.bind(*operands, **params))(*args)
