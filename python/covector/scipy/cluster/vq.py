"""Vector quantization."""

from covector import _core
from covector import numpy as jnp
from covector._arguments import check_arraylike
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike

__all__ = ["vq"]


def vq(obs: ArrayLike, code_book: ArrayLike, check_finite: bool = True) -> tuple[Array, Array]:
    """For each vector the nearest one of a code book.

    Args:
      obs: vectors, an array of rows, or numbers.
      code_book: the same.
      check_finite: has no effect.

    Returns:
      The numbers of the nearest rows, and how far they are.

    Raises:
      ValueError: if ranks differ, or are not 1 or 2.

    >>> covector.scipy.cluster.vq.vq(jnp.array([0.2, 3.0]), jnp.array([0.0, 1.0]))[0]
    Array([0, 1], dtype=int32)
    """
    check_arraylike("scipy.cluster.vq.vq", obs, code_book)
    vectors, codes = _core.numpy.promote_dtypes_inexact(
        _core.asarray(obs), _core.asarray(code_book)
    )
    if vectors.ndim != codes.ndim:
        raise ValueError("Observation and code_book should have the same rank")
    if vectors.ndim == 1:
        vectors, codes = vectors[:, None], codes[:, None]
    if vectors.ndim != 2:
        raise ValueError("ndim different than 1 or 2 are not supported")
    return _nearest(vectors, codes)


@composite()
def _nearest(vectors: Array, codes: Array) -> tuple[Array, Array]:
    difference = vectors[:, None] - codes[None]
    distance = jnp.sqrt(jnp.sum(jnp.square(jnp.abs(difference)), axis=-1))
    code = jnp.argmin(distance, axis=-1)
    return code, jnp.take_along_axis(distance, code[:, None], 1)[:, 0]
