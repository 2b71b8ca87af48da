"""Matrices that are made of vectors, or of blocks."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector import numpy as jnp
from covector._arguments import as_arrays, check_arraylike
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike


@composite()
def block_diag(*arrs: ArrayLike) -> Array:
    """The matrix with blocks on its diagonal.

    Args:
      *arrs: matrices; vectors are rows.

    Returns:
      A matrix of all their rows and columns, zero outside of the blocks.

    Raises:
      ValueError: if an argument has more than two axes.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.block_diag(jnp.array([1, 2]), jnp.array([3]))
    Array([[1, 2, 0],
           [0, 0, 3]], dtype=int32)
    """
    if not arrs:
        return jnp.zeros((1, 0))
    blocks = _core.numpy.promote_dtypes(*as_arrays("block_diag", *arrs))
    for i, x in enumerate(blocks):
        if x.ndim > 2:
            raise ValueError(
                "Arguments to covector.scipy.linalg.block_diag must have at most 2 dimensions, "
                f"got {x} at argument {i}."
            )
    matrices = [jnp.atleast_2d(x) for x in blocks]
    before, columns = 0, sum(x.shape[1] for x in matrices)
    rows = []
    for x in matrices:
        after = columns - before - x.shape[1]
        rows.append(jnp.pad(x, ((0, 0), (before, after))))
        before += x.shape[1]
    return jnp.concatenate(rows, axis=0)


def _vectors(x: ArrayLike) -> Array:
    """An array of them, the scalar of which is a vector of one."""
    array = jnp.asarray(x)
    return array.reshape(1) if array.ndim == 0 else array


def _picked(x: Array, indices: np.ndarray) -> Array:
    """x[..., indices], where indices are a matrix."""
    return jnp.take(x, indices, axis=-1)


def _joined(c: Array, r: Array) -> tuple[Array, Array]:
    """Both with one dtype and one leading shape."""
    c, r = _core.numpy.promote_dtypes(c, r)
    batch = jnp.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    return (
        jnp.broadcast_to(c, (*batch, c.shape[-1])),
        jnp.broadcast_to(r, (*batch, r.shape[-1])),
    )


def toeplitz(c: ArrayLike, r: ArrayLike | None = None) -> Array:
    """Matrices that are constant along diagonals.

    Args:
      c: the first column, `(..., m)`.
      r: the first row, `(..., n)`, of which the first element does not count; by default the
        conjugate of `c`.

    Returns:
      Matrices, `(..., m, n)`.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.toeplitz(jnp.array([1, 2, 3]), jnp.array([1, 4, 5]))
    Array([[1, 4, 5],
           [2, 1, 4],
           [3, 2, 1]], dtype=int32)
    """
    check_arraylike("toeplitz", c, *(() if r is None else (r,)))
    column = _vectors(c)
    return _toeplitz(column, jnp.conj(column) if r is None else _vectors(r))


@composite()
def _toeplitz(c: Array, r: Array) -> Array:
    c, r = _joined(c, r)
    m, n = c.shape[-1], r.shape[-1]
    if 0 in (m, n):
        return jnp.zeros((*c.shape[:-1], m, n), c.dtype)
    diagonals = jnp.concatenate([jnp.flip(c, axis=-1), r[..., 1:]], axis=-1)
    return _picked(diagonals, m - 1 - np.arange(m)[:, None] + np.arange(n)[None, :])


def hankel(c: ArrayLike, r: ArrayLike | None = None) -> Array:
    """Matrices that are constant along diagonals from the right to the left.

    Args:
      c: the first column, `(..., m)`.
      r: the last row, `(..., n)`, of which the first element does not count; by default zeros.

    Returns:
      Matrices, `(..., m, n)`.

    Raises:
      ValueError: if an argument is a scalar.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.hankel(jnp.array([1, 2, 3]))
    Array([[1, 2, 3],
           [2, 3, 0],
           [3, 0, 0]], dtype=int32)
    """
    check_arraylike("hankel", c, *(() if r is None else (r,)))
    column = jnp.asarray(c)
    row = jnp.zeros_like(column) if r is None else jnp.asarray(r)
    for name, x in (("c", column), ("r", row)):
        if x.ndim == 0:
            raise ValueError(f"hankel: {name} must be at least 1-dimensional, got a scalar.")
    return _hankel(column, row)


@composite()
def _hankel(c: Array, r: Array) -> Array:
    c, r = _joined(c, r)
    m, n = c.shape[-1], r.shape[-1]
    if 0 in (m, n):
        return jnp.zeros((*c.shape[:-1], m, n), c.dtype)
    diagonals = jnp.concatenate([c, r[..., 1:]], axis=-1)
    return _picked(diagonals, np.arange(m)[:, None] + np.arange(n)[None, :])


@composite()
def circulant(c: ArrayLike) -> Array:
    """Matrices whose columns are a vector, shifted cyclically.

    Args:
      c: the first column, `(..., n)`.

    Returns:
      Matrices, `(..., n, n)`.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.circulant(jnp.array([1, 2, 3]))
    Array([[1, 3, 2],
           [2, 1, 3],
           [3, 2, 1]], dtype=int32)
    """
    c = _vectors(*as_arrays("circulant", c))
    n = c.shape[-1]
    if n == 0:
        return jnp.zeros((*c.shape, 0), c.dtype)
    return _picked(c, (np.arange(n)[:, None] - np.arange(n)[None, :]) % n)


def _with_first_row(row: Array, below: Any) -> Array:
    """Square matrices of a row and of what stands below the diagonal."""
    n = row.shape[-1]
    batch, shape = range(row.ndim - 1), (*row.shape[:-1], n, n)
    shifted = lax.expand_dims(jnp.eye(n, k=-1, dtype=row.dtype), batch) * below
    first = lax.broadcasted_iota("int32", shape, row.ndim - 1) == 0
    return jnp.where(first, row[..., None, :], jnp.broadcast_to(shifted, shape))


@composite()
def leslie(f: ArrayLike, s: ArrayLike) -> Array:
    """The matrices of Leslie's model of a population.

    Args:
      f: how many descendants each age has, `(..., n)`.
      s: how many of each age survive it, `(..., n - 1)`.

    Returns:
      Matrices, `(..., n, n)`, with f in the first row and s below the diagonal.

    Raises:
      ValueError: if the sizes do not fit.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.leslie(jnp.array([0.5, 2.0]), jnp.array([0.25]))
    Array([[0.5 , 2.  ],
           [0.25, 0.  ]], dtype=float32)
    """
    f, s = map(_vectors, as_arrays("leslie", f, s))
    if f.shape[-1] < 2:
        raise ValueError(
            f"The length of f along the last axis must be at least 2; got shape {f.shape}."
        )
    if s.shape[-1] != f.shape[-1] - 1:
        raise ValueError(
            "Incorrect lengths for f and s. The length of s along the last axis must be one less "
            f"than the length of f; got f shape {f.shape} and s shape {s.shape}."
        )
    f, s = _joined(f, s)
    return _with_first_row(f, jnp.pad(s, [(0, 0)] * (s.ndim - 1) + [(0, 1)])[..., None, :])


@composite()
def companion(a: ArrayLike) -> Array:
    """Matrices whose eigenvalues are the roots of polynomials.

    Args:
      a: the coefficients, highest power first, `(..., n)`.

    Returns:
      Matrices, `(..., n - 1, n - 1)`.

    Raises:
      ValueError: if there are less than two coefficients.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.companion(jnp.array([1.0, -3.0, 2.0]))
    Array([[ 3., -2.],
           [ 1.,  0.]], dtype=float32)
    """
    a = _vectors(*_core.numpy.promote_dtypes_inexact(*as_arrays("companion", a)))
    if a.shape[-1] < 2:
        raise ValueError(
            f"The length of `a` along the last axis must be at least 2; got shape {a.shape}."
        )
    return _with_first_row(-a[..., 1:] / a[..., :1], jnp.ones((), a.dtype))


@composite()
def fiedler(a: ArrayLike) -> Array:
    """Matrices of the absolute differences of the elements of vectors.

    Args:
      a: vectors, `(..., n)`.

    Returns:
      Matrices, `(..., n, n)`.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.fiedler(jnp.array([1, 4]))
    Array([[0, 3],
           [3, 0]], dtype=int32)
    """
    a = _vectors(*as_arrays("fiedler", a))
    return jnp.abs(a[..., :, None] - a[..., None, :])


@composite()
def fiedler_companion(a: ArrayLike) -> Array:
    """Pentadiagonal matrices whose eigenvalues are the roots of polynomials.

    M. Fiedler, A note on companion matrices, Linear Algebra Appl. 372 (2003).

    Args:
      a: the coefficients, highest power first, `(..., n)`.

    Returns:
      Matrices, `(..., n - 1, n - 1)`.

    Raises:
      ValueError: if there are no coefficients.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.fiedler_companion(jnp.array([1.0, -3.0, 2.0]))
    Array([[ 3., -2.],
           [ 1.,  0.]], dtype=float32)
    """
    a = _vectors(*_core.numpy.promote_dtypes_inexact(*as_arrays("fiedler_companion", a)))
    if a.shape[-1] == 0:
        raise ValueError(
            "fiedler_companion requires the last axis of 'a' to have nonzero length, but got an "
            f"array of shape {a.shape}."
        )
    n = a.shape[-1] - 1
    if n == 0:
        return jnp.zeros((*a.shape[:-1], 0, 0), a.dtype)
    where, which = _pentadiagonal(n)
    return jnp.where(where, _picked(-a / a[..., :1], which), jnp.asarray(_ones(n), a.dtype))


def _pentadiagonal(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the coefficients stand, and which."""
    which = np.zeros((n, n), int)
    which[0, 0] = 1
    for i in range(0, n - 1, 2):
        which[i, i + 1] = i + 2
    for i in range(2, n, 2):
        which[i, i - 1] = i + 1
    return which > 0, which


