"""Errors of sparse arrays, and what is known of them besides their buffers.

>>> from covector.experimental.sparse.util import SparseInfo
>>> SparseInfo((2, 3))
SparseInfo(shape=(2, 3), indices_sorted=False, unique_indices=False)
"""

from covector.experimental.sparse._info import (
    CuSparseEfficiencyWarning,
    Shape,
    SparseEfficiencyError,
    SparseEfficiencyWarning,
    SparseInfo,
    _count_stored_elements,
    _count_stored_elements_per_batch,
    _csr_to_coo,
)

__all__ = [
    "CuSparseEfficiencyWarning",
    "Shape",
    "SparseEfficiencyError",
    "SparseEfficiencyWarning",
    "SparseInfo",
    "_count_stored_elements",
    "_count_stored_elements_per_batch",
    "_csr_to_coo",
]
