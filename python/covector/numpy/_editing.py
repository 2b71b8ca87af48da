"""Arrays with parts put in, taken out or replaced."""

import math
import operator
from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, as_arrays, canonical_axis, concrete, own_array
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype
from covector._typing import ArrayLike, ShapeLike
from covector.numpy._array import array
from covector.numpy._axes import moveaxis
from covector.numpy._gathering import gather_along
from covector.numpy._nonzero import nonzero
from covector.numpy._sorting import argsort


def delete(
    arr: ArrayLike, obj: Any, axis: int | None = None, *, assume_unique_indices: bool = False
) -> Array:
    """An array without what stands at indices along an axis.

    Args:
      arr: an array.
      obj: an index, a slice, an array of indices, or a boolean vector for the axis.
      axis: the axis; by default the array is taken as a vector.
      assume_unique_indices: promises that indices differ; they may be traced then.

    Returns:
      An array of the rank of `arr`, or a vector.

    Raises:
      ConcretizationTypeError: if the size of the result would not be known while tracing.
      ValueError: if an index is out of range, or of another dtype.

    >>> import covector.numpy as jnp
    >>> jnp.delete(jnp.arange(4), jnp.array([1, 2]))
    Array([0, 3], dtype=int32)
    """
    arr = as_array("delete", arr)
    if axis is None:
        arr, axis = lax.reshape(arr, (arr.size,)), 0
    axis = canonical_axis(axis, arr.ndim)
    length = arr.shape[axis]
    if isinstance(obj, slice):
        return _without(arr, np.arange(length)[obj], axis)
    as_array("delete", obj, 1)
    obj = own_array(obj)
    if np.ndim(obj) == 0 and not isinstance(obj, _core.Tracer):
        return _without(arr, np.asarray(canonical_axis(operator.index(obj), length, "index")), axis)
    if assume_unique_indices and issubdtype(as_array("delete", obj).dtype, np.integer):
        return _delete(arr, as_array("delete", obj), axis)
    known = np.asarray(concrete(obj, "'obj' array argument of jnp.delete()"))
    if known.dtype == np.bool_:
        if known.shape != (length,):
            raise ValueError(f"delete: mask of shape {known.shape} for an axis of size {length}")
    elif not issubdtype(known.dtype, np.integer):
        raise ValueError(f"delete: obj must be integers or booleans, got {known.dtype}")
    return _without(arr, known, axis)


def _without(arr: Array, where: np.ndarray, axis: int) -> Array:
    kept = np.delete(np.arange(arr.shape[axis], dtype=np.int32), where)
    return gather_along(arr, kept, axis)


@composite("axis")
def _delete(arr: Array, where: Array, axis: int) -> Array:
    length = arr.shape[axis]
    where = lax.reshape(where, (where.size,))
    where = _core.numpy.where(where < 0, where + length, where)
    keep = lax.full((length,), True, bool)
    keep = _core.numpy.setitem("set", keep, where, False, mode="drop", wrap_negative_indices=False)
    (places,) = nonzero(keep, size=length - where.size)
    return gather_along(arr, places, axis)


def insert(arr: ArrayLike, obj: Any, values: ArrayLike, axis: int | None = None) -> Array:
    """An array with others put in before indices along an axis.

    Args:
      arr: an array.
      obj: an index, a slice, or a vector of indices; may be traced.
      values: what to put in, of a shape that broadcasts to it.
      axis: the axis; by default the array is taken as a vector.

    Returns:
      An array of the rank of `arr`, or a vector, of the dtype of `arr`.

    Raises:
      ValueError: if indices have more axes or another dtype, or there is no such axis.

    >>> import covector.numpy as jnp
    >>> jnp.insert(jnp.arange(3), 1, 7)
    Array([0, 7, 1, 2], dtype=int32)
    """
    arr, values = as_arrays("insert", arr, values)
    if axis is None:
        arr, axis = lax.reshape(arr, (arr.size,)), 0
    axis = canonical_axis(axis, arr.ndim)
    if isinstance(obj, slice):
        where = as_array("insert", np.arange(arr.shape[axis])[obj])
    else:
        where = as_array("insert", obj, 1)
    if where.ndim > 1:
        raise ValueError(f"insert: obj must be a slice, a scalar or a vector, got {where.shape}")
    if not issubdtype(where.dtype, np.integer):
        if where.size or isinstance(obj, Array):
            raise ValueError(f"insert: indices must be integers, got {where.dtype}")
        where = lax.convert_element_type(where, int)
    values = array(values, arr.dtype, ndmin=arr.ndim, copy=False)
    return _insert(arr, where, values, axis)


