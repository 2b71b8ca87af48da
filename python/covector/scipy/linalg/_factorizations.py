"""Factorizations of matrices, as SciPy has them.

Options that let SciPy reuse memory or skip checks (`overwrite_a`, `check_finite`, ...) do nothing.
"""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike
from covector.lax import linalg
from covector.numpy.linalg._matrices import adjoint, inexact, precisely


@composite("lower")
def _cholesky(a: ArrayLike, lower: bool) -> Array:
    (a,) = inexact("cholesky", jnp.asarray(a))
    factor = linalg.cholesky(a if lower else adjoint(a), symmetrize_input=False)
    return factor if lower else adjoint(factor)


def cholesky(
    a: ArrayLike, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Array:
    """Triangular factors of positive definite matrices, of which one triangle is read.

    Args:
      a: Hermitian positive definite matrices, `(..., n, n)`.
      lower: whether to return L with `a = L @ L^H`, else U with `a = U^H @ U`.
      overwrite_a: without effect.
      check_finite: without effect.

    Returns:
      Triangular matrices; NaN for matrices that are not positive definite.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.cholesky(jnp.array([[4.0, 2.0], [2.0, 2.0]]))
    Array([[2., 1.],
           [0., 1.]], dtype=float32)
    """
    return _cholesky(a, lower)


def cho_factor(
    a: ArrayLike, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Array, bool]:
    """The Cholesky factorization as `cho_solve` takes it.

    Args:
      a: Hermitian positive definite matrices, `(..., n, n)`.
      lower: whether the factor is lower triangular.
      overwrite_a: without effect.
      check_finite: without effect.

    Returns:
      The factors, and `lower`.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.cho_factor(4 * jnp.eye(1))
    (Array([[2.]], dtype=float32), False)
    """
    return cholesky(a, lower=lower), lower


@composite("full_matrices", "compute_uv")
def _svd(a: ArrayLike, full_matrices: bool, compute_uv: bool) -> Any:
    (a,) = inexact("svd", jnp.asarray(a))
    return linalg.svd(a, full_matrices=full_matrices, compute_uv=compute_uv)


def svd(
    a: ArrayLike,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """Singular value decompositions, `a = U @ diag(s) @ Vh`.

    Args:
      a: matrices, `(..., m, n)`.
      full_matrices: whether U and Vh are square.
      compute_uv: whether to return U and Vh.
      overwrite_a: without effect.
      check_finite: without effect.
      lapack_driver: without effect.

    Returns:
      U, s and Vh, or s alone. s descends.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.svd(jnp.diag(jnp.array([3.0, 5.0])), compute_uv=False)
    Array([5., 3.], dtype=float32)
    """
    return _svd(a, full_matrices, compute_uv)


def det(a: ArrayLike, overwrite_a: bool = False, check_finite: bool = True) -> Array:
    """Determinants of square matrices.

    Args:
      a: square matrices, `(..., n, n)`.
      overwrite_a: without effect.
      check_finite: without effect.

    Returns:
      An array of the leading shape.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.det(jnp.array([[1.0, 2.0], [3.0, 4.0]]))
    Array(-2., dtype=float32)
    """
    return jnp.linalg.det(a)


@composite("lower", "eigvals_only")
def _eigh(a: ArrayLike, lower: bool, eigvals_only: bool) -> Any:
    (a,) = inexact("eigh", jnp.asarray(a))
    vectors, values = linalg.eigh(a, lower=lower)
    return values if eigvals_only else (values, vectors)


def eigh(
    a: ArrayLike,
    b: None = None,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    turbo: bool = True,
    eigvals: None = None,
    type: int = 1,
    check_finite: bool = True,
) -> Any:
    """Eigenvalues and eigenvectors of Hermitian matrices.

    Args:
      a: Hermitian matrices, `(..., n, n)`.
      b: must be None: there is no generalized problem.
      lower: which triangle counts, though both are read.
      eigvals_only: whether to return no eigenvectors.
      overwrite_a: without effect.
      overwrite_b: without effect.
      turbo: without effect.
      eigvals: must be None.
      type: must be one.
      check_finite: without effect.

    Returns:
      The real eigenvalues, ascending, and the orthonormal eigenvectors as columns.

    Raises:
      NotImplementedError: for an argument that is not as above.

    >>> import covector.numpy as jnp
    >>> a = jnp.array([[2.0, 1.0], [1.0, 2.0]])
    >>> covector.scipy.linalg.eigh(a, eigvals_only=True).round(5)
    Array([1., 3.], dtype=float32)
    """
    if b is not None:
        raise NotImplementedError("Only the b=None case of eigh is implemented")
    if type != 1:
        raise NotImplementedError("Only the type=1 case of eigh is implemented.")
    if eigvals is not None:
        raise NotImplementedError("Only the eigvals=None case of eigh is implemented.")
    return _eigh(a, lower, eigvals_only)


@composite("eigvals_only", "select", "select_range")
def eigh_tridiagonal(
    d: ArrayLike,
    e: ArrayLike,
    *,
    eigvals_only: bool = False,
    select: str = "a",
    select_range: tuple[int, int] | None = None,
    tol: float | None = None,
    key: Array | None = None,
) -> Any:
    """Eigenvalues and eigenvectors of a Hermitian tridiagonal matrix.

    Args:
      d: the diagonal, `(n,)`.
      e: the diagonal beside it, `(n - 1,)`.
      eigvals_only: whether to return no eigenvectors.
      select: 'a' for all eigenvalues, 'i' for those with numbers in `select_range`.
      select_range: the first and the last number.
      tol: without effect: results are as exact as the dtype allows.
      key: without effect.

    Returns:
      The eigenvalues, ascending, and the eigenvectors as columns.

    Raises:
      TypeError: if the dtypes differ, or are neither floating nor complex.
      ValueError: for another `select` or an empty range.
      NotImplementedError: for select='v', whose results' shape would depend on values.

    >>> import covector.numpy as jnp
    >>> d, e = jnp.array([2.0, 2.0]), jnp.array([1.0])
    >>> covector.scipy.linalg.eigh_tridiagonal(d, e, eigvals_only=True).round(5)
    Array([1., 3.], dtype=float32)
    """
    d, e = jnp.asarray(d), jnp.asarray(e)
    if d.dtype != e.dtype:
        raise TypeError(
            f"diagonal and off-diagonal values must have same dtype, got {d.dtype} and {e.dtype}"
        )
    if d.dtype.name not in ("float32", "float64", "complex64", "complex128"):
        raise TypeError(
            "Only float32 and float64 inputs are supported as inputs to "
            f"covector.scipy.linalg.eigh_tridiagonal, got {d.dtype} and {e.dtype}"
        )
    first, last = _selected(select, select_range, d.shape[0])
    matrix = jnp.diag(jnp.real(d).astype(d.dtype)) + jnp.diag(e, 1) + jnp.diag(jnp.conj(e), -1)
    vectors, values = linalg.eigh(matrix, symmetrize_input=False)
    values, vectors = values[first:last], vectors[:, first:last]
    return values if eigvals_only else (values, vectors)


def _selected(select: str, given: tuple[int, int] | None, n: int) -> tuple[int, int]:
    if select == "a":
        return 0, n
    if select == "v":
        raise NotImplementedError("eigh_tridiagonal(..., select='v') is not implemented")
    if select != "i":
        raise ValueError("'select must have a value in {'a', 'i', 'v'}.")
    if given is None:
        raise ValueError("for select='i', select_range must be specified.")
    if given[0] > given[1]:
        raise ValueError("Got empty index range in select_range.")
    return int(given[0]), int(given[1]) + 1


@composite("output")
def _schur(a: Array, output: str) -> tuple[Array, Array]:
    if output == "complex":
        a = a.astype(np.result_type(a.dtype, np.complex64))
    form, vectors = linalg.schur(a)
    return form, vectors


def schur(a: ArrayLike, output: str = "real") -> tuple[Array, Array]:
    """Schur forms of square matrices, `a = Z @ T @ Z^H`. On CPUs only.

    Args:
      a: square matrices, `(..., n, n)`.
      output: 'complex' for a triangular T of real matrices too.

    Returns:
      T, which is triangular but for blocks of two rows for conjugate eigenvalues of real
      matrices, and the unitary Z.

    Raises:
      ValueError: for another `output`.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.schur(jnp.array([[1.0, 5.0], [0.0, 2.0]]))[0]
    Array([[1., 5.],
           [0., 2.]], dtype=float32)
    """
    if output not in ("real", "complex"):
        raise ValueError(f"Expected 'output' to be either 'real' or 'complex', got {output=}.")
    (a,) = inexact("schur", jnp.asarray(a))
    return _schur(a, output)


@composite()
def _rsf2csf(t: Array, z: Array) -> tuple[Array, Array]:
    """Turns the last block of two rows first; each rotation makes its lower left element zero."""
    dtype = np.result_type(t.dtype, z.dtype, np.complex64)
    batch = jnp.broadcast_shapes(t.shape[:-2], z.shape[:-2])
    t, z = (jnp.broadcast_to(x.astype(dtype), batch + x.shape[-2:]) for x in (t, z))
    n = t.shape[-1]
    place = np.arange(n, dtype=np.int32)

    def step(i: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        t, z = state
        m = n - i.astype(np.int32)
        rows = lax.dynamic_slice_in_dim(t, m - 1, 2, axis=-2)
        rotation = _rotation(lax.dynamic_slice_in_dim(rows, m - 1, 2, axis=-1))
        kept = jnp.broadcast_to(place < m - 1, rows.shape)
        rows = jnp.where(kept, rows, precisely(rotation, rows))
        t = lax.dynamic_update_slice_in_dim(t, rows, m - 1, axis=-2)
        back = adjoint(rotation)
        columns = lax.dynamic_slice_in_dim(t, m - 1, 2, axis=-1)
        kept = jnp.broadcast_to((place > m)[:, None], columns.shape)
        columns = jnp.where(kept, columns, precisely(columns, back))
        t = lax.dynamic_update_slice_in_dim(t, columns, m - 1, axis=-1)
        pair = lax.dynamic_slice_in_dim(z, m - 1, 2, axis=-1)
        z = lax.dynamic_update_slice_in_dim(z, precisely(pair, back), m - 1, axis=-1)
        zeroed = (place[:, None] == m) & (place[None, :] == m - 1)
        return jnp.where(jnp.broadcast_to(zeroed, t.shape), 0, t), z

    return lax.fori_loop(1, n, step, (t, z)) if n > 1 else (t, z)


def _rotation(block: Array) -> Array:
    """What makes the lower left element of blocks of two rows zero, where it is not small."""
    first, last, below = block[..., 0, 0], block[..., 1, 1], block[..., 1, 0]
    size = jnp.abs(first) + jnp.abs(last)
    needed = jnp.abs(below) > jnp.finfo(block.dtype).eps * size
    # Of the two eigenvalues the one that LAPACK gives first, as SciPy does.
    mu = jnp.linalg.eigvals(block)[..., 0] - last
    r = jnp.where(needed, jnp.hypot(jnp.abs(mu), jnp.abs(below)), 1).astype(block.dtype)
    c, s = jnp.where(needed, mu / r, 1), jnp.where(needed, below / r, 0)
    return jnp.stack([jnp.stack([jnp.conj(c), s], -1), jnp.stack([-s, c], -1)], -2)


def rsf2csf(T: ArrayLike, Z: ArrayLike, check_finite: bool = True) -> tuple[Array, Array]:
    """Makes complex Schur forms of real ones.

    Args:
      T: real Schur forms, `(..., n, n)`.
      Z: their unitary matrices; leading axes broadcast.
      check_finite: without effect.

    Returns:
      T, upper triangular, and Z, such that `Z @ T @ Z^H` is what it was.

    Raises:
      ValueError: if shapes are not square or differ.

    >>> import covector.numpy as jnp
    >>> t, z = covector.scipy.linalg.schur(jnp.array([[0.0, -1.0], [1.0, 0.0]]))
    >>> jnp.abs(jnp.diag(covector.scipy.linalg.rsf2csf(t, z)[0])).round(4)
    Array([1., 1.], dtype=float32)
    """
    t, z = jnp.asarray(T), jnp.asarray(Z)
    for name, x in (("T", t), ("Z", z)):
        if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
            raise ValueError(f"Input '{name}' must be square.")
    if t.shape[-1] != z.shape[-1]:
        raise ValueError(f"Input array shapes must match: Z: {z.shape} vs. T: {t.shape}")
    return _rsf2csf(t, z)


@composite("calc_q")
def _hessenberg(a: Array, calc_q: bool) -> Any:
    n = a.shape[-1]
    if n == 0:
        return (jnp.zeros_like(a), jnp.zeros_like(a)) if calc_q else jnp.zeros_like(a)
    reflectors, factors = linalg.hessenberg(a)
    form = jnp.triu(reflectors, -1)
    if not calc_q:
        return form
    q = linalg.householder_product(reflectors[..., 1:, :-1], factors)
    corner = jnp.broadcast_to(jnp.eye(n, dtype=a.dtype), a.shape)
    return form, corner.at[..., 1:, 1:].set(q)


def hessenberg(
    a: ArrayLike, *, calc_q: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """Hessenberg forms of square matrices, `a = Q @ H @ Q^H`. On CPUs only.

    Args:
      a: square matrices, `(..., n, n)`.
      calc_q: whether to return Q.
      overwrite_a: without effect.
      check_finite: without effect.

    Returns:
      H, zero below the first subdiagonal, and the unitary Q if asked for.

    >>> import covector.numpy as jnp
    >>> covector.scipy.linalg.hessenberg(jnp.ones((3, 3)))[2, 0]
    Array(0., dtype=float32)
    """
    (a,) = inexact("hessenberg", jnp.asarray(a))
    return _hessenberg(a, calc_q)