def _ones(n: int) -> np.ndarray:
    """Where ones stand."""
    ones = np.zeros((n, n))
    ones[1:2, 0] = 1
    for i in range(0, n - 2, 2):
        ones[i, i + 2] = 1
    for i in range(3, n, 2):
        ones[i, i - 2] = 1
    return ones


@composite("n", "mode")
def convolution_matrix(a: ArrayLike, n: int, mode: str = "full") -> Array:
    """Matrices that convolve vectors with given ones.

    Args:
      a: vectors, `(..., m)`.
      n: the size of what is convolved with them.
      mode: 'full', 'valid' or 'same', as `numpy.convolve` takes it.

    Returns:
      Matrices, `(..., k, n)`.

    Raises:
      ValueError: if a size is zero, or for another mode.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.convolution_matrix(jnp.array([1, 2]), 2)
    Array([[1, 0],
           [2, 1],
           [0, 2]], dtype=int32)
    """
    (a,) = as_arrays("convolution_matrix", a)
    if a.ndim == 0:
        raise ValueError("convolution_matrix: a must have at least one axis, got a scalar.")
    m = a.shape[-1]
    if n <= 0:
        raise ValueError(f"n must be a positive integer; got {n}.")
    if m == 0:
        raise ValueError(f"len(a) must be at least 1; got shape {a.shape}.")
    if mode not in ("full", "valid", "same"):
        raise ValueError(f"mode must be one of 'full', 'valid', 'same'; got {mode!r}.")
    widths = [(0, 0)] * (a.ndim - 1) + [(0, n - 1)]
    size = m + n - 1
    dropped = min(n, m) - 1
    first = {"full": 0, "valid": dropped, "same": dropped // 2}[mode]
    last = {"full": 0, "valid": dropped, "same": dropped - dropped // 2}[mode]
    column, row = jnp.pad(a, widths), jnp.pad(jnp.flip(a, axis=-1), widths)
    rows = lax.slice_in_dim(column, first, size - last, axis=-1)
    return toeplitz(rows, lax.slice_in_dim(row, size - n - first, size - first, axis=-1))
