"""Where differentiation stops."""

from typing import TypeVar

from covector import _core
from covector.tree_util import tree_map

T = TypeVar("T")


def stop_gradient(x: T) -> T:
    """Values as they are, with derivatives of zero.

    Args:
      x: a tree of arrays.

    Returns:
      A tree like `x`.

    >>> import covector
    >>> from covector import lax
    >>> covector.grad(lambda x: x * lax.stop_gradient(x))(3.0)
    Array(3., dtype=float32, weak_type=True)
    """
    return tree_map(_core.lax.stop_gradient, x)
