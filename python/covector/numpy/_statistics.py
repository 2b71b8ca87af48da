"""Covariances and counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, check_arraylike, concrete, index
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, to_inexact, user_dtype
from covector._typing import ArrayLike, DTypeLike
from covector.numpy._array import asarray, astype
from covector.numpy._averages import average
from covector.numpy._elementwise import clip
from covector.numpy._linear import dot
from covector.numpy._ranges import linspace
from covector.numpy._reductions import max, min, sum
from covector.numpy._searching import searchsorted
from covector.numpy._shapes import atleast_2d, squeeze
from covector.numpy._triangles import diag


def cov(
    m: ArrayLike,
    y: ArrayLike | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: ArrayLike | None = None,
    aweights: ArrayLike | None = None,
    dtype: DTypeLike | None = None,
) -> Array:
    """The covariances of variables.

    Args:
      m: a matrix whose rows are variables and whose columns are observations, or a vector.
      y: more variables, in the same form.
      rowvar: False: variables are columns.
      bias: divide by the number of observations, not by one less.
      ddof: what to subtract from the number of observations, in place of `bias`.
      fweights: how often each observation was made, an integer vector.
      aweights: how important each observation is, a vector.
      dtype: of the result: an inexact type.

    Returns:
      A matrix, or an array of rank zero for one variable.

    Raises:
      ValueError: if an array has more axes, or the dtype is not inexact.
      RuntimeError: if weights do not fit.
      TypeError: if `fweights` are no integers.

    >>> import covector.numpy as jnp
    >>> jnp.cov(jnp.array([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    Array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    m = as_array("cov", m)
    y = None if y is None else as_array("cov", y, 1)
    if any(x is not None and x.ndim > 2 for x in (m, y)):
        raise ValueError("cov: m and y must have at most two axes")
    target = None if dtype is None else user_dtype(dtype, "cov")
    if target is not None and not issubdtype(target, np.inexact):
        raise ValueError(f"cov: dtype must be inexact, got {target}")
    count = m.shape[-1] if rowvar or m.ndim < 2 else m.shape[0]
    fweights = _weights("fweights", fweights, count)
    aweights = _weights("aweights", aweights, count)
    if fweights is not None and not issubdtype(fweights.dtype, np.integer):
        raise TypeError("fweights must be integer.")
    if ddof is None:
        ddof = 0 if bias else 1
    return _cov(m, y, fweights, aweights, bool(rowvar), ddof, target)


def _weights(name: str, weights: Any, count: int) -> Array | None:
    if weights is None:
        return None
    weights = as_array("cov", weights)
    if weights.ndim > 1:
        raise RuntimeError(f"cannot handle multidimensional {name}")
    if weights.shape != (count,):
        raise RuntimeError(f"incompatible numbers of samples and {name}")
    return weights


@composite("rowvar", "ddof", "dtype")
def _cov(
    m: Array, y: Any, fweights: Any, aweights: Any, rowvar: bool, ddof: int, dtype: Any
) -> Array:
    operands = _core.numpy.promote_dtypes_inexact(*(x for x in (m, y) if x is not None))
    rows = [atleast_2d(x) for x in operands]
    if not rowvar:
        # A vector is one variable however it lies; of `y`, so is a matrix of one row.
        rows[0] = rows[0].T if m.ndim != 1 else rows[0]
        rows[1:] = [x if x.shape[0] == 1 else x.T for x in rows[1:]]
    x = lax.concatenate(rows, 0)
    if not x.shape[0]:
        return lax.full((0, 0), 0, x.dtype)
    if not x.shape[1]:
        return lax.full(() if x.shape[0] == 1 else (x.shape[0],) * 2, np.nan, x.dtype)
    weights = [_core.numpy.abs(w) for w in (fweights, aweights) if w is not None]
    w = None if not weights else weights[0] if len(weights) == 1 else weights[0] * weights[1]
    if dtype is not None:
        x, w = astype(x, dtype), None if w is None else astype(w, dtype)
    mean, total = average(x, 1, w, returned=True)
    total = total[0]
    centered = x - lax.expand_dims(mean, (1,))
    if w is None:
        factor: Any = x.shape[1] - ddof
    elif ddof == 0:
        factor = total
    elif aweights is None:
        factor = total - ddof
    else:
        factor = total - ddof * sum(w * _core.numpy.abs(aweights)) / total
    weighted = centered if w is None else centered * lax.expand_dims(w, (0,))
    return squeeze(dot(centered, _core.numpy.conj(weighted.T)) / factor)


def corrcoef(
    x: ArrayLike,
    y: ArrayLike | None = None,
    rowvar: bool = True,
    dtype: DTypeLike | None = None,
) -> Array:
    """The correlation coefficients of variables; arguments as of `cov`.

    Returns:
      A matrix, or an array of rank zero for one variable.

    >>> import covector.numpy as jnp
    >>> jnp.corrcoef(jnp.array([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).round(4)
    Array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    check_arraylike("corrcoef", x)
    target = None if dtype is None else user_dtype(dtype, "corrcoef")
    if target is not None and not issubdtype(target, np.inexact):
        raise ValueError(f"corrcoef: dtype must be inexact, got {target}")
    return _corrcoef(x, y, bool(rowvar), target)


@composite("rowvar", "dtype")
def _corrcoef(x: Any, y: Any, rowvar: bool, dtype: Any) -> Array:
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    deviation = lax.convert_element_type(_core.numpy.sqrt(_core.numpy.real(diag(c))), c.dtype)
    c = c / lax.expand_dims(deviation, (1,)) / lax.expand_dims(deviation, (0,))
    if issubdtype(c.dtype, np.complexfloating):
        return lax.complex(clip(lax.real(c), -1, 1), clip(lax.imag(c), -1, 1))
    return clip(c, -1, 1)


def bincount(
    x: ArrayLike,
    weights: ArrayLike | None = None,
    minlength: int = 0,
    *,
    length: int | None = None,
    out_sharding: Any = None,
) -> Array:
    """How often each number occurs.

    Args:
      x: a vector of integers; negative ones count as zero.
      weights: what each occurrence adds, a vector of the size of `x`; one by default.
      minlength: the smallest size of the result.
      length: the size of the result, to be given where `x` is traced; larger numbers are left
        out.
      out_sharding: must be None.

    Returns:
      A vector of the default integer type, or of the dtype of the weights.

    Raises:
      ConcretizationTypeError: if `x` is traced and no length is given.
      TypeError: if `x` are no integers.
      ValueError: if `x` is no vector, or the weights do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.bincount(jnp.array([1, 1, 3]))
    Array([0, 2, 0, 1], dtype=int32)
    """
    x = as_array("bincount", x)
    if x.dtype == np.bool_:
        x = lax.convert_element_type(x, np.int32)
    if not issubdtype(x.dtype, np.integer):
        raise TypeError(f"bincount: x must be integers, got {x.dtype}")
    if x.ndim != 1:
        raise ValueError("only 1-dimensional input supported.")
    if weights is not None and np.shape(weights) != x.shape:
        raise ValueError(f"bincount: weights of shape {np.shape(weights)} do not fit {x.shape}")
    least = index(minlength, "'minlength' argument of jnp.bincount")
    if length is None:
        context = "argument 'x' of jnp.bincount; to avoid this error, give a static `length`."
        known = np.asarray(concrete(x, context))
        length = int(np.max(known, initial=-1)) + 1
        length = length if length > least else least
    return _bincount(x, weights, index(length, "'length' argument of jnp.bincount"))


@composite("length")
def _bincount(x: Array, weights: Any, length: int) -> Array:
    weights = _core.convert(1, int) if weights is None else as_array("bincount", weights)
    counts = lax.full((length,), 0, weights.dtype)
    where = _core.numpy.maximum(x, 0)
    return _core.numpy.setitem("add", counts, where, weights, mode="drop")


def histogram_bin_edges(
    a: ArrayLike,
    bins: Any = 10,
    range: Sequence[ArrayLike] | None = None,
    weights: ArrayLike | None = None,
) -> Array:
    """The bounds of the bins of a histogram.

    Args:
      a: an array of values.
      bins: how many bins, or their bounds.
      range: the bounds of the first and the last bin; of the values by default.
      weights: of no effect.

    Returns:
      A vector of a floating dtype.

    Raises:
      NotImplementedError: for methods of choosing bins by name.

    >>> import covector.numpy as jnp
    >>> jnp.histogram_bin_edges(jnp.arange(5.0), 4)
    Array([0., 1., 2., 3., 4.], dtype=float32)
    """
    if isinstance(bins, str):
        raise NotImplementedError("string values for `bins` not implemented.")
    a, _ = as_arrays("histogram_bin_edges", a, bins)
    dtype = to_inexact(a.dtype)
    if np.ndim(bins) == 1:
        return asarray(bins, dtype)
    count = index(bins, "bins argument of histogram_bin_edges")
    bounds = None if range is None else asarray(range, dtype)
    if bounds is not None and bounds.shape != (2,):
        raise ValueError(f"`range` must be either None or a sequence of scalars, got {range}")
    return _bin_edges(a, bounds, count, dtype)


@composite("count", "dtype")
def _bin_edges(a: Array, bounds: Any, count: int, dtype: Any) -> Array:
    low, high = (min(a), max(a)) if bounds is None else (bounds[0], bounds[1])
    low, high = _core.convert(low, dtype), _core.convert(high, dtype)
    margin = _core.numpy.where(low == high, 0.5, 0)
    return linspace(low - margin, high + margin, count + 1, dtype=dtype)


def histogram(
    a: ArrayLike,
    bins: Any = 10,
    range: Sequence[ArrayLike] | None = None,
    weights: ArrayLike | None = None,
    density: bool | None = None,
) -> tuple[Array, Array]:
    """How many values fall in each bin.

    Args:
      a: an array of values.
      bins: how many bins, or their bounds.
      range: the bounds of the first and the last bin; of the values by default.
      weights: what each value adds, an array of the shape of `a`; one by default.
      density: divide by the widths of the bins and by the sum.

    Returns:
      The counts, and the bounds of the bins, one more.

    Raises:
      ValueError: if the weights do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.histogram(jnp.array([1, 1, 2, 5]), 2)
    (Array([3., 1.], dtype=float32), Array([1., 3., 5.], dtype=float32))
    """
    check_arraylike("histogram", a, bins)
    if weights is not None:
        check_arraylike("histogram", weights)
        if np.shape(a) != np.shape(weights):
            raise ValueError("weights should have the same shape as a.")
    values = _core.numpy.promote_dtypes_inexact(
        *as_arrays("histogram", *(x for x in (a, weights) if x is not None))
    )
    edges = histogram_bin_edges(values[0], bins, range)
    return _histogram(edges, bool(density), *values), edges


@composite("density")
def _histogram(edges: Array, density: bool, a: Array, weights: Any = None) -> Array:
    weights = lax.full_like(a, 1) if weights is None else weights
    place = searchsorted(edges, a, "right")
    place = _core.numpy.where(a == edges[-1], edges.size - 1, place)
    counts = lax.full((edges.size,), 0, weights.dtype)
    counts = _core.numpy.setitem("add", counts, place, weights)[1:]
    if density:
        counts = counts / (edges[1:] - edges[:-1]) / sum(counts)
    return counts
