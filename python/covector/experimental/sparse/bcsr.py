"""Arrays in the batched format of compressed rows, and operations on them.

Names with an underscore are functions of buffers.
"""

from covector.experimental.sparse._bcsr import fromdense as _bcsr_fromdense
from covector.experimental.sparse._bcsr import to_coordinates as _bcsr_to_bcoo
from covector.experimental.sparse._bcsr import to_pointers as _bcoo_to_bcsr
from covector.experimental.sparse._bcsr_functions import (
    bcsr_broadcast_in_dim,
    bcsr_concatenate,
    bcsr_dot_general,
    bcsr_eliminate_zeros,
    bcsr_extract,
    bcsr_fromdense,
    bcsr_sum_duplicates,
    bcsr_todense,
)
from covector.experimental.sparse._operators import BCSR

__all__ = [
    "BCSR",
    "_bcoo_to_bcsr",
    "_bcsr_fromdense",
    "_bcsr_to_bcoo",
    "bcsr_broadcast_in_dim",
    "bcsr_concatenate",
    "bcsr_dot_general",
    "bcsr_eliminate_zeros",
    "bcsr_extract",
    "bcsr_fromdense",
    "bcsr_sum_duplicates",
    "bcsr_todense",
]
