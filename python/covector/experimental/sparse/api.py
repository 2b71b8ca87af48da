"""Functions of sparse arrays of any format."""

from collections.abc import Sequence
from typing import Any

from covector import numpy as jnp
from covector._arguments import index
from covector._core import Array, Tracer
from covector._core.primitives import todense_p
from covector.experimental.sparse._base import JAXSparse
from covector.experimental.sparse.bcoo import BCOO
from covector.experimental.sparse.bcsr import BCSR
from covector.experimental.sparse.coo import COO
from covector.experimental.sparse.csr import CSC, CSR

__all__ = ["empty", "eye", "todense"]

_FORMATS: dict[str, Any] = {"bcsr": BCSR, "bcoo": BCOO, "coo": COO, "csr": CSR, "csc": CSC}


def todense(arr: Any) -> Array:
    """The dense array of a sparse one; a dense one stays as it is.

    In a function that is made one of sparse arrays by `sparsify`, this says that a dense array is
    meant.

    Args:
      arr: an array, sparse or dense.

    Returns:
      A dense array.

    >>> todense(BCOO.fromdense(jnp.eye(2)))
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    if isinstance(arr, JAXSparse):
        return arr.todense()
    dense: Array = jnp.asarray(arr)
    return todense_p.bind(dense) if isinstance(dense, Tracer) else dense


def _format(name: str) -> Any:
    if name not in _FORMATS:
        raise ValueError(f"sparse_format={name!r} not recognized; must be one of {list(_FORMATS)}")
    return _FORMATS[name]


def empty(
    shape: Sequence[int],
    dtype: Any = None,
    index_dtype: Any = "int32",
    sparse_format: str = "bcoo",
    **kwds: Any,
) -> Any:
    """A sparse array of zeros.

    Args:
      shape: its shape.
      dtype: the type of elements; None is the default float.
      index_dtype: the type of indices.
      sparse_format: "bcoo", "bcsr", "coo", "csr" or "csc".
      **kwds: for the first two, `n_batch`, `n_dense` and `nse`.

    Returns:
      The array.

    Raises:
      ValueError: if there is no such format, or it does not have the shape.

    >>> empty((2, 3))
    BCOO(float32[2, 3], nse=0)
    """
    return _format(sparse_format)._empty(tuple(shape), dtype=dtype, index_dtype=index_dtype, **kwds)


def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: Any = None,
    index_dtype: Any = "int32",
    sparse_format: str = "bcoo",
    **kwds: Any,
) -> Any:
    """A sparse matrix with ones on a diagonal.

    Args:
      N: the number of rows.
      M: the number of columns; None is N.
      k: which diagonal: 0 is the main one, positive ones are above it.
      dtype: the type of elements; None is the default float.
      index_dtype: the type of indices.
      sparse_format: "bcoo", "bcsr", "coo", "csr" or "csc".
      **kwds: for "bcoo", `n_batch` and `n_dense`.

    Returns:
      The matrix.

    Raises:
      ValueError: if there is no such format.

    >>> eye(2, 3, 1).todense()
    Array([[0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    rows = index(N, "The error arose in sparse.eye")
    columns = rows if M is None else index(M, "The error arose in sparse.eye")
    offset = index(k, "The error arose in sparse.eye")
    options = {"dtype": dtype, "index_dtype": index_dtype, **kwds}
    if sparse_format == "bcsr":
        return BCSR.from_bcoo(BCOO._eye(rows, columns, offset, **options))
    return _format(sparse_format)._eye(rows, columns, offset, **options)
