"""Reductions by any function of two values."""

from collections.abc import Callable, Sequence
from typing import Any

from covector import _core
from covector._arguments import canonical_axes
from covector._struct import ShapeDtypeStruct
from covector.lax._operands import as_operand
from covector.tree_util import tree_flatten, tree_unflatten


def reduce(
    operands: Any,
    init_values: Any,
    computation: Callable[[Any, Any], Any],
    dimensions: Sequence[int],
    out_sharding: Any = None,
) -> Any:
    """Arrays reduced over axes by a function of two values.

    Args:
      operands: a tree of arrays of one shape.
      init_values: a tree like it, of scalars of their dtypes: what the function leaves as it
        is, at least where it comes in.
      computation: takes two trees of scalars and returns one. Has to be associative and
        commutative, for elements are put together in any order.
      dimensions: the axes.
      out_sharding: must be None.

    Returns:
      A tree like `operands` of arrays without the axes. Sums, products, extremes and the like
      become the reductions made for them.

    Raises:
      ValueError: if the trees differ, or an initial value is no scalar.
      TypeError: if dtypes do not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.reduce(jnp.arange(4), 0, lax.add, (0,))
    Array(6, dtype=int32)
    """
    leaves, tree = tree_flatten(operands)
    inits, init_tree = tree_flatten(init_values)
    if tree != init_tree:
        raise ValueError(
            f"reduce: operands and initial values must be alike, got {tree} and {init_tree}"
        )
    xs = [as_operand(x) for x in leaves]
    if not xs:
        raise ValueError("reduce: needs at least one operand")
    starts = [as_operand(i) for i in inits]
    scalars = [ShapeDtypeStruct((), x.dtype) for x in xs]
    both, pair_tree = tree_flatten(
        ((tree_unflatten(tree, scalars), tree_unflatten(tree, scalars)), {})
    )
    body, _ = _core.stage(computation, both, pair_tree)
    out = _core.reduce(xs, starts, body, canonical_axes(dimensions, xs[0].ndim))
    return tree_unflatten(tree, out)
