"""Products of sparse arrays, and convolutions."""

import functools
from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector._jit import jit
from covector._staging import make_jaxpr
from covector._struct import ShapeDtypeStruct
from covector.experimental.sparse import _sparse_products
from covector.experimental.sparse._bcoo import BCOO
from covector.experimental.sparse._places import batch_places, columns, validate

_FIRST = np.zeros(1, np.int32)


def bcoo_multiply_sparse(lhs: BCOO, rhs: BCOO) -> BCOO:
    """The product of two sparse arrays, element by element.

    Args:
      lhs: an array in batched coordinate format.
      rhs: another of as many axes; sizes of 1 broadcast.

    Returns:
      The product, with a place for each pair of elements.

    Raises:
      TypeError: if the numbers of axes differ.
      NotImplementedError: if the numbers of dense axes differ.

    >>> mat = BCOO.fromdense(jnp.array([0.0, 2.0, 3.0]))
    >>> bcoo_multiply_sparse(mat, mat).todense()
    Array([0., 4., 9.], dtype=float32)
    """
    shapes = tuple(lhs.shape), tuple(rhs.shape)
    buffers = _sparse_products.multiply_sparse(*lhs._bufs, *rhs._bufs, shapes=shapes)
    return BCOO(buffers, shape=jnp.broadcast_shapes(*shapes))


def bcoo_multiply_dense(sp_mat: BCOO, v: Any) -> Array:
    """The data of the product of a sparse array with a dense one; indices stay the same.

    Args:
      sp_mat: an array in batched coordinate format.
      v: a dense array that broadcasts to its shape.

    Returns:
      The data of the product.

    Raises:
      NotImplementedError: if the product's shape is not that of the sparse array.

    >>> mat = BCOO.fromdense(jnp.array([[0.0, 2.0], [3.0, 4.0]]))
    >>> bcoo_multiply_dense(mat, jnp.array([10.0, 100.0]))
    Array([200.,  30., 400.], dtype=float32)
    """
    return multiply_dense(*sp_mat._bufs, jnp.asarray(v), shape=sp_mat.shape)


@functools.partial(jit, static_argnames="shape")
def multiply_dense(data: Array, indices: Array, v: Array, *, shape: tuple[int, ...]) -> Array:
    """The data of the product with a dense array."""
    p = validate(data, indices, shape)
    if v.ndim > len(shape) or jnp.broadcast_shapes(v.shape, shape) != shape:
        raise NotImplementedError(
            "multiplication between sparse and dense is only implemented for cases where the "
            "output shape matches the sparse matrix shape. Got "
            f"shape={shape}, v.shape={v.shape}"
        )
    if v.ndim == 0:
        return data * v
    v = lax.expand_dims(v, range(len(shape) - v.ndim))
    head = v.shape[: p.n_batch + p.n_sparse]
    places = (*batch_places(head[: p.n_batch]), *columns(indices))
    # Along what broadcasts, every element meets the same one.
    places = tuple(_FIRST if n == 1 else i for n, i in zip(head, places))
    if not places:
        return data * v[None]
    factor = v.at[places].get(mode="fill", fill_value=0)
    return data * factor.reshape((1,) * (data.ndim - factor.ndim) + factor.shape)


def bcoo_conv_general_dilated(
    lhs: Any,
    rhs: Any,
    *,
    window_strides: Any,
    padding: Any,
    lhs_dilation: Any = None,
    rhs_dilation: Any = None,
    dimension_numbers: Any = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> BCOO:
    """The convolution of a sparse array with another, of one spatial axis.

    Arguments are those of `lax.conv_general_dilated`. Batch and features have size 1, and strides,
    dilation and groups are 1; anything else is a NotImplementedError.

    Returns:
      The convolution, with a place for each pair of elements.

    >>> x = BCOO.fromdense(jnp.array([[[0.0, 1.0, 0.0, 2.0]]]))
    >>> kernel = jnp.array([[[1.0, 1.0]]])
    >>> bcoo_conv_general_dilated(x, kernel, window_strides=(1,), padding=[(0, 0)]).todense()
    Array([[[1., 1., 2.]]], dtype=float32)
    """
    convolve = functools.partial(
        lax.conv_general_dilated,
        window_strides=window_strides,
        padding=padding,
        lhs_dilation=lhs_dilation,
        rhs_dilation=rhs_dilation,
        dimension_numbers=dimension_numbers,
        feature_group_count=feature_group_count,
        batch_group_count=batch_group_count,
        precision=precision,
        preferred_element_type=preferred_element_type,
        out_sharding=out_sharding,
    )
    structs = [ShapeDtypeStruct(x.shape, x.dtype) for x in (lhs, rhs)]
    params = make_jaxpr(convolve)(*structs).jaxpr.eqns[-1].params
    _check_convolution(params, lhs, rhs)
    (padded,) = params["padding"]
    sparse = lhs if isinstance(lhs, BCOO) else rhs
    dtype = sparse.indices.dtype if isinstance(sparse, BCOO) else jnp.int32
    left, right = (_one_axis(x, dtype) for x in (lhs, rhs))
    size = max(0, lhs.shape[2] + sum(padded) - rhs.shape[2] + 1)
    return BCOO(_convolve(*left, *right, before=int(padded[0])), shape=(1, 1, size))


def _check_convolution(params: dict[str, Any], lhs: Any, rhs: Any) -> None:
    one = (1,) * (lhs.ndim - 2)
    for option in ("lhs_dilation", "rhs_dilation", "window_strides"):
        if tuple(params[option]) != one:
            raise NotImplementedError(f"bcoo convolution with {option}.")
    if params["batch_group_count"] != 1 or params["feature_group_count"] != 1:
        raise NotImplementedError("bcoo convolution with non-unit group counts.")
    if lhs.shape[:2] != (1, 1) or rhs.shape[:2] != (1, 1):
        raise NotImplementedError("bcoo convolution with leading dimensions other than (1, 1)")
    if lhs.ndim != 3:
        raise NotImplementedError("bcoo convolution of more than one spatial axis.")


def _one_axis(x: Any, dtype: Any) -> tuple[Array, Array]:
    """The elements of an array of which only the last axis matters, and their indices."""
    if not isinstance(x, BCOO):
        data = jnp.asarray(x)[0, 0]
        return data, jnp.arange(data.shape[0], dtype=dtype)
    data, indices = (b[0, 0] for b in x.update_layout(n_batch=2, n_dense=0)._bufs)
    return jnp.where(indices[:, 0] < x.shape[-1], data, jnp.zeros_like(data)), indices[:, 0]


@functools.partial(jit, static_argnames="before")
def _convolve(
    lhs: Array, lhs_index: Array, rhs: Array, rhs_index: Array, *, before: int
) -> tuple[Array, Array]:
    data = (lhs[:, None] * rhs[None, :]).ravel()
    index = (lhs_index[:, None] + (before - rhs_index)[None, :]).ravel()
    outside = index < 0
    data = jnp.where(outside, jnp.zeros_like(data), data)
    return data[None, None], jnp.where(outside, 0, index)[None, None, :, None]