@composite("axis")
def _insert(arr: Array, where: Array, values: Array, axis: int) -> Array:
    if where.ndim == 0:
        # One index takes all values along their first axis, as assigning to it would.
        values = moveaxis(values, 0, axis)
    if where.size == 1:
        where = lax.broadcast_in_dim(lax.reshape(where, ()), (values.shape[axis],), ())
    length = arr.shape[axis]
    (count,) = lax.broadcast_shapes(where.shape, (values.shape[axis],))
    where = _core.numpy.broadcast_to(_core.numpy.where(where < 0, where + length, where), (count,))
    where = _core.numpy.minimum(_core.numpy.maximum(where, 0), length)
    # Each one moves up by how many are put in before it.
    places = _core.numpy.setitem("add", where, argsort(where), lax.iota(where.dtype, count))
    old = lax.full((length + count,), True, bool)
    old = _core.numpy.setitem("set", old, places, False)
    (old_places,) = nonzero(old, size=length)
    shape = [length + count if i == axis else s for i, s in enumerate(arr.shape)]
    out = lax.full(shape, 0, arr.dtype)
    before = (slice(None),) * axis
    out = _core.numpy.setitem("set", out, (*before, places), values)
    return _core.numpy.setitem("set", out, (*before, old_places), arr)


def resize(a: ArrayLike, new_shape: ShapeLike) -> Array:
    """The elements of an array in another shape, repeated or cut off to fill it.

    Args:
      a: an array.
      new_shape: a size or a sequence of sizes.

    Returns:
      An array of the shape; zeros if `a` is empty.

    Raises:
      ValueError: if a size is negative.

    >>> import covector.numpy as jnp
    >>> jnp.resize(jnp.arange(3), (2, 2))
    Array([[0, 1],
           [2, 0]], dtype=int32)
    """
    a = as_array("resize", a)
    sizes = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    if any(s < 0 for s in sizes):
        raise ValueError("all elements of `new_shape` must be non-negative")
    return _resize(a, sizes)


