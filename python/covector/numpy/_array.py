"""Arrays from other objects: numbers, nested lists, NumPy arrays, buffers."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, is_arraylike, own_array, place
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, user_dtype
from covector._typing import ArrayLike, DTypeLike


def array(
    object: Any,
    dtype: DTypeLike | None = None,
    *,
    copy: bool = True,
    order: str | None = "K",
    ndmin: int = 0,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """An array with the values of an object.

    Args:
      object: an array, a number, a nested list or tuple of these, a NumPy array, an object with
        `__jax_array__` or `__array__`, or one with a buffer.
      dtype: of the result. By default it follows from the values; Python numbers by themselves
        have weak types.
      copy: make new memory even where an array is given.
      order: None or 'K'; arrays have no other order.
      ndmin: axes of size one are put in front until the rank is at least this.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array.

    Raises:
      TypeError: if the object holds something that is no number.
      ValueError: if nested lists are ragged, or hold None.
      OverflowError: if an integer does not fit the dtype.
      NotImplementedError: for another order.

    >>> import covector.numpy as jnp
    >>> jnp.array([[1, 2], [3, 4.5]])
    Array([[1. , 2. ],
           [3. , 4.5]], dtype=float32)
    >>> jnp.array(3)
    Array(3, dtype=int32, weak_type=True)
    """
    if order is not None and order != "K":
        raise NotImplementedError("Only implemented for order='K'")
    narrow = None if dtype is None else user_dtype(dtype, "array")
    out = _convert(object, narrow, copy)
    if ndmin > out.ndim:
        out = lax.expand_dims(out, range(ndmin - out.ndim))
    return place(out, device, out_sharding)


def asarray(
    a: Any,
    dtype: DTypeLike | None = None,
    order: str | None = None,
    *,
    copy: bool | None = None,
    device: Any = None,
    out_sharding: Any = None,
) -> Array:
    """An array with the values of an object, without a copy where that can be.

    Args:
      a: whatever `array` takes.
      dtype: of the result; see `array`.
      order: None or 'K'.
      copy: True: always copy. None or False: only where the object is no array.
      device: a device or sharding to put the result on.
      out_sharding: a sharding of the result, in place of `device`.

    Returns:
      An array; `a` itself if it is one of the dtype asked for.

    Raises:
      As `array`.

    >>> import covector.numpy as jnp
    >>> x = jnp.arange(3)
    >>> jnp.asarray(x) is x
    True
    """
    if isinstance(a, Array) and dtype is None and device is None and out_sharding is None:
        return _core.lax.copy(a) if copy else a
    return array(a, dtype, copy=bool(copy), order=order, device=device, out_sharding=out_sharding)


def _convert(object: Any, dtype: Any, copy: bool) -> Array:
    if isinstance(object, (list, tuple)):
        return _from_nested(object, dtype)
    if object is None:
        raise ValueError("None is not a valid value for jnp.array")
    if is_arraylike(object):
        return _core.asarray(object, dtype, copy=copy)
    return _core.asarray(_as_numpy(object), dtype)


def _as_numpy(object: Any) -> np.ndarray:
    """The values of a buffer, or of whatever else NumPy understands."""
    values = np.asarray(object)
    if values.dtype.kind in "OSU":
        raise TypeError(
            f"Value '{object}' with dtype {values.dtype} is not a valid array type. "
            "Only arrays of numeric types are supported."
        )
    return values


def _from_nested(nested: Any, dtype: Any) -> Array:
    leaves = [own_array(leaf) for leaf in _leaves(nested)]
    if any(leaf is None for leaf in leaves):
        raise ValueError("None is not a valid value for jnp.array")
    if dtype is None:
        dtype = _common_dtype(leaves)
    if any(isinstance(leaf, Array) for leaf in leaves):
        return _stack([_convert(item, dtype, False) for item in nested])
    return _core.asarray(np.asarray(nested, dtype))


def _leaves(nested: Any) -> Iterator[Any]:
    if not isinstance(nested, (list, tuple)):
        yield nested
        return
    for item in nested:
        if isinstance(item, (list, tuple)):
            yield from _leaves(item)
        else:
            yield item


_PYTHON_NUMBERS = (bool, int, float, complex)


def _common_dtype(leaves: list[Any]) -> Any:
    """The strong dtype that all leaves promote to; the default float if there are none."""
    kinds = {type(leaf) for leaf in leaves}
    if kinds <= set(_PYTHON_NUMBERS):
        return _core.canonical_dtype(max(kinds, key=_PYTHON_NUMBERS.index, default=float))
    known = (leaf if is_arraylike(leaf) else _as_numpy(leaf) for leaf in leaves)
    return _core.numpy.result_type(*known)[0]


# Wide concatenations compile slowly, and one program for every length would be a new compile
# for each: groups of this size are joined until one is left.
_GROUP = 16


def _stack(arrays: list[Array]) -> Array:
    stacks = [_stack_group(*arrays[i : i + _GROUP]) for i in range(0, len(arrays), _GROUP)]
    while len(stacks) > 1:
        groups = range(0, len(stacks), _GROUP)
        stacks = [lax.concatenate(stacks[i : i + _GROUP], 0) for i in groups]
    return stacks[0]


@composite()
def _stack_group(*arrays: Array) -> Array:
    return lax.concatenate([lax.expand_dims(a, (0,)) for a in arrays], 0)


def copy(a: ArrayLike, order: str | None = None) -> Array:
    """A copy of an array, in memory of its own.

    Args:
      a: an array or scalar.
      order: None or 'K'.

    Returns:
      An array equal to `a`.

    Raises:
      TypeError: if `a` is no array.

    >>> import covector.numpy as jnp
    >>> x = jnp.arange(3)
    >>> jnp.copy(x) is x
    False
    """
    return array(as_array("copy", a), copy=True, order=order)


def astype(
    x: ArrayLike, dtype: DTypeLike | None, /, *, copy: bool = False, device: Any = None
) -> Array:
    """An array converted to a dtype.

    Args:
      x: an array or scalar.
      dtype: of the result; None is the default float type. Complex values keep their real part,
        and numbers become booleans by whether they are zero.
      copy: make new memory even if the dtype is the same.
      device: a device or sharding to put the result on.

    Returns:
      An array of the shape of `x`.

    Raises:
      TypeError: if `x` is no array or the dtype none of arrays.

    >>> import covector.numpy as jnp
    >>> jnp.astype(jnp.array([0, 1, 2]), bool)
    Array([False,  True,  True], dtype=bool)
    """
    x = as_array("astype", x)
    target = user_dtype(float if dtype is None else dtype, "astype")
    if target == np.bool_ and x.dtype != np.bool_:
        out = _core.numpy.not_equal(x, 0)
    elif issubdtype(x.dtype, np.complexfloating) and not issubdtype(target, np.complexfloating):
        out = lax.convert_element_type(lax.real(x), target)
    else:
        out = lax.convert_element_type(x, target)
    return place(_core.lax.copy(out) if copy else out, device)
