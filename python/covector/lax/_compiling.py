"""What programs say to the tracer and to the compiler."""

import functools
from collections.abc import Callable
from typing import Any

from covector import _core
from covector._core import Array
from covector._staging import typeof
from covector._typing import ArrayLike
from covector.errors import UnexpectedTracerError
from covector.lax._operands import as_operand
from covector.tree_util import tree_flatten, tree_leaves, tree_unflatten


def optimization_barrier(operand: Any, /) -> Any:
    """The operand, of which the compiler learns nothing.

    What uses one of the arrays is computed after all of them are, and the compiler neither merges
    nor reorders across.

    Args:
      operand: a tree of arrays.

    Returns:
      A tree like it, of equal arrays.

    >>> from covector import lax
    >>> lax.optimization_barrier((1.0, 2.0))[1]
    Array(2., dtype=float32, weak_type=True)
    """
    leaves, tree = tree_flatten(operand)
    return tree_unflatten(tree, _core.lax._optimization_barrier([as_operand(x) for x in leaves]))


def dce_sink(val: Any, *, prevent_mlir_dce: bool = False) -> None:
    """Marks arrays as used, so that what computes them is not dropped while tracing.

    Args:
      val: a tree of arrays.
      prevent_mlir_dce: must be False: the compiler may drop it.

    Raises:
      NotImplementedError: if the compiler is to keep it too.

    >>> from covector import lax
    >>> lax.dce_sink(1.0)
    """
    for leaf in tree_leaves(val):
        _core.lax._dce_sink(as_operand(leaf), prevent_mlir_dce=prevent_mlir_dce)


def stage(x: ArrayLike, /) -> Array:
    """The array that a number or NumPy array stands for.

    Args:
      x: an array or a scalar.

    >>> from covector import lax
    >>> lax.stage(1)
    Array(1, dtype=int32, weak_type=True)
    """
    return as_operand(x)


def composite(decomposition: Callable[..., Any], name: str, version: int = 0) -> Callable[..., Any]:
    """A function as one operation that has a name in programs.

    Args:
      decomposition: a function of trees of arrays by position, and of attributes by name, which
        are no arrays that are traced.
      name: the operation's name.
      version: a number that tells meanings of the name apart.

    Returns:
      A function like it. It cannot be differentiated unless a rule is given by `custom_jvp`.

    Raises:
      UnexpectedTracerError: if an attribute is traced, or the function uses a traced array that
        is no argument.

    >>> from covector import lax
    >>> tangent = lax.composite(lambda x: lax.sin(x) / lax.cos(x), "my.tangent")
    >>> tangent(0.0)
    Array(0., dtype=float32, weak_type=True)
    """

    @functools.wraps(decomposition)
    def call(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(v, _core.Tracer) for v in kwargs.values()):
            raise UnexpectedTracerError(
                f"composite {name!r}: an attribute is a traced array; pass it by position"
            )
        leaves, tree = tree_flatten((args, {}))
        operands = [as_operand(x) for x in leaves]
        body, out_tree = _core.stage(
            functools.partial(decomposition, **kwargs), [typeof(x) for x in operands], tree
        )
        if any(isinstance(c, _core.Tracer) for c in body.consts):
            raise UnexpectedTracerError(
                f"composite {name!r}: the function uses a traced array that is no argument"
            )
        attributes = tuple((key, value) for key, value in kwargs.items() if value is not None)
        return tree_unflatten(out_tree, _core.composite(operands, body, name, attributes, version))

    return call
