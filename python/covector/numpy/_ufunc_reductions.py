"""What universal functions of two operands do along an axis, and at some places."""

from functools import partial
from typing import Any

import numpy as np

from covector import _core, lax
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.numpy._at import IndexUpdateRef
from covector.numpy._cumulative import cumprod, cumsum
from covector.numpy._logarithms import logaddexp2
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
    reduce,
)
from covector.numpy._reductions import max, prod, sum

__all__ = ["cumprod", "cumsum", "prod", "sum"]

reduce_max = partial(reduce, MAX)
reduce_min = partial(reduce, MIN)
reduce_bits_and = partial(reduce, BITS_AND)
reduce_bits_or = partial(reduce, BITS_OR)
reduce_bits_xor = partial(reduce, BITS_XOR)
reduce_all = partial(reduce, ALL)
reduce_any = partial(reduce, ANY)
reduce_parity = partial(reduce, PARITY)


def _scatter(method: str, a: Array, indices: Any, b: ArrayLike) -> Array:
    """`at` by the method of `x.at[indices]`; booleans are counted as integers."""
    if a.dtype != np.bool_:
        return getattr(IndexUpdateRef(a, indices), method)(b)
    truth = _core.numpy.not_equal(b, 0).astype(np.int32)
    return _scatter(method, a.astype(np.int32), indices, truth).astype(np.bool_)


def scatter_subtract(a: Array, indices: Any, b: ArrayLike) -> Array:
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
    return (logaddexp2 if base_two else _core.numpy.logaddexp)(initial, out)


scatter_add = partial(_scatter, "add")
scatter_multiply = partial(_scatter, "multiply")
sum_of_exponentials = partial(_sum_of_exponentials, base_two=False)
sum_of_powers_of_two = partial(_sum_of_exponentials, base_two=True)
