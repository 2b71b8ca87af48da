"""Products of arrays that are quantized by blocks on the way, and their derivatives."""

from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np

from covector import lax
from covector import numpy as jnp
from covector._core import Array
from covector._custom_vjp import custom_vjp
from covector._dtypes import user_dtype
from covector._typing import DTypeLike
from covector.nn._scaled import scaled_matmul

DimensionNumbers = Any  # ((lhs contracted, rhs contracted), (lhs batch, rhs batch))


@dataclass(slots=True)
class BlockScaleConfig:
    """How an array is quantized.

    Attributes:
      mode: "mxfp8" or "nvfp4".
      block_size: how many elements share a scale.
      data_type: of the elements.
      scale_type: of the scales.
      global_scale: a scale for the whole array, or None.
      infer_only: whether there are to be no derivatives.
    """

    mode: str
    block_size: int
    data_type: Any
    scale_type: Any
    global_scale: Array | None
    infer_only: bool


def get_scaled_dot_general_config(
    mode: Literal["nvfp4", "mxfp8"], global_scale: Array | None = None
) -> BlockScaleConfig:
    """How `scaled_dot_general` is to quantize an array.

    Args:
      mode: "mxfp8", blocks of 32 elements of float8_e4m3fn whose scales are powers of two, or
        "nvfp4", blocks of 16 of float4_e2m1fn whose scales are of float8_e4m3fn.
      global_scale: for "nvfp4", a scale for all of the array, of shape (1,); None is 1.

    Raises:
      ValueError: if there is no such mode.

    >>> covector.nn.get_scaled_dot_general_config("mxfp8").block_size
    32
    """
    if mode == "mxfp8":
        return BlockScaleConfig(mode, 32, jnp.float8_e4m3fn, jnp.float8_e8m0fnu, None, False)
    if mode == "nvfp4":
        scale = jnp.ones(1, np.float32) if global_scale is None else global_scale
        return BlockScaleConfig(mode, 16, jnp.float4_e2m1fn, jnp.float8_e4m3fn, scale, False)
    raise ValueError(f"Unsupported mode: {mode}")


def _power_of_two_above(x: Array) -> Array:
    """The exponents, as the bits of float8_e8m0fnu, of the powers of two that are not below x."""
    bits = x.astype(np.float32).view(np.uint32)
    exponent, fraction = bits >> 23, bits & 0x7FFFFF
    largest = exponent == 0xFE
    # The type has no zero: its least number is 2**-127, half of the least normal one.
    least = (exponent == 0) & (fraction <= 0x400000)
    above = (fraction > 0) & ~largest & ~least
    return (exponent + above).astype(np.uint8)


def _as_number(exponent: Array, dtype: Any) -> Array:
    number = (exponent.astype(np.uint32) << 23).view(np.float32)
    least = 2.0**-15 if dtype == np.float16 else 2.0**-127
    return jnp.where(number == 0, np.float32(least), number).astype(dtype)


def _quantized(x: Array, config: BlockScaleConfig) -> tuple[Array, Array]:
    """Elements and scales of x, whose last axis is divided into blocks."""
    size = config.block_size
    if x.shape[-1] % size or not x.shape[-1]:
        raise ValueError(
            f"scaled_dot_general: the contracted axis has {x.shape[-1]} elements, which are no "
            f"blocks of {size}"
        )
    blocks = x.reshape(*x.shape[:-1], -1, size)
    limit = jnp.finfo(config.data_type).max.astype(x.dtype)
    if config.global_scale is not None:
        blocks = blocks / config.global_scale
    steps = jnp.max(jnp.abs(blocks), axis=-1, keepdims=True) / limit
    if config.mode == "mxfp8":
        exponents = _power_of_two_above(steps)
        scales, numbers = exponents.view(config.scale_type), _as_number(exponents, x.dtype)
    else:
        largest = jnp.finfo(config.scale_type).max.astype(x.dtype)
        scales = jnp.clip(steps, 0, largest).astype(config.scale_type)
        scales = lax.optimization_barrier(scales)
        numbers = scales.astype(np.float32)
    elements = jnp.clip(blocks / numbers, -limit, limit).astype(config.data_type)
    return elements.reshape(x.shape), scales.reshape(scales.shape[:-1])


def _product(a: Array, b: Array, dtype: Any, left: Any, right: Any) -> Array:
    """The product (B, M, N) of (B, M, K) and (B, N, K), quantized."""
    four_bits = left.mode == "nvfp4"
    (x, x_scales), (y, y_scales) = _quantized(a, left), _quantized(b, right)
    out = scaled_matmul(x, y, x_scales, y_scales, np.float32 if four_bits else dtype)
    return (out * (left.global_scale * right.global_scale)).astype(dtype) if four_bits else out


