"""Functions of parts of arrays, applied to all of them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, canonical_axis
from covector._core import Array
from covector._typing import ArrayLike
from covector._vmap import vmap
from covector.numpy._array import asarray


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: ArrayLike, *args: Any, **kwargs: Any
) -> Any:
    """A function of vectors, applied to all that stand along an axis.

    Args:
      func1d: takes a vector, and the further arguments.
      axis: the axis.
      arr: an array.
      *args: further positional arguments.
      **kwargs: further keyword arguments.

    Returns:
      An array with the axes of the function's result in place of the axis.

    Raises:
      ValueError: if there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.apply_along_axis(jnp.sum, 1, jnp.array([[1, 2], [3, 4]]))
    Array([3, 7], dtype=int32)
    """
    arr = as_array("apply_along_axis", arr, 2)
    axis = canonical_axis(axis, arr.ndim)

    def apply(vector: Array) -> Any:
        return func1d(vector, *args, **kwargs)

    for i in range(1, arr.ndim - axis):
        apply = vmap(apply, in_axes=i, out_axes=-1)
    for _ in range(axis):
        apply = vmap(apply)
    return apply(arr)


def apply_over_axes(
    func: Callable[[Any, int], Array], a: ArrayLike, axes: int | Sequence[int]
) -> Array:
    """A reduction, applied over axes one after the other.

    Args:
      func: takes an array and an axis; may drop the axis or keep it.
      a: an array.
      axes: the axes.

    Returns:
      An array of the rank of `a`.

    Raises:
      ValueError: if the function returns another rank.

    >>> import covector.numpy as jnp
    >>> jnp.apply_over_axes(jnp.sum, jnp.ones((2, 3)), [0, 1])
    Array([[6.]], dtype=float32)
    """
    out = as_array("apply_over_axes", a, 1)
    for axis in np.atleast_1d(axes).tolist():
        reduced = func(out, axis)
        if reduced.ndim == out.ndim - 1:
            reduced = lax.expand_dims(reduced, (canonical_axis(axis, out.ndim),))
        if reduced.ndim != out.ndim:
            raise ValueError("function is not returning an array of the correct shape")
        out = reduced
    return out


def piecewise(x: ArrayLike, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """Functions, each of which applies where its condition is true.

    Args:
      x: an array.
      condlist: boolean arrays of the shape of `x`.
      funclist: a function or a constant for each, and one more for where none is true (zero by
        default). Where several are true the last one counts.
      *args: further positional arguments of the functions.
      **kw: further keyword arguments of the functions.

    Returns:
      An array of the shape and dtype of `x`.

    Raises:
      ValueError: if the numbers of conditions and functions do not fit.

    >>> import covector.numpy as jnp
    >>> x = jnp.array([-1.0, 2.0])
    >>> jnp.piecewise(x, [x < 0, x >= 0], [0, jnp.sqrt]).round(2)
    Array([0.  , 1.41], dtype=float32)
    """
    x = as_array("piecewise", x)
    count = len(condlist)
    functions = list(funclist)
    if len(functions) == count:
        functions.append(0)
    if len(functions) != count + 1:
        raise ValueError(
            f"with {count} condition(s), either {count} or {count + 1} functions are expected; "
            f"got {len(functions)}"
        )
    out = _apply(functions[-1], x, args, kw)
    for condition, function in zip(asarray(condlist, bool), functions):
        out = _core.numpy.where(condition, _apply(function, x, args, kw), out)
    return out


def _apply(function: Any, x: Array, args: Any, kw: Any) -> Array:
    if not callable(function):
        return lax.convert_element_type(lax.full_like(x, function), x.dtype)
    out = as_array("piecewise", function(x, *args, **kw))
    return _core.numpy.broadcast_to(lax.convert_element_type(out, x.dtype), x.shape)


def fromfunction(
    function: Callable[..., Any], shape: Any, *, dtype: Any = float, **kwargs: Any
) -> Any:
    """An array whose elements are a function of their indices.

    Args:
      function: takes an index for each axis, scalars of the dtype.
      shape: the shape.
      dtype: of the indices.
      **kwargs: further arguments of the function.

    Returns:
      An array of the shape, or a tree of them.

    >>> import covector.numpy as jnp
    >>> jnp.fromfunction(lambda i, j: i + j, (2, 2), dtype=int)
    Array([[0, 1],
           [1, 2]], dtype=int32)
    """
    sizes = tuple(shape)
    mapped: Callable[..., Any] = lambda *i: function(*i, **kwargs)
    for axis in reversed(range(len(sizes))):
        mapped = vmap(mapped, in_axes=tuple(0 if i == axis else None for i in range(len(sizes))))
    return mapped(*(lax.iota(dtype, s) for s in sizes))
