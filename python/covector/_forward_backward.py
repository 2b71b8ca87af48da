"""The forward and the backward pass of a function as two functions."""

from collections.abc import Callable, Sequence
from typing import Any

from covector._derivatives import positions_in_call, vjp
from covector._jit import jit
from covector._signature import as_ints, check_callable, name_of


def fwd_and_bwd(
    fun: Callable[..., Any],
    argnums: int | Sequence[int],
    has_aux: bool = False,
    jitted: bool = True,
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Makes two functions, the forward and the backward pass of `fun`.

    As `vjp`, but the backward pass is one function for all calls, and so compiled once.

    Args:
      fun: a function of arrays and trees of them.
      argnums: the position or positions to differentiate with respect to.
      has_aux: whether `fun` returns a pair, whose second element is not differentiated.
      jitted: whether both functions are jitted.

    Returns:
      The pair `(fwd, bwd)`. `fwd` takes the arguments of `fun` and returns its value and
      residuals (and the auxiliary value behind them with `has_aux`); `bwd` takes the residuals
      and a cotangent like the value, and returns the cotangent of the argument, or a tuple of
      them if `argnums` is a sequence.

    Raises:
      TypeError: if `fun` is no function.

    >>> import covector
    >>> fwd, bwd = covector.fwd_and_bwd(lambda x, y: x * y, argnums=(0, 1))
    >>> value, residuals = fwd(2.0, 3.0)
    >>> bwd(residuals, 1.0)[0]
    Array(3., dtype=float32, weak_type=True)
    """
    check_callable(fun)
    positions, single = as_ints(argnums), hasattr(argnums, "__index__")

    def fwd(*args: Any, **kwargs: Any) -> Any:
        wanted = positions_in_call(fun, positions, len(args))

        def partial(*some: Any) -> Any:
            every = list(args)
            for i, x in zip(wanted, some):
                every[i] = x
            return fun(*every, **kwargs)

        partial.__name__ = name_of(fun)
        return vjp(partial, *(args[i] for i in wanted), has_aux=has_aux)

    def bwd(residuals: Any, cotangent: Any) -> Any:
        gradients = residuals(cotangent)
        return gradients[0] if single else gradients

    return (jit(fwd), jit(bwd)) if jitted else (fwd, bwd)
