"""Functions of SciPy, on arrays that can be differentiated and compiled.

>>> import covector
>>> float(covector.scipy.special.expit(0.0))
0.5
"""

from typing import TYPE_CHECKING

from covector import _lazy

if TYPE_CHECKING:
    from covector.scipy import (
        cluster,
        fft,
        integrate,
        interpolate,
        linalg,
        ndimage,
        optimize,
        signal,
        sparse,
        spatial,
        special,
        stats,
    )
else:
    __getattr__, __dir__, __all__ = _lazy.attach(__name__)
