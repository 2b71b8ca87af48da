"""Reductions of windows that move over arrays."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from covector import _core
from covector._core import Array
from covector._struct import ShapeDtypeStruct
from covector._typing import ArrayLike
from covector.lax._operands import as_operand
from covector.tree_util import tree_flatten, tree_structure, tree_unflatten


def reduce_window(
    operand: Any,
    init_value: Any,
    computation: Callable[[Any, Any], Any],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int] | None = None,
    padding: str | Sequence[tuple[int, int]] = "VALID",
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> Any:
    """Each window over arrays, reduced by a function of two values.

    Args:
      operand: a tree of arrays of one shape.
      init_value: a tree like it, of scalars of their dtypes: what the function leaves as it is,
        at least where it comes in.
      computation: takes two trees of scalars and returns one. Has to be associative.
      window_dimensions: the size of a window along each axis.
      window_strides: how far windows are apart; None: adjacent.
      padding: a word as of `padtype_to_pads`, or pairs of margins, in which the initial value
        stands.
      base_dilation: how far elements of the arrays are apart; None: adjacent.
      window_dilation: how far elements of a window are apart; None: adjacent.

    Returns:
      A tree like `operand`. Sums and extremes become the reductions made for them.

    Raises:
      ValueError: if the trees differ.
      TypeError: if dtypes, or sizes of windows and the like, do not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.reduce_window(jnp.arange(4.0), 0.0, lax.add, (2,))
    Array([1., 3., 5.], dtype=float32)
    """
    leaves, tree = tree_flatten(operand)
    inits, init_tree = tree_flatten(init_value)
    if tree != init_tree:
        raise ValueError(
            f"Operands must have the same tree structure as init_values: {tree} vs. {init_tree}"
        )
    if not leaves:
        raise ValueError("reduce_window must have at least one operand.")
    xs = [as_operand(x) for x in leaves]
    starts = [as_operand(x) for x in inits]
    body, out_tree = _stage(computation, starts, tree)
    if out_tree != tree:
        raise ValueError(
            "reduce_window output must have the same tree structure as the operands "
            f"{tree} vs. {out_tree}"
        )
    out = _core.reduce_window(
        xs,
        starts,
        body,
        window_dimensions,
        window_strides,
        padding,
        base_dilation,
        window_dilation,
    )
    return tree_unflatten(tree, out)


def _stage(computation: Callable[[Any, Any], Any], scalars: Sequence[Array], tree: Any) -> Any:
    """The jaxpr of a function of two trees of such scalars, and the tree that it returns."""
    types = [ShapeDtypeStruct((), x.dtype) for x in scalars]
    one = tree_unflatten(tree, types)
    leaves, pair = tree_flatten(((one, one), {}))
    return _core.stage(computation, leaves, pair)


def reduce_window_shape_tuple(
    operand_shape: Sequence[int],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> tuple[int, ...]:
    """How many windows there are along each axis.

    Args:
      operand_shape: the shape of the array.
      window_dimensions: as of `reduce_window`, as are the following.
      window_strides: how far windows are apart.
      padding: margins.
      base_dilation: how far elements of the array are apart.
      window_dilation: how far elements of a window are apart.

    Returns:
      A tuple of sizes.

    Raises:
      TypeError: if arguments do not fit the shape.

    >>> from covector import lax
    >>> lax.reduce_window_shape_tuple((8,), (3,), (2,), [(0, 1)])
    (4,)
    """
    shape = _core.window_shape(
        operand_shape, window_dimensions, window_strides, padding, base_dilation, window_dilation
    )
    return cast("tuple[int, ...]", shape)


def select_and_scatter(
    operand: ArrayLike,
    select: Callable[[Any, Any], Any],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    source: ArrayLike,
    init_value: ArrayLike,
    scatter: Callable[[Any, Any], Any],
) -> Array:
    """Puts each element of an array where its window over another selects.

    Args:
      operand: an array.
      select: whether its first argument, an element of a window, is preferred to the second.
      window_dimensions: the size of a window along each axis.
      window_strides: how far windows are apart.
      padding: a word or pairs of margins.
      source: an array with an element for each window.
      init_value: a scalar: where nothing is selected.
      scatter: puts an element to what is there already.

    Returns:
      An array like `operand`.

    Raises:
      TypeError: if dtypes or sizes do not fit.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> x, y = jnp.array([1.0, 4.0, 2.0, 3.0]), jnp.array([10.0, 20.0])
    >>> select_and_scatter(x, lax.ge, (2,), (2,), "VALID", y, 0.0, lax.add)
    Array([ 0., 10.,  0., 20.], dtype=float32)
    """
    init = as_operand(init_value)
    leaf = tree_structure(0)
    select_body, _ = _stage(select, [init], leaf)
    scatter_body, _ = _stage(scatter, [init], leaf)
    result = _core.select_and_scatter(
        operand,
        source,
        init,
        select_body,
        scatter_body,
        window_dimensions,
        window_strides,
        padding,
    )
    return cast("Array", result)


def select_and_scatter_add(
    source: ArrayLike,
    operand: ArrayLike,
    select_prim: Any,
    window_dimensions: Sequence[int],
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
) -> Array:
    """Adds each element of an array where its window over another is extreme.

    It is the gradient of a maximum or minimum of windows.

    Args:
      source: an array with an element for each window.
      operand: an array.
      select_prim: the primitive `ge` for maxima, `le` for minima.
      window_dimensions: the size of a window along each axis.
      window_strides: how far windows are apart.
      padding: a word or pairs of margins.

    Returns:
      An array like `operand`.

    Raises:
      TypeError: if dtypes or sizes do not fit.

    >>> import covector.numpy as jnp
    >>> x, y = jnp.array([1.0, 4.0, 2.0]), jnp.array([10.0, 20.0])
    >>> select_and_scatter_add(y, x, _core.primitives.ge_p, (2,), (1,), "VALID")
    Array([ 0., 30.,  0.], dtype=float32)
    """
    result = _core.select_and_scatter_add(
        source, operand, select_prim.name, window_dimensions, window_strides, padding
    )
    return cast("Array", result)


def select_and_gather_add(
    tangents: ArrayLike,
    operand: ArrayLike,
    select_prim: Any,
    window_dimensions: Sequence[int],
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> Array:
    """For each window over an array, what another array has where the window is extreme.

    It is the tangent of a maximum or minimum of windows.

    Args:
      tangents: an array.
      operand: an array of the same shape.
      select_prim: the primitive `ge` for maxima, `le` for minima.
      window_dimensions: the size of a window along each axis.
      window_strides: how far windows are apart.
      padding: a word or pairs of margins.
      base_dilation: how far elements of the arrays are apart; None: adjacent.
      window_dilation: how far elements of a window are apart; None: adjacent.

    Returns:
      An array with an element for each window.

    Raises:
      TypeError: if dtypes or sizes do not fit.

    >>> import covector.numpy as jnp
    >>> x, t = jnp.array([1.0, 4.0, 2.0]), jnp.array([10.0, 20.0, 30.0])
    >>> select_and_gather_add(t, x, _core.primitives.le_p, (2,), (1,), "VALID")
    Array([10., 30.], dtype=float32)
    """
    result = _core.select_and_gather_add(
        tangents,
        operand,
        select_prim.name,
        window_dimensions,
        window_strides,
        padding,
        base_dilation,
        window_dilation,
    )
    return cast("Array", result)
