"""Sparse arrays, and functions of them.

An array in batched coordinate format, `BCOO`, can be computed with like a dense one where results
are sparse as well; `sparsify` makes other functions fit for it. Derivatives with respect to sparse
arrays are those of the elements that are specified: `sparse.grad` and the like give them.

>>> import covector.numpy as jnp
>>> from covector.experimental import sparse
>>> mat = sparse.BCOO.fromdense(jnp.array([[0.0, 1.0], [2.0, 0.0]]))
>>> mat @ jnp.array([3.0, 4.0])
Array([4., 6.], dtype=float32)
"""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.experimental.sparse import (
        ad,
        api,
        bcoo,
        bcsr,
        coo,
        csr,
        linalg,
        random,
        transform,
        util,
    )
    from covector.experimental.sparse._base import JAXSparse
    from covector.experimental.sparse._info import (
        CuSparseEfficiencyWarning,
        SparseEfficiencyError,
        SparseEfficiencyWarning,
    )
    from covector.experimental.sparse.ad import grad, jacfwd, jacobian, jacrev, value_and_grad
    from covector.experimental.sparse.api import empty, eye, todense
    from covector.experimental.sparse.bcoo import (
        BCOO,
        bcoo_broadcast_in_dim,
        bcoo_concatenate,
        bcoo_conv_general_dilated,
        bcoo_dot_general,
        bcoo_dot_general_sampled,
        bcoo_dynamic_slice,
        bcoo_extract,
        bcoo_fromdense,
        bcoo_gather,
        bcoo_multiply_dense,
        bcoo_multiply_sparse,
        bcoo_reduce_sum,
        bcoo_reshape,
        bcoo_rev,
        bcoo_slice,
        bcoo_sort_indices,
        bcoo_squeeze,
        bcoo_sum_duplicates,
        bcoo_todense,
        bcoo_transpose,
        bcoo_update_layout,
    )
    from covector.experimental.sparse.bcsr import (
        BCSR,
        bcsr_broadcast_in_dim,
        bcsr_concatenate,
        bcsr_dot_general,
        bcsr_extract,
        bcsr_fromdense,
        bcsr_sum_duplicates,
        bcsr_todense,
    )
    from covector.experimental.sparse.coo import (
        COO,
        coo_fromdense,
        coo_matmat,
        coo_matvec,
        coo_todense,
    )
    from covector.experimental.sparse.csr import (
        CSC,
        CSR,
        csr_fromdense,
        csr_matmat,
        csr_matvec,
        csr_todense,
    )
    from covector.experimental.sparse.random import random_bcoo
    from covector.experimental.sparse.transform import sparsify
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
