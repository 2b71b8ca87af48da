"""The universal functions: those of two operands that are useful along an axis, and new ones."""

import importlib
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from covector import _core
from covector._core import Array
from covector._core.numpy import ufunc
from covector._typing import ArrayLike
from covector.numpy._logarithms import logaddexp2 as _logaddexp2

_make: Callable[..., ufunc] = ufunc

if TYPE_CHECKING:

    class _OneResult(ufunc):
        def __call__(self, *args: Any, **kwargs: Any) -> Array: ...


def _signature(*args: ArrayLike, out: None = None, where: None = None) -> Any: ...


def frompyfunc(func: Callable[..., Any], /, nin: int, nout: int, *, identity: Any = None) -> ufunc:
    """A universal function out of a function of scalars.

    Args:
      func: takes `nin` scalars and returns `nout` of them. It is traced, so it has to consist of
        functions of this package or of operators.
      nin: the number of operands.
      nout: the number of results.
      identity: a scalar that leaves the other operand as it is.

    Returns:
      A `ufunc`.

    >>> import covector.numpy as jnp
    >>> hypot = jnp.frompyfunc(lambda x, y: jnp.sqrt(x * x + y * y), nin=2, nout=1, identity=0)
    >>> hypot(jnp.array([3.0, 5.0]), jnp.array([4.0, 12.0]))
    Array([ 5., 13.], dtype=float32)
    >>> jnp.frompyfunc(lambda x, y: x * y, 2, 1).outer(jnp.arange(3), jnp.arange(2))
    Array([[0, 0],
           [0, 1],
           [0, 2]], dtype=int32)
    """
    return _with_signature(_make(func, nin, nout, identity=identity))


def _with_signature(function: ufunc) -> ufunc:
    vars(function)["__signature__"] = inspect.signature(_signature)
    return function


def _native(function: Callable[..., Any], nin: int = 2, **methods: Any) -> "_OneResult":
    return cast("_OneResult", _with_signature(_make(function, nin, 1, call=function, **methods)))


def _late(method: str) -> Callable[..., Any]:
    """A function of _ufunc_reductions, which is imported when one is first called."""

    def call(*args: Any, **options: Any) -> Any:
        module = importlib.import_module("covector.numpy._ufunc_reductions")
        return getattr(module, method)(*args, **options)

    return call


add = _native(
    _core.numpy.add,
    identity=0,
    reduce=_late("sum"),
    accumulate=_late("cumsum"),
    at=_late("scatter_add"),
)
multiply = _native(
    _core.numpy.multiply,
    identity=1,
    reduce=_late("prod"),
    accumulate=_late("cumprod"),
    at=_late("scatter_multiply"),
)
subtract = _native(_core.numpy.subtract, at=_late("scatter_subtract"))
negative = _native(_core.numpy.negative, nin=1)
maximum = _native(_core.numpy.maximum, reduce=_late("reduce_max"))
minimum = _native(_core.numpy.minimum, reduce=_late("reduce_min"))
bitwise_and = _native(_core.numpy.bitwise_and, identity=-1, reduce=_late("reduce_bits_and"))
bitwise_or = _native(_core.numpy.bitwise_or, identity=0, reduce=_late("reduce_bits_or"))
bitwise_xor = _native(_core.numpy.bitwise_xor, identity=0, reduce=_late("reduce_bits_xor"))
logical_and = _native(_core.numpy.logical_and, identity=True, reduce=_late("reduce_all"))
logical_or = _native(_core.numpy.logical_or, identity=False, reduce=_late("reduce_any"))
logical_xor = _native(_core.numpy.logical_xor, identity=False, reduce=_late("reduce_parity"))
logaddexp = _native(_core.numpy.logaddexp, identity=-np.inf, reduce=_late("sum_of_exponentials"))
logaddexp2 = _native(_logaddexp2, identity=-np.inf, reduce=_late("sum_of_powers_of_two"))
