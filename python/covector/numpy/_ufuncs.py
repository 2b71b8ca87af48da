"""The universal functions: those of two operands that are useful along an axis, and new ones."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from covector import _core, lax
from covector._composite import composite
from covector._core import Array
from covector._core.numpy import ufunc
from covector._typing import ArrayLike
from covector.numpy import _numerals
from covector.numpy._at import IndexUpdateRef
from covector.numpy._cumulative import cumprod, cumsum
from covector.numpy._reduce import (
    ALL,
    ANY,
    BITS_AND,
    BITS_OR,
    BITS_XOR,
    MAX,
    MIN,
    PARITY,
    boolean_mask,
)
from covector.numpy._reduce import reduce as reduce_by
from covector.numpy._reductions import max, prod, sum

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


def _scatter(method: str, a: Array, indices: Any, b: ArrayLike) -> Array:
    """`at` by the method of `x.at[indices]`; booleans are counted as integers."""
    if a.dtype != np.bool_:
        return getattr(IndexUpdateRef(a, indices), method)(b)
    truth = _core.numpy.not_equal(b, 0).astype(np.int32)
    return _scatter(method, a.astype(np.int32), indices, truth).astype(np.bool_)


def _subtract_at(a: Array, indices: Any, b: ArrayLike) -> Array:
    return IndexUpdateRef(a, indices).subtract(b)


@composite("base_two", "axis", "dtype", "keepdims")
def _sum_of_exponentials(
    a: Any,
    *,
    base_two: bool,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Array:
    """The logarithm of a sum of exponentials, less their maximum so that none is too large."""
    (a,) = _core.numpy.promote_dtypes_inexact(a)
    if where is not None:
        where = boolean_mask("logaddexp.reduce", where)
    exp, log = (_core.numpy.exp2, _core.numpy.log2) if base_two else (lax.exp, lax.log)
    real = lax.real(a) if a.dtype.kind == "c" else a
    largest = max(real, axis=axis, keepdims=True, where=where, initial=-np.inf)
    largest = _core.numpy.where(lax.is_finite(largest), largest, 0)
    largest = lax.stop_gradient(largest).astype(a.dtype)
    terms = exp(lax.sub(a, _core.numpy.broadcast_to(largest, a.shape)))
    out = lax.add(log(sum(terms, axis=axis, keepdims=True, where=where)), largest)
    if not keepdims:
        out = lax.squeeze(out, range(a.ndim) if axis is None else np.atleast_1d(axis).tolist())
    if initial is None:
        return out
    return (_numerals.logaddexp2 if base_two else _core.numpy.logaddexp)(initial, out)


add = _native(
    _core.numpy.add, identity=0, reduce=sum, accumulate=cumsum, at=partial(_scatter, "add")
)
multiply = _native(
    _core.numpy.multiply,
    identity=1,
    reduce=prod,
    accumulate=cumprod,
    at=partial(_scatter, "multiply"),
)
subtract = _native(_core.numpy.subtract, at=_subtract_at)
negative = _native(_core.numpy.negative, nin=1)
maximum = _native(_core.numpy.maximum, reduce=partial(reduce_by, MAX))
minimum = _native(_core.numpy.minimum, reduce=partial(reduce_by, MIN))
bitwise_and = _native(_core.numpy.bitwise_and, identity=-1, reduce=partial(reduce_by, BITS_AND))
bitwise_or = _native(_core.numpy.bitwise_or, identity=0, reduce=partial(reduce_by, BITS_OR))
bitwise_xor = _native(_core.numpy.bitwise_xor, identity=0, reduce=partial(reduce_by, BITS_XOR))
logical_and = _native(_core.numpy.logical_and, identity=True, reduce=partial(reduce_by, ALL))
logical_or = _native(_core.numpy.logical_or, identity=False, reduce=partial(reduce_by, ANY))
logical_xor = _native(_core.numpy.logical_xor, identity=False, reduce=partial(reduce_by, PARITY))
logaddexp = _native(
    _core.numpy.logaddexp,
    identity=-np.inf,
    reduce=partial(_sum_of_exponentials, base_two=False),
)
logaddexp2 = _native(
    _numerals.logaddexp2, identity=-np.inf, reduce=partial(_sum_of_exponentials, base_two=True)
)
