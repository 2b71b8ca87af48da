"""Initializers whose variance depends on how many inputs and outputs a layer has."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from covector import numpy as jnp
from covector import random
from covector._arguments import canonical_shape
from covector._core import Array
from covector._dtypes import issubdtype
from covector.nn._initializers import Initializer, default_float
from covector.numpy import finfo

AxisLike = int | Sequence[int]


def fans(
    shape: Sequence[int], in_axis: AxisLike, out_axis: AxisLike, batch_axis: AxisLike
) -> tuple[float, float]:
    """How many inputs each output has, and how many outputs each input.

    Raises:
      ValueError: if the shape has no such axes.
    """
    if isinstance(in_axis, int) and in_axis == -2 and len(shape) <= 1:
        raise ValueError(
            f"Can't compute input and output sizes of a {len(shape)}-dimensional weights tensor "
            "with default in_axis. Must be at least 2D or specify in_axis explicitly."
        )

    def size(axis: AxisLike) -> int:
        return shape[axis] if isinstance(axis, int) else math.prod(shape[i] for i in axis)

    inputs, outputs = size(in_axis), size(out_axis)
    field = math.prod(shape) / inputs / outputs / size(batch_axis)
    return inputs * field, outputs * field


def _denominator(mode: str, fan_in: float, fan_out: float) -> float:
    if mode == "fan_in":
        return fan_in
    if mode == "fan_out":
        return fan_out
    if mode == "fan_avg":
        return (fan_in + fan_out) / 2
    if mode == "fan_geo_avg":
        return (fan_in * fan_out) ** 0.5
    raise ValueError(f"invalid mode for variance scaling initializer: {mode}")


def variance_scaling(
    scale: float,
    mode: str,
    distribution: str,
    in_axis: AxisLike = -2,
    out_axis: AxisLike = -1,
    batch_axis: AxisLike = (),
    dtype: Any = None,
) -> Initializer:
    """An initializer of variance `scale` divided by the number of inputs, outputs or their mean.

    Args:
      scale: the variance for one input.
      mode: "fan_in", "fan_out", "fan_avg" or "fan_geo_avg" (the geometric mean).
      distribution: "truncated_normal" (at two deviations), "normal" or "uniform".
      in_axis: axes of the inputs.
      out_axis: axes of the outputs.
      batch_axis: axes that count as neither. The others are those of a receptive field, which
        multiplies both numbers.
      dtype: the dtype if the initializer is called without one.

    >>> init = covector.nn.initializers.variance_scaling(1.0, "fan_in", "normal")
    >>> init(covector.random.PRNGKey(0), (3, 4)).shape
    (3, 4)
    """

    def init(key: Any, shape: Any, dtype: Any = dtype, out_sharding: Any = None) -> Array:
        dims, d = canonical_shape(shape), default_float(dtype)
        fan_in, fan_out = fans(dims, in_axis, out_axis, batch_axis)
        variance = jnp.array(scale / _denominator(mode, fan_in, fan_out), dtype=d)
        real = issubdtype(d, np.floating)
        if distribution == "normal":
            return random.normal(key, dims, d, out_sharding=out_sharding) * jnp.sqrt(variance)
        if distribution == "uniform" and real:
            samples = random.uniform(key, dims, d, -1, out_sharding=out_sharding)
            return samples * jnp.sqrt(3 * variance)
        if distribution == "uniform":
            return _in_disk(key, dims, d) * jnp.sqrt(variance)
        if distribution != "truncated_normal":
            raise ValueError(
                f"invalid distribution for variance scaling initializer: {distribution}"
            )
        if real:  # divided by the deviation of the normal distribution truncated at 2
            deviation = jnp.sqrt(variance) / jnp.array(0.87962566103423978, d)
            samples = random.truncated_normal(key, -2, 2, dims, d, out_sharding=out_sharding)
            return samples * deviation
        deviation = jnp.sqrt(variance) / jnp.array(0.95311164380491208, d)
        return _truncated_complex(key, 2, dims, d) * deviation

    return init


def _in_disk(key: Any, shape: Any, dtype: Any) -> Array:
    """Complex samples that are uniform in a disk of radius sqrt(2): their variance is 1."""
    key_r, key_angle = random.split(key)
    real = finfo(dtype).dtype
    r = jnp.sqrt(2 * random.uniform(key_r, shape, real)).astype(dtype)
    angle = 2 * np.pi * random.uniform(key_angle, shape, real).astype(dtype)
    return r * jnp.exp(1j * angle)


def _truncated_complex(key: Any, upper: float, shape: Any, dtype: Any) -> Array:
    """Complex normal samples of absolute values below a bound."""
    key_r, key_angle = random.split(key)
    real = finfo(dtype).dtype
    inside = 1 - jnp.exp(jnp.array(-(upper**2), dtype))
    r = jnp.sqrt(-jnp.log(1 - inside * random.uniform(key_r, shape, real).astype(dtype)))
    angle = 2 * np.pi * random.uniform(key_angle, shape, real).astype(dtype)
    return r * jnp.exp(1j * angle)


def glorot_uniform(
    in_axis: AxisLike = -2,
    out_axis: AxisLike = -1,
    batch_axis: AxisLike = (),
    dtype: Any = None,
) -> Initializer:
    """An initializer with uniform samples, scaled as Glorot and Bengio (2010).

    The arguments are those of `variance_scaling`.

    >>> covector.nn.initializers.glorot_uniform()(covector.random.PRNGKey(0), (3, 4)).shape
    (3, 4)
    """
    axes = (in_axis, out_axis, batch_axis)
    return variance_scaling(1.0, "fan_avg", "uniform", *axes, dtype)


xavier_uniform = glorot_uniform


def glorot_normal(
    in_axis: AxisLike = -2,
    out_axis: AxisLike = -1,
    batch_axis: AxisLike = (),
    dtype: Any = None,
) -> Initializer:
    """An initializer with truncated normal samples, scaled as Glorot and Bengio (2010).

    The arguments are those of `variance_scaling`.

    >>> covector.nn.initializers.glorot_normal()(covector.random.PRNGKey(0), (3, 4)).shape
    (3, 4)
    """
    return variance_scaling(
        1.0, "fan_avg", "truncated_normal", in_axis, out_axis, batch_axis, dtype
    )


xavier_normal = glorot_normal


def lecun_uniform(
    in_axis: AxisLike = -2,
    out_axis: AxisLike = -1,
    batch_axis: AxisLike = (),
    dtype: Any = None,
) -> Initializer:
    """An initializer with uniform samples, scaled as LeCun et al. (1998).

    The arguments are those of `variance_scaling`.

    >>> covector.nn.initializers.lecun_uniform()(covector.random.PRNGKey(0), (3, 4)).shape
    (3, 4)
    """
    axes = (in_axis, out_axis, batch_axis)
    return variance_scaling(1.0, "fan_in", "uniform", *axes, dtype)


def lecun_normal(
    in_axis: AxisLike = -2,
    out_axis: AxisLike = -1,
    batch_axis: AxisLike = (),
    dtype: Any = None,
) -> Initializer:
    """An initializer with truncated normal samples, scaled as LeCun et al. (1998).

    The arguments are those of `variance_scaling`.

    >>> covector.nn.initializers.lecun_normal()(covector.random.PRNGKey(0), (3, 4)).shape
    (3, 4)
    """
    axes = (in_axis, out_axis, batch_axis)
    return variance_scaling(1.0, "fan_in", "truncated_normal", *axes, dtype)


def he_uniform(
    in_axis: AxisLike = -2,
    out_axis: AxisLike = -1,
    batch_axis: AxisLike = (),
    dtype: Any = None,
) -> Initializer:
    """An initializer with uniform samples, scaled as He et al. (2015).

    The arguments are those of `variance_scaling`.

    >>> covector.nn.initializers.he_uniform()(covector.random.PRNGKey(0), (3, 4)).shape
    (3, 4)
    """
    axes = (in_axis, out_axis, batch_axis)
    return variance_scaling(2.0, "fan_in", "uniform", *axes, dtype)


kaiming_uniform = he_uniform


def he_normal(
    in_axis: AxisLike = -2,
    out_axis: AxisLike = -1,
    batch_axis: AxisLike = (),
    dtype: Any = None,
) -> Initializer:
    """An initializer with truncated normal samples, scaled as He et al. (2015).

    The arguments are those of `variance_scaling`.

    >>> covector.nn.initializers.he_normal()(covector.random.PRNGKey(0), (3, 4)).shape
    (3, 4)
    """
    axes = (in_axis, out_axis, batch_axis)
    return variance_scaling(2.0, "fan_in", "truncated_normal", *axes, dtype)


kaiming_normal = he_normal
