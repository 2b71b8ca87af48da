"""What formats of single matrices share."""

import functools
from collections.abc import Sequence
from typing import Any

from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector.experimental.sparse._base import JAXSparse


def check_matrix(name: str, shape: Sequence[int]) -> None:
    """Raises ValueError unless a shape is that of a matrix."""
    if len(shape) != 2:
        raise ValueError(f"{name} must have ndim=2; got shape={tuple(shape)}")


@functools.partial(jit, static_argnames=("nse", "index_dtype"))
def nonzeros(mat: Array, *, nse: int, index_dtype: Any) -> tuple[Array, Array, Array]:
    """The first elements that are not zero, their rows and columns; padding is a zero."""
    check_matrix("fromdense: matrix", mat.shape)
    row, col = jnp.nonzero(mat, size=nse)
    data = jnp.where(jnp.arange(nse) < (mat != 0).sum(), mat[row, col], jnp.zeros((), mat.dtype))
    return data, row.astype(index_dtype), col.astype(index_dtype)


def promoted(mat: JAXSparse, other: Any) -> tuple[Array, Array]:
    """The data of a matrix and what it is multiplied with, of one dtype.

    Raises:
      NotImplementedError: if the latter is sparse, or neither vector nor matrix.
    """
    if isinstance(other, JAXSparse):
        raise NotImplementedError("matmul between two sparse objects.")
    other = jnp.asarray(other)
    if other.ndim not in (1, 2):
        raise NotImplementedError(f"matmul with object of shape {other.shape}")
    dtype = jnp.result_type(mat.data, other)
    return mat.data.astype(dtype), other.astype(dtype)
