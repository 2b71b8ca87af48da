"""Loops over the leading axis of arrays."""

from collections.abc import Callable
from typing import Any, TypeVar

from covector import _core
from covector._config import config
from covector.lax import _plain_loops

C = TypeVar("C")


def scan(
    f: Callable[[C, Any], tuple[C, Any]],
    init: C,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
    _split_transpose: bool = False,
) -> tuple[C, Any]:
    """Calls a function for each index of a leading axis, handing a state from call to call.

    It does what this does, as one loop of one program, however long it is:

        carry, ys = init, []
        for x in xs:
            carry, y = f(carry, x)
            ys.append(y)
        return carry, stack(ys)

    It can be differentiated in both modes. Backward it keeps what the derivative needs of each
    step; what does not change from step to step is kept once.

    Args:
      f: takes the state and a slice of `xs`, and returns the next state and a result. Each is a
        tree of arrays, or None.
      init: the first state. Types and shapes stay those of `init` in all steps.
      xs: a tree of arrays with one leading axis size; None where only the state matters.
      length: how many steps; needed only if `xs` has no arrays.
      reverse: go from the last index to the first. Results stay at the indices they belong to.
      unroll: how many steps are one iteration of the compiled loop; 0 or True is all.
      _split_transpose: accepted for compatibility.

    Returns:
      The last state, and the results stacked along a new leading axis.

    Raises:
      TypeError: if `f` is no function, returns no pair, or changes the type of the state.
      ValueError: if leading axis sizes differ, there is no length, or `unroll` is negative.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.scan(lambda total, x: (total + x, total * x), 0.0, jnp.arange(1.0, 4.0))
    (Array(6., dtype=float32), Array([0., 2., 9.], dtype=float32))
    """
    if not callable(f):
        raise TypeError("lax.scan: f argument should be a callable.")
    if config.disable_jit:
        return _plain_loops.scan(f, init, xs, length, reverse)
    return _core.scan(f, init, xs, length, reverse, unroll)
