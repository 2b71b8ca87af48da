"""Loops that go on while a condition holds, and loops with a counter."""

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from covector import _core
from covector._config import config
from covector.errors import ConcretizationTypeError
from covector.lax import _plain_loops

T = TypeVar("T")


def while_loop(
    cond_fun: Callable[[T], Any],
    body_fun: Callable[[T], T],
    init_val: T,
    *,
    max_steps: int | None = None,
) -> T:
    """Calls a function on its own result while a condition holds.

    It does what this does, as one loop of one program:

        while cond_fun(value):
            value = body_fun(value)
        return value

    It can be differentiated forward. For reverse mode there has to be a limit to the number of
    steps. Then the values of some steps are kept, about `2 * sqrt(max_steps)`, and the others
    computed again (Griewank and Walther 2008, "Evaluating Derivatives", chapter 12): the time
    that it takes depends on the number of steps, not on the limit.

    Args:
      cond_fun: takes the value and returns a boolean scalar.
      body_fun: takes the value and returns the next one, of the same type.
      init_val: the first value: a tree of arrays.
      max_steps: after so many steps the loop ends, whatever the condition says. None is no limit,
        and no reverse mode.

    Returns:
      The first value for which the condition does not hold.

    Raises:
      TypeError: if the functions are none, the condition is no boolean scalar, or the body
        changes the type of the value.
      ValueError: if `max_steps` is negative.

    >>> import covector
    >>> from covector import lax
    >>> lax.while_loop(lambda x: x < 100, lambda x: 2 * x, 3)
    Array(192, dtype=int32, weak_type=True)
    >>> square = lambda x: lax.while_loop(lambda y: y < 100, lambda y: y * y, x, max_steps=50)
    >>> covector.grad(square)(3.0)
    Array(17496., dtype=float32)
    """
    if not (callable(body_fun) and callable(cond_fun)):
        raise TypeError("lax.while_loop: body_fun and cond_fun arguments should be callable.")
    if config.disable_jit:
        # Python cannot look at a condition that is traced, as one under vmap.
        with contextlib.suppress(ConcretizationTypeError):
            return _plain_loops.while_loop(cond_fun, body_fun, init_val, max_steps)
    return _core.while_loop(cond_fun, body_fun, init_val, max_steps)


def fori_loop(
    lower: Any,
    upper: Any,
    body_fun: Callable[[Any, T], T],
    init_val: T,
    *,
    unroll: int | bool | None = None,
) -> T:
    """Calls a function for each integer of a range, handing a value from call to call.

    It does what this does, as one loop of one program:

        value = init_val
        for i in range(lower, upper):
            value = body_fun(i, value)
        return value

    If the bounds are known when the program is made, it is a `scan`, which has both modes of
    differentiation; else a `while_loop`.

    Args:
      lower, upper: integer scalars of one type.
      body_fun: takes an integer and the value, and returns the next value, of the same type.
      init_val: the first value: a tree of arrays.
      unroll: how many steps are one iteration of the compiled loop; 0 or True is all. Bounds have
        to be known for it.

    Returns:
      The last value.

    Raises:
      TypeError: if `body_fun` is no function or changes the type of the value, or the bounds are
        of different types.
      ValueError: if loops with unknown bounds are to be unrolled.

    >>> from covector import lax
    >>> lax.fori_loop(0, 5, lambda i, total: total + i, 0)
    Array(10, dtype=int32, weak_type=True)
    """
    if not callable(body_fun):
        raise TypeError("lax.fori_loop: body_fun argument should be callable.")
    if np.shape(lower) != () or np.shape(upper) != ():
        raise TypeError(
            "lax.fori_loop: bounds must be scalars, got shapes "
            f"{np.shape(lower)} and {np.shape(upper)}"
        )
    if config.disable_jit and _plain_loops.is_concrete((lower, upper)):
        return _plain_loops.fori_loop(lower, upper, body_fun, init_val)
    return _core.fori_loop(lower, upper, body_fun, init_val, unroll)
