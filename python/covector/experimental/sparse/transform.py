"""Functions of dense arrays as functions of sparse ones."""

from covector.experimental.sparse._operators import BCOO, BCSR
from covector.experimental.sparse._sparsify import sparsify
from covector.experimental.sparse._sparsify_values import (
    SparsifyEnv,
    SparsifyValue,
    arrays_to_spvalues,
    sparsify_raw,
    spvalues_to_arrays,
)

__all__ = [
    "BCOO",
    "BCSR",
    "SparsifyEnv",
    "SparsifyValue",
    "arrays_to_spvalues",
    "sparsify",
    "sparsify_raw",
    "spvalues_to_arrays",
]
