"""One of several functions, chosen while the program runs."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from covector import _core
from covector._config import config
from covector._dtypes import dtype_of
from covector.lax._plain_loops import is_concrete

R = TypeVar("R")

_MISSING: Any = object()


def _operands(operands: tuple[Any, ...], operand: Any) -> tuple[Any, ...]:
    if operand is _MISSING:
        return operands
    if operands:
        raise TypeError(
            "if 'operand' keyword is passed then no positional operands can be passed, got "
            f"{operand=} and positional operands {operands}"
        )
    return (operand,)


def cond(
    pred: Any,
    true_fun: Any,
    false_fun: Any,
    *operands: Any,
    operand: Any = _MISSING,
) -> Any:
    """Calls one of two functions.

    In a compiled program only the chosen one runs, but both are traced. Under `vmap` with a
    predicate of its own for each element, both run, and `select` picks the results.

    Args:
      pred: a scalar: a boolean, or a number that is not zero.
      true_fun: called on the operands if `pred` holds.
      false_fun: called on the operands otherwise; has to return what `true_fun` returns in type.
      *operands: trees of arrays.
      operand: in place of `operands`, the only one.

    Returns:
      What the function returns.

    Raises:
      TypeError: if the predicate is no scalar, the functions are none, or what they return
        differs in type.

    >>> from covector import lax
    >>> lax.cond(True, lambda x: x + 1, lambda x: x - 1, 5)
    Array(6, dtype=int32, weak_type=True)
    """
    if not (callable(true_fun) and callable(false_fun)):
        if callable(false_fun) and len(operands) == 2 and callable(operands[1]):
            return _each_with_its_own(pred, true_fun, false_fun, *operands)
        raise TypeError("lax.cond: true_fun and false_fun arguments should be callable.")
    operands = _operands(operands, operand)
    _check_predicate(pred)
    if config.disable_jit and is_concrete(pred):
        return true_fun(*operands) if pred else false_fun(*operands)
    return _core.cond(pred, true_fun, false_fun, operands)


def _each_with_its_own(pred: Any, x: Any, true_fun: Any, y: Any, false_fun: Any) -> Any:
    """The old form of `cond`: an operand and a function for each case."""
    return cond(pred, lambda x, _: true_fun(x), lambda _, y: false_fun(y), x, y)


def _check_predicate(pred: Any) -> None:
    if pred is None:
        raise TypeError("cond predicate is None")
    if isinstance(pred, Sequence):
        raise TypeError(f"Pred must be a scalar, got {pred} of type {type(pred)}")
    if np.ndim(pred) != 0:
        raise TypeError(f"Pred must be a scalar, got {pred} of shape {np.shape(pred)}.")
    dtype = _dtype(pred, "Pred type must be either boolean or number")
    if dtype.kind not in "biuf":
        raise TypeError(f"Pred type must be either boolean or number, got {dtype}.")


def _dtype(x: Any, rule: str) -> np.dtype:
    try:
        return np.dtype(dtype_of(x))
    except TypeError as error:
        raise TypeError(f"{rule}, got {x}.") from error


def switch(
    index: Any, branches: Sequence[Callable[..., R]], *operands: Any, operand: Any = _MISSING
) -> R:
    """Calls one of several functions.

    Args:
      index: an integer scalar, which is moved into the range of `branches`.
      branches: functions; what they return has to be of one type.
      *operands: trees of arrays.
      operand: in place of `operands`, the only one.

    Returns:
      What `branches[index]` returns.

    Raises:
      TypeError: if the index is no integer scalar, branches are no functions, or what they return
        differs in type.
      ValueError: if there are no branches.

    >>> from covector import lax
    >>> lax.switch(1, [lambda x: x, lambda x: 10 * x], 3)
    Array(30, dtype=int32, weak_type=True)
    """
    if not all(callable(branch) for branch in branches):
        raise TypeError("lax.switch: branches argument should be a sequence of callables.")
    operands = _operands(operands, operand)
    if np.ndim(index) != 0:
        raise TypeError(f"Branch index must be scalar, got {index} of shape {np.shape(index)}.")
    dtype = _dtype(index, "Index type must be an integer")
    if dtype.kind not in "iu":
        raise TypeError(f"Index type must be an integer, got {index} as {dtype}")
    branches = list(branches)
    if not branches:
        raise ValueError("Empty branch sequence")
    if len(branches) == 1:
        return branches[0](*operands)
    if config.disable_jit and is_concrete(index):
        return branches[min(max(int(index), 0), len(branches) - 1)](*operands)
    return _core.switch(index, branches, operands)


def platform_dependent(
    *args: Any, default: Callable[..., Any] | None = None, **per_platform: Callable[..., Any]
) -> Any:
    """Calls the function that is meant for the platform that the program is compiled for.

    All of them are traced; the others are not part of the program.

    Args:
      *args: trees of arrays, on which the function is called.
      default: for platforms that are not named.
      **per_platform: functions by the names of platforms, such as `cpu`, `cuda` and `tpu`. What
        they return has to be of one type.

    Returns:
      What the function returns.

    Raises:
      TypeError: if a branch is no function, or what branches return differs in type.
      ValueError: if a platform is called `gpu`.
      NotImplementedError: if there is no branch for the platform.

    >>> from covector import lax
    >>> lax.platform_dependent(3.0, cpu=lambda x: x + 1, default=lambda x: x - 1)
    Array(4., dtype=float32, weak_type=True)
    """
    named: list[tuple[list[str], Callable[..., Any]]] = []
    for name, branch in per_platform.items():
        if not callable(branch):
            raise TypeError(f"lax.platform_dependent: the '{name}' branch must be a callable.")
        if name == "gpu":
            raise ValueError("Use 'cuda' or 'rocm' for lax.platform_dependent.")
        for names, other in named:
            if other == branch:
                names.append(name)
                break
        else:
            named.append(([name], branch))
    branches = [branch for _, branch in named]
    platforms: list[tuple[str, ...] | None] = [tuple(names) for names, _ in named]
    if default is not None:
        if not callable(default):
            raise TypeError("lax.platform_dependent: the 'default' branch must be a callable.")
        branches.append(default)
        platforms.append(None)
    if not branches:
        raise NotImplementedError("lax.platform_dependent: there is no branch for any platform.")
    return _core.switch(None, branches, args, tuple(platforms))
