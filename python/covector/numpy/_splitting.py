"""Arrays taken apart."""

import operator
from itertools import pairwise
from typing import Any

import numpy as np

from covector import lax
from covector._arguments import as_array, canonical_axis
from covector._composite import composite
from covector._core import Array
from covector._typing import ArrayLike


def split(ary: ArrayLike, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """An array cut into pieces along an axis.

    Args:
      ary: an array.
      indices_or_sections: how many equal pieces; or the indices at which to cut.
      axis: the axis.

    Returns:
      A list of arrays.

    Raises:
      ValueError: if equal pieces are not possible, or indices do not rise.

    >>> import covector.numpy as jnp
    >>> jnp.split(jnp.arange(5), [2])
    [Array([0, 1], dtype=int32), Array([2, 3, 4], dtype=int32)]
    """
    return _split("split", ary, indices_or_sections, axis)


def array_split(ary: ArrayLike, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """An array cut into pieces along an axis, which need not be equal.

    Args:
      ary: an array.
      indices_or_sections: how many pieces, of which the first ones are longer by one where it
        does not come out even; or the indices at which to cut.
      axis: the axis.

    Returns:
      A list of arrays.

    Raises:
      ValueError: if indices do not rise.

    >>> import covector.numpy as jnp
    >>> [x.size for x in jnp.array_split(jnp.arange(5), 3)]
    [2, 2, 1]
    """
    return _split("array_split", ary, indices_or_sections, axis)


def _split(function: str, ary: Any, where: Any, axis: int) -> list[Array]:
    ary = as_array(function, ary)
    axis = canonical_axis(axis, ary.ndim)
    length = ary.shape[axis]
    if np.ndim(where):
        # Indices past the end, which slices would accept, cut off nothing.
        cuts = [0, *(min(operator.index(i), length) for i in where), length]
        cuts = [cuts[0], *(i + length if i < 0 else i for i in cuts[1:-1]), cuts[-1]]
    else:
        cuts = _even_cuts(function, operator.index(where), length)
    return list(lax.split(ary, [j - i for i, j in pairwise(cuts)], axis))


def _even_cuts(function: str, sections: int, length: int) -> list[int]:
    if sections <= 0:
        raise ValueError(f"{function}: number of sections must be positive, got {sections}")
    part, rest = divmod(length, sections)
    if rest and function != "array_split":
        raise ValueError(f"{function}: {length} elements do not divide into {sections} sections")
    return [i * part + min(i, rest) for i in range(sections + 1)]


def vsplit(ary: ArrayLike, indices_or_sections: Any) -> list[Array]:
    """An array cut into pieces along axis 0; see `split`.

    >>> import covector.numpy as jnp
    >>> [x.shape for x in jnp.vsplit(jnp.zeros((4, 2)), 2)]
    [(2, 2), (2, 2)]
    """
    return _split("vsplit", ary, indices_or_sections, 0)


def hsplit(ary: ArrayLike, indices_or_sections: Any) -> list[Array]:
    """An array cut into pieces along axis 1, a vector along axis 0; see `split`.

    >>> import covector.numpy as jnp
    >>> [x.shape for x in jnp.hsplit(jnp.zeros((4, 2)), 2)]
    [(4, 1), (4, 1)]
    """
    ary = as_array("hsplit", ary)
    return _split("hsplit", ary, indices_or_sections, 0 if ary.ndim == 1 else 1)


def dsplit(ary: ArrayLike, indices_or_sections: Any) -> list[Array]:
    """An array cut into pieces along axis 2; see `split`.

    >>> import covector.numpy as jnp
    >>> [x.shape for x in jnp.dsplit(jnp.zeros((1, 2, 4)), 2)]
    [(1, 2, 2), (1, 2, 2)]
    """
    return _split("dsplit", ary, indices_or_sections, 2)


def unstack(x: ArrayLike, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The arrays that stand along an axis, without it.

    Args:
      x: an array.
      axis: the axis.

    Returns:
      A tuple of as many arrays as the axis is long.

    Raises:
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.unstack(jnp.array([[1, 2], [3, 4]]))
    (Array([1, 2], dtype=int32), Array([3, 4], dtype=int32))
    """
    x = as_array("unstack", x)
    return tuple(_unstack(x, canonical_axis(axis, x.ndim)))


@composite("axis")
def _unstack(x: Array, axis: int) -> tuple[Array, ...]:
    if not x.shape[axis]:
        return ()
    return tuple(lax.squeeze(p, (axis,)) for p in lax.split(x, [1] * x.shape[axis], axis))
