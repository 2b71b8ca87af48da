"""Factorizations of matrices, as NumPy has them."""

from typing import Any, NamedTuple

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.lax import linalg
from covector.numpy.linalg._matrices import adjoint, inexact


class EighResult(NamedTuple):
    """Eigenvalues, ascending, and eigenvectors as columns."""

    eigenvalues: Array
    eigenvectors: Array


class EigResult(NamedTuple):
    """Eigenvalues and eigenvectors as columns, all complex."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """A matrix with orthonormal columns and an upper triangular one."""

    Q: Array
    R: Array


class SVDResult(NamedTuple):
    """Left singular vectors as columns, singular values, right singular vectors as rows."""

    U: Array
    S: Array
    Vh: Array


@composite("upper", "symmetrize_input")
def cholesky(a: ArrayLike, *, upper: bool = False, symmetrize_input: bool = True) -> Array:
    """Triangular factors of positive definite matrices, `a = L @ L^H`.

    Args:
      a: Hermitian positive definite matrices, `(..., n, n)`.
      upper: whether to return U with `a = U^H @ U` instead.
      symmetrize_input: whether to replace `a` by the mean of it and its adjoint; else one
        triangle is read.

    Returns:
      Triangular matrices; NaN for matrices that are not positive definite, where NumPy raises.

    Raises:
      ValueError: if the matrices are not square.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.cholesky(jnp.array([[4.0, 2.0], [2.0, 2.0]]))
    Array([[2., 0.],
           [1., 1.]], dtype=float32)
    """
    (a,) = inexact("cholesky", a)
    factor = linalg.cholesky(adjoint(a) if upper else a, symmetrize_input=symmetrize_input)
    return adjoint(factor) if upper else factor


@composite("full_matrices", "compute_uv", "hermitian", "subset_by_index")
def svd(
    a: ArrayLike,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
    subset_by_index: tuple[int, int] | None = None,
) -> Any:
    """Singular value decompositions, `a = U @ diag(S) @ Vh`.

    Args:
      a: matrices, `(..., m, n)`.
      full_matrices: whether U and Vh are square; else they have min(m, n) columns and rows.
      compute_uv: whether to return U and Vh.
      hermitian: whether `a` is Hermitian, which is quicker.
      subset_by_index: `(start, end)` of the singular values to compute, where the device can.

    Returns:
      U, S and Vh as a named tuple, or S alone. S descends.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.svd(jnp.diag(jnp.array([3.0, 5.0])), compute_uv=False)
    Array([5., 3.], dtype=float32)
    """
    (a,) = inexact("svd", a)
    if hermitian:
        return _hermitian_svd(a, compute_uv, subset_by_index)
    result = linalg.svd(
        a,
        full_matrices=full_matrices,
        compute_uv=compute_uv,
        subset_by_index=subset_by_index,
    )
    return SVDResult(*result) if compute_uv else result


def _hermitian_svd(a: Array, compute_uv: bool, subset: Any) -> Any:
    vectors, values = linalg.eigh(a, subset_by_index=subset)
    order = jnp.flip(jnp.argsort(jnp.abs(values), axis=-1), axis=-1)
    values = jnp.take_along_axis(values, order, axis=-1)
    if not compute_uv:
        return jnp.abs(values)
    u = jnp.take_along_axis(vectors, order[..., None, :], axis=-1)
    signs = lax.sign(values)[..., None, :].astype(u.dtype)
    return SVDResult(u, jnp.abs(values), adjoint(u * signs))


def svdvals(x: ArrayLike, /) -> Array:
    """Singular values of matrices, descending.

    Args:
      x: matrices, `(..., m, n)`.

    Returns:
      An array `(..., min(m, n))`.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.svdvals(jnp.diag(jnp.array([3.0, 5.0])))
    Array([5., 3.], dtype=float32)
    """
    return svd(x, compute_uv=False, hermitian=False)


@composite()
def eig(a: ArrayLike) -> EigResult:
    """Eigenvalues and right eigenvectors of matrices. On CPUs and GPUs only.

    Args:
      a: matrices, `(..., n, n)`.

    Returns:
      The eigenvalues `(..., n)` and the eigenvectors of norm one as columns `(..., n, n)`, as a
      named tuple; they are complex also where NumPy's are real.

    Raises:
      ValueError: if the matrices are not square.

    >>> import covector.numpy as jnp
    >>> jnp.sort(jnp.linalg.eig(jnp.array([[0.0, -1.0], [1.0, 0.0]])).eigenvalues)
    Array([0.-1.j, 0.+1.j], dtype=complex64)
    """
    (a,) = inexact("eig", a)
    return EigResult(*linalg.eig(a, compute_left_eigenvectors=False))


@composite()
def eigvals(a: ArrayLike) -> Array:
    """Eigenvalues of matrices. On CPUs and GPUs only.

    Args:
      a: matrices, `(..., n, n)`.

    Returns:
      A complex array `(..., n)`.

    Raises:
      ValueError: if the matrices are not square.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.eigvals(jnp.array([[2.0, 1.0], [0.0, 3.0]]))
    Array([2.+0.j, 3.+0.j], dtype=complex64)
    """
    (a,) = inexact("eigvals", a)
    vectors = {"compute_left_eigenvectors": False, "compute_right_eigenvectors": False}
    return linalg.eig(a, **vectors)[0]


@composite("UPLO", "symmetrize_input")
def eigh(a: ArrayLike, UPLO: str | None = None, symmetrize_input: bool = True) -> EighResult:
    """Eigenvalues and eigenvectors of Hermitian matrices.

    Args:
      a: Hermitian matrices, `(..., n, n)`.
      UPLO: the triangle that is read if not symmetrizing: 'L', 'U', or None for 'L'.
      symmetrize_input: whether to replace `a` by the mean of it and its adjoint.

    Returns:
      The real eigenvalues, ascending, and the orthonormal eigenvectors as columns, as a named
      tuple.

    Raises:
      ValueError: if the matrices are not square, or UPLO is something else.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.eigh(jnp.array([[2.0, 1.0], [1.0, 2.0]])).eigenvalues.round(5)
    Array([1., 3.], dtype=float32)
    """
    if UPLO not in (None, "L", "U"):
        raise ValueError(f"UPLO must be one of None, 'L', or 'U', got {UPLO}")
    (a,) = inexact("eigh", a)
    vectors, values = linalg.eigh(a, lower=UPLO != "U", symmetrize_input=symmetrize_input)
    return EighResult(values, vectors)


@composite("UPLO", "symmetrize_input")
def eigvalsh(a: ArrayLike, UPLO: str | None = "L", *, symmetrize_input: bool = True) -> Array:
    """Eigenvalues of Hermitian matrices, ascending.

    Args:
      a: Hermitian matrices, `(..., n, n)`.
      UPLO: the triangle that is read if not symmetrizing: 'L' or 'U'.
      symmetrize_input: whether to replace `a` by the mean of it and its adjoint.

    Returns:
      A real array `(..., n)`.

    Raises:
      ValueError: if the matrices are not square, or UPLO is something else.

    >>> import covector.numpy as jnp
    >>> jnp.linalg.eigvalsh(jnp.array([[2.0, 1.0], [1.0, 2.0]])).round(5)
    Array([1., 3.], dtype=float32)
    """
    (a,) = inexact("eigvalsh", a)
    return eigh(a, UPLO, symmetrize_input=symmetrize_input).eigenvalues


@composite("mode")
def qr(a: ArrayLike, mode: str = "reduced") -> Any:
    """QR factorizations, `a = Q @ R`.

    Args:
      a: matrices, `(..., m, n)`.
      mode: 'reduced' for a Q of min(m, n) columns, 'complete' for a square one, 'r' for R
        alone, 'raw' for LAPACK's Householder reflectors, transposed, and their factors.

    Returns:
      Q, with orthonormal columns, and the upper triangular R, as a named tuple; or R alone.

    Raises:
      ValueError: for another mode.

    >>> import covector.numpy as jnp
    >>> q, r = jnp.linalg.qr(jnp.array([[3.0, 1.0], [4.0, 2.0]]))
    >>> jnp.abs(r).round(3)
    Array([[5. , 2.2],
           [0. , 0.4]], dtype=float32)
    """
    (a,) = inexact("qr", a)
    if mode == "raw":
        reflectors, factors = linalg.geqrf(a)
        return QRResult(jnp.matrix_transpose(reflectors), factors)
    if mode not in ("reduced", "r", "full", "complete"):
        raise ValueError(f"Unsupported QR decomposition mode '{mode}'")
    q, r = linalg.qr(a, pivoting=False, full_matrices=mode == "complete")
    return r if mode == "r" else QRResult(q, r)
