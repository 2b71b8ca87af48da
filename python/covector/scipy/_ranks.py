"""Vectors that meet arrays of more axes, without promotion of ranks."""

import numpy as np

from covector import lax
from covector._core import Array


def along_last(vector: Array | np.ndarray, array: Array) -> Array:
    """The vector as an array of that many axes, all but the last of which have one element.

    Users may forbid promotion of ranks in their code; ours must not depend on what they chose.
    """
    return lax.expand_dims(vector, range(array.ndim - vector.ndim))
