"""Initializers of orthogonal matrices."""

import math
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector import random
from covector._arguments import canonical_shape
from covector._core import Array
from covector._typing import ArrayLike
from covector.nn._initializers import Initializer, default_float


def orthogonal(scale: ArrayLike = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    """An initializer of orthogonal matrices, or of some rows or columns of one.

    See Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks" (2014).

    Args:
      scale: what the matrix is multiplied by.
      column_axis: the axis of columns; the others together are that of rows.
      dtype: the dtype if the initializer is called without one.

    >>> covector.nn.initializers.orthogonal()(covector.random.PRNGKey(0), (3, 4)).shape
    (3, 4)
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: Any = None) -> Array:
        dims, d = canonical_shape(shape), default_float(dtype)
        if out_sharding is not None:
            raise NotImplementedError("the orthogonal initializer takes no out_sharding")
        if len(dims) < 2:
            raise ValueError("orthogonal initializer requires at least a 2D shape")
        if 0 in dims:
            return jnp.zeros(dims, d)
        columns = dims[column_axis]
        q = random.orthogonal(key, math.prod(dims) // columns, (), d, columns)
        q = jnp.reshape(q, (*(int(i) for i in np.delete(dims, column_axis)), columns))
        return jnp.array(scale, d) * jnp.moveaxis(q, -1, column_axis)

    return init


def delta_orthogonal(
    scale: ArrayLike = 1.0, column_axis: int = -1, dtype: Any = None
) -> Initializer:
    """An initializer of convolution kernels that are an orthogonal matrix in the middle, else 0.

    See Xiao et al., "Dynamical isometry and a mean field theory of CNNs" (2018).

    Args:
      scale: what the matrix is multiplied by.
      column_axis: the axis of columns of the matrix.
      dtype: the dtype if the initializer is called without one.

    >>> init = covector.nn.initializers.delta_orthogonal()
    >>> init(covector.random.PRNGKey(0), (3, 2, 2)).shape
    (3, 2, 2)
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: Any = None) -> Array:
        dims, d = canonical_shape(shape), default_float(dtype)
        if out_sharding is not None:
            raise NotImplementedError("the delta_orthogonal initializer takes no out_sharding")
        if len(dims) not in (3, 4, 5):
            raise ValueError("Delta orthogonal initializer requires a 3D, 4D or 5D shape.")
        if dims[-1] < dims[-2]:
            raise ValueError("`fan_in` must be less or equal than `fan_out`. ")
        matrix = orthogonal(scale, column_axis, d)(key, dims[-2:])
        middle = tuple((k - 1) // 2 for k in dims[:-2])
        return jnp.zeros(dims, d).at[middle].set(matrix)

    return init
