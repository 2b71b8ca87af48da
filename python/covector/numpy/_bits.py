"""Arrays whose bits are read as another dtype, and bits packed into bytes."""

from typing import Any

import numpy as np

from covector import _core, lax
from covector._arguments import as_array, canonical_axis
from covector._composite import composite
from covector._core import Array
from covector._dtypes import issubdtype, itemsize_bits, real_part, user_dtype
from covector._typing import ArrayLike, DTypeLike


def view(self: Array, dtype: DTypeLike | None = None, type: None = None) -> Array:
    """The bits of an array read as another dtype.

    Args:
      self: an array.
      dtype: the dtype to read as; the last axis becomes longer or shorter by the ratio of the
        sizes of elements.
      type: must be None.

    Returns:
      An array of the dtype.

    Raises:
      ValueError: if the last axis is not divisible by the ratio, or there is none.

    >>> import covector.numpy as jnp
    >>> jnp.array([1.0]).view("int32")
    Array([1065353216], dtype=int32)
    """
    if type is not None:
        raise NotImplementedError("`type` argument of array.view() is not supported.")
    if dtype is None:
        return self
    target = user_dtype(dtype, "view")
    if target == self.dtype:
        return self
    before, after = itemsize_bits(self.dtype), itemsize_bits(target)
    if before != after and self.ndim == 0:
        raise ValueError("view() of an array of rank zero must keep the size of elements")
    if after > before and self.shape[-1] % (after // before):
        raise ValueError(
            f"view: last axis of size {self.shape[-1]} is not divisible by {after // before}"
        )
    return _view(self, target)


@composite("dtype")
def _view(a: Array, dtype: Any) -> Array:
    if a.dtype == np.bool_:
        return _view(lax.convert_element_type(a, np.uint8), dtype)
    if dtype == np.bool_:
        return lax.ne(_view(a, np.dtype(np.uint8)), np.uint8(0))
    if issubdtype(a.dtype, np.complexfloating):
        pair = [lax.expand_dims(part(a), (a.ndim,)) for part in (lax.real, lax.imag)]
        parts = lax.concatenate(pair, a.ndim)
        shape = (*a.shape[:-1], 2 * a.shape[-1]) if a.ndim else (2,)
        out = _view(lax.reshape(parts, shape), dtype)
        return out if a.ndim else lax.reshape(out, ())
    if issubdtype(dtype, np.complexfloating):
        parts = _view(a if a.ndim else lax.reshape(a, (1,)), real_part(dtype))
        pair = [lax.slice_in_dim(parts, i, None, 2, parts.ndim - 1) for i in (0, 1)]
        return lax.reshape(lax.complex(*pair), pair[0].shape if a.ndim else ())
    return _bitcast(a, dtype)


def _bitcast(a: Array, dtype: Any) -> Array:
    if a.dtype == dtype:
        return a
    before, after = itemsize_bits(a.dtype), itemsize_bits(dtype)
    if after > before:
        ratio = after // before
        a = lax.reshape(a, (*a.shape[:-1], a.shape[-1] // ratio, ratio))
    out = lax.bitcast_convert_type(a, dtype)
    if after < before:
        out = lax.reshape(out, (*a.shape[:-1], a.shape[-1] * (before // after)))
    return out


def byteswap(self: Array) -> Array:
    """The array with the bytes of each element in reverse order.

    >>> import covector.numpy as jnp
    >>> jnp.array([1], "int16").byteswap()
    Array([256], dtype=int16)
    """
    return _byteswap(self)


@composite()
def _byteswap(a: Array) -> Array:
    size = itemsize_bits(a.dtype) // 8
    if size == 1:
        return a
    if issubdtype(a.dtype, np.complexfloating):
        return lax.complex(_byteswap(lax.real(a)), _byteswap(lax.imag(a)))
    octets = lax.bitcast_convert_type(a, np.uint8)
    return lax.bitcast_convert_type(lax.rev(octets, (a.ndim,)), a.dtype)


def packbits(a: ArrayLike, axis: int | None = None, bitorder: str = "big") -> Array:
    """Booleans packed into bytes.

    Args:
      a: a boolean or integer array, whose elements are true where they are not zero.
      axis: the axis; by default the array is taken as a vector.
      bitorder: 'big': the first one is the highest bit; 'little': the lowest.

    Returns:
      An array of uint8, padded with zeros.

    Raises:
      TypeError: if the array is of another dtype.
      ValueError: if the order is unknown.

    >>> import covector.numpy as jnp
    >>> jnp.packbits(jnp.array([1, 0, 1]))
    Array([160], dtype=uint8)
    """
    a = as_array("packbits", a)
    if a.dtype.kind not in "biu":
        raise TypeError("Expected an input array of integer or boolean data type")
    if bitorder not in ("big", "little"):
        raise ValueError("'order' must be either 'little' or 'big'")
    if axis is None:
        a, axis = lax.reshape(a, (a.size,)), 0
    return _packbits(a, canonical_axis(axis, a.ndim), bitorder == "big")


@composite("axis", "big")
def _packbits(a: Array, axis: int, big: bool) -> Array:
    bits = lax.convert_element_type(_core.numpy.not_equal(a, 0), np.uint8)
    margin = [(0, 0, 0)] * a.ndim
    margin[axis] = (0, -a.shape[axis] % 8, 0)
    bits = lax.pad(bits, np.uint8(0), margin)
    size = bits.shape[axis] // 8
    bits = lax.reshape(bits, (*a.shape[:axis], size, 8, *a.shape[axis + 1 :]))
    places = lax.broadcasted_iota(np.uint8, bits.shape, axis + 1)
    places = lax.sub(np.uint8(7), places) if big else places
    return lax.reduce_sum(lax.shift_left(bits, places), (axis + 1,))


def unpackbits(
    a: ArrayLike, axis: int | None = None, count: int | None = None, bitorder: str = "big"
) -> Array:
    """Bytes unpacked into their bits.

    Args:
      a: an array of uint8.
      axis: the axis; by default the array is taken as a vector.
      count: how many bits to return along the axis; negative: how many to leave out.
      bitorder: 'big': the highest bit comes first; 'little': the lowest.

    Returns:
      An array of uint8, of zeros and ones.

    Raises:
      TypeError: if the array is of another dtype.
      ValueError: if the order is unknown.

    >>> import covector.numpy as jnp
    >>> jnp.unpackbits(jnp.array([160], "uint8"), count=3)
    Array([1, 0, 1], dtype=uint8)
    """
    a = as_array("unpackbits", a)
    if a.dtype != np.uint8:
        raise TypeError("Expected an input array of unsigned byte data type")
    if bitorder not in ("big", "little"):
        raise ValueError("'order' must be either 'little' or 'big'")
    if axis is None:
        a, axis = lax.reshape(a, (a.size,)), 0
    axis = canonical_axis(axis, a.ndim)
    length = 8 * a.shape[axis]
    kept = length if count is None else count if count >= 0 else length + count
    return _unpackbits(a, axis, max(kept, 0), bitorder == "big")


@composite("axis", "count", "big")
def _unpackbits(a: Array, axis: int, count: int, big: bool) -> Array:
    shape = (*a.shape[: axis + 1], 8, *a.shape[axis + 1 :])
    octets = lax.broadcast_in_dim(a, shape, [i for i in range(a.ndim + 1) if i != axis + 1])
    places = lax.broadcasted_iota(np.uint8, shape, axis + 1)
    places = lax.sub(np.uint8(7), places) if big else places
    bits = lax.bitwise_and(lax.shift_right_logical(octets, places), np.uint8(1))
    out = lax.reshape(bits, (*a.shape[:axis], 8 * a.shape[axis], *a.shape[axis + 1 :]))
    margin = [(0, 0, 0)] * a.ndim
    margin[axis] = (0, count - out.shape[axis], 0)
    return lax.pad(out, np.uint8(0), margin)
