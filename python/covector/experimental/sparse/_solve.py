"""Linear systems of sparse matrices."""

from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

from covector import lax
from covector import numpy as jnp
from covector._callbacks import pure_callback
from covector._core import Array
from covector._struct import ShapeDtypeStruct
from covector.experimental.sparse._csr import _matmul


def spsolve(
    data: Any, indices: Any, indptr: Any, b: Any, tol: float = 1e-6, reorder: int = 1
) -> Array:
    """Solves a linear system of a sparse matrix, by SciPy on the host.

    It can be differentiated with respect to the elements and the right-hand side.

    Args:
      data: the elements, in the format of compressed rows.
      indices: their columns.
      indptr: where rows begin.
      b: the right-hand side, a vector of the dtype of `data`.
      tol: accepted for compatibility, like `reorder`: SciPy has neither.
      reorder: 0, 1, 2 or 3.

    Returns:
      The solution.

    Raises:
      ValueError: if dtypes differ or shapes do not fit.

    >>> from covector.experimental import sparse
    >>> mat = sparse.CSR.fromdense(jnp.array([[2.0, 0.0], [1.0, 1.0]]))
    >>> spsolve(mat.data, mat.indices, mat.indptr, jnp.array([2.0, 3.0]))
    Array([1., 2.], dtype=float32)
    """
    data, indices, indptr, b = map(jnp.asarray, (data, indices, indptr, b))
    _check(data, indices, indptr, b, reorder)
    shape = (b.size, b.size)
    out = ShapeDtypeStruct(b.shape, b.dtype)

    def solver(transpose: bool) -> Any:
        def on_host(*buffers: Any) -> Any:
            *csr, right = map(np.asarray, buffers)
            matrix = scipy.sparse.csr_matrix(tuple(csr), shape=shape)
            matrix = matrix.T.tocsr() if transpose else matrix
            return scipy.sparse.linalg.spsolve(matrix, right).astype(right.dtype)

        def solve(matvec: Any, right: Array) -> Array:
            x: Array = pure_callback(
                on_host, out, data, indices, indptr, right, vmap_method="sequential"
            )
            return x

        return solve

    x: Array = lax.custom_linear_solve(
        lambda x: _matmul(data, indices, indptr, x, shape=shape), b, solver(False), solver(True)
    )
    return x


def _check(data: Array, indices: Array, indptr: Array, b: Array, reorder: int) -> None:
    if data.dtype != b.dtype:
        raise ValueError(f"data types do not match: {data.dtype=} {b.dtype=}")
    if not all(jnp.issubdtype(x.dtype, jnp.integer) for x in (indices, indptr)):
        raise ValueError(
            f"index arrays must be integer typed; got {indices.dtype=} {indptr.dtype=}"
        )
    if not data.ndim == indices.ndim == indptr.ndim == b.ndim == 1:
        raise ValueError(
            f"Arrays must be one-dimensional. Got {data.shape=} {indices.shape=} {indptr.shape=} "
            f"{b.shape=}"
        )
    if indptr.size != b.size + 1 or data.shape != indices.shape:
        raise ValueError(
            f"Invalid CSR buffer sizes: {data.shape=} {indices.shape=} {indptr.shape=}"
        )
    if reorder not in (0, 1, 2, 3):
        raise ValueError(f"{reorder=} not valid, must be one of [0, 1, 2, 3]")
