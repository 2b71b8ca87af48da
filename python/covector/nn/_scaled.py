"""Products of matrices whose elements share scales by blocks."""

from typing import Any

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._composite import composite
from covector._core import Array
from covector._dtypes import user_dtype
from covector._typing import DTypeLike


def scaled_matmul(
    lhs: Array,
    rhs: Array,
    lhs_scales: Array,
    rhs_scales: Array,
    preferred_element_type: DTypeLike = np.float32,
) -> Array:
    """The product of arrays of matrices that are stored with a scale for each block of elements.

    Blocks are those of the OCP Microscaling formats: consecutive elements along the contracted
    axis, as many as the quotient of its size and that of the scales' axis.

    Args:
      lhs: matrices (B, M, K), e.g. of float8_e4m3fn.
      rhs: matrices (B, N, K).
      lhs_scales: their scales (B, M, K / block), e.g. of float8_e8m0fnu.
      rhs_scales: likewise (B, N, K / block).
      preferred_element_type: the dtype of the result, in which products are added.

    Returns:
      An array (B, M, N).

    Raises:
      ValueError: if shapes do not fit.

    >>> x, s = jnp.ones((1, 2, 4)), jnp.full((1, 2, 2), 0.5)
    >>> covector.nn.scaled_matmul(x, x, s, s)
    Array([[[1., 1.],
            [1., 1.]]], dtype=float32)
    """
    operands = (lhs, rhs, lhs_scales, rhs_scales)
    if any(x.ndim != 3 for x in operands):
        raise ValueError("scaled_matmul requires all inputs to be 3-dimensional arrays")
    for kind, a, b in (("inputs a and b", lhs, rhs), ("scales", lhs_scales, rhs_scales)):
        if a.shape[2] != b.shape[2] or a.shape[0] != b.shape[0]:
            raise ValueError(
                f"scaled_matmul requires {kind} to have matching batch (B) and contract (K) "
                f"dimensions, but got shapes {a.shape} and {b.shape}"
            )
    if lhs_scales.shape[1] != lhs.shape[1] or rhs_scales.shape[1] != rhs.shape[1]:
        raise ValueError(
            "scaled_matmul requires scales to match non-contract dimensions of inputs, but got "
            f"shapes a: {lhs.shape}, b: {rhs.shape}, a_scales: {lhs_scales.shape}, b_scales: "
            f"{rhs_scales.shape}"
        )
    return _scaled_matmul(*operands, user_dtype(preferred_element_type, "scaled_matmul"))


@composite("dtype")
def _scaled_matmul(a: Array, b: Array, a_scales: Array, b_scales: Array, dtype: Any) -> Array:
    wide = jnp.promote_types(dtype, np.float32)
    block = a.shape[2] // a_scales.shape[2]
    left, right = (
        x.astype(wide) * jnp.repeat(s.astype(wide), block, axis=2)
        for x, s in ((a, a_scales), (b, b_scales))
    )
    product = lax.dot_general(left, right, (((2,), (2,)), ((0,), (0,))))
    return product.astype(dtype)
