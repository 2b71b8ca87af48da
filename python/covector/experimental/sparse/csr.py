"""Matrices in the formats of compressed rows and columns, and operations on them.

Names with an underscore are functions of buffers.
"""

from typing import Any

import numpy as np

from covector._core import Array
from covector.experimental.sparse._csr import (
    CSC,
    CSR,
    csr_fromdense,
    csr_matmat,
    csr_matvec,
    csr_todense,
)
from covector.experimental.sparse._csr import _matmul as _csr_matmat
from covector.experimental.sparse._csr import _matmul as _csr_matvec
from covector.experimental.sparse._csr import _todense as _csr_todense


def _csr_fromdense(mat: Any, *, nse: int, index_dtype: Any = np.int32) -> tuple[Array, ...]:
    return CSR.fromdense(mat, nse=nse, index_dtype=index_dtype)._bufs


__all__ = [
    "CSC",
    "CSR",
    "_csr_matmat",
    "_csr_matvec",
    "_csr_todense",
    "csr_fromdense",
    "csr_matmat",
    "csr_matvec",
    "csr_todense",
]
