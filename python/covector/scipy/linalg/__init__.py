"""SciPy's linear algebra. Matrices stand along the last two axes; leading ones are batches."""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.scipy.linalg._classical import (
        dft,
        hadamard,
        helmert,
        hilbert,
        invhilbert,
        invpascal,
        pascal,
    )
    from covector.scipy.linalg._factorizations import (
        cho_factor,
        cholesky,
        det,
        eigh,
        eigh_tridiagonal,
        hessenberg,
        rsf2csf,
        schur,
        svd,
    )
    from covector.scipy.linalg._functions import expm, expm_frechet, funm, sqrtm
    from covector.scipy.linalg._orthogonal import lu, lu_factor, polar, qr, qr_multiply
    from covector.scipy.linalg._solving import (
        cho_solve,
        inv,
        lu_solve,
        solve,
        solve_sylvester,
        solve_triangular,
    )
    from covector.scipy.linalg._structured import (
        block_diag,
        circulant,
        companion,
        convolution_matrix,
        fiedler,
        fiedler_companion,
        hankel,
        leslie,
        toeplitz,
    )
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
