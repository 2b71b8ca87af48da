"""Logarithms of sums, where the sums might be too large."""

from typing import Any

import numpy as np

from covector import _core
from covector._arguments import as_arrays, check_arraylike
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike


def logaddexp2(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """The binary logarithm of the sum of powers of two: `log2(2**x1 + 2**x2)`.

    Args:
      x1: an array.
      x2: an array.

    Returns:
      An array of an inexact dtype.

    >>> import covector.numpy as jnp
    >>> jnp.logaddexp2(1.0, 1.0)
    Array(2., dtype=float32, weak_type=True)
    """
    check_arraylike("logaddexp2", x1, x2)
    return _logaddexp2(x1, x2)


@composite()
def _logaddexp2(x1: Any, x2: Any) -> Array:
    x1, x2 = _core.numpy.promote_dtypes_inexact(*as_arrays("logaddexp2", x1, x2))
    # As in JAX, the result is weakly typed only where both are scalars that are.
    is_scalar = x1.ndim == x2.ndim == 0
    ln2: Any = float(np.log(2)) if is_scalar else np.array(np.log(2), x1.dtype)
    return _core.numpy.logaddexp(x1 * ln2, x2 * ln2) / ln2
