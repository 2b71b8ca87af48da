"""Linear algebra, as `covector.lax` has it: operands have one dtype, and nothing broadcasts.

Matrices stand along the last two axes; leading axes are batches. On the CPU the kernels are
LAPACK's, from jaxlib and SciPy.
"""

import enum
from typing import Any

from covector import _core
from covector._core import Array
from covector._core.linalg import (
    cholesky,
    cholesky_update,
    eig,
    geqp3,
    geqrf,
    hessenberg,
    householder_product,
    lu,
    lu_pivots_to_permutation,
    ormqr,
    schur,
    symmetric_product,
    triangular_solve,
    tridiagonal,
    tridiagonal_solve,
)
from covector._core.primitives import (
    cholesky_p,
    cholesky_update_p,
    eig_p,
    eigh_p,
    geqp3_p,
    geqrf_p,
    hessenberg_p,
    householder_product_p,
    lu_p,
    lu_pivots_to_permutation_p,
    ormqr_p,
    qr_p,
    schur_p,
    svd_p,
    symmetric_product_p,
    triangular_solve_p,
    tridiagonal_p,
    tridiagonal_solve_p,
)
from covector._typing import ArrayLike

__all__ = [
    "EigImplementation",
    "EighImplementation",
    "SvdAlgorithm",
    "cholesky",
    "cholesky_p",
    "cholesky_update",
    "cholesky_update_p",
    "eig",
    "eig_p",
    "eigh",
    "eigh_p",
    "geqp3",
    "geqp3_p",
    "geqrf",
    "geqrf_p",
    "hessenberg",
    "hessenberg_p",
    "householder_product",
    "householder_product_p",
    "lu",
    "lu_p",
    "lu_pivots_to_permutation",
    "lu_pivots_to_permutation_p",
    "lu_solve",
    "ormqr",
    "ormqr_p",
    "qdwh",
    "qr",
    "qr_p",
    "schur",
    "schur_p",
    "svd",
    "svd_p",
    "symmetric_product",
    "symmetric_product_p",
    "triangular_solve",
    "triangular_solve_p",
    "tridiagonal",
    "tridiagonal_p",
    "tridiagonal_solve",
    "tridiagonal_solve_p",
]


class EigImplementation(enum.Enum):
    """Libraries for eigenvalues of general matrices; on CPUs there is LAPACK."""

    CUSOLVER = "cusolver"
    MAGMA = "magma"
    LAPACK = "lapack"


class EighImplementation(enum.Enum):
    """Ways to eigenvalues of Hermitian matrices: QR on CPUs, JACOBI and QDWH elsewhere."""

    QR = "qr"
    JACOBI = "jacobi"
    QDWH = "qdwh"


class SvdAlgorithm(enum.Enum):
    """Ways to singular values. CPUs offer DEFAULT, which is DIVIDE_AND_CONQUER, and QR."""

    DEFAULT = "default"
    QR = "QR"
    JACOBI = "Jacobi"
    POLAR = "polar"
    DIVIDE_AND_CONQUER = "divide_and_conquer"


def eigh(
    x: ArrayLike,
    *,
    lower: bool = True,
    symmetrize_input: bool = True,
    sort_eigenvalues: bool = True,
    subset_by_index: tuple[int, int] | None = None,
    implementation: EighImplementation | None = None,
) -> tuple[Array, Array]:
    """Eigenvectors and eigenvalues of Hermitian matrices.

    Args:
      x: Hermitian matrices, `(..., n, n)`.
      lower: which triangle is read, unless symmetrizing.
      symmetrize_input: whether to replace `x` by the mean of it and its adjoint.
      sort_eigenvalues: whether eigenvalues must ascend.
      subset_by_index: `(start, end)` of the eigenvalues to compute; CPUs and GPUs only
        compute all.
      implementation: a way to them, or None for the device's best.

    Returns:
      The orthonormal eigenvectors as columns, and the real eigenvalues; NaN where the
      iteration fails.

    Raises:
      TypeError: if the dtype is not floating or complex.
      ValueError: if the matrices are not square.

    >>> import covector.numpy as jnp
    >>> lax.linalg.eigh(jnp.array([[2.0, 1.0], [1.0, 2.0]]))[1].round(5)
    Array([1., 3.], dtype=float32)
    """
    options: Any = {"sort_eigenvalues": sort_eigenvalues, "subset_by_index": subset_by_index}
    vectors, values = _core.linalg.eigh(
        x,
        lower=lower,
        symmetrize_input=symmetrize_input,
        implementation=implementation,
        **options,
    )
    return vectors, values


