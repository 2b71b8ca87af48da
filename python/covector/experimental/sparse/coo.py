"""Matrices in coordinate format, and operations on them.

Names with an underscore are functions of buffers.
"""

from typing import Any

from covector import numpy as jnp
from covector._core import Array
from covector.experimental.sparse import _coo
from covector.experimental.sparse._coo import (
    COO,
    COOInfo,
    coo_fromdense,
    coo_matmat,
    coo_matvec,
    coo_todense,
)


def _coo_todense(data: Array, row: Array, col: Array, *, spinfo: COOInfo) -> Array:
    return _coo.todense(data, row, col, shape=tuple(spinfo.shape))


def _coo_fromdense(mat: Any, *, nse: int, index_dtype: Any = jnp.int32) -> tuple[Array, ...]:
    return COO.fromdense(mat, nse=nse, index_dtype=index_dtype)._bufs


def _coo_matvec(
    data: Array, row: Array, col: Array, v: Array, *, spinfo: COOInfo, transpose: bool = False
) -> Array:
    return _coo.matmul(data, row, col, v, shape=tuple(spinfo.shape), transpose=transpose)


_coo_matmat = _coo_matvec

__all__ = ["COO", "COOInfo", "coo_fromdense", "coo_matmat", "coo_matvec", "coo_todense"]
