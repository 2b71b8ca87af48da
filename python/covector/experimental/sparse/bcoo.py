"""Arrays in batched coordinate format, and operations on them.

Names with an underscore are functions of buffers: `data`, `indices` and a `SparseInfo`.
"""

from covector.experimental.sparse._conversion import extract as _bcoo_extract
from covector.experimental.sparse._conversion import fromdense as _bcoo_fromdense
from covector.experimental.sparse._conversion import todense as _bcoo_todense
from covector.experimental.sparse._elementwise import (
    bcoo_conv_general_dilated,
    bcoo_multiply_dense,
    bcoo_multiply_sparse,
)
from covector.experimental.sparse._functions import (
    bcoo_dot_general,
    bcoo_dot_general_sampled,
    bcoo_eliminate_zeros,
    bcoo_extract,
    bcoo_fromdense,
    bcoo_sort_indices,
    bcoo_sum_duplicates,
    bcoo_todense,
    bcoo_transpose,
    bcoo_update_layout,
)
from covector.experimental.sparse._operators import BCOO
from covector.experimental.sparse._products import dot_dense as _bcoo_dot_general
from covector.experimental.sparse._shapes import (
    bcoo_broadcast_in_dim,
    bcoo_concatenate,
    bcoo_reshape,
    bcoo_squeeze,
)
from covector.experimental.sparse._slices import (
    bcoo_dynamic_slice,
    bcoo_gather,
    bcoo_reduce_sum,
    bcoo_rev,
    bcoo_slice,
)

__all__ = [
    "BCOO",
    "_bcoo_dot_general",
    "_bcoo_extract",
    "_bcoo_fromdense",
    "_bcoo_todense",
    "bcoo_broadcast_in_dim",
    "bcoo_concatenate",
    "bcoo_conv_general_dilated",
    "bcoo_dot_general",
    "bcoo_dot_general_sampled",
    "bcoo_dynamic_slice",
    "bcoo_eliminate_zeros",
    "bcoo_extract",
    "bcoo_fromdense",
    "bcoo_gather",
    "bcoo_multiply_dense",
    "bcoo_multiply_sparse",
    "bcoo_reduce_sum",
    "bcoo_reshape",
    "bcoo_rev",
    "bcoo_slice",
    "bcoo_sort_indices",
    "bcoo_squeeze",
    "bcoo_sum_duplicates",
    "bcoo_todense",
    "bcoo_transpose",
    "bcoo_update_layout",
]