def _transposed(x: Array) -> Array:
    return jnp.swapaxes(x, 1, 2)


def _differentiable(dtype: Any, configs: Any) -> Any:
    left, right, of_cotangent = configs

    def contracted(g: Array, other: Array, config: Any) -> Array:
        if of_cotangent.mode == "nvfp4":
            return jnp.matmul(g, _transposed(other), preferred_element_type=dtype)
        return _product(g, other, dtype, of_cotangent, config)

    def passed(x: Array, gradient: Array, config: Any) -> Array:
        """Without what was cut off when x was quantized."""
        if of_cotangent.mode != "nvfp4":
            return gradient
        limit = jnp.finfo(config.data_type).max.astype(x.dtype)
        limit = limit * jnp.finfo(config.scale_type).max.astype(x.dtype)
        return jnp.where(jnp.abs(x) <= config.global_scale * limit, gradient, 0)

    @custom_vjp
    def product(a: Array, b: Array) -> Array:
        return _product(a, b, dtype, left, right)

    def forward(a: Array, b: Array) -> tuple[Array, tuple[Array, Array]]:
        return product(a, b), (a, b)

    def backward(kept: tuple[Array, Array], g: Array) -> tuple[Array, Array]:
        a, b = kept
        to_a = contracted(g, _transposed(b), right)
        to_b = contracted(_transposed(g), _transposed(a), left)
        return passed(a, to_a.astype(a.dtype), left), passed(b, to_b.astype(b.dtype), right)

    product.defvjp(forward, backward)
    return product


def _as_matrices(x: Array, contracted: Any, batch: Any) -> tuple[Array, list[int], list[int]]:
    """x as (B, M, K), and the sizes of its axes of batch and of those that are kept."""
    kept = [i for i in range(x.ndim) if i not in contracted and i not in batch]
    sizes = [[x.shape[i] for i in axes] for axes in (batch, kept, contracted)]
    ordered = jnp.transpose(x, (*batch, *kept, *contracted))
    return ordered.reshape(*map(prod, sizes)), sizes[0], sizes[1]


def scaled_dot_general(
    lhs: Array,
    rhs: Array,
    dimension_numbers: DimensionNumbers,
    preferred_element_type: DTypeLike = np.float32,
    configs: list[BlockScaleConfig] | None = None,
    implementation: Literal["cudnn"] | None = None,
) -> Array:
    """A product as `lax.dot_general`'s of arrays that are quantized first.

    Derivatives quantize the cotangent as well, and pass over the rounding of the arrays.

    Args:
      lhs: an array.
      rhs: an array.
      dimension_numbers: ((lhs contracted, rhs contracted), (lhs batch, rhs batch)).
      preferred_element_type: the dtype of the result: float32, bfloat16 or float16.
      configs: how lhs, rhs and cotangents are quantized, see `get_scaled_dot_general_config`; with
        None it is a plain product.
      implementation: without effect.

    Returns:
      An array whose axes are those of batch, those kept of lhs, and those kept of rhs.

    Raises:
      TypeError: if `preferred_element_type` is another.
      ValueError: if contracted axes are no whole number of blocks.

    >>> x, c = jnp.ones((2, 32)), covector.nn.get_scaled_dot_general_config("mxfp8")
    >>> covector.nn.scaled_dot_general(x, x, (((1,), (1,)), ((), ())), configs=[c, c, c])
    Array([[32., 32.],
           [32., 32.]], dtype=float32)
    """
    if configs is None:
        return lax.dot_general(
            lhs, rhs, dimension_numbers, preferred_element_type=preferred_element_type
        )
    dtype = user_dtype(preferred_element_type, "scaled_dot_general")
    if dtype not in (np.float32, jnp.bfloat16, np.float16):
        raise TypeError(f"Only support preferred_element_type in (f32, bf16, f16), but got {dtype}")
    (lhs_contracted, rhs_contracted), (lhs_batch, rhs_batch) = dimension_numbers
    a, batch, rows = _as_matrices(lhs, tuple(lhs_contracted), tuple(lhs_batch))
    b, _, columns = _as_matrices(rhs, tuple(rhs_contracted), tuple(rhs_batch))
    return _differentiable(dtype, configs)(a, b).reshape(*batch, *rows, *columns)
