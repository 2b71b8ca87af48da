"""Random sparse arrays."""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from covector import numpy as jnp
from covector import random
from covector._arguments import index
from covector._core import Array
from covector._vmap import vmap
from covector.dtypes import canonicalize_dtype
from covector.experimental.sparse._places import split
from covector.experimental.sparse.bcoo import BCOO

__all__ = ["random_bcoo"]


def random_bcoo(
    key: Array,
    shape: Sequence[int],
    *,
    dtype: Any = float,
    indices_dtype: Any = None,
    nse: float = 0.2,
    n_batch: int = 0,
    n_dense: int = 0,
    unique_indices: bool = True,
    sorted_indices: bool = False,
    generator: Callable[..., Array] = random.uniform,
    **kwds: Any,
) -> BCOO:
    """A random sparse array.

    Args:
      key: a key for random numbers.
      shape: the shape of the array.
      dtype: the type of elements.
      indices_dtype: the type of indices; None is the default integer.
      nse: how many elements are specified, or which part of them if it is less than 1.
      n_batch: the number of batch axes.
      n_dense: the number of dense axes.
      unique_indices: whether no place occurs twice.
      sorted_indices: whether indices are in order.
      generator: gives values, called with a key, a shape and a dtype.
      **kwds: more arguments for it.

    Returns:
      An array in batched coordinate format.

    Raises:
      ValueError: if numbers do not fit.

    >>> random_bcoo(random.key(0), (3, 4), nse=0.5)
    BCOO(float32[3, 4], nse=6)
    """
    shape = tuple(map(operator.index, shape))
    n_batch, n_dense = operator.index(n_batch), operator.index(n_dense)
    n_sparse = len(shape) - n_batch - n_dense
    if min(n_batch, n_dense, n_sparse) < 0:
        raise ValueError(f"Invalid {n_batch=}, {n_dense=} for {shape=}")
    batch, sparse, dense = split(shape, n_batch, n_sparse)
    size = math.prod(sparse)
    if not 0 <= nse < size:
        raise ValueError(f"got {nse=}, expected to be between 0 and {size}")
    number = math.ceil(nse * size) if 0 < nse < 1 else index(nse, "random_bcoo")
    index_dtype = _index_dtype(indices_dtype, size)

    def places(key: Array) -> Array:
        flat = random.choice(key, size, shape=(number,), replace=not unique_indices)
        index = jnp.unravel_index(flat.astype(index_dtype), sparse)
        return jnp.stack(index, -1) if sparse else jnp.zeros((number, 0), index_dtype)

    data_key, *_ = keys = random.split(key, math.prod(batch) + 1)
    data = generator(data_key, shape=(*batch, number, *dense), dtype=dtype, **kwds)
    indices = vmap(places)(keys[1:]).reshape(*batch, number, n_sparse)
    mat = BCOO((data, indices), shape=shape)
    return mat.sort_indices() if sorted_indices else mat


def _index_dtype(asked: Any, size: int) -> Any:
    """The type of indices; ValueError if some numbers are too large for it."""
    dtype = canonicalize_dtype(int if asked is None else asked)
    if size > jnp.iinfo(dtype).max:
        raise ValueError(
            f"indices_dtype={dtype} does not have enough range to generate sparse indices of size "
            f"{size}."
        )
    return dtype
