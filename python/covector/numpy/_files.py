"""Arrays from and to files and text."""

import os
from typing import IO, Any

import numpy as np

from covector._core import Array
from covector._dtypes import bfloat16
from covector.numpy._array import asarray

save = np.save
savez = np.savez


def load(file: IO[bytes] | str | os.PathLike[Any], *args: Any, **kwargs: Any) -> Any:
    """The array in a file that `save` wrote, or NumPy's mapping for one of `savez`.

    Args:
      file: a path, or a file open for reading bytes.
      *args: further arguments of `numpy.load`.
      **kwargs: further arguments of `numpy.load`.

    Returns:
      An array; of an archive, what `numpy.load` returns.

    >>> import io
    >>> import covector.numpy as jnp
    >>> file = io.BytesIO()
    >>> jnp.save(file, jnp.arange(3))
    >>> position = file.seek(0)
    >>> jnp.load(file)
    Array([0, 1, 2], dtype=int32)
    """
    out = np.load(file, *args, **kwargs)
    if not isinstance(out, np.ndarray):
        return out
    # NumPy's format has no name for bfloat16 and keeps its elements as two bytes.
    if out.dtype == np.dtype("V2"):
        out = out.view(bfloat16)
    return asarray(out)


def frombuffer(buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0) -> Array:
    """An array of the numbers in a buffer.

    Args:
      buffer: bytes, or an object with a buffer.
      dtype: of the numbers.
      count: how many; all by default.
      offset: the byte at which they begin.

    Returns:
      A vector.

    >>> import covector.numpy as jnp
    >>> jnp.frombuffer(b"abc", dtype=jnp.uint8)
    Array([97, 98, 99], dtype=uint8)
    """
    return asarray(np.frombuffer(buffer, np.dtype(dtype), count, offset))


def fromstring(string: str, dtype: Any = float, count: int = -1, *, sep: str) -> Array:
    """An array of the numbers in a text.

    Args:
      string: the text.
      dtype: of the numbers.
      count: how many; all by default.
      sep: what stands between them.

    Returns:
      A vector.

    >>> import covector.numpy as jnp
    >>> jnp.fromstring("1 2 3", dtype=int, sep=" ")
    Array([1, 2, 3], dtype=int32)
    """
    return asarray(np.fromstring(string, np.dtype(dtype), count, sep=sep))


def fromiter(*args: Any, **kwargs: Any) -> Array:
    """Raises NotImplementedError: an iterator may have side effects, which tracing would lose.

    Use `jnp.array(list(iterator))`.
    """
    raise NotImplementedError("jnp.fromiter() is not implemented; use jnp.array(list(...))")


def fromfile(*args: Any, **kwargs: Any) -> Array:
    """Raises NotImplementedError: reading a file is a side effect, which tracing would lose.

    Use `jnp.asarray(np.fromfile(...))`.
    """
    raise NotImplementedError(
        "jnp.fromfile() is not implemented; use jnp.asarray(np.fromfile(...))"
    )
