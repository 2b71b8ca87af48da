"""Trees of arrays as vectors, and linear operators on them."""

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector.tree_util import tree_leaves, tree_map

_HIGHEST = lax.Precision.HIGHEST
dot = functools.partial(jnp.dot, precision=_HIGHEST)


def add(x: Any, y: Any) -> Any:
    """The sum."""
    return tree_map(operator.add, x, y)


def sub(x: Any, y: Any) -> Any:
    """The difference."""
    return tree_map(operator.sub, x, y)


def scaled(scalar: Any, x: Any) -> Any:
    """The multiple."""
    return tree_map(lambda leaf: scalar * leaf, x)


def inner(x: Any, y: Any) -> Any:
    """The inner product, conjugate in the first."""
    products = tree_map(functools.partial(jnp.vdot, precision=_HIGHEST), x, y)
    return sum(tree_leaves(products))


def real_inner(x: Any, y: Any) -> Any:
    """Its real part."""

    def of_leaves(a: Any, b: Any) -> Any:
        product = jnp.vdot(a.real, b.real, precision=_HIGHEST)
        if jnp.iscomplexobj(a) or jnp.iscomplexobj(b):
            product = product + jnp.vdot(a.imag, b.imag, precision=_HIGHEST)
        return product

    return sum(tree_leaves(tree_map(of_leaves, x, y)))


def norm(x: Any) -> Array:
    """The Euclidean norm."""
    return jnp.sqrt(real_inner(x, x))


def identity(x: Any) -> Any:
    """The operator that changes nothing."""
    return x


def as_operator(f: Any) -> Callable[[Any], Any]:
    """A function, or what multiplies by a matrix.

    Raises:
      TypeError: if it is neither.
      ValueError: if the matrix is not square.
    """
    if callable(f):
        return f
    if not isinstance(f, (Array, np.ndarray)) and not hasattr(f, "__matmul__"):
        raise TypeError(f"linear operator must be either a function or ndarray: {f}")
    shape = getattr(f, "shape", None)
    if shape is not None and (len(shape) != 2 or shape[0] != shape[1]):
        raise ValueError(f"linear operator must be a square matrix, but has shape: {shape}")
    if isinstance(f, (Array, np.ndarray)):
        return functools.partial(dot, f)
    return functools.partial(operator.matmul, f)
