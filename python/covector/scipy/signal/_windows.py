"""Windows of segments."""

import warnings
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector._core import Array


def hann(n: int) -> np.ndarray:
    """The periodic Hann window."""
    return np.ones(1) if n == 1 else np.sin(np.linspace(0, np.pi, n, endpoint=False)) ** 2


def named(window: Any, n: int) -> np.ndarray:
    """A window by the name that SciPy gives it.

    Raises:
      ImportError: if SciPy is not installed, which knows the windows other than Hann's.
    """
    if window == "hann":
        return hann(n)
    try:
        from scipy.signal import get_window
    except ImportError as error:
        raise ImportError(f"scipy must be available to use window={window!r}") from error
    return get_window(window, n)


def window_of(window: Any, nperseg: int | None, length: int, dtype: Any) -> tuple[Array, int]:
    """The window as an array, and its size.

    Args:
      window: a name, a tuple of a name and parameters, or an array.
      nperseg: the size asked for.
      length: that of the signal, which is the largest.
      dtype: of the array.

    Raises:
      ValueError: if sizes do not fit.
    """
    if isinstance(window, (str, tuple)):
        size = length if nperseg is None else nperseg
        if size > length:
            warnings.warn(
                f"nperseg={size} is greater than input_length={length!r}, using nperseg={length}",
                stacklevel=5,
            )
            size = length
        return jnp.array(named(window, size), dtype=dtype), size
    values = jnp.asarray(window, dtype=dtype)
    size = values.size if nperseg is None else nperseg
    if values.ndim != 1:
        raise ValueError("window must be 1-D")
    if length < values.size:
        raise ValueError("window is longer than input signal")
    if size != values.size:
        raise ValueError("value specified for nperseg is different from length of window")
    return values, size
