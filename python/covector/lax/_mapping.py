"""Loops that are made of others: maps and prefix scans."""

from collections.abc import Callable
from typing import Any

from covector import _core
from covector._arguments import canonical_axis
from covector._config import config
from covector._vmap import vmap
from covector.lax import _plain_loops
from covector.lax._operands import as_operand
from covector.lax._slicing import slice_in_dim
from covector.tree_util import tree_leaves, tree_map


def map(f: Callable[[Any], Any], xs: Any, *, batch_size: int | None = None) -> Any:
    """Calls a function on each slice of arrays along their leading axis, one after the other.

    `vmap` does the same at once: it is faster and needs more memory. `batch_size` is between
    the two.

    Args:
      f: takes a slice of `xs` and returns a tree of arrays.
      xs: a tree of arrays with one leading axis size.
      batch_size: how many slices are taken at once, by `vmap`; None is one, without `vmap`.

    Returns:
      The results, stacked along a new leading axis.

    Raises:
      ValueError: if leading axis sizes differ, or there are no arrays.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.map(lambda x: x * x, jnp.arange(4))
    Array([0, 1, 4, 9], dtype=int32)
    """
    length = _core.scan_length(xs, None)
    if batch_size is not None:
        return _map_batches(f, xs, length, batch_size)
    if config.disable_jit:
        return _plain_loops.scan(lambda _, x: ((), f(x)), (), xs, length, False)[1]
    return _core.map(f, xs, length)


def _map_batches(f: Callable[[Any], Any], xs: Any, length: int, batch_size: int) -> Any:
    """`map` with all batches but the last of one size."""
    batches = length // batch_size if batch_size else 0
    whole = batches * batch_size
    parts = []
    if batches:
        stacked = tree_map(lambda x: _rows(x, 0, whole, (batches, batch_size)), xs)
        parts.append(
            tree_map(lambda y: _core.lax.reshape(y, (whole, *y.shape[2:])), map(vmap(f), stacked))
        )
    if whole < length or not batches:
        rest = length - whole
        parts.append(vmap(f)(tree_map(lambda x: _rows(x, whole, length, (rest,)), xs)))
    if len(parts) == 1:
        return parts[0]
    return tree_map(lambda a, b: _core.lax.concatenate([a, b], 0), *parts)


def _rows(x: Any, start: int, stop: int, shape: tuple[int, ...]) -> Any:
    x = as_operand(x)
    return _core.lax.reshape(slice_in_dim(x, start, stop), (*shape, *x.shape[1:]))


def associative_scan(
    fn: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """For each index along an axis, all elements up to it combined.

    The number of steps that wait for each other is logarithmic, for elements are combined in
    pairs (Blelloch 1990, "Prefix sums and their applications").

    Args:
      fn: combines two trees like `elems`. Has to be associative, and works on many elements at
        once: for each index along the axis by itself.
      elems: a tree of arrays, of one size along the axis.
      reverse: combine all elements from an index on instead.
      axis: the axis.

    Returns:
      A tree like `elems`.

    Raises:
      TypeError: if `fn` is no function.
      ValueError: if sizes along the axis differ, or `fn` returns another tree.

    >>> from covector import lax
    >>> import covector.numpy as jnp
    >>> lax.associative_scan(jnp.add, jnp.arange(5))
    Array([ 0,  1,  3,  6, 10], dtype=int32)
    """
    if not callable(fn):
        raise TypeError("lax.associative_scan: fn argument should be callable.")
    arrays = tree_map(as_operand, elems)
    leaves = tree_leaves(arrays)
    if not leaves:
        return elems
    axis = canonical_axis(axis, leaves[0].ndim)
    size = leaves[0].shape[axis]
    if any(x.shape[axis] != size for x in leaves[1:]):
        raise ValueError(
            "Array inputs to associative_scan must have the same first dimension. (saw: "
            f"{[x.shape for x in leaves]})"
        )
    return _core.associative_scan(fn, arrays, axis, reverse)