@composite("sizes")
def _resize(a: Array, sizes: tuple[int, ...]) -> Array:
    total = math.prod(sizes)
    if not a.size or not total:
        return lax.full(sizes, 0, a.dtype)
    flat = lax.tile(lax.reshape(a, (a.size,)), (-(-total // a.size),))
    return lax.reshape(lax.slice_in_dim(flat, 0, total), sizes)


def trim_zeros(filt: ArrayLike, trim: str = "fb", axis: Any = None) -> Array:
    """An array without zeros at its ends.

    Args:
      filt: an array whose values are known.
      trim: 'f' for the front, 'b' for the back, or both letters.
      axis: an axis or several; all by default.

    Returns:
      A part of the array.

    Raises:
      ConcretizationTypeError: if the array is traced.

    >>> import covector.numpy as jnp
    >>> jnp.trim_zeros(jnp.array([0, 0, 3, 0, 4, 0]))
    Array([3, 0, 4], dtype=int32)
    """
    filt = as_array("trim_zeros", filt)
    known = np.asarray(concrete(filt, "Error arose in the `filt` argument of trim_zeros()"))
    axes = range(filt.ndim) if axis is None else np.atleast_1d(axis)
    cuts: list[slice] = [slice(None)] * filt.ndim
    for i in (canonical_axis(a, filt.ndim) for a in axes):
        others = tuple(j for j in range(filt.ndim) if j != i)
        (there,) = np.nonzero((known != 0).any(others))
        if not there.size:
            cuts[i] = slice(0, 0)
            continue
        first = there[0] if "f" in trim.lower() else 0
        last = there[-1] + 1 if "b" in trim.lower() else filt.shape[i]
        cuts[i] = slice(int(first), int(last))
    return _core.numpy.getitem(filt, tuple(cuts))


def place(arr: ArrayLike, mask: ArrayLike, vals: ArrayLike, *, inplace: bool = True) -> Array:
    """An array with elements where a mask is true replaced by values in turn.

    Args:
      arr: an array.
      mask: a boolean array of its size.
      vals: the values, repeated if they are fewer.
      inplace: must be false: arrays do not change.

    Returns:
      An array of the shape of `arr`.

    Raises:
      ValueError: if `inplace` is true, sizes differ, or there are no values.

    >>> import covector.numpy as jnp
    >>> x = jnp.arange(4)
    >>> jnp.place(x, x > 1, jnp.array([8, 9]), inplace=False)
    Array([0, 1, 8, 9], dtype=int32)
    """
    arr, mask, vals = as_arrays("place", arr, mask, vals)
    if inplace:
        raise ValueError("place: inplace must be False, as arrays do not change")
    if arr.size != mask.size:
        raise ValueError("place: arr and mask must be the same size")
    if not vals.size:
        raise ValueError("Cannot place values from an empty array")
    return _place(arr, mask, vals) if arr.size else arr


@composite()
def _place(arr: Array, mask: Array, vals: Array) -> Array:
    mask = lax.convert_element_type(lax.reshape(mask, (mask.size,)), bool)
    turn = lax.cumsum(lax.convert_element_type(mask, int), 0) - 1
    new = gather_along(lax.reshape(vals, (vals.size,)), turn % vals.size, 0)
    flat = lax.reshape(arr, (arr.size,))
    out = _core.numpy.where(mask, lax.convert_element_type(new, arr.dtype), flat)
    return lax.reshape(out, arr.shape)


def put(
    a: ArrayLike, ind: ArrayLike, v: ArrayLike, mode: str | None = None, *, inplace: bool = True
) -> Array:
    """An array with elements at indices into it as a vector replaced by values in turn.

    Args:
      a: an array.
      ind: integers.
      v: the values, repeated if they are fewer.
      mode: for indices out of bounds: 'clip' (default) or 'wrap'.
      inplace: must be false: arrays do not change.

    Returns:
      An array of the shape of `a`.

    Raises:
      ValueError: if `inplace` is true or the mode is unknown.
      NotImplementedError: for mode 'raise'.

    >>> import covector.numpy as jnp
    >>> jnp.put(jnp.zeros(3, int), jnp.array([0, 2]), jnp.array([8, 9]), inplace=False)
    Array([8, 0, 9], dtype=int32)
    """
    if inplace:
        raise ValueError("put: inplace must be False, as arrays do not change")
    a, ind, v = as_arrays("put", a, ind, v)
    if mode == "raise":
        raise NotImplementedError("put: mode 'raise' is not implemented")
    if mode not in (None, "clip", "wrap"):
        raise ValueError(f"put: mode must be 'clip' or 'wrap', got {mode!r}")
    if not a.size or not ind.size or not v.size:
        return a
    return _put(a, ind, v, mode == "wrap")


@composite("wrap")
def _put(a: Array, ind: Array, v: Array, wrap: bool) -> Array:
    ind, v = lax.reshape(ind, (ind.size,)), _resize(v, (ind.size,))
    if wrap:
        ind = ind % a.size
    flat = lax.reshape(a, (a.size,))
    out = _core.numpy.setitem("set", flat, ind, v, mode=None if wrap else "clip")
    return lax.reshape(out, a.shape)
