"""Matrices with names, of a given size."""

import math
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import DTypeLike


def hilbert(n: int) -> Array:
    """Hilbert's matrix, `1 / (i + j + 1)`.

    Args:
      n: the size.

    Returns:
      A matrix, `(n, n)`.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.hilbert(2).round(4)
    Array([[1.    , 0.5   ],
           [0.5   , 0.3333]], dtype=float32)
    """
    i = np.arange(n)
    return jnp.asarray(1.0 / (i[:, None] + i[None, :] + 1), dtype=float)


def _binomials(n: int) -> list[list[int]]:
    return [[math.comb(i, j) for j in range(n)] for i in range(n)]


def _floats(rows: Any, n: int) -> Array:
    """A matrix of numbers that may be too large for NumPy's integers."""
    return jnp.asarray(np.array(rows, dtype=np.float64).reshape(n, n), dtype=float)


def invhilbert(n: int) -> Array:
    """The inverse of Hilbert's matrix, whose elements are integers.

    Args:
      n: the size.

    Returns:
      A matrix, `(n, n)`.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.invhilbert(2)
    Array([[ 4., -6.],
           [-6., 12.]], dtype=float32)
    """

    def element(i: int, j: int) -> int:
        return (
            (-1) ** (i + j)
            * (i + j + 1)
            * math.comb(n + i, n - j - 1)
            * math.comb(n + j, n - i - 1)
            * math.comb(i + j, i) ** 2
        )

    return _floats([[element(i, j) for j in range(n)] for i in range(n)], n)


def _kind(kind: str | None) -> str:
    kinds = ["symmetric", "lower", "upper"]
    if kind is not None and kind not in kinds:
        raise ValueError(f"Expected kind to be on of: {kinds}; got {kind}")
    return kind or "symmetric"


def pascal(n: int, kind: str | None = None) -> Array:
    """Pascal's matrix, of binomial coefficients.

    Args:
      n: the size.
      kind: 'symmetric', which is the product of 'lower' and 'upper'.

    Returns:
      A matrix, `(n, n)`.

    Raises:
      ValueError: for another kind.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.pascal(3)
    Array([[1., 1., 1.],
           [1., 2., 3.],
           [1., 3., 6.]], dtype=float32)
    """
    kind = _kind(kind)
    lower = _binomials(n)
    if kind == "symmetric":
        lower = [[math.comb(i + j, i) for j in range(n)] for i in range(n)]
    matrix = _floats(lower, n).astype(np.float32)
    return matrix.T if kind == "upper" else matrix


def invpascal(n: int, kind: str | None = None) -> Array:
    """The inverse of Pascal's matrix, whose elements are integers.

    Args:
      n: the size.
      kind: 'symmetric', 'lower' or 'upper'.

    Returns:
      A matrix, `(n, n)`.

    Raises:
      ValueError: for another kind.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.invpascal(2)
    Array([[ 2., -1.],
           [-1.,  1.]], dtype=float32)
    """
    kind = _kind(kind)
    lower = [
        [(-1) ** (i + j) * x for j, x in enumerate(row)] for i, row in enumerate(_binomials(n))
    ]
    if kind == "symmetric":
        columns = list(zip(*lower))
        lower = [[sum(x * y for x, y in zip(a, b)) for b in columns] for a in columns]
    matrix = _floats(lower, n)
    return matrix.T if kind == "upper" else matrix


@composite("n", "full")
def helmert(n: int, full: bool = False) -> Array:
    """Helmert's matrix, whose rows are orthonormal and, but for the first, of sum zero.

    Args:
      n: the size.
      full: whether to return the first row too.

    Returns:
      A matrix, `(n - 1, n)`, or `(n, n)`.

    Raises:
      ValueError: if `n` is not positive.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.helmert(2).round(4)
    Array([[ 0.7071, -0.7071]], dtype=float32)
    """
    if n < 1:
        raise ValueError(f"n must be a positive integer; got {n}.")
    matrix = np.tril(np.ones((n, n)), -1) - np.diag(np.arange(n))
    k = np.arange(1, n)
    rows = matrix[1:] / np.sqrt(k * (k + 1))[:, None]
    if full:
        rows = np.concatenate([np.full((1, n), 1 / np.sqrt(n)), rows])
    return jnp.asarray(rows, dtype=float)


def hadamard(n: int, dtype: DTypeLike = int) -> Array:
    """Hadamard's matrix of ones and minus ones with orthogonal rows, by Sylvester.

    Args:
      n: the size, a power of two.
      dtype: the dtype.

    Returns:
      A matrix, `(n, n)`.

    Raises:
      ValueError: if the size is no power of two.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.hadamard(2)
    Array([[ 1,  1],
           [ 1, -1]], dtype=int32)
    """
    if n < 1 or n & (n - 1):
        raise ValueError(f"n must be a positive power of 2; got {n}.")
    matrix = np.ones((1, 1), int)
    while len(matrix) < n:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return jnp.asarray(matrix, dtype=dtype)


@composite("n", "scale", "dtype")
def dft(n: int, scale: str | None = None, *, dtype: DTypeLike | None = None) -> Array:
    """The matrix of the discrete Fourier transform.

    Args:
      n: the size.
      scale: 'n' to divide by the size, 'sqrtn' by its root, so that it is unitary.
      dtype: a complex dtype.

    Returns:
      A matrix, `(n, n)`.

    Raises:
      ValueError: for another scale, or a dtype that is not complex.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.dft(2).real
    Array([[ 1.,  1.],
           [ 1., -1.]], dtype=float32)
    """
    if scale not in (None, "sqrtn", "n"):
        raise ValueError(f"scale must be None, 'sqrtn', or 'n'; got {scale!r}.")
    kind = complex if dtype is None else user_dtype(dtype, "dft")
    if dtype is not None and not issubdtype(kind, np.complexfloating):
        raise ValueError(f"dtype must be a complex floating-point type; got {dtype}.")
    i = np.arange(n)
    # The remainder keeps angles small, and so exact.
    waves = np.exp(-2j * np.pi * ((i[:, None] * i[None, :]) % max(n, 1)) / max(n, 1))
    divisor = {None: 1.0, "n": n, "sqrtn": math.sqrt(n)}[scale]
    return jnp.asarray(waves / divisor, dtype=kind)
