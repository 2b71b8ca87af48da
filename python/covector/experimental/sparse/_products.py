"""Contractions of sparse arrays, by the elements that they specify."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._arguments import as_tuple
from covector._core import Array
from covector._jit import jit
from covector._staging import eval_shape
from covector._struct import ShapeDtypeStruct
from covector.experimental.sparse._conversion import extract
from covector.experimental.sparse._info import SparseInfo
from covector.experimental.sparse._places import (
    Shape,
    batch_places,
    broadcast_batch,
    columns,
    validate,
    validate_indices,
)

# ((contracted of lhs, of rhs), (batch of lhs, of rhs)).
DimensionNumbers = tuple[tuple[Shape, Shape], tuple[Shape, Shape]]


def canonical_numbers(numbers: Any) -> DimensionNumbers:
    """Dimension numbers as tuples of integers."""
    (lhs, rhs), (lhs_batch, rhs_batch) = numbers
    return (as_tuple(lhs), as_tuple(rhs)), (as_tuple(lhs_batch), as_tuple(rhs_batch))


def result_type(lhs: Any, rhs: Any, numbers: Any, preferred: Any) -> Any:
    """The type of the contraction of dense arrays, given shapes and dtypes; checks arguments."""
    contract = functools.partial(
        lax.dot_general, dimension_numbers=numbers, preferred_element_type=preferred
    )
    return eval_shape(contract, ShapeDtypeStruct(*lhs), ShapeDtypeStruct(*rhs))


def others(ndim: int, *used: Sequence[int]) -> Shape:
    return tuple(i for i in range(ndim) if not any(i in u for u in used))


class _Roles(NamedTuple):
    """What each axis of the sparse operand is for, by its kind."""

    batch: Shape  # batch axes that are shared with the dense operand, in its order
    summed_batch: Shape
    summed_sparse: Shape
    free_sparse: Shape


def dot_dense(
    data: Any,
    indices: Any,
    rhs: Any,
    *,
    dimension_numbers: Any,
    preferred_element_type: Any,
    lhs_spinfo: SparseInfo,
) -> Array:
    """The contraction of a sparse array with a dense one."""
    preferred = None if preferred_element_type is None else jnp.dtype(preferred_element_type)
    return _dot_dense(
        *map(jnp.asarray, (data, indices, rhs)),
        numbers=canonical_numbers(dimension_numbers),
        preferred=preferred,
        spinfo=lhs_spinfo,
    )


@functools.partial(jit, static_argnames=("numbers", "preferred", "spinfo"))
def _dot_dense(
    data: Array,
    indices: Array,
    rhs: Array,
    *,
    numbers: DimensionNumbers,
    preferred: Any,
    spinfo: SparseInfo,
) -> Array:
    shape = spinfo.shape
    out = result_type((shape, data.dtype), (rhs.shape, rhs.dtype), numbers, preferred)
    p = validate(data, indices, shape)
    (summed, rhs_summed), (batch, rhs_batch) = numbers
    if any(i >= p.n_batch for i in batch):
        raise NotImplementedError(
            "bcoo_dot_general batch dimensions must be among the batch dimensions in the sparse "
            f"representation.\ngot lhs_batch={batch}, n_batch={p.n_batch}"
        )
    if any(i >= p.n_batch + p.n_sparse for i in summed):
        raise NotImplementedError("bcoo_dot_general: contracting over dense dimensions.")
    roles = _Roles(
        batch,
        tuple(i for i in summed if i < p.n_batch),
        tuple(i - p.n_batch for i in summed if i >= p.n_batch),
        tuple(i for i in range(p.n_sparse) if i + p.n_batch not in summed),
    )
    partner = dict(zip((*batch, *summed), (*rhs_batch, *rhs_summed)))
    # Elements over summed axes of the batch have to be there one by one.
    sizes = [shape[i] if i in roles.summed_batch else 1 for i in range(p.n_batch)]
    data = broadcast_batch(data, jnp.broadcast_shapes(data.shape[: p.n_batch], sizes))
    factor = _factors(rhs, indices, partner, roles)
    add_up = _scatter if roles.free_sparse else _contract
    total = add_up(data.astype(out.dtype), factor.astype(out.dtype), indices, shape, roles)
    order = [others(p.n_batch, roles.summed_batch).index(i) for i in batch]
    return total.transpose([*order, *others(total.ndim, order)])


def _factors(rhs: Array, indices: Array, partner: dict[int, int], roles: _Roles) -> Array:
    """What each element is multiplied with: of shape batch + (nse,) + free axes of rhs."""
    n_batch = indices.ndim - 2
    shared = [partner.get(i) for i in range(n_batch)]
    used = [i for i in shared if i is not None]
    sparse = [partner[i + n_batch] for i in roles.summed_sparse]
    rhs = rhs.transpose([*used, *sparse, *others(rhs.ndim, used, sparse)])
    rhs = jnp.expand_dims(rhs, [i for i, axis in enumerate(shared) if axis is None])
    if not sparse:
        return jnp.expand_dims(rhs, n_batch)
    places = (*batch_places(rhs.shape[:n_batch]), *(indices[..., i] for i in roles.summed_sparse))
    return rhs.at[places].get(mode="fill", fill_value=0)


def _scatter(data: Array, factor: Array, indices: Array, shape: Shape, roles: _Roles) -> Array:
    """Adds products up at the places that free sparse axes tell."""
    n_batch = indices.ndim - 2
    first, n_free = n_batch + 1, factor.ndim - n_batch - 1
    product = data.reshape(*data.shape, *(1,) * n_free) * jnp.expand_dims(
        factor, range(first, data.ndim)
    )
    kept, iotas = others(n_batch, roles.summed_batch), batch_places(shape[:n_batch])
    places = (*(iotas[i] for i in kept), *(indices[..., i] for i in roles.free_sparse))
    sizes = [shape[i] for i in (*kept, *(n_batch + i for i in roles.free_sparse))]
    return jnp.zeros((*sizes, *product.shape[first:]), product.dtype).at[places].add(product)


def _contract(data: Array, factor: Array, indices: Array, shape: Shape, roles: _Roles) -> Array:
    """The sum where no sparse axis is left: a contraction of dense arrays."""
    n_batch = indices.ndim - 2
    common = jnp.broadcast_shapes(data.shape[: n_batch + 1], factor.shape[: n_batch + 1])
    summed, kept = (*roles.summed_batch, n_batch), others(n_batch, roles.summed_batch)
    total = lax.dot_general(
        broadcast_batch(data, common),
        broadcast_batch(factor, common),
        ((summed, summed), (kept, kept)),
        precision=lax.Precision.HIGHEST,
        preferred_element_type=data.dtype,
    )
    return broadcast_batch(total, [shape[i] for i in kept])


def dot_sampled(lhs: Any, rhs: Any, indices: Any, *, dimension_numbers: Any) -> Array:
    """Elements of a contraction of dense arrays at places, without the others if possible."""
    arrays = map(jnp.asarray, (lhs, rhs, indices))
    return _dot_sampled(*arrays, numbers=canonical_numbers(dimension_numbers))


@functools.partial(jit, static_argnames="numbers")
def _dot_sampled(lhs: Array, rhs: Array, indices: Array, *, numbers: DimensionNumbers) -> Array:
    out = result_type((lhs.shape, lhs.dtype), (rhs.shape, rhs.dtype), numbers, None)
    p = validate_indices(indices, out.shape)
    if p.n_dense or p.n_sparse == 0:
        dense = lax.dot_general(lhs, rhs, numbers, precision=lax.Precision.HIGHEST)
        return extract(indices, dense)
    places = (*batch_places(out.shape[: p.n_batch]), *columns(indices))
    (summed, rhs_summed), (batch, rhs_batch) = numbers
    n_free = lhs.ndim - len(summed) - len(batch)
    shared, own, other = np.split(np.arange(len(places)), [len(batch), len(batch) + n_free])

    def rows(x: Array, numbers: Any, axes: Any) -> Array:
        free = others(x.ndim, *numbers)
        x = x.transpose([*numbers[1], *free, *numbers[0]])
        index = tuple(places[i] for i in axes)
        x = x.at[index].get(mode="fill", fill_value=0) if index else x
        return x.astype(out.dtype)

    left = rows(lhs, (summed, batch), [*shared, *own])
    right = rows(rhs, (rhs_summed, rhs_batch), [*shared, *other])
    n = len(summed)
    product = left * right if n == 0 else (left * right).sum(tuple(range(-n, 0)), dtype=out.dtype)
    return jnp.broadcast_to(product, (*out.shape[: p.n_batch], p.nse))
