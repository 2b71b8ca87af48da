"""NumPy's linear algebra. Matrices stand along the last two axes; leading ones are batches."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.numpy.linalg._decompositions import (
        cholesky,
        eig,
        eigh,
        eigvals,
        eigvalsh,
        qr,
        svd,
        svdvals,
    )
    from covector.numpy.linalg._determinants import det, slogdet
    from covector.numpy.linalg._inverses import inv, lstsq, pinv, solve, tensorinv, tensorsolve
    from covector.numpy.linalg._norms import cond, matrix_norm, matrix_rank, norm, vector_norm
    from covector.numpy.linalg._products import (
        cross,
        diagonal,
        matmul,
        matrix_power,
        matrix_transpose,
        multi_dot,
        outer,
        tensordot,
        trace,
        vecdot,
    )
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
