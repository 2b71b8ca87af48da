"""Trees of arrays as vectors."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from covector import _core
from covector._core import Array
from covector._dtypes import dtype_of
from covector.tree_util import tree_flatten, tree_unflatten


def ravel_pytree(pytree: Any) -> tuple[Array, Callable[[Array], Any]]:
    """Puts all elements of a tree of arrays into one vector.

    Args:
      pytree: a tree of arrays and scalars.

    Returns:
      A pair: the vector, whose dtype is the promotion of those of the leaves (float32 if there
      are none), and a function that makes a tree like the argument of such a vector.

    >>> import covector.numpy as jnp
    >>> from covector.flatten_util import ravel_pytree
    >>> vector, unravel = ravel_pytree({"a": jnp.arange(2.0), "b": 5.0})
    >>> vector
    Array([0., 1., 5.], dtype=float32)
    >>> unravel(2 * vector)
    {'a': Array([0., 2.], dtype=float32), 'b': Array(10., dtype=float32)}
    """
    import covector.numpy as jnp

    leaves, tree = tree_flatten(pytree)
    if not leaves:
        return jnp.zeros(0, "float32"), _Unravel(tree, (), (), None)
    dtypes = tuple(dtype_of(x) for x in leaves)
    dtype, mixed = jnp.result_type(*dtypes), len({*dtypes}) > 1
    parts = [jnp.ravel(jnp.asarray(x).astype(dtype) if mixed else x) for x in leaves]
    return jnp.concatenate(parts), _Unravel(tree, tuple(map(np.shape, leaves)), dtypes, dtype)


@dataclass(frozen=True)
class _Unravel:
    """Makes trees of vectors. A value, so that it can be a static argument of `jit`."""

    tree: Any
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[Any, ...]
    dtype: Any

    def __call__(self, vector: Any) -> Any:
        """The tree.

        Raises:
          TypeError: if the vector has another dtype than that of the tree.
          ValueError: if it has another length.
        """
        import covector.numpy as jnp

        mixed = len({*self.dtypes}) > 1
        if mixed and dtype_of(vector) != self.dtype:
            raise TypeError(
                f"unravel function given array of dtype {dtype_of(vector)}, but expected dtype "
                f"{self.dtype}"
            )
        sizes = [math.prod(shape) for shape in self.shapes]
        if np.shape(vector) != (sum(sizes),):
            raise ValueError(
                f"unravel function given array of shape {np.shape(vector)}, but expected shape "
                f"({sum(sizes)},)"
            )
        if not sizes:
            return tree_unflatten(self.tree, [])
        pieces = jnp.split(vector, np.cumsum(sizes)[:-1].tolist())
        leaves = [piece.reshape(shape) for piece, shape in zip(pieces, self.shapes)]
        if mixed:
            leaves = [_real_if(x, d) for x, d in zip(leaves, self.dtypes)]
        return tree_unflatten(self.tree, leaves)


def _real_if(x: Any, dtype: Any) -> Any:
    """The array in a leaf's dtype; what a real leaf gets of complex numbers is their real part."""
    if not np.issubdtype(dtype, np.complexfloating) and np.issubdtype(x.dtype, np.complexfloating):
        x = x.real
    return _core.convert(x, dtype, False)
