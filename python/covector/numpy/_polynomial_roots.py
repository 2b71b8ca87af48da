"""Polynomials and their roots, and through points: what takes linear algebra."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, concrete, index
from covector._composite import composite
from covector._core import Array
from covector._dtypes import finfo
from covector._typing import ArrayLike
from covector.numpy import linalg
from covector.numpy._axes import roll
from covector.numpy._creation import eye
from covector.numpy._polynomials import vander
from covector.numpy._products import convolve, outer
from covector.numpy._reductions import sum

_ZEROS_TRACED = (
    "The error occurred in the jnp.roots() function. To use this within a JIT-compiled context, "
    "pass strip_zeros=False, but be aware that leading zeros will result in some returned roots "
    "being set to NaN."
)


def poly(seq_of_zeros: ArrayLike) -> Array:
    """The coefficients of the polynomial that has these roots, the highest power first.

    Args:
      seq_of_zeros: a vector of roots; or a square matrix, whose characteristic polynomial is
        returned.

    Returns:
      A vector with one element more than there are roots, the first of which is one; one itself
      if there are no roots.

    Raises:
      ValueError: for arrays of other shapes.

    >>> import covector.numpy as jnp
    >>> jnp.poly(jnp.array([1.0, 2.0]))
    Array([ 1., -3.,  2.], dtype=float32)
    """
    (roots,) = _core.numpy.promote_dtypes_inexact(as_array("poly", seq_of_zeros))
    if roots.ndim == 0:
        roots = lax.expand_dims(roots, (0,))
    if roots.ndim == 2 and roots.shape[0] == roots.shape[1] and roots.size:
        roots = linalg.eigvals(roots)
    if roots.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    return _poly(roots) if roots.size else lax.full((), 1, roots.dtype)


@composite()
def _poly(roots: Array) -> Array:
    out = one = lax.full((1,), 1, roots.dtype)
    for i in range(roots.size):
        out = convolve(out, lax.concatenate([one, -roots[i : i + 1]], 0), mode="full")
    return out


def roots(p: ArrayLike, *, strip_zeros: bool = True) -> Array:
    """The roots of a polynomial: the eigenvalues of its companion matrix.

    Args:
      p: a vector of coefficients, the highest power first.
      strip_zeros: leave out coefficients of the highest powers that are zero, for which `p` must
        not be traced. Otherwise there are NaN in place of the roots that are missing.

    Returns:
      A complex vector.

    Raises:
      ValueError: if `p` is no vector.
      ConcretizationTypeError: if `p` is traced and zeros are to be stripped.

    >>> import covector.numpy as jnp
    >>> jnp.sort(jnp.roots(jnp.array([1.0, -3.0, 2.0])).real).round(3)
    Array([1., 2.], dtype=float32)
    """
    (c,) = _core.numpy.promote_dtypes_inexact(as_array("roots", p))
    if c.ndim == 0:
        c = lax.expand_dims(c, (0,))
    if c.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    if not strip_zeros:
        return _roots_filled_up(c)
    zeros = np.asarray(concrete(c, _ZEROS_TRACED)) == 0
    return _roots(c[:0] if zeros.all() else c[int(np.argmin(zeros)) :])


@composite()
def _roots(p: Array) -> Array:
    """The roots where the first coefficient is not zero."""
    if p.size < 2:
        return lax.full((0,), 0, _complex_dtype(p))
    below = np.eye(p.size - 1, k=-1)[1:]
    first = lax.expand_dims(lax.div(-p[1:], _core.numpy.broadcast_to(p[0], (p.size - 1,))), (0,))
    return linalg.eigvals(lax.concatenate([first, _core.convert(below, p.dtype)], 0))


@composite()
def _roots_filled_up(p: Array) -> Array:
    if p.size < 2:
        return lax.full((0,), 0, _complex_dtype(p))
    is_zero = lax.eq(p, lax.full_like(p, 0))
    # How many zeros there are before anything else.
    leading = lax.reduce_sum(lax.cumprod(lax.convert_element_type(is_zero, np.int32)), (0,))
    # Coefficients that are all zero would make no matrix.
    none = lax.reduce_and(is_zero, (0,))
    safe = _core.numpy.where(none, lax.full_like(p, 1), p)
    found = _roots(roll(safe, -leading))
    # Zeros at the end add roots that are zero: put them last, and NaN in their places.
    order = lax.convert_element_type(lax.eq(found, lax.full_like(found, 0)), np.int32)
    found = lax.sort_key_val(order, found)[1]
    there = lax.iota(np.int32, found.size) < found.size - leading
    return _core.numpy.where(there, found, complex(np.nan, np.nan))


def _complex_dtype(p: Array) -> Any:
    return np.result_type(p.dtype, np.complex64)


def polyfit(
    x: ArrayLike,
    y: ArrayLike,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: ArrayLike | None = None,
    cov: bool | str = False,
) -> Any:
    """The polynomial of a degree that is nearest to points, by the squares of distances.

    Args:
      x: a vector of places.
      y: the values there: a vector, or a matrix of one column for each polynomial.
      deg: the degree.
      rcond: what is smaller than this times the largest singular value is taken as zero; by
        default the number of points times the precision of the dtype.
      full: also return what `linalg.lstsq` tells.
      w: a vector of factors of the distances, one for each point.
      cov: also return the covariance of the coefficients, scaled so that chi squared per degree
        of freedom is one, or as it is if 'unscaled'.

    Returns:
      The coefficients, the highest power first; with `full` a tuple of these, residuals, rank,
      singular values and `rcond`; with `cov` a pair of these and their covariance.

    Raises:
      ValueError: if the degree is negative, or there are too few points for a covariance.
      TypeError: if shapes do not fit.

    >>> import covector.numpy as jnp
    >>> jnp.polyfit(jnp.array([0.0, 1.0, 2.0]), jnp.array([1.0, 3.0, 5.0]), 1).round(3)
    Array([2., 1.], dtype=float32)
    """
    arrays = as_arrays("polyfit", *(a for a in (x, y, w) if a is not None))
    deg = index(deg, "deg must be int")
    if deg < 0:
        raise ValueError("expected deg >= 0")
    _check_points(*arrays)
    if rcond is None:
        rcond = arrays[0].size * float(finfo(arrays[0].dtype).eps)
    if cov and not full and cov != "unscaled" and arrays[0].size <= deg + 1:
        raise ValueError(
            "the number of data points must exceed order to scale the covariance matrix"
        )
    rcond = float(concrete(rcond, "rcond must be float"))
    return _polyfit(*arrays, deg=deg, rcond=rcond, full=bool(full), cov=cov)


def _check_points(x: Array, y: Array, w: Array | None = None) -> None:
    if x.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if x.size == 0:
        raise TypeError("expected non-empty vector for x")
    if y.ndim not in (1, 2):
        raise TypeError("expected 1D or 2D array for y")
    if x.shape[0] != y.shape[0]:
        raise TypeError("expected x and y to have same length")
    if w is not None and w.ndim != 1:
        raise TypeError("expected a 1-d array for weights")
    if w is not None and w.shape[0] != y.shape[0]:
        raise TypeError("expected w and y to have the same length")


@composite("deg", "rcond", "full", "cov")
def _polyfit(
    x: Array,
    y: Array,
    w: Any = None,
    *,
    deg: int,
    rcond: float,
    full: bool,
    cov: bool | str,
) -> Any:
    powers, values = vander(x, deg + 1), y
    if w is not None:
        (w,) = _core.numpy.promote_dtypes_inexact(w)
        column = lax.expand_dims(w, (1,))
        powers, values = powers * column, values * (column if values.ndim == 2 else w)
    # Columns of length one make a matrix that is better to solve with.
    scale = _core.numpy.sqrt(sum(powers * powers, axis=0))
    powers = powers / lax.expand_dims(scale, (0,))
    found, residuals, rank, singular = linalg.lstsq(powers, values, rcond)
    coefficients = found / (lax.expand_dims(scale, (1,)) if values.ndim == 2 else scale)
    if full:
        return coefficients, residuals, rank, singular, _core.asarray(rcond)
    if not cov:
        return coefficients
    normal = _core.numpy.matmul(powers.T, powers)
    covariance = linalg.solve(normal, eye(deg + 1, dtype=normal.dtype)) / outer(scale, scale)
    factor: Any = 1.0 if cov == "unscaled" else residuals / (x.size - deg - 1)
    if y.ndim == 1:
        return coefficients, covariance * factor
    return coefficients, lax.expand_dims(covariance, (2,)) * factor