def qr(
    x: ArrayLike,
    *,
    pivoting: bool = False,
    full_matrices: bool = True,
    use_magma: bool | None = None,
) -> tuple[Array, ...]:
    """QR factorizations, `x = Q R`.

    Args:
      x: matrices, `(..., m, n)`.
      pivoting: whether to choose the order p of columns so that the diagonal of R does not
        grow; then `x[:, p] = Q R`. On CPUs and GPUs.
      full_matrices: whether Q is square; else it has min(m, n) columns.
      use_magma: on GPUs, whether to use MAGMA where pivoting.

    Returns:
      Q, with orthonormal columns, and the upper triangular R; then p if pivoting.

    Raises:
      TypeError: if the dtype is not floating or complex.

    >>> import covector.numpy as jnp
    >>> q, r = lax.linalg.qr(jnp.array([[3.0], [4.0]]), full_matrices=False)
    >>> abs(r).round(4)
    Array([[5.]], dtype=float32)
    """
    options: Any = {"pivoting": pivoting, "full_matrices": full_matrices, "use_magma": use_magma}
    return tuple(_core.linalg.qr(x, **options))


def svd(
    x: ArrayLike,
    *,
    full_matrices: bool = True,
    compute_uv: bool = True,
    subset_by_index: tuple[int, int] | None = None,
    algorithm: SvdAlgorithm | None = None,
) -> Any:
    """Singular value decompositions, `x = U diag(s) V^H`.

    Args:
      x: matrices, `(..., m, n)`.
      full_matrices: whether U and V are square; else they have min(m, n) columns.
      compute_uv: whether to return U and V.
      subset_by_index: `(start, end)` of the singular values to compute; CPUs and GPUs only
        compute all.
      algorithm: a way to them, or None for the device's best.

    Returns:
      U, s and `V^H`, or s alone; NaN where the iteration fails. s descends.

    Raises:
      TypeError: if the dtype is not floating or complex.
      ValueError: if a part is asked for of full matrices.

    >>> import covector.numpy as jnp
    >>> lax.linalg.svd(jnp.diag(jnp.array([3.0, 5.0])), compute_uv=False)
    Array([5., 3.], dtype=float32)
    """
    options: Any = {"subset_by_index": subset_by_index, "algorithm": algorithm}
    s, *vectors = _core.linalg.svd(x, full_matrices=full_matrices, compute_uv=compute_uv, **options)
    return (vectors[0], s, vectors[1]) if compute_uv else s


def lu_solve(lu: ArrayLike, permutation: ArrayLike, b: ArrayLike, trans: int = 0) -> Array:
    """Solves systems of equations with matrices whose LU factorizations are known.

    Args:
      lu: the factors as of `lu`, `(..., n, n)`.
      permutation: the permutations as of `lu`, `(..., n)`.
      b: right sides, `(..., n, k)`, with the leading axes of `lu`.
      trans: 1 for the transposed matrices, 2 for the adjoint ones.

    Returns:
      x, of the shape of `b`.

    Raises:
      ValueError: for another `trans`.

    >>> import covector.numpy as jnp
    >>> lu, _, permutation = lax.linalg.lu(jnp.array([[0.0, 2.0], [4.0, 0.0]]))
    >>> lax.linalg.lu_solve(lu, permutation, jnp.array([[2.0], [4.0]])).ravel()
    Array([1., 1.], dtype=float32)
    """
    return _core.linalg.lu_solve(lu, permutation, b, trans)


def qdwh(
    x: ArrayLike,
    *,
    is_hermitian: bool = False,
    max_iterations: int | None = None,
    eps: float | None = None,
    dynamic_shape: None = None,
) -> tuple[Array, Array, Array, Array]:
    """The polar decomposition `x = u h` by the QR-based weighted Halley iteration.

    Y. Nakatsukasa, Z. Bai, F. Gygi, Optimizing Halley's iteration for computing the matrix
    polar decomposition, SIAM J. Matrix Anal. Appl. 31 (2010).

    Args:
      x: matrices with at least as many rows as columns.
      is_hermitian: whether `x` is Hermitian, which is not made use of.
      max_iterations: how many steps to do at most, by default ten.
      eps: the precision to reach, by default that of the dtype.
      dynamic_shape: must be None.

    Returns:
      u, with orthonormal columns; h, Hermitian and positive semidefinite; the number of
      steps; and whether the last step was small.

    Raises:
      ValueError: if there are more columns than rows.
      NotImplementedError: for a `dynamic_shape`.

    >>> import covector.numpy as jnp
    >>> lax.linalg.qdwh(jnp.array([[0.0, -2.0], [3.0, 0.0]]))[1].round(4)
    Array([[3., 0.],
           [0., 2.]], dtype=float32)
    """
    if dynamic_shape is not None:
        raise NotImplementedError("qdwh: dynamic_shape must be None; slice the array instead")
    steps = 10 if max_iterations is None else max_iterations
    return tuple(_core.linalg.qdwh(x, eps, steps))
